#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"

#include "gen_sql.h"
#include "guess.h"

#define MINUTE 60
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* How much guessing is borne; times in seconds. */
static const struct limit {
	const char *name;
	int limit;   /* tries, in */
	int window;  /* so long; then the next are refused */
	int block;   /* for so long, the next time twice as long, */
	int longest; /* but never longer than this */
} limits[] = {
	[GUESS_SIGN_IN_ACCOUNT] = { "sign_in_account", 10, 15 * MINUTE, MINUTE,
	    16 * MINUTE },
	[GUESS_SIGN_IN_CEILING] = { "sign_in_ceiling", 100, 30 * DAY, 30 * DAY,
	    30 * DAY },
	[GUESS_SIGN_IN_ADDRESS] = { "sign_in_address", 100, 15 * MINUTE,
	    15 * MINUTE, 4 * HOUR },
	[GUESS_CODE_DEVICE] = { "code_device", 5, MINUTE, MINUTE, 64 * MINUTE },
	[GUESS_CODE_OFFICE] = { "code_office", 100, 2 * DAY, DAY, DAY },
	[GUESS_PAIRING_ADDRESS] = { "pairing_address", 5, HOUR, HOUR, HOUR },
	[GUESS_ACTIVATION_ADDRESS] = { "activation_address", 10, HOUR, HOUR,
	    HOUR },
	[GUESS_FACTOR_ACCOUNT] = { "factor_account", 5, 15 * MINUTE, 5 * MINUTE,
	    4 * HOUR },
	[GUESS_RESET_ACCOUNT] = { "reset_account", 3, HOUR, HOUR, HOUR },
	[GUESS_RESET_ADDRESS] = { "reset_address", 20, HOUR, HOUR, HOUR },
	[GUESS_PASSWORD_MEMBER] = { "password_member", 5, 15 * MINUTE,
	    5 * MINUTE, 80 * MINUTE },
	[GUESS_SMS_ACCOUNT] = { "sms_account", 5, 15 * MINUTE, 15 * MINUTE,
	    4 * HOUR },
	[GUESS_PRIVACY_ADDRESS] = { "privacy_address", 30, HOUR, HOUR, HOUR },
	[GUESS_PRIVACY_GUEST] = { "privacy_guest", 10, HOUR, HOUR, HOUR },
	[GUESS_PRIVACY_MAIL] = { "privacy_mail", 5, HOUR, HOUR, HOUR },
	[GUESS_PRIVACY_CODE] = { "privacy_code", 5, HOUR, HOUR, DAY },
	[GUESS_OPERATOR_ACCOUNT] = { "account", 5, 15 * MINUTE, MINUTE,
	    64 * MINUTE },
	[GUESS_OPERATOR_ADDRESS] = { "address", 30, 15 * MINUTE, 15 * MINUTE,
	    4 * HOUR },
	[GUESS_OPERATOR_FACTOR] = { "factor", 5, 15 * MINUTE, 5 * MINUTE,
	    4 * HOUR },
	[GUESS_OPERATOR_SIGN_UP] = { "sign_up", 10, HOUR, HOUR, HOUR },
};
_Static_assert(NELEMS(limits) == GUESS_KIND__MAX, "every kind has its limit");

#define SUBJECT_SIZE 128

/* A tenant's tries and the operator's stand in tables of the same form. */
#define STATEMENT(kind, verb)                                \
	((kind) < GUESS_OPERATOR_ACCOUNT ? &sql_guess_##verb \
					 : &sql_operator_guess_##verb)

static const char *subject_of(const char *, char[SUBJECT_SIZE]);
static void number(char[16], int);

bool
guess_take(struct context *ctx, enum guess_kind kind, const char *what,
    long *wait, struct fault *f)
{
	const struct limit *l = &limits[kind];
	char text[4][16], buf[SUBJECT_SIZE];
	const char *subject = subject_of(what, buf);
	struct rows *rows;
	bool counted;

	*wait = 0;
	number(text[0], l->limit);
	number(text[1], l->window);
	number(text[2], l->block);
	number(text[3], l->longest);
	if (!db_run(ctx->db, &ctx->scope, STATEMENT(kind, take),
		(struct db_arg[]){ DB_TEXT(l->name), DB_TEXT(subject),
		    DB_TEXT(text[0]), DB_TEXT(text[1]), DB_TEXT(text[2]),
		    DB_TEXT(text[3]) },
		&rows, f))
		return (false);
	counted = rows_count(rows) == 1;
	rows_free(rows);
	if (counted)
		return (true);

	if (!guess_wait(ctx, kind, what, wait, f))
		return (false);
	if (*wait == 0)
		*wait = 1; /* it has just ended */
	return (true);
}

bool
guess_wait(struct context *ctx, enum guess_kind kind, const char *what,
    long *wait, struct fault *f)
{
	char buf[SUBJECT_SIZE];
	struct rows *rows;

	*wait = 0;
	if (!db_run(ctx->db, &ctx->scope, STATEMENT(kind, wait),
		(struct db_arg[]){ DB_TEXT(limits[kind].name),
		    DB_TEXT(subject_of(what, buf)) },
		&rows, f))
		return (false);
	if (rows_count(rows) == 1)
		*wait = (long)rows_int(rows, 0, "wait");
	rows_free(rows);
	return (true);
}

bool
guess_give_back(struct context *ctx, enum guess_kind kind, const char *what,
    struct fault *f)
{
	char buf[SUBJECT_SIZE];

	return (db_run(ctx->db, &ctx->scope, STATEMENT(kind, give_back),
	    (struct db_arg[]){
		DB_TEXT(limits[kind].name), DB_TEXT(subject_of(what, buf)) },
	    NULL, f));
}

bool
guess_forget(struct context *ctx, enum guess_kind kind, const char *what,
    struct fault *f)
{
	char buf[SUBJECT_SIZE];

	return (db_run(ctx->db, &ctx->scope, STATEMENT(kind, forget),
	    (struct db_arg[]){
		DB_TEXT(limits[kind].name), DB_TEXT(subject_of(what, buf)) },
	    NULL, f));
}

bool
guess_purge(struct context *ctx, struct fault *f)
{
	return (db_run(ctx->db, &ctx->scope, &sql_guess_purge, NULL, NULL, f));
}

/* Who has one IPv6 address has 2^64 of them: the network is the subject. */
static const char *
subject_of(const char *what, char buf[SUBJECT_SIZE])
{
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];

	if (strchr(what, ':') == NULL ||
	    inet_pton(AF_INET6, what, &address) != 1)
		return (what);
	if (IN6_IS_ADDR_V4MAPPED(&address))
		return (what);
	memset(address.s6_addr + 8, 0, 8);
	if (inet_ntop(AF_INET6, &address, text, sizeof(text)) == NULL)
		return (what);
	(void)snprintf(buf, SUBJECT_SIZE, "%s/64", text);
	return (buf);
}

static void
number(char out[16], int n)
{
	(void)snprintf(out, 16, "%d", n);
}
