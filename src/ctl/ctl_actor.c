#include <sys/types.h>

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "context.h"

#include "ctl_actor.h"

void
ctl_actor(struct actor *actor)
{
	FILE *file = fopen("/proc/self/loginuid", "re");
	unsigned int login;
	uid_t uid = getuid();
	const struct passwd *account;

	if (file != NULL && fscanf(file, "%u", &login) == 1 &&
	    login != (unsigned int)-1)
		uid = (uid_t)login;
	if (file != NULL)
		(void)fclose(file);
	account = getpwuid(uid);
	memset(actor, 0, sizeof(*actor));
	actor->kind = ACTOR_OPERATOR;
	(void)snprintf(actor->address, sizeof(actor->address), "cli:%.40s",
	    account != NULL ? account->pw_name : "unknown");
}
