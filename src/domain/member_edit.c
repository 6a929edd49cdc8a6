#include <string.h>

#include "fault.h"

#include "gen_sql.h"
#include "member.h"
#include "operation_log.h"
#include "role.h"
#include "tenant_key.h"

static bool write_person(struct context *, const struct member *,
    const struct member_change *, struct fault *);
static bool write_list(struct context *, const struct stmt *, const char *,
    const char *, bool *, struct fault *);
static bool list_within(const char *, const char *, char);
static bool list_same(const char *, const char *, char);
static bool differ(const char *, const char *);
static json_t *detail(const struct member *, const struct member_change *);
static bool disables(const struct member *, const struct member_change *);
static bool enables(const struct member *, const struct member_change *);

enum member_verdict
member_judge(const char *actor_id, unsigned roles, const struct member *m,
    const struct member_change *c, size_t others)
{
	const bool itself = strcmp(m->id, actor_id) == 0;
	const bool above = (roles & ROLE_SYSTEM_ADMIN) != 0;
	const unsigned after = c->roles != 0 ? c->roles : m->roles;
	const bool is_one = (m->roles & ROLE_SYSTEM_ADMIN) != 0;
	const bool stays_one = (after & ROLE_SYSTEM_ADMIN) != 0;
	const bool moves = disables(m, c) || enables(m, c);

	if (!above && (is_one != stays_one || (is_one && moves)))
		return (MEMBER_NOT_ALLOWED);
	if (!above && itself && (after & ~m->roles) != 0)
		return (MEMBER_NOT_ALLOWED);
	if (is_one && m->state == MEMBER_ACTIVE && others == 0 &&
	    (!stays_one || disables(m, c)))
		return (MEMBER_LAST_ADMIN);
	return (itself && disables(m, c) ? MEMBER_SELF : MEMBER_OK);
}

bool
member_may_hand_over(const char *actor_id, unsigned roles,
    const struct member *from, const char *to)
{
	return ((roles & RIGHT_ALL_VISITS) != 0 ||
	    (strcmp(to, actor_id) != 0 &&
		(from->roles & ROLE_SYSTEM_ADMIN) == 0));
}

bool
member_differs(const struct member *m, const struct member_change *c)
{
	return (disables(m, c) || enables(m, c) ||
	    (c->name != NULL && differ(c->name, m->name)) ||
	    (c->has_kana && differ(c->kana, m->kana)) ||
	    (c->language != NULL && differ(c->language, m->language)) ||
	    (c->roles != 0 && c->roles != m->roles) ||
	    (c->offices != NULL && !list_same(c->offices, m->offices, ' ')) ||
	    (c->departments != NULL &&
		!list_same(c->departments, m->departments, '\n')));
}

bool
member_update(struct context *ctx, const char *id, int version,
    const struct member_change *c, enum member_verdict *verdict,
    struct fault *f)
{
	struct member_list list = { NULL, 0 };
	unsigned roles;
	size_t others;
	bool ok;

	if (!member_lock(ctx, &roles, f))
		return (false);
	*verdict = roles == 0 ? MEMBER_NOT_ALLOWED : MEMBER_NOT_FOUND;
	if (roles == 0)
		return (true);
	ok = member_show(ctx, id, &list, f) &&
	    member_other_admins(ctx, id, &others, f);
	if (ok && list.n == 1) {
		*verdict = list.items[0].version != version
		    ? MEMBER_CONFLICT
		    : member_judge(
			  ctx->actor.id, roles, &list.items[0], c, others);
		if (*verdict == MEMBER_OK)
			ok = member_write(ctx, &list.items[0], c, verdict, f);
	}
	member_list_free(&list);
	return (ok);
}

bool
member_lock(struct context *ctx, unsigned *roles, struct fault *f)
{
	struct rows *rows;

	/* A statement of its own: one sees what was there when it began. */
	if (!db_run(ctx->db, &ctx->scope, &sql_member_lock, NULL, NULL, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_member_acting,
		(struct db_arg[]){ DB_TEXT(ctx->actor.id) }, &rows, f))
		return (false);
	*roles = role_parse(rows_text(rows, 0, "roles"));
	rows_free(rows);
	if ((*roles & RIGHT_ACCOUNTS) == 0)
		*roles = 0;
	return (true);
}

bool
member_other_admins(
    struct context *ctx, const char *id, size_t *n, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_member_other_admins,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	*n = (size_t)rows_int(rows, 0, "others");
	rows_free(rows);
	return (true);
}

/* Only what differs: a trigger ends the sockets of who gets other roles. */
bool
member_write(struct context *ctx, const struct member *m,
    const struct member_change *c, enum member_verdict *verdict,
    struct fault *f)
{
	char words[ROLE_WORDS_SIZE];
	bool known = true;

