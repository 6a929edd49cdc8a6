#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "disk.h"

#define PATH_BYTES 1280

static bool write_all(int, const void *, size_t);
static bool sync_dir(const char *);
static bool failed(const char *, struct fault *);

bool
disk_replace(const char *path, const void *bytes, size_t len, struct fault *f)
{
	char new[PATH_BYTES];
	bool ok;
	int fd;

	(void)snprintf(new, sizeof(new), "%s.new", path);
	fd = open(
	    new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return (failed(new, f));
	ok = write_all(fd, bytes, len) && fsync(fd) == 0;
	if (close(fd) != 0 || !ok || rename(new, path) != 0 || !sync_dir(path))
		return (failed(path, f));
	return (true);
}

bool
disk_append(const char *path, const void *bytes, size_t len, struct fault *f)
{
	bool ok;
	int fd;

	fd = open(
	    path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return (failed(path, f));
	ok = write_all(fd, bytes, len) && fsync(fd) == 0;
	if (close(fd) != 0 || !ok || !sync_dir(path))
		return (failed(path, f));
	return (true);
}

bool
disk_read(const char *path, size_t max, uint8_t **bytesp, size_t *lenp,
    struct fault *f)
{
	uint8_t *bytes = NULL;
	struct stat st;
	size_t len = 0;
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (failed(path, f));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (size_t)st.st_size > max)
		goto bad;
	if ((bytes = malloc((size_t)st.st_size + 1)) == NULL)
		goto bad;
	while (len < (size_t)st.st_size) {
		n = read(fd, bytes + len, (size_t)st.st_size - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			goto bad;
		len += (size_t)n;
	}
	(void)close(fd);
	bytes[len] = '\0';
	*bytesp = bytes;
	*lenp = len;
	return (true);

bad:
	(void)close(fd);
	if (bytes != NULL)
		secret_wipe(bytes, len);
	free(bytes);
	return (fault_set(f, FAULT_SYSTEM, "%s cannot be read", path));
}

const char *
disk_split(const char *path, char *dir, size_t size)
{
	char *slash;

	text_copy(dir, size, path);
	if ((slash = strrchr(dir, '/')) == NULL) {
		text_copy(dir, size, ".");
		return (path);
	}
	slash[slash == dir ? 1 : 0] = '\0';
	return (strrchr(path, '/') + 1);
}

static bool
write_all(int fd, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (false);
		p += n;
		len -= (size_t)n;
	}
	return (true);
}

/* A rename is on disk only when its directory is. */
static bool
sync_dir(const char *path)
{
	char dir[PATH_BYTES];
	bool ok;
	int fd;

	(void)disk_split(path, dir, sizeof(dir));
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (false);
	ok = fsync(fd) == 0;
	(void)close(fd);
	return (ok);
}

static bool
failed(const char *path, struct fault *f)
{
	return (fault_set(f, FAULT_SYSTEM, "%s: %s", path, strerror(errno)));
}
