#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fault.h"
#include "gen_sql.h"
#include "secret.h"
#include "text.h"

#include "channel.h"
#include "operation_log.h"
#include "role.h"
#include "tenant_key.h"

#define SECRET_BYTES 32 /* Standard Webhooks: 24 to 64 */

static const char *const kind_names[] = {
	[CHANNEL_SLACK] = "slack",
	[CHANNEL_WEBHOOK] = "webhook",
	[CHANNEL_SMS] = "sms",
};
_Static_assert(
    NELEMS(kind_names) == CHANNEL_KIND__MAX, "every channel kind has a name");

static bool read_row(
    struct context *, struct rows *, int, struct channel *, struct fault *);
static enum channel_kind kind_of(struct rows *, int);
static bool config_open(struct context *, struct rows *, int, const char *,
    json_t **, struct fault *);
static bool config_set(json_t *, const char *, const char *, struct fault *);
static bool config_seal(
    struct context *, const char *, json_t *, struct cell *, struct fault *);
static enum channel_outcome judge(
    unsigned, enum channel_kind, const struct channel_edit *);
static bool secret_make(char[CHANNEL_SECRET_SIZE], struct fault *);
static bool host_valid(const char *, size_t);
static bool port_valid(const char *, size_t);

bool
channel_url_valid(const char *url, char host[CHANNEL_HOST_SIZE])
{
	static const char scheme[] = "https://";
	const char *authority = url + sizeof(scheme) - 1, *p, *port;
	size_t len;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0 ||
	    strlen(url) > CHANNEL_URL_MAX)
		return (false);
	for (p = url; *p != '\0'; p++) {
		if (*p <= 0x20 || *p > 0x7e || strchr("\"'<>\\^`{|}#", *p))
			return (false);
	}
	len = strcspn(authority, "/?");
	if (len >= CHANNEL_HOST_SIZE || memchr(authority, '@', len) != NULL)
		return (false);
	(void)snprintf(host, CHANNEL_HOST_SIZE, "%.*s", (int)len, authority);
	port = host[0] == '[' ? strchr(host, ']') : host;
	if (port == NULL)
		return (false);
	if ((port = strchr(port, ':')) == NULL)
		return (host_valid(host, len));
	return (host_valid(host, (size_t)(port - host)) &&
	    port_valid(port + 1, strlen(port + 1)));
}

bool
channel_list(
    struct context *ctx, struct channel **listp, size_t *np, struct fault *f)
{
	struct channel *list;
	struct rows *rows;
	bool ok = true;
	int i, n;

	if (!db_run(ctx->db, &ctx->scope, &sql_channel_list, NULL, &rows, f))
		return (false);
	n = rows_count(rows);
	if ((list = calloc((size_t)n + 1, sizeof(*list))) == NULL) {
		rows_free(rows);
		return (fault_set(f, FAULT_MEMORY, "channels"));
	}
	for (i = 0; ok && i < n; i++)
		ok = read_row(ctx, rows, i, &list[i], f);
	rows_free(rows);
	if (!ok) {
		free(list);
		return (false);
	}
	*listp = list;
	*np = (size_t)n;
	return (true);
}

