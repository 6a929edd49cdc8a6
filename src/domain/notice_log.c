#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "gen_sql.h"
#include "gen_text.h"

#include "notice.h"
#include "notice_post.h"
#include "operation_chain.h"
#include "phrase.h"
#include "tenant_key.h"
#include "text.h"

/* Heads of the operation log, on their way out of the database's reach. */
struct copies {
	char *armours; /* all of them, one after the other */
	char position[24];
	char finding[OPERATION_FINDING_SIZE]; /* the first, or "none" */
};

static bool collect(
    struct context *, struct rows *, struct copies *, struct fault *);
static bool tell(struct context *, const struct copies *,
    const struct notice_member *, struct fault *);

bool
notice_log_heads(struct context *ctx, struct fault *f)
{
	struct copies copies = { .armours = NULL };
	struct notice_member member;
	struct rows *heads, *admins = NULL;
	char *name, *email;
	bool ok;
	int i;

	if (!db_run(ctx->db, &ctx->scope, &sql_operation_head_mail, NULL,
		&heads, f))
		return (false);
	ok = rows_count(heads) == 0 ||
	    (collect(ctx, heads, &copies, f) &&
		db_run(ctx->db, &ctx->scope, &sql_notice_system_admins, NULL,
		    &admins, f));
	for (i = 0; ok && admins != NULL && i < rows_count(admins); i++) {
		member = (struct notice_member){
			.id = rows_text(admins, i, "id"),
			.language = rows_text(admins, i, "language"),
		};
		name = email = NULL;
		ok = tenant_open(ctx, TENANT_KEY_VISITOR, "member", "name_cell",
			 member.id, admins, i, &name, f) &&
		    tenant_open(ctx, TENANT_KEY_VISITOR, "member", "email_cell",
			member.id, admins, i, &email, f);
		member.name = name;
		member.email = email;
		ok = ok && tell(ctx, &copies, &member, f);
		tenant_text_free(name);
		tenant_text_free(email);
	}
	free(copies.armours);
	rows_free(admins);
	rows_free(heads);
	return (ok);
}

static bool
collect(struct context *ctx, struct rows *rows, struct copies *copies,
    struct fault *f)
{
	char armour[OPERATION_ARMOUR_SIZE];
	struct operation_head head;
	bool ok = true;
	FILE *out;
	size_t len;
	int i;

	text_copy(copies->finding, sizeof(copies->finding), "none");
	if ((out = open_memstream(&copies->armours, &len)) == NULL)
		return (notice_memory(f));
	for (i = 0; ok && i < rows_count(rows); i++) {
		operation_head_row(rows, i, &head);
		ok = operation_head_armour(ctx->scope.tenant_id, &head, armour);
		(void)fprintf(out, "%s%s", i > 0 ? "\n" : "", armour);
		(void)snprintf(copies->position, sizeof(copies->position),
		    "%lld", (long long)head.position);
		if (strcmp(copies->finding, "none") == 0)
			text_copy(copies->finding, sizeof(copies->finding),
			    head.finding);
	}
	return ((fclose(out) == 0 && ok) || notice_memory(f));
}

static bool
tell(struct context *ctx, const struct copies *copies,
    const struct notice_member *member, struct fault *f)
{
	const enum text_language language = text_language_of(member->language);
	const bool broken = strcmp(copies->finding, "none") != 0;
	struct letter letter = { .language = language, .alarm = broken };
	struct tenant tenant;
	char *subject, *greeting, *intro;
	bool ok;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	subject = phrase(language,
	    broken ? TEXT_MAIL_LOG_BROKEN_SUBJECT : TEXT_MAIL_LOG_SUBJECT,
	    "tenant", tenant.display_name, NULL);
	greeting =
	    phrase(language, TEXT_MAIL_GREETING, "name", member->name, NULL);
	intro = phrase(language,
	    broken ? TEXT_MAIL_LOG_BROKEN_INTRO : TEXT_MAIL_LOG_INTRO,
	    "position", copies->position, NULL);
	ok = (subject != NULL && greeting != NULL && intro != NULL) ||
	    notice_memory(f);
	if (ok) {
		letter.sender = tenant.display_name;
		letter.heading = text_get(language,
		    broken ? TEXT_MAIL_LOG_BROKEN_HEADING
			   : TEXT_MAIL_LOG_HEADING);
		letter.greeting = greeting;
		letter.intro = intro;
		letter.closing = copies->armours;
		letter.small = text_get(language, TEXT_MAIL_LOG_SMALL);
		ok = notice_mail_add(ctx,
		    &(struct notice_mail){
			.topic = "log.head",
			.tenant = &tenant,
			.to_name = member->name,
			.to = member->email,
			.subject = subject,
			.letter = &letter,
			.life = 3 * NOTICE_DAY,
		    },
		    f);
	}
	free(subject);
	free(greeting);
	free(intro);
	return (ok);
}
