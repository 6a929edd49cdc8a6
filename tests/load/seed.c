/*
 * seed KIND DIR TENANT OFFICE MEMBER COUNT DAYS
 *
 * Write rows for a measurement as COPY files DIR/<table>.copy, sealed with the
 * tenant's own keys as the programs would; scripts/bench loads them.
 *
 *	expected	COUNT guests who may check in from now on; their
 *			passes go to standard output
 *	booked		COUNT appointments over the next DAYS days
 *	visited		COUNT visits over the last DAYS days
 *
 * Runs with the settings of the web server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "context.h"
#include "fault.h"
#include "kms_client.h"
#include "process.h"
#include "secret.h"
#include "tenant_key.h"
#include "text.h"

#define GUESTS_PER_APPOINTMENT 10
#define MINUTE                 60000LL
#define DAY                    (24 * 60 * MINUTE)

enum kind { EXPECTED, BOOKED, VISITED };

struct seed {
	struct context ctx;
	enum kind kind;
	const char *office;
	const char *member;
	FILE *appointment, *host, *guest, *visit, *visit_host;
};

static struct fault fault = FAULT_INIT;

static void
die(const char *what)
{
	fprintf(stderr, "seed: %s: %s\n", what, fault.what);
	exit(1);
}

static FILE *
open_table(const char *dir, const char *table)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.copy", dir, table);
	if ((f = fopen(path, "w")) == NULL)
		die(path);
	return (f);
}

static void
put_bytes(FILE *f, const uint8_t *bytes, size_t len)
{
	char *hex = malloc(2 * len + 1);

	text_hex(bytes, len, hex);
	fprintf(f, "\\\\x%s\t", hex);
	free(hex);
}

static void
put_cell(struct seed *s, FILE *f, const char *table, const char *column,
    const char *id, const char *text)
{
	struct cell cell = CELL_INIT;

	if (!tenant_seal(&s->ctx, TENANT_KEY_VISITOR, table, column, id, text,
		&cell, &fault))
		die(column);
	put_bytes(f, cell.bytes, cell.len);
	cell_free(&cell);
}

static void
put_hash(struct seed *s, FILE *f, const char *label, const char *text)
{
	uint8_t hash[32];

	if (!tenant_hash(&s->ctx, label, text, hash, &fault))
		die(label);
	put_bytes(f, hash, sizeof(hash));
}

static void
put_appointment(struct seed *s, uuid_text id, int64_t start)
{
	time_text from, to;

	clock_format(start, 0, from);
	clock_format(start + 60 * MINUTE, 0, to);
	text_uuid_new(id);
	fprintf(s->appointment, "%s\t%s\t%s\t", s->ctx.scope.tenant_id, id,
	    s->office);
	put_cell(
	    s, s->appointment, "appointment", "title_cell", id, "打ち合わせ");
	fprintf(s->appointment, "%s\t%s\t%s\n", from, to, s->member);
	fprintf(
	    s->host, "%s\t%s\t%s\t0\n", s->ctx.scope.tenant_id, id, s->member);
}

static void
put_guest(struct seed *s, uuid_text id, const char *appointment, long n)
{
	char pass[27], page[27], name[64], company[64];

	text_uuid_new(id);
	secret_token(pass, 26);
	secret_token(page, 26);
	snprintf(name, sizeof(name), "来栖 真由美%ld", n);
	snprintf(company, sizeof(company), "試験工業株式会社%ld", n % 1000);
	fprintf(s->guest, "%s\t%s\t%s\t%ld\t", s->ctx.scope.tenant_id, id,
	    appointment, n % GUESTS_PER_APPOINTMENT);
	put_cell(s, s->guest, "guest", "name_cell", id, name);
	put_hash(s, s->guest, "guest.name", name);
	put_cell(s, s->guest, "guest", "company_cell", id, company);
	put_cell(s, s->guest, "guest", "pass_cell", id, pass);
	put_hash(s, s->guest, "guest.pass", pass);
	put_cell(s, s->guest, "guest", "page_cell", id, page);
	put_hash(s, s->guest, "guest.page", page);
	fprintf(s->guest, "expected\n");
	if (s->kind == EXPECTED)
		puts(pass);
}

static void
put_visit(
    struct seed *s, const char *guest, const char *appointment, int64_t start)
{
	time_text from, to;
	uuid_text id;

	clock_format(start, 0, from);
	clock_format(start + 50 * MINUTE, 0, to);
	text_uuid_new(id);
	fprintf(s->visit,
	    "%s\t%s\t%s\t%s\t%s\tpass\tseed-%s\t%.10s\t%s\tleft\t%s\tmember\n",
	    s->ctx.scope.tenant_id, id, guest, appointment, s->office, id, from,
	    from, to);
	fprintf(s->visit_host, "%s\t%s\t%s\n", s->ctx.scope.tenant_id, id,
	    s->member);
}

int
main(int argc, char **argv)
{
	struct seed s = { .kind = EXPECTED };
	uuid_text appointment = "", guest;
	char path[108];
	long count, days, i;
	int64_t start = 0;

	if (argc != 8) {
		fprintf(stderr,
		    "usage: seed expected|booked|visited DIR TENANT "
		    "OFFICE MEMBER COUNT DAYS\n");
		return (64);
	}
	if (strcmp(argv[1], "booked") == 0)
		s.kind = BOOKED;
	else if (strcmp(argv[1], "visited") == 0)
		s.kind = VISITED;
	if (!secret_boot(&fault) || !config_load(CONFIG_WEB, &fault) ||
	    !process_path(PROCESS_KMS_SOCKET, path, sizeof(path)) ||
	    (s.ctx.db = db_open(config_text(CONFIG_DB), &fault)) == NULL ||
	    (s.ctx.kms =
		    kms_client_open(path, config_text(CONFIG_KMS_ACCESS_KEY),
			config_text(CONFIG_KMS_SECRET_KEY), &fault)) == NULL)
		die("start");
	text_copy(s.ctx.scope.tenant_id, sizeof(uuid_text), argv[3]);
	s.office = argv[4];
	s.member = argv[5];
	count = strtol(argv[6], NULL, 10);
	days = strtol(argv[7], NULL, 10);
	s.appointment = open_table(argv[2], "appointment");
	s.host = open_table(argv[2], "appointment_host");
	s.guest = open_table(argv[2], "guest");
	s.visit = open_table(argv[2], "visit");
	s.visit_host = open_table(argv[2], "visit_host");

	if (!db_begin(s.ctx.db, &s.ctx.scope, &fault))
		die("begin");
	for (i = 0; i < count; i++) {
		if (s.kind == EXPECTED)
			start = clock_now() + 30 * MINUTE;
		else if (s.kind == BOOKED)
			start = clock_now() + (i * DAY / (count / days + 1));
		else
			start =
			    clock_now() - DAY - (i * DAY / (count / days + 1));
		if (s.kind != EXPECTED || i % GUESTS_PER_APPOINTMENT == 0)
			put_appointment(&s, appointment, start);
		put_guest(&s, guest, appointment, i);
		if (s.kind == VISITED)
			put_visit(&s, guest, appointment, start);
	}
	if (!db_commit(s.ctx.db, &fault))
		die("commit");
	fclose(s.appointment);
	fclose(s.host);
	fclose(s.guest);
	fclose(s.visit);
	fclose(s.visit_host);
	db_close(s.ctx.db);
	kms_client_close(s.ctx.kms);
	return (0);
}
