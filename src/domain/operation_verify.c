#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "text.h"

#include "gen_sql.h"

#include "operation_verify.h"

#define PAGE_ROWS 5000
#define PAGE_TEXT "5000"

/* A head is made every hour; so late, somebody or something prevents it. */
#define UNSEALED_MS INT64_C(10800000)
#define KEPT_MS     (OPERATION_KEPT_DAYS * INT64_C(86400000))

static const char zeros[OPERATION_HASH_SIZE] =
    "0000000000000000000000000000000000000000000000000000000000000000";

static const char *const flaw_names[] = {
	[OPERATION_CHANGED] = "changed",
	[OPERATION_MOVED] = "moved",
	[OPERATION_MISSING] = "missing",
	[OPERATION_GAP] = "gap",
	[OPERATION_UNCHAINED] = "unchained",
	[OPERATION_BEGINNING] = "beginning",
	[OPERATION_TAIL] = "tail",
	[OPERATION_RECOMPUTED] = "recomputed",
	[OPERATION_FORGED] = "forged",
	[OPERATION_UNSEALED] = "unsealed",
	[OPERATION_HEADS] = "heads",
};
_Static_assert(NELEMS(flaw_names) == OPERATION_FLAW__MAX, "all have a name");

/* A point of the chain. */
struct point {
	int64_t position, seq, at;
};

struct walk {
	struct context *ctx;
	struct operation_summary *sum;
	operation_report *report;
	void *arg;
	struct operation_head *heads; /* by position; authentic ones only */
	size_t nheads, next;
	char before[OPERATION_HASH_SIZE]; /* hash of the last link seen */
	bool known;                       /* is that what stood there? */
	struct point last;                /* link seen */
	struct point agreed;              /* where a head last agreed */
	const struct operation_head *cut; /* up to which rows may be gone */
};

static bool start(struct walk *, struct fault *);
static bool gather(
    struct walk *, const struct operation_head *, size_t, struct fault *);
static bool keep_good(struct walk *, struct operation_head *, struct fault *);
static int compare_heads(const void *, const void *);
static bool find_cut(struct walk *, struct fault *);
static const struct operation_head *named(const struct walk *, const char *);
static const struct operation_head *head_from(const struct walk *, int64_t);
static void check_order(struct walk *, struct rows *);
static void find_beginning(struct walk *, int64_t);
static bool begin_at(
    struct walk *, const struct operation_head *, struct fault *);
static bool go(struct walk *, struct fault *);
static bool step(struct walk *, struct rows *, int, struct fault *);
static bool check_row(
    struct walk *, struct rows *, int, const struct point *, struct fault *);
static bool changed(
    struct walk *, struct rows *, int, const struct point *, struct fault *);
static void meet_heads(struct walk *, const struct point *, const char *);
static void after_end(struct walk *);
static bool unchained(struct walk *, struct fault *);
static bool waiting(struct walk *, struct fault *);
static void tell(struct walk *, enum operation_flaw, const struct point *,
    const struct point *);

bool
operation_verify(struct context *ctx, const struct operation_head *heads,
    size_t n, operation_report *report, void *arg,
    struct operation_summary *sum, struct fault *f)
{
	struct walk w = {
		.ctx = ctx, .sum = sum, .report = report, .arg = arg
	};
	bool ok;

	memset(sum, 0, sizeof(*sum));
	ok = gather(&w, heads, n, f) && start(&w, f) && go(&w, f);
	if (ok)
		after_end(&w);
	ok = ok && unchained(&w, f) && waiting(&w, f);
	free(w.heads);
	return (ok);
}

bool
operation_verify_since(struct context *ctx, const struct operation_head *head,
    operation_report *report, void *arg, struct operation_summary *sum,
    struct fault *f)
{
	struct walk w = {
		.ctx = ctx, .sum = sum, .report = report, .arg = arg
	};

	memset(sum, 0, sizeof(*sum));
	return (
	    (head == NULL ? start(&w, f) : begin_at(&w, head, f)) && go(&w, f));
}

const char *
operation_flaw_name(enum operation_flaw flaw)
{
	return (flaw_names[flaw]);
}

