#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"

#include "normalise.h"
#include "session_password.h"

#ifdef GENKAN_SANITIZE
/* Sanitizers make it a hundred times slower and learn nothing from it. */
#define OPS crypto_pwhash_OPSLIMIT_MIN
#define MEM crypto_pwhash_MEMLIMIT_MIN
#else
#define OPS crypto_pwhash_OPSLIMIT_INTERACTIVE
#define MEM crypto_pwhash_MEMLIMIT_INTERACTIVE
#endif

_Static_assert(
    SESSION_PASSWORD_SIZE >= crypto_pwhash_STRBYTES, "the stored form fits");

static char dummy[crypto_pwhash_STRBYTES]; /* of no password */
static bool (*elsewhere)(struct session_password_work *);
static bool started;
static pthread_once_t start_once = PTHREAD_ONCE_INIT;

static bool work_on(struct session_password_work *, const char *);
static void start(void);

void
session_password_elsewhere(bool (*ask)(struct session_password_work *))
{
	elsewhere = ask;
}

void
session_password_work(struct session_password_work *w)
{
	const char *form = w->form[0] != '\0' ? w->form : dummy;
	const size_t len = strlen(w->text);

	(void)pthread_once(&start_once, start);
	if (w->compare)
		w->good = started &&
		    crypto_pwhash_str_verify(form, w->text, len) == 0 &&
		    form != dummy;
	else
		w->good = started &&
		    crypto_pwhash_str(w->form, w->text, len, OPS, MEM) == 0;
}

bool
session_password_hash(
    const char *password, char out[SESSION_PASSWORD_SIZE], struct fault *f)
{
	struct session_password_work w = { .compare = false };
	const bool good = work_on(&w, password);

	memcpy(out, w.form, sizeof(w.form));
	secret_wipe(&w, sizeof(w));
	if (!good)
		return (fault_set(f, FAULT_MEMORY, "password hash"));
	return (true);
}

bool
session_password_fits(const char *password, const char *stored)
{
	struct session_password_work w = { .compare = true };
	bool good;

	if (stored != NULL)
		(void)snprintf(w.form, sizeof(w.form), "%s", stored);
	good = work_on(&w, password);
	secret_wipe(&w, sizeof(w));
	return (good);
}

bool
session_password_is_old(const char *stored)
{
	return (crypto_pwhash_str_needs_rehash(stored, OPS, MEM) != 0);
}

static bool
work_on(struct session_password_work *w, const char *password)
{
	char *text = normalise_password(password);
	const size_t len = text != NULL ? strlen(text) : sizeof(w->text);

	if (len < sizeof(w->text)) {
		memcpy(w->text, text, len + 1);
		if (elsewhere == NULL || !elsewhere(w))
			session_password_work(w);
	}
	if (text != NULL)
		secret_wipe(text, len);
	free(text);
	return (w->good);
}

static void
start(void)
{
	char nothing[32];

	if (sodium_init() < 0)
		return;
	secret_random(nothing, sizeof(nothing));
	started =
	    crypto_pwhash_str(dummy, nothing, sizeof(nothing), OPS, MEM) == 0;
	secret_wipe(nothing, sizeof(nothing));
}
