#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "guess.h"
#include "idlist.h"
#include "member.h"
#include "notice.h"
#include "operation_log.h"
#include "role.h"
#include "session_password.h"
#include "tenant.h"
#include "tenant_key.h"

#define INVITATION_DAYS "7"
#define SECRET_CHARS    (MEMBER_TOKEN_CHARS - TENANT_TAG_CHARS)

/* The cells and hash of a member on the way to the database. */
struct sealed {
	struct cell name, kana, email;
	uint8_t email_hash[SECRET_HASH_BYTES];
};

/* What is known of many, for the database. */
enum column {
	COLUMN_ID,
	COLUMN_NAME,
	COLUMN_KANA,
	COLUMN_EMAIL,
	COLUMN_EMAIL_HASH,
	COLUMN_LANGUAGE,
	COLUMN_ROLES,
	COLUMN_OFFICES,
	COLUMN_DEPARTMENTS,
	COLUMN__MAX
};

static bool seal(struct context *, const char *, const struct member_new *,
    struct sealed *, struct fault *);
static void sealed_free(struct sealed *);
static bool add(struct context *, const char *, const struct member_new *,
    const char *, const char *, bool *, struct fault *);
static bool add_many(struct context *, uuid_text *,
    const struct member_new *const *, size_t, bool *, struct fault *);
static bool columns_add(struct context *, struct idlist[COLUMN__MAX],
    const char *, const struct member_new *, struct fault *);
static bool run_count(struct context *, const struct stmt *,
    const struct db_arg *, int64_t *, struct fault *);
static bool send_links(struct context *, uuid_text *,
    const struct member_new *const *, size_t, struct fault *);
static bool use(struct context *, const uint8_t *, uuid_text, unsigned *,
    bool *, struct fault *);
static bool become(struct context *, const char *, const struct member_new *,
    const char *, bool *, struct fault *);

bool
member_invite(struct context *ctx, const struct member_new *new, uuid_text id,
    bool *taken, struct fault *f)
{
	uuid_text ids[1];
	bool done;

	if (!member_invite_many(ctx, &new, 1, ids, &done, f))
		return (false);
	text_copy(id, sizeof(uuid_text), ids[0]);
	*taken = !done;
	return (true);
}