/* The heads that courier sealed, of the database and of mails. */
static bool
gather(struct walk *w, const struct operation_head *heads, size_t n,
    struct fault *f)
{
	struct operation_head head;
	struct rows *rows;
	bool ok = true;
	size_t i;
	int k;

	if (!db_run(w->ctx->db, &w->ctx->scope, &sql_operation_head_list,
		(struct db_arg[]){ DB_TEXT("0") }, &rows, f))
		return (false);
	w->heads = calloc((size_t)rows_count(rows) + n + 1, sizeof(*w->heads));
	if (w->heads == NULL)
		ok = fault_set(f, FAULT_MEMORY, "heads");
	for (k = 0; ok && k < rows_count(rows); k++) {
		operation_head_row(rows, k, &head);
		ok = keep_good(w, &head, f);
	}
	for (i = 0; ok && i < n; i++) {
		head = heads[i];
		ok = keep_good(w, &head, f);
	}
	if (ok)
		qsort(w->heads, w->nheads, sizeof(*w->heads), compare_heads);
	ok = ok && find_cut(w, f);
	if (ok)
		check_order(w, rows);
	rows_free(rows);
	return (ok);
}

static bool
keep_good(struct walk *w, struct operation_head *head, struct fault *f)
{
	bool good;

	if (!operation_head_good(w->ctx, head, &good, f))
		return (false);
	if (good)
		w->heads[w->nheads++] = *head;
	else
		tell(w, OPERATION_FORGED,
		    &(struct point){ head->position, head->seq, head->at },
		    NULL);
	return (true);
}

static int
compare_heads(const void *a, const void *b)
{
	const struct operation_head *x = a, *y = b;

	return ((x->position > y->position) - (x->position < y->position));
}

/* The furthest head up to which the old end may lawfully be gone. */
static bool
find_cut(struct walk *w, struct fault *f)
{
	const struct operation_head *head, *seal;
	struct rows *rows;
	int i;

	if (!db_run(w->ctx->db, &w->ctx->scope, &sql_operation_verify_cuts,
		NULL, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows); i++) {
		head = named(w, rows_text(rows, i, "head"));
		seal = head_from(w, rows_int(rows, i, "position"));
		/* Who owns the database writes such a row at any time, but
		 * makes no head, nor one of another time. */
		if (head != NULL && seal != NULL &&
		    seal->at - head->at >= KEPT_MS &&
		    (w->cut == NULL || head->position > w->cut->position))
			w->cut = head;
	}
	rows_free(rows);
	return (true);
}

/* The authentic head with that id; an old one's seal says nothing of it. */
static const struct operation_head *
named(const struct walk *w, const char *id)
{
	size_t i;

	for (i = 0; i < w->nheads; i++) {
		if (w->heads[i].before[0] != '\0' &&
		    strcmp(w->heads[i].id, id) == 0)
			return (&w->heads[i]);
	}
	return (NULL);
}

/* The first head that covers that position. */
static const struct operation_head *
head_from(const struct walk *w, int64_t position)
{
	size_t i;

	for (i = 0; i < w->nheads; i++) {
		if (w->heads[i].position >= position)
			return (&w->heads[i]);
	}
	return (NULL);
}

/* The database's heads, each behind the one before it. */
static void
check_order(struct walk *w, struct rows *rows)
{
	const int64_t cut = w->cut != NULL ? w->cut->position : 0;
	struct operation_head head, before;
	struct point from;
	int i;

	memset(&before, 0, sizeof(before));
	for (i = 0; i < rows_count(rows); i++, before = head) {
		operation_head_row(rows, i, &head);
		if ((i == 0 && head.position <= cut) ||
		    (head.position > before.position &&
			operation_head_follows(&head, i > 0 ? &before : NULL)))
			continue;
		from = (struct point){ before.position + 1, 0, before.at };
		if (from.position > head.position)
			from.position = head.position;
		tell(w, OPERATION_HEADS, &from,
		    &(struct point){ head.position, head.seq, head.at });
	}
}

/* Where the chain begins: at 1, or behind what was cut. */
static bool
start(struct walk *w, struct fault *f)
{
	int64_t position;
	struct rows *rows;

	if (!db_run(w->ctx->db, &w->ctx->scope, &sql_operation_verify_page,
		(struct db_arg[]){ DB_TEXT("0"), DB_TEXT("1") }, &rows, f))
		return (false);
	position = rows_count(rows) > 0 ? rows_int(rows, 0, "position") : 1;
	rows_free(rows);
	text_copy(w->before, sizeof(w->before), zeros);
	w->known = true;
	if (position > 1)
		find_beginning(w, position - 1);
	return (true);
}

