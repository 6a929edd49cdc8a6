#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "guess.h"
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

static bool seal(struct context *, const char *, const struct member_new *,
    struct sealed *, struct fault *);
static void sealed_free(struct sealed *);
static bool add(struct context *, const char *, const struct member_new *,
    const char *, const char *, bool *, struct fault *);
static bool send_link(
    struct context *, const char *, const struct member_new *, struct fault *);
static bool use(struct context *, const uint8_t *, uuid_text, unsigned *,
    bool *, struct fault *);
static bool become(struct context *, const char *, const struct member_new *,
    const char *, bool *, struct fault *);

bool
member_invite(struct context *ctx, const struct member_new *new, uuid_text id,
    bool *taken, struct fault *f)
{
	bool added;

	text_uuid_new(id);
	if (!add(ctx, id, new, NULL, "invited", &added, f))
		return (false);
	*taken = !added;
	if (*taken)
		return (true);
	return (send_link(ctx, id, new, f) &&
	    operation_log_add(ctx, "member.invited", id, "done",
		json_pack("{sssssi}", "name", new->name, "email", new->email,
		    "roles", (int)new->roles),
		f));
}

bool
member_invite_again(struct context *ctx, const char *id,
    enum member_verdict *verdict, struct fault *f)
{
	struct member_list list;
	bool ok;

	*verdict = MEMBER_NOT_FOUND;
	ok = member_lock(ctx, f) && member_show(ctx, id, &list, f);
	if (ok && list.n == 1) {
		const struct member *m = &list.items[0];
		const struct member_new new = { m->name, m->kana, m->email,
			m->language, m->roles };

		*verdict = MEMBER_NOT_INVITED;
		if (m->state == MEMBER_INVITED) {
			*verdict = MEMBER_OK;
			ok = send_link(ctx, id, &new, f) &&
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

/* The link's token stands after #, so no server and no log sees it. */
static bool
send_link(struct context *ctx, const char *id, const struct member_new *new,
    struct fault *f)
{
	const struct notice_member member = { id, new->name, new->email,
		new->language };
	char token[MEMBER_TOKEN_CHARS + 1], url[512];
	uint8_t hash[SECRET_HASH_BYTES];
	struct notice_time expires;
	struct tenant tenant;
	struct rows *rows;
	bool ok;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	memcpy(token, tenant.tag, TENANT_TAG_CHARS);
	secret_token(token + TENANT_TAG_CHARS, SECRET_CHARS);
	secret_digest(token + TENANT_TAG_CHARS, SECRET_CHARS, hash);
	if (!db_run(ctx->db, &ctx->scope, &sql_member_activation_add,
		(struct db_arg[]){ DB_BYTES(hash, sizeof(hash)), DB_TEXT(id),
		    DB_TEXT(INVITATION_DAYS) },
		&rows, f))
		return (false);
	expires = (struct notice_time){ rows_int(rows, 0, "expires_at"),
		(int)rows_int(rows, 0, "offset_minutes") };
	rows_free(rows);
	(void)snprintf(url, sizeof(url), "%s/admin/%s/#activate=%s",
	    config_text(CONFIG_BASE_URL), new->language, token);
	ok = notice_member_invited(ctx, &member, url, expires, f);
	secret_wipe(token, sizeof(token));
	secret_wipe(url, sizeof(url));
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
