#ifndef GENKAN_REQUEST_H
#define GENKAN_REQUEST_H

#include <jansson.h>

#include "base.h"

#include "tenant.h"

#include "problem.h"
#include "route.h"

/*
 * What a handler sees of a request, and how it answers.  No Kore here: a
 * handler runs on a job thread and touches only its own request.
 *
 *	bool
 *	web_room_create(struct web_request *r, struct fault *f)
 *	{
 *		struct fields *b = body_fields(r);
 *		const char *name = field_text(b, "name", FIELD_REQUIRED, 1, 80);
 *		long seats = field_int(b, "seats", 0, 1, 999, 4);
 *		struct room room;
 *
 *		if (!request_valid(r))
 *			return (reply_invalid(r));
 *		if (!room_create(r->context, name, seats, &room, f))
 *			return (false);
 *		return (reply_json(r, 201, room_json(&room)));
 *	}
 *
 * One request is one transaction.  The dispatcher has opened it in the scope
 * of the credential's tenant before the handler runs; it commits when the
 * answer is below 400 (or reply_keep was said) and rolls back otherwise.
 */

/* Opaque types. */
struct context; /* domain/context.h: database, scope, actor, keys */
struct decode_client;
struct fault;
struct fields;
struct job;

enum principal_kind {
	PRINCIPAL_NONE,
	PRINCIPAL_MEMBER, /* by session */
	PRINCIPAL_KEY,    /* by API key: nobody's member */
	PRINCIPAL_DEVICE,
	PRINCIPAL_OPERATOR,
	PRINCIPAL_KIND__MAX
};

/* Who is asking, once the credential was accepted. */
struct principal {
	enum principal_kind kind;
	uuid_text tenant_id;
	uuid_text member_id;  /* or the operator's; "" for a device or key */
	uuid_text session_id; /* of a member's or a device's session */
	uuid_text device_id;  /* "" for a member */
	uuid_text office_id;  /* of a device; a member's own office or "" */
	uuid_text key_id;     /* of an API key, else "" */
	unsigned roles;       /* of enum role, a bit each */
	enum tenant_state tenant_state; /* where the request names it */
	char csrf[65]; /* what X-CSRF-Token must be; "" for others */
};

struct web_request {
	const struct route *route;
	char id[ROUTE_IDS_MAX][64]; /* what stood for {...}, in order */
	struct context *context;
	struct decode_client *decode;
	struct principal who;
	const char *address;    /* the client's, as text */
	const char *user_agent; /* clean, at most 256 bytes, or "" */
	const char *language;   /* "ja" or "en", from Accept-Language */
	const char
	    *cookie_session; /* raw cookies, or NULL; or the operator's */
	const char *cookie_device;
	const char *cookie_browser;
	const char *bearer;          /* of Authorization, or NULL */
	const char *idempotency_key; /* or NULL */
	const uint8_t *body;         /* raw */
	size_t body_len;
	json_t *json; /* BODY_JSON: an object; else NULL */
	char request_id[27];
	bool own; /* nothing was shown but the asker's own: no look to note */
	struct job *job; /* the dispatcher's own */
};

/**
 * request_alloc(r, size):
 * Zeroed memory that lives as long as ${r} and is wiped with it.
 */
void *request_alloc(struct web_request *, size_t) MUST_CHECK;

/**
 * request_header(r, name):
 * The value of a request header, or NULL.
 */
const char *request_header(const struct web_request *, const char *);

/**
 * request_enter(r, tenant_id, f), request_enter_tag(r, token, found, f),
 * request_enter_name(r, name, found, f):
 * For routes without a credential, whose tenant is named by the request: open
 * the request's transaction in the scope of ${tenant_id}, of the tenant whose
 * tag begins ${token}, or of the tenant with the public short name ${name}.
 * ${found} says whether there is one and it is active (or, by name, ending: a
 * system_admin may sign in then); web_form_stranger tells why not.  At most
 * once per request.
 */
bool request_enter(
    struct web_request *, const char *, struct fault *) MUST_CHECK;
bool request_enter_tag(
    struct web_request *, const char *, bool *, struct fault *) MUST_CHECK;
