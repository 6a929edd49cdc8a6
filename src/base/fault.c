#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"

static const char *const names[] = {
	[FAULT_NONE] = "none",
	[FAULT_BUG] = "bug",
	[FAULT_MEMORY] = "memory",
	[FAULT_SYSTEM] = "system",
	[FAULT_CONFIG] = "config",
	[FAULT_DB_AWAY] = "db_away",
	[FAULT_DB_CONFLICT] = "db_conflict",
	[FAULT_DB_LIMIT] = "db_limit",
	[FAULT_DB_REFUSED] = "db_refused",
	[FAULT_KMS_AWAY] = "kms_away",
	[FAULT_KMS_REFUSED] = "kms_refused",
	[FAULT_DECODE_AWAY] = "decode_away",
	[FAULT_CRYPT] = "crypt",
	[FAULT_PEER] = "peer",
};
_Static_assert(NELEMS(names) == FAULT__MAX, "every fault has a name");

bool
fault_set(struct fault *f, enum fault_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (f->kind != FAULT_NONE)
		return (false);

	f->kind = kind;
	va_start(ap, fmt);
	(void)vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);

	return (false);
}

void
fault_clear(struct fault *f)
{
	memset(f, 0, sizeof(*f));
}

const char *
fault_name(enum fault_kind kind)
{
	return (names[kind]);
}