bool
member_invite_many(struct context *ctx, const struct member_new *const *new,
    size_t n, uuid_text *ids, bool *done, struct fault *f)
{
	json_t *details[MEMBER_INVITE_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		text_uuid_new(ids[i]);
	if (!add_many(ctx, ids, new, n, done, f))
		return (false);
	if (!*done)
		return (true);
	if (!send_links(ctx, ids, new, n, f))
		return (false);
	for (i = 0; i < n; i++)
		details[i] =
		    json_pack("{sssssiss*ss*}", "name", new[i]->name, "email",
			new[i]->email, "roles", (int)new[i]->roles, "offices",
			new[i]->offices, "departments", new[i]->departments);
	return (
	    operation_log_add_many(ctx, "member.invited", ids, details, n, f));
}

bool
member_invite_again(struct context *ctx, const char *id,
    enum member_verdict *verdict, struct fault *f)
{
	struct member_list list;
	unsigned roles;
	bool ok;

	if (!member_lock(ctx, &roles, f))
		return (false);
	*verdict = roles == 0 ? MEMBER_NOT_ALLOWED : MEMBER_NOT_FOUND;
	if (roles == 0)
		return (true);
	ok = member_show(ctx, id, &list, f);
	if (ok && list.n == 1) {
		const struct member *m = &list.items[0];
		const struct member_new *new = &(struct member_new){
			.name = m->name,
			.email = m->email,
			.language = m->language,
		};
		uuid_text ids[1];

		*verdict = MEMBER_NOT_INVITED;
		if (m->state == MEMBER_INVITED) {
			*verdict = MEMBER_OK;
			text_copy(ids[0], sizeof(ids[0]), id);
			ok = send_links(ctx, ids, &new, 1, f) &&
			    operation_log_add(ctx, "member.invited_again", id,
				"done", NULL, f);
		}
	}
	member_list_free(&list);
	return (ok);
}

bool
member_activate(struct context *ctx, const char *token,
    const struct member_new *new, const char *password, uuid_text id,
    enum member_activation *outcome, long *wait, struct fault *f)
{
	char stored[SESSION_PASSWORD_SIZE];
	uint8_t hash[SECRET_HASH_BYTES];
	struct member_new first = *new;
	bool found, done;

	*outcome = MEMBER_TOKEN_BLOCKED;
	if (!guess_take(
		ctx, GUESS_ACTIVATION_ADDRESS, ctx->actor.address, wait, f))
		return (false);
	if (*wait > 0)
		return (true);

	*outcome = MEMBER_TOKEN_INVALID;
	if (strnlen(token, MEMBER_TOKEN_CHARS + 1) != MEMBER_TOKEN_CHARS)
		return (true);
	secret_digest(token + TENANT_TAG_CHARS, SECRET_CHARS, hash);
	if (!use(ctx, hash, id, &first.roles, &found, f))
		return (false);
	if (!found)
		return (true);
	if (!guess_give_back(
		ctx, GUESS_ACTIVATION_ADDRESS, ctx->actor.address, f) ||
	    !session_password_hash(password, stored, f))
		return (false);

	if (id[0] != '\0') {
		*outcome = MEMBER_EMAIL_OTHER;
		if (!become(ctx, id, new, stored, &done, f))
			return (false);
	} else {
		*outcome = MEMBER_EMAIL_TAKEN;
		text_uuid_new(id);
		first.roles |= ROLE_MEMBER;
		if (!add(ctx, id, &first, stored, "active", &done, f))
			return (false);
	}
	if (!done)
		return (
		    db_run(ctx->db, &ctx->scope, &sql_member_activation_free,
			(struct db_arg[]){ DB_BYTES(hash, sizeof(hash)) }, NULL,
			f));
	*outcome = MEMBER_ACTIVATED;
	ctx->actor.kind = ACTOR_MEMBER;
	text_copy(ctx->actor.id, sizeof(ctx->actor.id), id);
	return (
	    operation_log_add(ctx, "member.activated", id, "done", NULL, f));
}

static bool
seal(struct context *ctx, const char *id, const struct member_new *new,
    struct sealed *s, struct fault *f)
{
	*s = (struct sealed){ CELL_INIT, CELL_INIT, CELL_INIT, { 0 } };
	return (tenant_seal(ctx, TENANT_KEY_VISITOR, "member", "name_cell", id,
		    new->name, &s->name, f) &&
	    tenant_seal(ctx, TENANT_KEY_VISITOR, "member", "kana_cell", id,
		new->kana, &s->kana, f) &&
	    tenant_seal(ctx, TENANT_KEY_VISITOR, "member", "email_cell", id,
		new->email, &s->email, f) &&
	    tenant_hash(ctx, "member.email", new->email, s->email_hash, f));
}

static void
sealed_free(struct sealed *s)
{
	cell_free(&s->name);
	cell_free(&s->kana);
	cell_free(&s->email);
}

static bool
add(struct context *ctx, const char *id, const struct member_new *new,
    const char *stored, const char *state, bool *added, struct fault *f)
{
	struct rows *rows = NULL;
	struct sealed s;
	char words[ROLE_WORDS_SIZE];
	bool ok;

	*added = false;
	ok = seal(ctx, id, new, &s, f) &&
	    db_run(ctx->db, &ctx->scope, &sql_member_add,
		(struct db_arg[]){ DB_TEXT(id), DB_CELL(s.name),
		    DB_CELL(s.kana), DB_CELL(s.email),
		    DB_BYTES(s.email_hash, sizeof(s.email_hash)),
		    DB_TEXT(new->language), DB_TEXT(stored), DB_TEXT(state) },
		&rows, f);
	sealed_free(&s);
	if (!ok)
		return (false);
	*added = rows_count(rows) == 1;
	rows_free(rows);
	role_write(new->roles, words);
	return (!*added || words[0] == '\0' ||
	    db_run(ctx->db, &ctx->scope, &sql_member_role_add,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(words) }, NULL, f));
}

static bool
add_many(struct context *ctx, uuid_text *ids,
    const struct member_new *const *new, size_t n, bool *done, struct fault *f)
{
	struct idlist columns[COLUMN__MAX] = { IDLIST_INIT };
	struct db_arg args[COLUMN__MAX];
	int64_t made = 0, no_office = 0, no_department = 0;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < n; i++)
		ok = columns_add(ctx, columns, ids[i], new[i], f);
	for (i = 0; i < COLUMN__MAX; i++)
		args[i] = DB_TEXT(idlist_text(&columns[i]));
	ok = ok && run_count(ctx, &sql_member_add_many, args, &made, f);
	*done = ok && made == (int64_t)n;
	if (*done) {
		ok = run_count(ctx, &sql_member_office_add_many,
			 (struct db_arg[]){
			     args[COLUMN_ID], args[COLUMN_OFFICES] },
			 &no_office, f) &&
		    run_count(ctx, &sql_member_department_add_many,
			(struct db_arg[]){
			    args[COLUMN_ID], args[COLUMN_DEPARTMENTS] },
			&no_department, f);
		*done = no_office == 0 && no_department == 0;
	}
	for (i = 0; i < COLUMN__MAX; i++)
		idlist_free(&columns[i]);
	return (ok);
}