bool request_enter_name(
    struct web_request *, const char *, bool *, struct fault *) MUST_CHECK;

/*
 * Reading the body.  A reader returns the value, and when it cannot, notes
 * the field's pointer and what is wrong with it; so a handler reads all it
 * needs and asks once.  Members nobody read are refused by name.  A reader of
 * NULL (a missing object) returns nothing and adds no second complaint.
 * Texts are trimmed and live as long as the request.
 */
enum field_flag {
	FIELD_OPTIONAL = 0,
	FIELD_REQUIRED = 1,
	FIELD_LINES = 2, /* field_text: line feeds and tabs are allowed */
	FIELD_RAW = 4,   /* field_text: not trimmed (passwords) */
};

enum field_error {
	FIELD_MISSING,
	FIELD_WRONG_TYPE,
	FIELD_TOO_SHORT,
	FIELD_TOO_LONG,
	FIELD_UNCLEAN,    /* control or direction characters */
	FIELD_BAD_FORMAT, /* no uuid, time, date, address */
	FIELD_OUT_OF_RANGE,
	FIELD_NO_CHOICE, /* none of the words allowed */
	FIELD_UNKNOWN,   /* no such member or parameter */
	FIELD_TAKEN,     /* exists already */
	FIELD_NOT_FOUND, /* names something that does not exist */
	FIELD_IN_PAST,
	FIELD_END_BEFORE_START,
	FIELD_TOO_MANY,
	FIELD_TOO_FEW,
	FIELD_NO_MATCH,     /* not what we have: the current password */
	FIELD_TOO_COMMON,   /* a password that many have */
	FIELD_TOO_PERSONAL, /* one made of names that all know */
	FIELD_ERROR__MAX
};

/**
 * field_error_name(error):
 * As it stands in a problem's errors: "too_long".
 */
const char *field_error_name(enum field_error);

/**
 * body_fields(r):
 * The reader of the body's object.
 */
struct fields *body_fields(struct web_request *);

/**
 * field_given(fs, name):
 * Is the member there (null counts as there)?  For PATCH.
 */
bool field_given(struct fields *, const char *);

/**
 * field_text(fs, name, flags, min, max): ${min}..${max} code points, clean;
 *	NULL if absent, null, or (optional and) empty.
 * field_uuid(fs, name, flags): lower-case uuid, or NULL.
 * field_time(fs, name, flags): RFC 3339 with offset, or NULL.
 * field_date(fs, name, flags): YYYY-MM-DD that exists, or NULL.
 * field_bool(fs, name, flags, default), field_int(fs, name, flags, min, max,
 *	default).
 * field_choice(fs, name, flags, words, n, default): index into ${words}.
 */
const char *field_text(struct fields *, const char *, unsigned, size_t, size_t);
const char *field_uuid(struct fields *, const char *, unsigned);
const char *field_time(struct fields *, const char *, unsigned);
const char *field_date(struct fields *, const char *, unsigned);
bool field_bool(struct fields *, const char *, unsigned, bool);
int64_t field_int(
    struct fields *, const char *, unsigned, int64_t, int64_t, int64_t);
int field_choice(
    struct fields *, const char *, unsigned, const char *const *, size_t, int);

/**
 * field_object(fs, name, flags): the reader of a member that is an object, or
 *	NULL.
 * field_array(fs, name, flags, min, max, count): the reader of a member that
 *	is an array of ${min}..${max} elements; ${count} is 0 if absent.
 * item_object(array, i): the reader of its element ${i}, an object.
 * item_text(array, i, flags, min, max), item_uuid(array, i): element ${i}.
 * field_json(fs, name, flags): the raw value, unchecked, or NULL.
 */
struct fields *field_object(struct fields *, const char *, unsigned);
struct fields *field_array(
    struct fields *, const char *, unsigned, size_t, size_t, size_t *);
struct fields *item_object(struct fields *, size_t);
const char *item_text(struct fields *, size_t, unsigned, size_t, size_t);
const char *item_uuid(struct fields *, size_t);
const json_t *field_json(struct fields *, const char *, unsigned);