/* Everything up to ${gone} is gone. */
static void
find_beginning(struct walk *w, int64_t gone)
{
	const struct operation_head *head = NULL;

	/* What heads say of that part is past. */
	while (w->next < w->nheads && w->heads[w->next].position <= gone)
		head = &w->heads[w->next++];
	w->last = w->agreed = (struct point){ gone, 0, 0 };
	if ((w->known = head != NULL && head->position == gone)) {
		w->last.seq = w->agreed.seq = head->seq;
		w->last.at = w->agreed.at = head->at;
		text_copy(w->before, sizeof(w->before), head->hash);
	}
	if (w->cut == NULL || w->cut->position < gone) {
		tell(w, OPERATION_BEGINNING, &(struct point){ 1, 0, 0 },
		    &w->last);
		return;
	}
	w->sum->cut = gone;
	w->sum->cut_at = w->cut->at;
}

/* At a head, whose own link is gone if the old end was cut up to it. */
static bool
begin_at(struct walk *w, const struct operation_head *head, struct fault *f)
{
	const struct point here = { head->position, head->seq, head->at };
	char before[24];
	struct rows *rows;

	if (!operation_head_good(w->ctx, head, &w->known, f))
		return (false);
	if (!w->known)
		tell(w, OPERATION_FORGED, &here, NULL);
	(void)snprintf(
	    before, sizeof(before), "%lld", (long long)head->position - 1);
	if (!db_run(w->ctx->db, &w->ctx->scope, &sql_operation_verify_page,
		(struct db_arg[]){ DB_TEXT(before), DB_TEXT("1") }, &rows, f))
		return (false);
	text_copy(w->before, sizeof(w->before), head->hash);
	if (rows_count(rows) == 1 &&
	    rows_int(rows, 0, "position") == head->position &&
	    strcmp(rows_text(rows, 0, "hash"), head->hash) != 0) {
		tell(w, OPERATION_RECOMPUTED, &here, NULL);
		text_copy(
		    w->before, sizeof(w->before), rows_text(rows, 0, "hash"));
	}
	rows_free(rows);
	w->last = here;
	return (true);
}

static bool
go(struct walk *w, struct fault *f)
{
	char after[24];
	struct rows *rows;
	bool ok = true, more = true;
	int i;

	while (ok && more) {
		(void)snprintf(
		    after, sizeof(after), "%lld", (long long)w->last.position);
		if (!db_run(w->ctx->db, &w->ctx->scope,
			&sql_operation_verify_page,
			(struct db_arg[]){ DB_TEXT(after), DB_TEXT(PAGE_TEXT) },
			&rows, f))
			return (false);
		more = rows_count(rows) == PAGE_ROWS;
		for (i = 0; ok && i < rows_count(rows); i++)
			ok = step(w, rows, i, f);
		rows_free(rows);
	}
	w->sum->position = w->last.position;
	w->sum->seq = w->last.seq;
	w->sum->at = w->last.at;
	return (ok);
}

/* One link.  What was found wrong is believed from here on. */
static bool
step(struct walk *w, struct rows *rows, int i, struct fault *f)
{
	const struct point here = { rows_int(rows, i, "position"),
		rows_int(rows, i, "link_seq"),
		rows_int(rows, i, "chained_at") };
	struct point from = w->last, to = here;

	if (here.position > w->last.position + 1) {
		from.position++;
		to.position--;
		tell(w, OPERATION_GAP, &from, &to);
		w->known = false;
	}
	if (rows_null(rows, i, "id"))
		tell(w, OPERATION_MISSING, &here, NULL);
	else if (!check_row(w, rows, i, &here, f))
		return (false);
	w->sum->rows++;
	text_copy(w->before, sizeof(w->before), rows_text(rows, i, "hash"));
	w->known = true;
	meet_heads(w, &here, w->before);
	w->last = here;
	return (true);
}

