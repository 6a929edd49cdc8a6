#ifndef GENKAN_SENDER_H
#define GENKAN_SENDER_H

#include "base.h"
#include "job.h"

/*
 * How one mail goes to the mail server.  Runs in a process of its own
 * (pool.h), because it blocks, and because libesmtp is not trusted further.
 * What both transports may conclude:
 *
 *	JOB_DELIVERED	250 after the message, over verified TLS
 *	JOB_REFUSED	the recipient or the message was refused for good (5xx)
 *	JOB_RETRY	refused for now (4xx), or cut off after it was offered
 *	JOB_AWAY	the server, its certificate, our sign-in or our sender
 *			address: nothing about this mail, so it does not count
 */

struct sender_mail {
	const char *from;
	const char *to;
	const char *message; /* CR LF only */
};

struct sender_result {
	int32_t outcome; /* enum job_outcome */
	char error[28];  /* one word */
};

/**
 * sender_send(mail, result):
 * By the one of the two below that GENKAN_MAIL_TRANSPORT names.
 */
void sender_send(const struct sender_mail *, struct sender_result *);

/**
 * sender_smtp(mail, result):
 * By libesmtp: STARTTLS, always, at GENKAN_MAIL_PORT.
 */
void sender_smtp(const struct sender_mail *, struct sender_result *);

/**
 * sender_smtps(mail, result):
 * By libcurl: TLS from the first byte.
 */
void sender_smtps(const struct sender_mail *, struct sender_result *);

/**
 * sender_says(result, outcome, error):
 * Set ${result}.
 */
void sender_says(struct sender_result *, enum job_outcome, const char *);

/**
 * sender_judge(mail, rcpt, data, result):
 * What follows from the server's codes after MAIL FROM, RCPT TO and the
 * message; 0 where it was not asked.
 */
void sender_judge(int, int, int, struct sender_result *);

/**
 * sender_is_clean(mail):
 * Are both addresses plain and is every line of the message ended by CR LF,
 * with no CR or LF elsewhere?  The last gate before the server.
 */
bool sender_is_clean(const struct sender_mail *) MUST_CHECK;

#endif /* !GENKAN_SENDER_H */