/**
 * field_refuse(fs, name, error), item_refuse(array, i, error):
 * The handler's own complaint about a member or element, for instance
 * FIELD_END_BEFORE_START.
 */
void field_refuse(struct fields *, const char *, enum field_error);
void item_refuse(struct fields *, size_t, enum field_error);

/**
 * query_text(r, name, flags, min, max), query_uuid, query_time, query_date,
 * query_bool(r, name, default), query_int(r, name, min, max, default),
 * query_choice(r, name, words, n, default):
 * The same for the query's parameters, which are decoded.
 */
const char *query_text(
    struct web_request *, const char *, unsigned, size_t, size_t);
const char *query_uuid(struct web_request *, const char *, unsigned);
const char *query_time(struct web_request *, const char *, unsigned);
const char *query_date(struct web_request *, const char *, unsigned);
bool query_bool(struct web_request *, const char *, bool);
int64_t query_int(
    struct web_request *, const char *, int64_t, int64_t, int64_t);
int query_choice(
    struct web_request *, const char *, const char *const *, size_t, int);

/**
 * query_refuse(r, name, error):
 * The handler's own complaint about a parameter.
 */
void query_refuse(struct web_request *, const char *, enum field_error);

/**
 * request_valid(r):
 * Did every reader find what it wanted, and was every member and parameter
 * read?  Ask after the last reader.
 */
bool request_valid(struct web_request *) MUST_CHECK;

/*
 * Answering.  All return true, so that a handler ends with
 * "return (reply_...);".  The last reply counts.
 */

/**
 * reply_json(r, status, json):
 * Takes ${json}; NULL (memory) makes a 500.
 */
bool reply_json(struct web_request *, int, json_t *);

/**
 * reply_empty(r): 204.
 */
bool reply_empty(struct web_request *);

/**
 * reply_bytes(r, status, type, file, data, len):
 * ${len} bytes of memory from malloc, which is taken.  With ${file} the
 * browser saves it under that name.
 */
bool reply_bytes(
    struct web_request *, int, const char *, const char *, void *, size_t);

/**
 * reply_problem(r, problem), reply_problem_with(r, problem, members):
 * A refusal; ${members} (taken) adds members to the problem object.
 * reply_invalid(r): PROBLEM_invalid with what the readers noted.
 * reply_field(r, pointer, error): PROBLEM_invalid about one field.
 */
bool reply_problem(struct web_request *, enum problem);
bool reply_problem_with(struct web_request *, enum problem, json_t *);
bool reply_invalid(struct web_request *);
bool reply_field(struct web_request *, const char *, enum field_error);

/**
 * reply_header(r, name, value):
 * One more header: location, retry-after, etag.
 */
void reply_header(struct web_request *, const char *, const char *);

/**
 * reply_cookie(r, name, value, max_age), reply_cookie_clear(r, name):
 * Set a __Host- cookie (Secure; HttpOnly; SameSite=Lax; Path=/) for
 * ${max_age} seconds, 0 for as long as the browser runs; or take it away.
 */
void reply_cookie(struct web_request *, const char *, const char *, long);
void reply_cookie_clear(struct web_request *, const char *);

/**
 * reply_keep(r):
 * Commit even though the answer is a refusal: wrong tries must count.
 */
void reply_keep(struct web_request *);

/**
 * reply_secret(r):
 * The answer shows what is shown once (a key, a pairing code): it is not kept
 * for who asks again under the same Idempotency-Key, who gets shown_once.
 */
void reply_secret(struct web_request *);

/**
 * stream_begin(r, type, file, f), stream_write(r, data, len):
 * For QUEUE_STREAM: an answer of any length, with bounded memory.
 * stream_write waits while the client is slow and returns false when it has
 * left: stop then and return true.  A handler that returns false after
 * stream_begin cuts the connection, so the client sees that it is not whole.
 */
bool stream_begin(struct web_request *, const char *, const char *,
    struct fault *) MUST_CHECK;
bool stream_write(struct web_request *, const void *, size_t) MUST_CHECK;

#endif /* !GENKAN_REQUEST_H */
