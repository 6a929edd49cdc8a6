#ifndef GENKAN_SESSION_SMS_H
#define GENKAN_SESSION_SMS_H

#include "base.h"
#include "context.h"

/*
 * Codes by SMS as a second factor: six digits, good for five minutes and five
 * tries, through the company's gateway (channel.h).  What is sent is counted
 * by account.
 */

/* Opaque types. */
struct fault;

enum session_sms_outcome {
	SESSION_SMS_SENT,
	SESSION_SMS_BLOCKED, /* too many were sent: wait */
	SESSION_SMS_NONE,    /* no number, or no gateway */
	SESSION_SMS_OUTCOME__MAX
};

/**
 * session_sms_enrol(ctx, member_id, phone, language, outcome, wait, f):
 * Send a first code to ${phone} (E.164), which becomes the member's second
 * factor when it is shown within 15 minutes.  Commit even if it is refused.
 */
bool session_sms_enrol(struct context *, const char *, const char *,
    const char *, enum session_sms_outcome *, long *,
    struct fault *) MUST_CHECK;

/**
 * session_sms_send(ctx, member_id, language, outcome, wait, f):
 * Send a code to the member's number.
 */
bool session_sms_send(struct context *, const char *, const char *,
    enum session_sms_outcome *, long *, struct fault *) MUST_CHECK;

/**
 * session_sms_match(ctx, member_id, state, code, id, good, f):
 * Is ${code} the one sent last to the member's number in that ${state}, whose
 * row ${id} gets ("" if no code is waited for)?  Counts the try.
 */
bool session_sms_match(struct context *, const char *, const char *,
    const char *, uuid_text, bool *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SESSION_SMS_H */