	*verdict = MEMBER_OK;
	if (!member_differs(m, c))
		return (true);
	if (!write_person(ctx, m, c, f))
		return (false);
	if (c->roles != 0 && c->roles != m->roles) {
		role_write(c->roles, words);
		if (!db_run(ctx->db, &ctx->scope, &sql_member_role_set,
			(struct db_arg[]){ DB_TEXT(m->id), DB_TEXT(words) },
			NULL, f))
			return (false);
	}
	if (!write_list(
		ctx, &sql_member_office_set, m->id, c->offices, &known, f))
		return (false);
	if (!known)
		*verdict = MEMBER_NO_OFFICE;
	if (!write_list(ctx, &sql_member_department_set, m->id, c->departments,
		&known, f))
		return (false);
	if (!known)
		*verdict = MEMBER_NO_DEPARTMENT;
	if (disables(m, c) &&
	    !db_run(ctx->db, &ctx->scope, &sql_member_disable,
		(struct db_arg[]){ DB_TEXT(m->id) }, NULL, f))
		return (false);
	if (enables(m, c) &&
	    !db_run(ctx->db, &ctx->scope, &sql_member_enable,
		(struct db_arg[]){ DB_TEXT(m->id) }, NULL, f))
		return (false);
	return (operation_log_add(ctx,
	    disables(m, c)      ? "member.disabled"
		: enables(m, c) ? "member.enabled"
				: "member.updated",
	    m->id, "done", detail(m, c), f));
}

static bool
write_person(struct context *ctx, const struct member *m,
    const struct member_change *c, struct fault *f)
{
	struct cell name = CELL_INIT, kana = CELL_INIT;
	bool ok;

	ok = tenant_seal(ctx, TENANT_KEY_VISITOR, "member", "name_cell", m->id,
		 c->name != NULL ? c->name : m->name, &name, f) &&
	    tenant_seal(ctx, TENANT_KEY_VISITOR, "member", "kana_cell", m->id,
		c->has_kana ? c->kana : m->kana, &kana, f) &&
	    db_run(ctx->db, &ctx->scope, &sql_member_edit,
		(struct db_arg[]){ DB_TEXT(m->id), DB_CELL(name), DB_CELL(kana),
		    DB_TEXT(c->language != NULL ? c->language : m->language) },
		NULL, f);
	cell_free(&name);
	cell_free(&kana);
	return (ok);
}

static bool
write_list(struct context *ctx, const struct stmt *stmt, const char *id,
    const char *list, bool *known, struct fault *f)
{
	struct rows *rows;

	*known = true;
	if (list == NULL)
		return (true);
	if (!db_run(ctx->db, &ctx->scope, stmt,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(list) }, &rows, f))
		return (false);
	*known = rows_int(rows, 0, "unknown") == 0;
	rows_free(rows);
	return (true);
}

static bool
list_same(const char *a, const char *b, char by)
{
	return (list_within(a, b, by) && list_within(b, a, by));
}

/* Is every word of ${a} one of ${b}? */
static bool
list_within(const char *a, const char *b, char by)
{
	const char *at, *end;
	size_t len;
	bool found;

	for (; *a != '\0'; a = end + (*end == by)) {
		end = strchrnul(a, by);
		len = (size_t)(end - a);
		found = false;
		for (at = b; *at != '\0' && !found;
		     at = strchrnul(at, by), at += *at == by)
			found = strncmp(at, a, len) == 0 &&
			    (at[len] == by || at[len] == '\0');
		if (!found)
			return (false);
	}
	return (true);
}

static bool
differ(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != b);
	return (strcmp(a, b) != 0);
}

/* What the operation log says: the new values of what changed. */
static json_t *
detail(const struct member *m, const struct member_change *c)
{
	json_t *json = json_object();

	if (c->name != NULL && differ(c->name, m->name))
		(void)json_object_set_new(json, "name", json_string(c->name));
	if (c->has_kana && differ(c->kana, m->kana))
		(void)json_object_set_new(json, "kana",
		    c->kana == NULL ? json_null() : json_string(c->kana));
	if (c->language != NULL && differ(c->language, m->language))
		(void)json_object_set_new(
		    json, "language", json_string(c->language));
	if (c->roles != 0 && c->roles != m->roles)
		(void)json_object_set_new(
		    json, "roles", json_integer((json_int_t)c->roles));
	if (c->offices != NULL && !list_same(c->offices, m->offices, ' '))
		(void)json_object_set_new(
		    json, "offices", json_string(c->offices));
	if (c->departments != NULL &&
	    !list_same(c->departments, m->departments, '\n'))
		(void)json_object_set_new(
		    json, "departments", json_string(c->departments));
	return (json);
}

static bool
disables(const struct member *m, const struct member_change *c)
{
	return (c->standing == MEMBER_DISABLE && m->state != MEMBER_DISABLED);
}

static bool
enables(const struct member *m, const struct member_change *c)
{
	return (c->standing == MEMBER_ENABLE && m->state == MEMBER_DISABLED);
}
