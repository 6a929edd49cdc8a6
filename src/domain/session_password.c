#include <pthread.h>
#include <sodium.h>
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
static void (*begin)(void), (*end)(void);
static bool started;
static pthread_once_t start_once = PTHREAD_ONCE_INIT;

static void start(void);

void
session_password_around(void (*before)(void), void (*after)(void))
{
	begin = before;
	end = after;
}

bool
session_password_hash(
    const char *password, char out[SESSION_PASSWORD_SIZE], struct fault *f)
{
	char *text;
	int r;

	(void)pthread_once(&start_once, start);
	if (!started || (text = normalise_password(password)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "password"));
	memset(out, 0, SESSION_PASSWORD_SIZE);
	if (begin != NULL)
		begin();
	r = crypto_pwhash_str(out, text, strlen(text), OPS, MEM);
	if (end != NULL)
		end();
	secret_wipe(text, strlen(text));
	free(text);
	if (r != 0)
		return (fault_set(f, FAULT_MEMORY, "password hash"));
	return (true);
}

bool
session_password_fits(const char *password, const char *stored)
{
	char *text;
	bool fits;

	(void)pthread_once(&start_once, start);
	if (!started || (text = normalise_password(password)) == NULL)
		return (false);
	if (begin != NULL)
		begin();
	fits = crypto_pwhash_str_verify(
		   stored != NULL ? stored : dummy, text, strlen(text)) == 0;
	if (end != NULL)
		end();
	secret_wipe(text, strlen(text));
	free(text);
	return (fits && stored != NULL);
}

bool
session_password_is_old(const char *stored)
{
	return (crypto_pwhash_str_needs_rehash(stored, OPS, MEM) != 0);
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
