#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fault.h"
#include "gen_sql.h"
#include "text.h"

#include "channel.h"
#include "outbox.h"
#include "tenant_key.h"

#define NUMBER "{number}"
#define TEXT   "{text}"
#define LIFE   300 /* seconds: so long is a code good */

static bool fill_json(json_t *, const char *, const char *);
static char *fill(const char *, const char *, const char *, bool);
static void put(FILE *, const char *, bool);
static bool add(struct context *, struct rows *, const char *, const char *,
    struct fault *);

char *
channel_gateway_body(
    const struct channel_gateway *g, const char *number, const char *text)
{
	json_t *body;
	char *out = NULL;
	const char *p;

	if (strstr(g->template, NUMBER) == NULL ||
	    strstr(g->template, TEXT) == NULL)
		return (NULL);
	if (g->form) {
		for (p = g->template; *p != '\0'; p++) {
			if (*p <= 0x20 || *p > 0x7e)
				return (NULL);
		}
		return (fill(g->template, number, text, true));
	}
	body = json_loads(g->template, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(body) && fill_json(body, number, text))
		out = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return (out);
}

bool
channel_has_sms(struct context *ctx, bool *has, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_channel_sms, NULL, &rows, f))
		return (false);
	*has = rows_count(rows) == 1;
	rows_free(rows);
	return (true);
}

bool
channel_send_sms(struct context *ctx, const char *number, const char *text,
    bool *sent, struct fault *f)
{
	struct rows *rows;
	bool ok = true;

	if (!db_run(ctx->db, &ctx->scope, &sql_channel_sms, NULL, &rows, f))
		return (false);
	if ((*sent = rows_count(rows) == 1))
		ok = add(ctx, rows, number, text, f);
	rows_free(rows);
	return (ok);
}

/* In every text of the object, however deep. */
static bool
fill_json(json_t *value, const char *number, const char *text)
{
	const char *key;
	json_t *item;
	char *filled;
	size_t i;
	bool ok = true;

	if (json_is_string(value)) {
		filled = fill(json_string_value(value), number, text, false);
		ok = filled != NULL && json_string_set(value, filled) == 0;
		tenant_text_free(filled);
	}
	json_object_foreach(value, key, item) ok =
	    ok && fill_json(item, number, text);
	json_array_foreach(value, i, item) ok =
	    ok && fill_json(item, number, text);
	return (ok);
}

static char *
fill(const char *template, const char *number, const char *text, bool form)
{
	char *out = NULL;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&out, &len)) == NULL)
		return (NULL);
	while (*template != '\0') {
		if (strncmp(template, NUMBER, sizeof(NUMBER) - 1) == 0) {
			put(f, number, form);
			template += sizeof(NUMBER) - 1;
		} else if (strncmp(template, TEXT, sizeof(TEXT) - 1) == 0) {
			put(f, text, form);
			template += sizeof(TEXT) - 1;
		} else
			(void)fputc(*template ++, f);
	}
	if (fclose(f) != 0) {
		free(out);
		return (NULL);
	}
	return (out);
}

/* As it is, or as application/x-www-form-urlencoded has it. */
static void
put(FILE *f, const char *s, bool form)
{
	for (; *s != '\0'; s++) {
		if (!form ||
		    strchr(
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789-._",
			*s) != NULL)
			(void)fputc(*s, f);
		else
			(void)fprintf(f, "%%%02X", (unsigned)(uint8_t)*s);
	}
}

static bool
add(struct context *ctx, struct rows *rows, const char *number,
    const char *text, struct fault *f)
{
	struct channel_gateway g = { .form = false };
	struct outbox_row row = {
		.kind = OUTBOX_SMS,
		.topic = "member.code",
		.channel_id = rows_text(rows, 0, "id"),
		.life = LIFE,
	};
	json_t *config = NULL, *payload = NULL;
	char *opened = NULL, *body = NULL, *sealed = NULL;
	uuid_text id;
	bool ok = false;

	if (!tenant_open(ctx, TENANT_KEY_DELIVERY, "channel", "config_cell",
		row.channel_id, rows, 0, &opened, f))
		return (false);
	config = json_loads(opened, JSON_REJECT_DUPLICATES, NULL);
	g.template = json_string_value(json_object_get(config, "template"));
	g.form = json_is_true(json_object_get(config, "form"));
	if (g.template == NULL ||
	    (body = channel_gateway_body(&g, number, text)) == NULL) {
		fault_set(f, FAULT_BUG, "a gateway without a template");
		goto out;
	}
	payload = json_pack("{ss sb}", "body", body, "form", g.form);
	if ((sealed = json_dumps(payload, JSON_COMPACT)) == NULL) {
		fault_set(f, FAULT_MEMORY, "message");
		goto out;
	}
	text_uuid_new(id);
	row.id = id;
	row.payload = sealed;
	ok = outbox_add(ctx, &row, f);
out:
	json_decref(config);
	json_decref(payload);
	tenant_text_free(opened);
	tenant_text_free(body);
	tenant_text_free(sealed);
	return (ok);
}
