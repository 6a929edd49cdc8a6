#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "gen_text.h"

#include "operator_notice.h"
#include "phrase.h"

#include "asset.h"
#include "handler.h"
#include "request.h"
#include "service.h"
#include "web_form.h"

/*
 * Whether the service works, for everybody, without a sign-in and without a
 * word about any company: as data, and as a page without scripts.
 */

#define FRESH_MS 10000 /* so long one look serves all who ask this worker */
#define TOKYO    540   /* minutes; a notice's times are shown there */
#define PAGE_CSP                                 \
	"default-src 'none'; style-src 'self'; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static struct {
	pthread_mutex_t lock;
	int64_t looked_at; /* clock_monotonic; 0: never */
	char *text;
} last = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* What people do, and which part's absence stops it. */
static const struct {
	const char *name;
	enum text_key text;
} components[] = {
	{ "reception", TEXT_STATUS_RECEPTION },
	{ "scanning", TEXT_STATUS_SCANNING },
	{ "deliveries", TEXT_STATUS_DELIVERIES },
};

static char *look(struct web_request *);
static json_t *measure(struct web_request *);
static json_t *notices(const struct operator_notice_list *);
static void page(FILE *, const json_t *, enum text_language);
static void notice(FILE *, const json_t *, enum text_language);
static void moment(FILE *, const json_t *, const char *);
static void element(FILE *, const char *, const char *, const char *);

bool
web_status_show(struct web_request *r, struct fault *f)
{
	char *text;

	if (!request_valid(r))
		return (reply_invalid(r));
	if ((text = look(r)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "status"));
	reply_header(r, "cache-control", "public, max-age=10");
	reply_header(r, "access-control-allow-origin", "*");
	reply_header(r, "cross-origin-resource-policy", "cross-origin");
	return (
	    reply_bytes(r, 200, "application/json", NULL, text, strlen(text)));
}

bool
web_status_page_show(struct web_request *r, struct fault *f)
{
	static const char *const languages[] = { "ja", "en" };
	const int asked =
	    query_choice(r, "lang", languages, NELEMS(languages), -1);
	char *text, *html = NULL;
	json_t *status;
	size_t len;
	FILE *out;

	if (!request_valid(r))
		return (reply_invalid(r));
	if ((text = look(r)) == NULL ||
	    (out = open_memstream(&html, &len)) == NULL) {
		free(text);
		return (fault_set(f, FAULT_MEMORY, "status"));
	}
	status = json_loads(text, 0, NULL);
	free(text);
	page(out, status,
	    text_language_of(asked >= 0 ? languages[asked] : r->language));
	json_decref(status);
	if (fclose(out) != 0) {
		free(html);
		return (fault_set(f, FAULT_MEMORY, "status"));
	}
	reply_header(r, "content-security-policy", PAGE_CSP);
	reply_header(r, "cache-control", "public, max-age=10");
	reply_header(r, "vary", "accept-language");
	return (
	    reply_bytes(r, 200, "text/html; charset=utf-8", NULL, html, len));
}

/* The last look if it is fresh, or if another thread is just looking. */
static char *
look(struct web_request *r)
{
	const int64_t now = clock_monotonic();
	char *copy = NULL, *fresh;
	json_t *status;

	(void)pthread_mutex_lock(&last.lock);
	if (last.text != NULL && now - last.looked_at < FRESH_MS)
		copy = strdup(last.text);
	else
		last.looked_at = now;
	(void)pthread_mutex_unlock(&last.lock);
	if (copy != NULL)
		return (copy);

	status = measure(r);
	fresh = status == NULL ? NULL : json_dumps(status, JSON_COMPACT);
	json_decref(status);
	if (fresh == NULL)
		return (NULL);
	copy = strdup(fresh);
	(void)pthread_mutex_lock(&last.lock);
	free(last.text);
	last.text = fresh;
	(void)pthread_mutex_unlock(&last.lock);
	return (copy);
}

/* Without the database nothing works, and nobody knows what was announced. */
static json_t *
measure(struct web_request *r)
{
	struct operator_notice_list list = { NULL, 0 };
	struct service service = { false, false, false };
	struct fault ignored = FAULT_INIT;
	const bool database = service_look(r, &service, &ignored);
	const bool up[] = { database && service.kms, database && service.decode,
		database && service.courier };
	json_t *parts = json_array(), *open;
	bool all = true;
	size_t i;

	for (i = 0; i < NELEMS(components); i++) {
		all = all && up[i];
		(void)json_array_append_new(parts,
		    json_pack("{ssss}", "name", components[i].name, "state",
			up[i] ? "up" : "down"));
	}
	fault_clear(&ignored);
	open = database && operator_notice_open(r->context, &list, &ignored)
	    ? notices(&list)
	    : json_array();
	operator_notice_list_free(&list);
	return (json_pack("{sssososo}", "state",
	    all         ? "up"
		: up[0] ? "degraded"
			: "down",
	    "at", web_form_time(clock_now()), "components", parts, "notices",
	    open));
}

