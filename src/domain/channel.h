#ifndef GENKAN_CHANNEL_H
#define GENKAN_CHANNEL_H

#include "base.h"
#include "context.h"

/*
 * A channel is a chat or a webhook that hears of visits.  Its address is as
 * good as a password, so it and the signing secret are a cell, and nobody is
 * shown more of it than its host again.
 *
 *	on --a try fails--> failing --5 days, or 410--> off
 *	 ^------a try works----|          ^--switched off by hand
 */

#define CHANNEL_URL_MAX     500
#define CHANNEL_SECRET_SIZE 64 /* "whsec_" and base64 of 32 bytes, NUL */
#define CHANNEL_HOST_SIZE   256

/* Opaque types. */
struct fault;

enum channel_kind {
	CHANNEL_SLACK,   /* an incoming webhook of Slack's shape */
	CHANNEL_WEBHOOK, /* signed, Standard Webhooks */
	CHANNEL_KIND__MAX
};

struct channel {
	uuid_text id;
	int version;
	enum channel_kind kind;
	char name[401];
	uuid_text office_id; /* "" for all offices */
	bool show_names;     /* may what visitors are called leave the house? */
	char state[8];       /* on, off, failing */
	char host[CHANNEL_HOST_SIZE];
};

/* A change; what is NULL stays as it is. */
struct channel_edit {
	int version;
	const char *name;
	const char *url;
	const bool *show_names;
	const char *state; /* "on" or "off" */
};

/**
 * channel_url_valid(url, host):
 * Is ${url} one to post to: https, a host name or literal of ASCII, perhaps a
 * port, no user name, no fragment, nothing but printable ASCII?  ${host} gets
 * the host and port.
 */
bool channel_url_valid(const char *, char[CHANNEL_HOST_SIZE]) MUST_CHECK;

/**
 * channel_list(ctx, listp, np, f):
 * All of them by name; the caller frees the array.
 */
bool channel_list(
    struct context *, struct channel **, size_t *, struct fault *) MUST_CHECK;

/**
 * channel_show(ctx, id, channel, found, f):
 * One of them.
 */
bool channel_show(struct context *, const char *, struct channel *, bool *,
    struct fault *) MUST_CHECK;

/**
 * channel_create(ctx, channel, url, secret, f):
 * Make ${channel} with a valid ${url}; fills in the rest.  ${secret} gets the
 * signing secret of a webhook, the only time, or "".  FAULT_DB_CONFLICT if
 * the office is none.
 */
bool channel_create(struct context *, struct channel *, const char *,
    char[CHANNEL_SECRET_SIZE], struct fault *) MUST_CHECK;

enum channel_outcome {
	CHANNEL_DONE,
	CHANNEL_NOT_FOUND,
	CHANNEL_CONFLICT, /* somebody else changed it first */
	CHANNEL_OUTCOME__MAX
};

/**
 * channel_update(ctx, id, edit, channel, outcome, f):
 * Change it and read it back.  A new address keeps the secret.
 */
bool channel_update(struct context *, const char *, const struct channel_edit *,
    struct channel *, enum channel_outcome *, struct fault *) MUST_CHECK;

/**
 * channel_kind_name(kind):
 * Its name in the database and the API.
 */
const char *channel_kind_name(enum channel_kind);

#endif /* !GENKAN_CHANNEL_H */