bool
channel_show(struct context *ctx, const char *id, struct channel *channel,
    bool *found, struct fault *f)
{
	struct rows *rows;
	bool ok = true;

	if (!db_run(ctx->db, &ctx->scope, &sql_channel_show,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	if ((*found = rows_count(rows) == 1))
		ok = read_row(ctx, rows, 0, channel, f);
	rows_free(rows);
	return (ok);
}

bool
channel_create(struct context *ctx, struct channel *channel, const char *url,
    const struct channel_gateway *gateway, char secret[CHANNEL_SECRET_SIZE],
    struct fault *f)
{
	struct cell config = CELL_INIT;
	bool found, ok;

	text_uuid_new(channel->id);
	secret[0] = '\0';
	if (channel->kind == CHANNEL_WEBHOOK && !secret_make(secret, f))
		return (false);
	if (!config_seal(ctx, channel->id,
		gateway != NULL
		    ? json_pack("{ss ss sb ss}", "url", url, "secret",
			  gateway->token, "form", gateway->form, "template",
			  gateway->template)
		    : json_pack("{ss ss*}", "url", url, "secret",
			  secret[0] != '\0' ? secret : NULL),
		&config, f))
		return (false);
	ok = db_run(ctx->db, &ctx->scope, &sql_channel_add,
	    (struct db_arg[]){
		DB_TEXT(channel->id),
		DB_TEXT(kind_names[channel->kind]),
		DB_TEXT(channel->name),
		channel->office_id[0] != '\0' ? DB_TEXT(channel->office_id)
					      : DB_NULL,
		DB_CELL(config),
		DB_TEXT(channel->show_names ? "true" : "false"),
	    },
	    NULL, f);
	cell_free(&config);
	return (ok &&
	    operation_log_add(
		ctx, "channel.created", channel->id, "done", NULL, f) &&
	    channel_show(ctx, channel->id, channel, &found, f));
}

bool
channel_may(unsigned roles, enum channel_kind kind)
{
	return (
	    (roles & (kind == CHANNEL_SMS ? RIGHT_SYSTEM : RIGHT_OPERATIONS)) !=
	    0);
}

bool
channel_update(struct context *ctx, unsigned roles, const char *id,
    const struct channel_edit *edit, struct channel *channel,
    enum channel_outcome *outcome, struct fault *f)
{
	struct cell config = CELL_INIT;
	struct rows *rows = NULL;
	json_t *old = NULL;
	char version[16];
	bool found = false, ok = false;

	*outcome = CHANNEL_NOT_FOUND;
	(void)snprintf(version, sizeof(version), "%d", edit->version);
	if (!db_run(ctx->db, &ctx->scope, &sql_channel_show,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	if (rows_count(rows) == 0) {
		rows_free(rows);
		return (true);
	}
	*outcome = judge(roles, kind_of(rows, 0), edit);
	if (*outcome != CHANNEL_DONE) {
		rows_free(rows);
		return (true);
	}
	if ((edit->url != NULL || edit->token != NULL) &&
	    (!config_open(ctx, rows, 0, id, &old, f) ||
		!config_set(old, "url", edit->url, f) ||
		!config_set(old, "secret", edit->token, f) ||
		!config_seal(ctx, id, json_incref(old), &config, f)))
		goto out;
	rows_free(rows);
	rows = NULL;
	if (!db_run(ctx->db, &ctx->scope, &sql_channel_update,
		(struct db_arg[]){
		    DB_TEXT(id),
		    DB_TEXT(version),
		    DB_TEXT(edit->name),
		    DB_CELL(config),
		    DB_TEXT(edit->show_names == NULL ? NULL
			    : *edit->show_names      ? "true"
						     : "false"),
		    DB_TEXT(edit->state),
		},
		&rows, f))
		goto out;
	*outcome = rows_count(rows) == 1 ? CHANNEL_DONE : CHANNEL_CONFLICT;
	ok = *outcome == CHANNEL_CONFLICT ||
	    (operation_log_add(ctx, "channel.changed", id, "done", NULL, f) &&
		channel_show(ctx, id, channel, &found, f));
out:
	cell_free(&config);
	json_decref(old);
	rows_free(rows);
	return (ok);
}

const char *
channel_kind_name(enum channel_kind kind)
{
	return (kind_names[kind]);
}

static bool
read_row(struct context *ctx, struct rows *rows, int i, struct channel *c,
    struct fault *f)
{
	const char *url;
	json_t *config;

	memset(c, 0, sizeof(*c));
	text_copy(c->id, sizeof(c->id), rows_text(rows, i, "id"));
	text_copy(c->name, sizeof(c->name), rows_text(rows, i, "name"));
	text_copy(c->state, sizeof(c->state), rows_text(rows, i, "state"));
	if (!rows_null(rows, i, "office_id"))
		text_copy(c->office_id, sizeof(c->office_id),
		    rows_text(rows, i, "office_id"));
	c->version = (int)rows_int(rows, i, "version");
	c->show_names = rows_bool(rows, i, "show_names");
	c->kind = kind_of(rows, i);
	if (!config_open(ctx, rows, i, c->id, &config, f))
		return (false);
	url = json_string_value(json_object_get(config, "url"));
	if (url == NULL || !channel_url_valid(url, c->host))
		c->host[0] = '\0';
	json_decref(config);
	return (true);
}

static enum channel_kind
kind_of(struct rows *rows, int i)
{
	size_t k;

	for (k = 0; k < NELEMS(kind_names); k++) {
		if (strcmp(rows_text(rows, i, "kind"), kind_names[k]) == 0)
			return ((enum channel_kind)k);
	}
	return (CHANNEL_SLACK);
}

static bool
config_open(struct context *ctx, struct rows *rows, int i, const char *id,
    json_t **config, struct fault *f)
{
	char *text;

	if (!tenant_open(ctx, TENANT_KEY_DELIVERY, "channel", "config_cell", id,
		rows, i, &text, f))
		return (false);
	*config = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	tenant_text_free(text);
	return (*config != NULL ||
	    fault_set(f, FAULT_BUG, "configuration of a channel is no JSON"));
}

static bool
config_set(json_t *config, const char *name, const char *value, struct fault *f)
{
	return (value == NULL ||
	    json_object_set_new(config, name, json_string(value)) == 0 ||
	    fault_set(f, FAULT_MEMORY, "channel"));
}

/* Takes ${config}. */
static bool
config_seal(struct context *ctx, const char *id, json_t *config,
    struct cell *cell, struct fault *f)
{
	char *text = config == NULL ? NULL : json_dumps(config, JSON_COMPACT);
	bool ok;

	json_decref(config);
	if (text == NULL)
		return (fault_set(f, FAULT_MEMORY, "channel"));
	ok = tenant_seal(ctx, TENANT_KEY_DELIVERY, "channel", "config_cell", id,
	    text, cell, f);
	tenant_text_free(text);
	return (ok);
}

static enum channel_outcome
judge(unsigned roles, enum channel_kind kind, const struct channel_edit *edit)
{
	if (!channel_may(roles, kind))
		return (CHANNEL_NOT_ALLOWED);
	if (kind != CHANNEL_SMS && edit->token != NULL)
		return (CHANNEL_NO_GATEWAY);
	if (kind == CHANNEL_SMS && edit->url != NULL && edit->token == NULL)
		return (CHANNEL_NO_TOKEN);
	return (CHANNEL_DONE);
}

static bool
secret_make(char out[CHANNEL_SECRET_SIZE], struct fault *f)
{
	uint8_t bytes[SECRET_BYTES];
	char *b64;

	secret_random(bytes, sizeof(bytes));
	b64 = text_base64(bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
	if (b64 == NULL)
		return (fault_set(f, FAULT_MEMORY, "secret"));
	(void)snprintf(out, CHANNEL_SECRET_SIZE, "whsec_%s", b64);
	tenant_text_free(b64);
	return (true);
}

/* A name, an IPv4 literal, or an IPv6 literal in brackets. */
static bool
host_valid(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || s[0] == '.' || s[0] == '-')
		return (false);
	if (s[0] == '[')
		return (len > 3 && s[len - 1] == ']' &&
		    strspn(s + 1, "0123456789abcdefABCDEF:.") == len - 2);
	for (i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '-' &&
		    (s[i] != '.' || s[i - 1] == '.'))
			return (false);
	}
	return (true);
}

static bool
port_valid(const char *s, size_t len)
{
	return (len >= 1 && len <= 5 && strspn(s, "0123456789") == len &&
	    strtol(s, NULL, 10) >= 1 && strtol(s, NULL, 10) <= 65535);
}