static json_t *
notices(const struct operator_notice_list *list)
{
	json_t *items = json_array();
	const struct operator_notice *n;
	size_t i;

	for (i = 0; i < list->n; i++) {
		n = &list->items[i];
		(void)json_array_append_new(items,
		    json_pack("{sssssssososo}", "id", n->id, "kind",
			operator_notice_kind_name(n->kind), "ja", n->ja, "en",
			json_string(n->en), "from", web_form_time(n->starts_at),
			"until", web_form_time(n->ends_at)));
	}
	return (items);
}

static void
page(FILE *out, const json_t *status, enum text_language language)
{
	const char *state = json_string_value(json_object_get(status, "state"));
	const bool up = state != NULL && strcmp(state, "up") == 0;
	const json_t *parts = json_object_get(status, "components"),
		     *open = json_object_get(status, "notices"), *item;
	const enum text_language other =
	    language == TEXT_LANGUAGE_JA ? TEXT_LANGUAGE_EN : TEXT_LANGUAGE_JA;
	size_t i;

	(void)fprintf(out,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n",
	    text_language_code(language));
	element(out, "title", NULL, text_get(language, TEXT_STATUS_TITLE));
	(void)fputs("<link rel=\"stylesheet\" href=\"", out);
	phrase_html(out, asset_path("visit.css"));
	(void)fprintf(out,
	    "\">\n</head>\n<body>\n<main class=\"gk-visit\">\n"
	    "<p class=\"gk-visit__language\"><a href=\"?lang=%s\" "
	    "lang=\"%s\">",
	    text_language_code(other), text_language_code(other));
	phrase_html(out, text_get(other, TEXT_LANGUAGE));
	(void)fputs("</a></p>\n", out);
	element(out, "h1", "gk-visit__title",
	    text_get(language, TEXT_STATUS_TITLE));
	(void)fprintf(out,
	    "<p class=\"gk-visit__state\" data-kind=\"%s\"><strong>",
	    up ? "good" : "bad");
	phrase_html(
	    out, text_get(language, up ? TEXT_STATUS_UP : TEXT_STATUS_NOT_UP));
	(void)fputs("</strong></p>\n<dl class=\"gk-visit__facts\">\n", out);
	for (i = 0; i < NELEMS(components); i++) {
		state = json_string_value(
		    json_object_get(json_array_get(parts, i), "state"));
		(void)fputs("<div class=\"gk-visit__fact\">", out);
		element(
		    out, "dt", NULL, text_get(language, components[i].text));
		element(out, "dd", NULL,
		    text_get(language,
			state != NULL && strcmp(state, "up") == 0
			    ? TEXT_STATUS_PART_UP
			    : TEXT_STATUS_PART_DOWN));
		(void)fputs("</div>\n", out);
	}
	(void)fputs("</dl>\n", out);
	element(out, "h2", "gk-visit__subtitle",
	    text_get(language, TEXT_STATUS_NOTICES));
	json_array_foreach(open, i, item) notice(out, item, language);
	if (json_array_size(open) == 0)
		element(
		    out, "p", NULL, text_get(language, TEXT_STATUS_NO_NOTICES));
	(void)fputs("<p class=\"gk-visit__purpose\">", out);
	phrase_html(out, text_get(language, TEXT_STATUS_AT));
	(void)fputs(" ", out);
	moment(out, status, "at");
	(void)fputs("</p>\n</main>\n</body>\n</html>\n", out);
}

static void
notice(FILE *out, const json_t *item, enum text_language language)
{
	static const enum text_key kinds[] = {
		[OPERATOR_NOTICE_MAINTENANCE] = TEXT_NOTICE_MAINTENANCE,
		[OPERATOR_NOTICE_INCIDENT] = TEXT_NOTICE_INCIDENT,
		[OPERATOR_NOTICE_INFO] = TEXT_NOTICE_INFO,
	};
	enum operator_notice_kind kind;

	if (!operator_notice_kind_parse(
		json_string_value(json_object_get(item, "kind")), &kind))
		return;
	(void)fputs("<section class=\"gk-visit__notice\">\n", out);
	element(out, "h3", NULL, text_get(language, kinds[kind]));
	(void)fputs("<p><small>", out);
	moment(out, item, "from");
	(void)fputs(" \xe2\x80\x93 ", out);
	moment(out, item, "until");
	(void)fputs("</small></p>\n", out);
	element(out, "p", NULL,
	    json_string_value(
		json_object_get(item, text_language_code(language))));
	(void)fputs("</section>\n", out);
}

/* The clock on the wall in Tokyo, and which clock that is. */
static void
moment(FILE *out, const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	struct clock_local at;
	int64_t ms;
	int offset;

	if (text == NULL || !clock_parse(text, &ms, &offset))
		return;
	clock_local(ms, TOKYO, &at);
	(void)fprintf(out, "%d-%02d-%02d %02d:%02d JST", at.year, at.month,
	    at.day, at.hour, at.minute);
}

static void
element(FILE *out, const char *tag, const char *class, const char *text)
{
	(void)fprintf(out, "<%s", tag);
	if (class != NULL)
		(void)fprintf(out, " class=\"%s\"", class);
	(void)fputs(">", out);
	phrase_html(out, text);
	(void)fprintf(out, "</%s>\n", tag);
}
