#ifndef GENKAN_OUTBOX_H
#define GENKAN_OUTBOX_H

#include "base.h"
#include "context.h"

/*
 * The outbox: what is to leave the house, written in the transaction that
 * causes it and delivered by courier afterwards.
 *
 *	waiting --claim--> leased --+--> delivered
 *	   ^                 |      +--> kept       (preview transport)
 *	   |                 |      +--> dead       (refused for good)
 *	   +--retry, reaper--+      +--> expired    (too late to be of use)
 *	waiting ----------------------> withdrawn   (no longer true)
 *	dead, expired shown as missed; dead --requeue--> waiting
 *
 * What a row says is a cell under the tenant's delivery key, and is erased
 * when it was delivered, expired or withdrawn.
 *
 * The sealed payload is a JSON object:
 *	mail		a draft (mail_draft.h), perhaps with "bounce", the draft
 *			that goes if this is refused
 *	slack, webhook	{"body"}: the JSON text to post, as it is signed
 *	sms		{"body", "form"}: the text to post; is it a form?
 *
 * The address and secrets of a chat or webhook are its channel's.
 */

/* Opaque types. */
struct fault;

enum outbox_kind {
	OUTBOX_MAIL,
	OUTBOX_SLACK,
	OUTBOX_WEBHOOK,
	OUTBOX_SMS,
	OUTBOX_KIND__MAX
};

/* A row to be. */
struct outbox_row {
	enum outbox_kind kind;
	const char *topic; /* "visit.arrived": closed set, see notice.h */
	const char *id;    /* uuid: also the message's id at the receiver */
	const char *channel_id;     /* of a chat or webhook, else NULL */
	const char *appointment_id; /* what it is about, each may be NULL */
	const char *guest_id;
	const char *visit_id;
	const char *payload; /* JSON, to be sealed */
	bool decoy;          /* do all the work, and put nothing in */
	long delay;          /* seconds until it is due */
	long life;           /* seconds, from when it is due until it expires */
};

/**
 * outbox_add(ctx, row, f):
 * Put ${row} into the outbox, within the caller's transaction.
 */
bool outbox_add(
    struct context *, const struct outbox_row *, struct fault *) MUST_CHECK;

/**
 * outbox_add_many(ctx, rows, n, f):
 * The same of several that are about nothing, and differ from the first of
 * them in id and payload only.
 */
bool outbox_add_many(struct context *, const struct outbox_row *, size_t,
    struct fault *) MUST_CHECK;

/**
 * outbox_withdraw_visit(ctx, visit_id, topic, f),
 * outbox_withdraw_guest(ctx, guest_id, f):
 * Take back what is still waiting about that visit under ${topic}, or every
 * waiting invitation, change or cancellation of that guest.
 */
bool outbox_withdraw_visit(
    struct context *, const char *, const char *, struct fault *) MUST_CHECK;
bool outbox_withdraw_guest(
    struct context *, const char *, struct fault *) MUST_CHECK;

/**
 * outbox_kind_name(kind):
 * Its name in the database and the API.
 */
const char *outbox_kind_name(enum outbox_kind);

#endif /* !GENKAN_OUTBOX_H */
