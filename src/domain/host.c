#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "tenant_key.h"

#include "host.h"

static bool open_cell(struct context *, struct rows *, int, const char *,
    const char *, const char *, char **, struct fault *);
static bool take(struct rows *, int, const char *, char **, struct fault *);

bool
host_add(struct context *ctx, struct rows *rows, int i,
    const struct host_columns *c, struct host **hostsp, size_t *np,
    struct fault *f)
{
	const char *id = rows_text(rows, i, c->id);
	struct host *grown, *h;

	grown = reallocarray(*hostsp, *np + 1, sizeof(**hostsp));
	if (grown == NULL)
		return (fault_set(f, FAULT_MEMORY, "hosts"));
	*hostsp = grown;
	h = &grown[(*np)++];
	memset(h, 0, sizeof(*h));
	text_copy(h->id, sizeof(h->id), id);
	if (c->department != NULL && !rows_null(rows, i, c->department)) {
		h->department = true;
		return (take(rows, i, c->department, &h->name, f));
	}
	text_copy(
	    h->language, sizeof(h->language), rows_text(rows, i, c->language));
	return (
	    open_cell(ctx, rows, i, id, "name_cell", c->name, &h->name, f) &&
	    open_cell(ctx, rows, i, id, "email_cell", c->email, &h->email, f));
}

void
host_free_list(struct host *hosts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		tenant_text_free(hosts[i].name);
		tenant_text_free(hosts[i].email);
	}
	free(hosts);
}

bool
place_read(struct rows *rows, int i, struct place *p, struct fault *f)
{
	memset(p, 0, sizeof(*p));
	text_copy(p->office_id, sizeof(p->office_id),
	    rows_text(rows, i, "office_id"));
	return (take(rows, i, "office", &p->office, f) &&
	    take(rows, i, "address", &p->address, f) &&
	    take(rows, i, "guidance", &p->guidance, f) &&
	    take(rows, i, "map_url", &p->map_url, f) &&
	    take(rows, i, "phone", &p->phone, f) &&
	    take(rows, i, "time_zone", &p->time_zone, f));
}

void
place_free(struct place *p)
{
	free(p->office);
	free(p->address);
	free(p->guidance);
	free(p->map_url);
	free(p->phone);
	free(p->time_zone);
	memset(p, 0, sizeof(*p));
}

static bool
open_cell(struct context *ctx, struct rows *rows, int i, const char *id,
    const char *cell, const char *column, char **textp, struct fault *f)
{
	const uint8_t *bytes;
	size_t len;

	bytes = rows_bytes(rows, i, column, &len);
	return (tenant_open_bytes(
	    ctx, TENANT_KEY_VISITOR, "member", cell, id, bytes, len, textp, f));
}

static bool
take(
    struct rows *rows, int i, const char *column, char **textp, struct fault *f)
{
	if ((*textp = strdup(rows_text(rows, i, column))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "%s", column));
	return (true);
}
