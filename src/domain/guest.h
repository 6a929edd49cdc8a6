#ifndef GENKAN_GUEST_H
#define GENKAN_GUEST_H

#include "base.h"
#include "context.h"
#include "db.h"

/*
 * A guest is one person on one appointment, or a representative with
 * companions; a walk-in is a guest without appointment.  Known by id, never by
 * e-mail.  Names live nowhere but in the cells of table guest.
 */

/* Opaque types. */
struct fault;

enum guest_state {
	GUEST_EXPECTED,
	GUEST_REMOVED, /* no longer on the appointment; the pass is dead */
	GUEST_WALK_IN,
	GUEST_STATE__MAX
};

enum guest_mail {
	GUEST_MAIL_NONE,    /* no address, or never invited */
	GUEST_MAIL_WAITING, /* in the outbox */
	GUEST_MAIL_SENT,
	GUEST_MAIL_FAILED, /* refused for good: the row is red */
	GUEST_MAIL__MAX
};

struct guest {
	uuid_text id;
	int version;
	enum guest_state state;
	enum guest_mail mail;
	char *name;
	char *kana; /* or NULL, like the next three */
	char *company;
	char *email;
	char *phone;
	int companions;   /* people who come along, 0..99 */
	char language[3]; /* of mails and pages: "ja" */

	/* What opens the door; NULL unless asked for (GUEST_SECRETS). */
	char *pass; /* 26 characters */
	char *code; /* 6 digits */
	char *page; /* 26 characters: the address is /v/TAG<page> */

	/* The latest visit; visit_id is "" without one. */
	uuid_text visit_id;
	char visit_state[8];
	int64_t visit_arrived; /* epoch milliseconds */
};

/**
 * guest_free(g):
 * Wipe and free what ${g} holds, not ${g} itself.
 */
void guest_free(struct guest *);

/**
 * guest_state_name(s), guest_mail_name(m):
 * As in the database and the API.
 */
const char *guest_state_name(enum guest_state);
const char *guest_mail_name(enum guest_mail);

/* What somebody wants a guest to be; texts are checked and trimmed. */
struct guest_edit {
	const char *id; /* of a guest who stays, or NULL */
	const char *name;
	const char *kana; /* or NULL, like the next three */
	const char *company;
	const char *email;
	const char *phone;
	int companions;
	const char *language;
};

/* The days on which codes of an appointment are valid, at one office. */
struct guest_days {
	const char *office_id;
	char first[11]; /* YYYY-MM-DD in the office's time zone */
	char last[11];
};

/**
 * guest_insert(ctx, appointment_id, position, edit, days, id, f):
 * Write a new guest with a fresh pass, page token and code.
 */
bool guest_insert(struct context *, const char *, int,
    const struct guest_edit *, const struct guest_days *, uuid_text,
    struct fault *) MUST_CHECK;

/**
 * guest_insert_walk_in(ctx, name, company, people, language, id, f):
 * Write a guest without appointment.
 */
bool guest_insert_walk_in(struct context *, const char *, const char *, int,
    const char *, uuid_text, struct fault *) MUST_CHECK;

/**
 * guest_replace(ctx, id, position, edit, f):
 * Write ${edit} over the guest ${id}, who keeps pass, page and code.
 */
bool guest_replace(struct context *, const char *, int,
    const struct guest_edit *, struct fault *) MUST_CHECK;

/**
 * guest_rename(ctx, id, name, company, f):
 * Correct the name, or the company ("" takes it away); NULL leaves either.
 */
bool guest_rename(struct context *, const char *, const char *, const char *,
    struct fault *) MUST_CHECK;

/**
 * guest_remove(ctx, id, f):
 * The guest is no longer expected: pass and code open nothing.
 */
bool guest_remove(struct context *, const char *, struct fault *) MUST_CHECK;

/**
 * guest_reissue(ctx, id, days, f):
 * A new pass, page token and code; the old ones are unknown from now on.
 */
bool guest_reissue(struct context *, const char *, const struct guest_days *,
    struct fault *) MUST_CHECK;

/**
 * guest_recode(ctx, id, days, f):
 * Make the code valid on other days or at another office: the same digits
 * where they are free there, others where not.
 */
bool guest_recode(struct context *, const char *, const struct guest_days *,
    struct fault *) MUST_CHECK;

/**
 * guest_read(ctx, rows, i, secrets, g, f):
 * Open row ${i} of a statement that selects the guest's columns under the
 * names of guest_by_appointment in sql/query/guest.sql; the pass, code and
 * page only with ${secrets}.  The caller passes ${g} to guest_free.
 */
bool guest_read(struct context *, struct rows *, int, bool, struct guest *,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_GUEST_H */