static bool
columns_add(struct context *ctx, struct idlist columns[COLUMN__MAX],
    const char *id, const struct member_new *new, struct fault *f)
{
	const char *offices = new->offices, *departments = new->departments;
	char words[ROLE_WORDS_SIZE];
	struct sealed s;
	bool ok;

	if (offices == NULL || *offices == '\0')
		offices = "NULL";
	if (departments == NULL)
		departments = "";
	role_write(new->roles, words);
	ok = seal(ctx, id, new, &s, f) &&
	    idlist_add(&columns[COLUMN_ID], id, f) &&
	    idlist_add_bytes(
		&columns[COLUMN_NAME], s.name.bytes, s.name.len, f) &&
	    idlist_add_bytes(
		&columns[COLUMN_KANA], s.kana.bytes, s.kana.len, f) &&
	    idlist_add_bytes(
		&columns[COLUMN_EMAIL], s.email.bytes, s.email.len, f) &&
	    idlist_add_bytes(&columns[COLUMN_EMAIL_HASH], s.email_hash,
		sizeof(s.email_hash), f) &&
	    idlist_add(&columns[COLUMN_LANGUAGE], new->language, f) &&
	    idlist_add(
		&columns[COLUMN_ROLES], words[0] == '\0' ? "NULL" : words, f) &&
	    idlist_add(&columns[COLUMN_OFFICES], offices, f) &&
	    idlist_add_bytes(&columns[COLUMN_DEPARTMENTS],
		(const uint8_t *)departments, strlen(departments), f);
	sealed_free(&s);
	return (ok);
}

static bool
run_count(struct context *ctx, const struct stmt *stmt,
    const struct db_arg *args, int64_t *n, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, stmt, args, &rows, f))
		return (false);
	*n = rows_int(rows, 0, "n");
	rows_free(rows);
	return (true);
}

/* A link's token stands after #, so no server and no log sees it. */
static bool
send_links(struct context *ctx, uuid_text *ids,
    const struct member_new *const *new, size_t n, struct fault *f)
{
	struct notice_member members[MEMBER_INVITE_MAX];
	struct idlist members_text = IDLIST_INIT, hashes = IDLIST_INIT;
	char token[MEMBER_TOKEN_CHARS + 1], *urls[MEMBER_INVITE_MAX];
	uint8_t hash[SECRET_HASH_BYTES];
	struct tenant tenant;
	struct rows *rows = NULL;
	size_t i, made;
	bool ok;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	memcpy(token, tenant.tag, TENANT_TAG_CHARS);
	for (made = 0, ok = true; ok && made < n; made += ok) {
		const struct member_new *m = new[made];

		members[made] = (struct notice_member){ ids[made], m->name,
			m->email, m->language };
		secret_token(token + TENANT_TAG_CHARS, SECRET_CHARS);
		secret_digest(token + TENANT_TAG_CHARS, SECRET_CHARS, hash);
		ok = idlist_add(&members_text, ids[made], f) &&
		    idlist_add_bytes(&hashes, hash, sizeof(hash), f);
		if (ok &&
		    asprintf(&urls[made], "%s/admin/%s/#activate=%s",
			config_text(CONFIG_BASE_URL), m->language, token) < 0)
			ok = fault_set(f, FAULT_MEMORY, "invitation");
	}
	secret_wipe(token, sizeof(token));
	ok = ok &&
	    db_run(ctx->db, &ctx->scope, &sql_member_activation_add,
		(struct db_arg[]){ DB_TEXT(idlist_text(&hashes)),
		    DB_TEXT(idlist_text(&members_text)),
		    DB_TEXT(INVITATION_DAYS) },
		&rows, f) &&
	    notice_members_invited(ctx, members, urls, n,
		(struct notice_time){ rows_int(rows, 0, "expires_at"),
		    (int)rows_int(rows, 0, "offset_minutes") },
		f);
	rows_free(rows);
	for (i = 0; i < made; i++)
		tenant_text_free(urls[i]);
	idlist_free(&members_text);
	idlist_free(&hashes);
	return (ok);
}

static bool
use(struct context *ctx, const uint8_t *hash, uuid_text id, unsigned *roles,
    bool *found, struct fault *f)
{
	const char *member_id;
	struct rows *rows;

	id[0] = '\0';
	if (!db_run(ctx->db, &ctx->scope, &sql_member_activation_use,
		(struct db_arg[]){ DB_BYTES(hash, SECRET_HASH_BYTES) }, &rows,
		f))
		return (false);
	if ((*found = rows_count(rows) == 1)) {
		if ((member_id = rows_text(rows, 0, "member_id")) != NULL)
			text_copy(id, sizeof(uuid_text), member_id);
		*roles = role_parse(rows_text(rows, 0, "role"));
	}
	rows_free(rows);
	return (true);
}

/* An invited member becomes active; the roles were given at the invitation. */
static bool
become(struct context *ctx, const char *id, const struct member_new *new,
    const char *stored, bool *done, struct fault *f)
{
	struct rows *rows = NULL;
	struct sealed s;
	bool ok;

	*done = false;
	ok = seal(ctx, id, new, &s, f) &&
	    db_run(ctx->db, &ctx->scope, &sql_member_activate,
		(struct db_arg[]){ DB_TEXT(id), DB_CELL(s.name),
		    DB_CELL(s.kana), DB_TEXT(new->language), DB_TEXT(stored),
		    DB_BYTES(s.email_hash, sizeof(s.email_hash)) },
		&rows, f);
	sealed_free(&s);
	if (!ok)
		return (false);
	*done = rows_count(rows) == 1;
	rows_free(rows);
	return (true);
}
