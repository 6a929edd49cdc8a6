#include <sys/mman.h>

#include <errno.h>
#include <string.h>

#include "fault.h"

#include "sandbox_list.h"

int
sandbox_list_add(
    scmp_filter_ctx list, uint32_t action, const int *calls, size_t n)
{
	size_t i;
	int err = 0;

	for (i = 0; err == 0 && i < n; i++)
		err = seccomp_rule_add(list, action, calls[i], 0);
	return (err);
}

int
sandbox_list_add_memory(scmp_filter_ctx list)
{
	return (seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
	    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)));
}

bool
sandbox_list_load(uint32_t otherwise, int (*add)(scmp_filter_ctx, int),
    int which, struct fault *f)
{
	scmp_filter_ctx list = seccomp_init(otherwise);
	int err = -ENOMEM;

	if (list != NULL && (err = add(list, which)) == 0)
		err = seccomp_load(list);
	seccomp_release(list);
	if (err != 0)
		return (fault_set(f, FAULT_SYSTEM, "list of system calls: %s",
		    strerror(-err)));
	return (true);
}