static bool
check_row(struct walk *w, struct rows *rows, int i, const struct point *here,
    struct fault *f)
{
	const char *linked = rows_text(rows, i, "link_detail");
	const char *detail = rows_text(rows, i, "detail");
	char hash[OPERATION_HASH_SIZE];

	/* No program empties a detail. */
	if ((detail == NULL) != (linked == NULL) ||
	    (detail != NULL && strcmp(detail, linked) != 0))
		return (changed(w, rows, i, here, f));
	if (!w->known)
		return (true); /* what it stood behind is gone */
	operation_chain_link(rows, i, here->position, w->before, linked, hash);
	if (strcmp(hash, rows_text(rows, i, "hash")) != 0 ||
	    strcmp(rows_text(rows, i, "id"),
		rows_text(rows, i, "operation_id")) != 0)
		return (changed(w, rows, i, here, f));
	return (true);
}

static bool
changed(struct walk *w, struct rows *rows, int i, const struct point *here,
    struct fault *f)
{
	const char *wanted = rows_text(rows, i, "operation_id");
	struct rows *found;
	bool elsewhere = false;

	if (strcmp(rows_text(rows, i, "id"), wanted) != 0) {
		if (!db_run(w->ctx->db, &w->ctx->scope,
			&sql_operation_verify_elsewhere,
			(struct db_arg[]){ DB_TEXT(wanted) }, &found, f))
			return (false);
		elsewhere = rows_bool(found, 0, "found");
		rows_free(found);
	}
	tell(w, elsewhere ? OPERATION_MOVED : OPERATION_CHANGED, here, NULL);
	return (true);
}

/* Does the chain still say what it said when these heads were sealed? */
static void
meet_heads(struct walk *w, const struct point *here, const char *hash)
{
	const struct operation_head *head;

	while (w->next < w->nheads &&
	    (head = &w->heads[w->next])->position <= here->position) {
		w->next++;
		if (head->position == here->position &&
		    strcmp(head->hash, hash) == 0) {
			w->sum->heads++;
			w->agreed = *here;
			continue;
		}
		/* Everything from the head before up to this one. */
		w->agreed.position++;
		tell(w, OPERATION_RECOMPUTED, &w->agreed,
		    &(struct point){ head->position, head->seq, head->at });
		w->agreed = *here;
	}
}

/* Heads of what is not there any more, and links without heads. */
static void
after_end(struct walk *w)
{
	const struct operation_head *head;
	struct point from = w->last;

	if (w->next < w->nheads) {
		head = &w->heads[w->nheads - 1];
		from.position++;
		tell(w, OPERATION_TAIL, &from,
		    &(struct point){ head->position, head->seq, head->at });
	} else if (w->last.position > w->agreed.position &&
	    w->last.at < clock_now() - UNSEALED_MS) {
		from = w->agreed;
		from.position++;
		tell(w, OPERATION_UNSEALED, &from, &w->last);
	}
}

static bool
unchained(struct walk *w, struct fault *f)
{
	struct rows *rows;
	int i;

	if (!db_run(w->ctx->db, &w->ctx->scope, &sql_operation_verify_unchained,
		NULL, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows); i++)
		tell(w, OPERATION_UNCHAINED,
		    &(struct point){
			0, rows_int(rows, i, "seq"), rows_int(rows, i, "at") },
		    NULL);
	rows_free(rows);
	return (true);
}

static bool
waiting(struct walk *w, struct fault *f)
{
	struct rows *rows;

	if (!db_run(w->ctx->db, &w->ctx->scope, &sql_operation_verify_waiting,
		NULL, &rows, f))
		return (false);
	w->sum->waiting = rows_int(rows, 0, "n");
	if (!rows_null(rows, 0, "since"))
		w->sum->waiting_since = rows_int(rows, 0, "since");
	rows_free(rows);
	return (true);
}

static void
tell(struct walk *w, enum operation_flaw flaw, const struct point *from,
    const struct point *to)
{
	if (to == NULL)
		to = from;
	w->sum->findings++;
	w->report(w->arg,
	    &(struct operation_finding){
		.flaw = flaw,
		.position = from->position,
		.position_to = to->position,
		.seq = from->seq,
		.seq_to = to->seq,
		.at = from->at,
		.at_to = to->at,
	    });
}
