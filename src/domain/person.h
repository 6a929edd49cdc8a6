#ifndef GENKAN_PERSON_H
#define GENKAN_PERSON_H

#include <jansson.h>

#include "appointment.h"
#include "base.h"
#include "context.h"
#include "visit.h"

/*
 * One person over all appointments and visits of the tenant, as far as an
 * address, a number or a full name tells: nothing else connects two guests.
 *
 * Erasing a guest leaves a row without a person: the name is the word for
 * "erased" in the company's language, every other cell and every hash is gone,
 * and so are pass, code, texts on their way out and kept answers.  The
 * operation log keeps the guest's id.
 */

/* Opaque types. */
struct fault;

enum person_key { PERSON_EMAIL, PERSON_PHONE, PERSON_NAME, PERSON_KEY__MAX };

/* One guest with everything that hangs on them. */
struct person_entry {
	struct guest guest;
	int64_t created_at;             /* epoch milliseconds */
	struct appointment appointment; /* its id is "" for a walk-in */
	struct visit *visits;           /* in order */
	size_t nvisits;
	bool inside;
};

struct person {
	struct person_entry *entries; /* the latest first; a page at most */
	size_t n;
	bool more; /* there are older ones */
};

enum person_verdict {
	PERSON_OK,
	PERSON_NOT_FOUND, /* there is none, or erased already */
	PERSON_INSIDE,    /* first they have to leave */
	PERSON_OTHER,     /* none of them is called so */
	PERSON_VERDICT__MAX
};

#define PERSON_PAGE 200 /* entries read at once */

/**
 * person_find(ctx, key, value, person, f):
 * The first page about whoever has ${value} as e-mail address or phone number
 * (in the form of normalise.h) or full name.  Pass ${person} to person_free,
 * even after a fault.
 * person_next(ctx, key, value, person, f):
 * Replace ${person}, which has more, by the page after it.
 */
bool person_find(struct context *, enum person_key, const char *,
    struct person *, struct fault *) MUST_CHECK;
bool person_next(struct context *, enum person_key, const char *,
    struct person *, struct fault *) MUST_CHECK;
void person_free(struct person *);

/**
 * person_json(ctx, key, value, f):
 * All pages of it, to hand out to the person; other guests of an appointment
 * are not in it.  NULL after a fault.
 */
json_t *person_json(
    struct context *, enum person_key, const char *, struct fault *) MUST_CHECK;

/**
 * person_expected(appointment, guest):
 * Is the guest still to come, so that the hosts have to be told?
 */
bool person_expected(const struct appointment *, const struct guest *);

/**
 * person_erase(ctx, guest_id, verdict, f):
 * Erase one guest, log it, and tell the hosts of an appointment yet to come.
 */
bool person_erase(struct context *, const char *, enum person_verdict *,
    struct fault *) MUST_CHECK;

/**
 * person_erase_many(ctx, ids, n, name, verdict, index, f):
 * Erase ${n} guests, one of whom at least is called ${name}: whoever asks for
 * it has said whom they mean.  On another verdict than PERSON_OK roll back;
 * ${index} gets which of them it is about.
 */
bool person_erase_many(struct context *, const char *const *, size_t,
    const char *, enum person_verdict *, size_t *, struct fault *) MUST_CHECK;

/**
 * person_same_name(a, b):
 * Are these one name, written in two ways (normalise_name)?
 */
bool person_same_name(const char *, const char *) MUST_CHECK;

#endif /* !GENKAN_PERSON_H */
