#ifndef GENKAN_CHANNEL_H
#define GENKAN_CHANNEL_H

#include "base.h"
#include "context.h"

/*
 * A channel is a chat or a webhook that hears of visits, or a gateway that
 * sends codes by SMS.  Its address is as good as a password, so it and the
 * secrets are a cell, and nobody is shown more of it than its host again.  A
 * gateway reads the codes of every second factor: it is RIGHT_SYSTEM's.
 *
 *	on --a try fails--> failing --5 days, or 410--> off
 *	 ^------a try works----|          ^--switched off by hand
 */

#define CHANNEL_URL_MAX      500
#define CHANNEL_SECRET_SIZE  64 /* "whsec_" and base64 of 32 bytes, NUL */
#define CHANNEL_HOST_SIZE    256
#define CHANNEL_TOKEN_MAX    500
#define CHANNEL_TEMPLATE_MAX 1000

/* Opaque types. */
struct fault;

enum channel_kind {
	CHANNEL_SLACK,   /* an incoming webhook of Slack's shape */
	CHANNEL_WEBHOOK, /* signed, Standard Webhooks */
	CHANNEL_SMS,     /* a gateway; hears of no visit */
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
	const char *token; /* of a gateway, of no other kind */
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

/* What a gateway wants to be sent, with "{number}" and "{text}" in it: a JSON
 * object, or a form ("to={number}&body={text}"). */
struct channel_gateway {
	bool form;
	const char *template;
	const char *token; /* Authorization: Bearer */
};

/**
 * channel_gateway_body(gateway, number, text):
 * What to post for a message to ${number}; escaping is done here.  The caller
 * passes it to tenant_text_free; NULL if the template is none: no JSON object
 * or form of printable ASCII, or without one of its placeholders.
 */
char *channel_gateway_body(
    const struct channel_gateway *, const char *, const char *) MUST_CHECK;

/**
 * channel_send_sms(ctx, number, text, sent, f):
 * Put a message of five minutes' use into the outbox.  ${sent} is false if
 * there is no gateway that is on.
 */
bool channel_send_sms(struct context *, const char *, const char *, bool *,
    struct fault *) MUST_CHECK;

/**
 * channel_has_sms(ctx, has, f):
 * Is there a gateway that is on?
 */
bool channel_has_sms(struct context *, bool *, struct fault *) MUST_CHECK;

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
 * channel_create(ctx, channel, url, gateway, secret, f):
 * Make ${channel} with a valid ${url}, and what a ${gateway} (else NULL)
 * wants; fills in the rest.  ${secret} gets the signing secret of a webhook,
 * the only time, or "".  FAULT_DB_CONFLICT if the office is none.
 */
bool channel_create(struct context *, struct channel *, const char *,
    const struct channel_gateway *, char[CHANNEL_SECRET_SIZE],
    struct fault *) MUST_CHECK;

enum channel_outcome {
	CHANNEL_DONE,
	CHANNEL_NOT_FOUND,
	CHANNEL_CONFLICT,    /* somebody else changed it first */
	CHANNEL_NOT_ALLOWED, /* it is a gateway, or is to be one */
	CHANNEL_NO_TOKEN,    /* a gateway's new address needs it again */
	CHANNEL_NO_GATEWAY,  /* a token, where none is sent */
	CHANNEL_OUTCOME__MAX
};

/**
 * channel_may(roles, kind):
 * May who has ${roles} make or change channels of ${kind}?
 */
bool channel_may(unsigned, enum channel_kind) MUST_CHECK;

/**
 * channel_update(ctx, roles, id, edit, channel, outcome, f):
 * Change it, on behalf of who has ${roles}, and read it back.  A new address
 * keeps a webhook's secret, which is never sent, and no gateway's token, which
 * is: nobody learns it by sending it elsewhere.
 */
bool channel_update(struct context *, unsigned, const char *,
    const struct channel_edit *, struct channel *, enum channel_outcome *,
    struct fault *) MUST_CHECK;

/**
 * channel_kind_name(kind):
 * Its name in the database and the API.
 */
const char *channel_kind_name(enum channel_kind);

#endif /* !GENKAN_CHANNEL_H */
