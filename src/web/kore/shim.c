/*
 * In place of Kore's mem.c and pool.c when a sanitizer looks on: each
 * allocation is the C library's, so that reads and writes beyond it, or after
 * its end, are seen.
 */
#include <kore/kore.h>

#include <stdlib.h>
#include <string.h>

static void *some(void *p);

void
kore_mem_init(void)
{
}

void
kore_mem_cleanup(void)
{
}

void *
kore_malloc(size_t len)
{
	return (some(malloc(len == 0 ? 1 : len)));
}

void *
kore_realloc(void *p, size_t len)
{
	return (some(realloc(p, len == 0 ? 1 : len)));
}

void *
kore_calloc(size_t n, size_t len)
{
	return (some(calloc(n == 0 ? 1 : n, len == 0 ? 1 : len)));
}

void
kore_free(void *p)
{
	free(p);
}

char *
kore_strdup(const char *s)
{
	return (some(strdup(s)));
}

void *
kore_malloc_tagged(size_t len, u_int32_t tag)
{
	(void)tag;
	return (kore_malloc(len));
}

void
kore_mem_tag(void *p, u_int32_t tag)
{
	(void)p;
	(void)tag;
}

void
kore_mem_untag(void *p)
{
	(void)p;
}

void *
kore_mem_lookup(u_int32_t tag)
{
	(void)tag;
	return (NULL);
}

void
kore_pool_init(struct kore_pool *pool, const char *name, size_t len, size_t n)
{
	(void)n;
	memset(pool, 0, sizeof(*pool));
	pool->name = kore_strdup(name);
	pool->elen = len;
}

void
kore_pool_cleanup(struct kore_pool *pool)
{
	free(pool->name);
	pool->name = NULL;
}

void *
kore_pool_get(struct kore_pool *pool)
{
	pool->inuse++;
	return (kore_malloc(pool->elen));
}

void
kore_pool_put(struct kore_pool *pool, void *p)
{
	pool->inuse--;
	free(p);
}

static void *
some(void *p)
{
	if (p == NULL)
		fatal("out of memory");
	return (p);
}
