/* A disk that fails: of all writes below one folder, the Nth and, if wished, every later one.
 *
 * Loaded with LD_PRELOAD; armed from Python through ctypes. Counted are opening for writing,
 * writing in every form, making, renaming and removing names, truncating and syncing. A disk that
 * is full still removes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char under[PATH_MAX];
static volatile long at = -1, seen = 0;
static volatile int number = ENOSPC, for_good = 0;
static char failed[256] = "";

/* Fail the Nth (from 1) write below `folder` with `error`; 0 only counts. */
void disk_arm(const char *folder, long nth, int error, int stays) {
  snprintf(under, sizeof under, "%s", folder);
  number = error;
  for_good = stays;
  seen = 0;
  failed[0] = 0;
  at = nth;
}

long disk_disarm(void) {
  at = -1;
  return seen;
}

const char *disk_failed(void) { return failed; }

static int below(const char *path) {
  size_t length = strlen(under);
  return length && !strncmp(path, under, length) && (path[length] == '/' || !path[length]);
}

static int refuse(const char *what, const char *path) {
  if (at < 0 || !below(path)) return 0;
  long now = __sync_add_and_fetch(&seen, 1);
  if (!at || now < at || (now > at && !for_good)) return 0;
  if (now == at) snprintf(failed, sizeof failed, "%s %.200s", what, path + strlen(under));
  errno = number;
  return 1;
}

static int refuse_at(const char *what, int folder, const char *path) {
  char whole[2 * PATH_MAX], link[64];
  if (at < 0) return 0;
  if (path[0] == '/') return refuse(what, path);
  if (folder == AT_FDCWD) {
    if (!getcwd(whole, PATH_MAX)) return 0;
  } else {
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, whole, PATH_MAX - 1);
    if (length < 0) return 0;
    whole[length] = 0;
  }
  strcat(whole, "/");
  strncat(whole, path, PATH_MAX - 1);
  return refuse(what, whole);
}

static int refuse_fd(const char *what, int file) {
  char whole[PATH_MAX], link[64];
  if (at < 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, whole, sizeof whole - 1);
  if (length < 0) return 0;
  whole[length] = 0;
  return refuse(what, whole);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & O_CREAT))
#define MODE(flags)                       \
  mode_t mode = 0;                        \
  if ((flags) & (O_CREAT | O_TMPFILE)) {  \
    va_list more;                         \
    va_start(more, flags);                \
    mode = va_arg(more, mode_t);          \
    va_end(more);                         \
  }

#define OPEN(name)                                                              \
  int name(const char *path, int flags, ...) {                                  \
    MODE(flags)                                                                 \
    if (WRITES(flags) && refuse_at("open", AT_FDCWD, path)) return -1;          \
    return REAL(name)(path, flags, mode);                                       \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                            \
  int name(int folder, const char *path, int flags, ...) {                      \
    MODE(flags)                                                                 \
    if (WRITES(flags) && refuse_at("open", folder, path)) return -1;            \
    return REAL(name)(folder, path, flags, mode);                               \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                             \
  FILE *name(const char *path, const char *how) {                               \
    if (strpbrk(how, "wa+") && refuse_at("open", AT_FDCWD, path)) return NULL;  \
    return REAL(name)(path, how);                                               \
  }
FOPEN(fopen)
FOPEN(fopen64)

#define ON_FILE(type, name, parameters, arguments)            \
  type name parameters {                                      \
    if (refuse_fd(#name, file)) return -1;                    \
    return REAL(name) arguments;                              \
  }
ON_FILE(ssize_t, write, (int file, const void *from, size_t size), (file, from, size))
ON_FILE(ssize_t, pwrite, (int file, const void *from, size_t size, off_t start), (file, from, size, start))
ON_FILE(ssize_t, pwrite64, (int file, const void *from, size_t size, off64_t start), (file, from, size, start))
ON_FILE(ssize_t, writev, (int file, const struct iovec *from, int count), (file, from, count))
ON_FILE(int, fsync, (int file), (file))
ON_FILE(int, fdatasync, (int file), (file))
ON_FILE(int, ftruncate, (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, (int file, off64_t size), (file, size))
ON_FILE(ssize_t, sendfile, (int file, int from, off_t *start, size_t size), (file, from, start, size))
ON_FILE(ssize_t, sendfile64, (int file, int from, off64_t *start, size_t size), (file, from, start, size))
ON_FILE(ssize_t, copy_file_range, (int from, off64_t *start, int file, off64_t *to, size_t size, unsigned flags), (from, start, file, to, size, flags))

/* stdio writes past our write(): its own calls are met here. */
size_t fwrite(const void *from, size_t size, size_t count, FILE *file) {
  if (at >= 0 && refuse_fd("fwrite", fileno(file))) return 0;
  return REAL(fwrite)(from, size, count, file);
}
int fclose(FILE *file) {
  int refused = at >= 0 && (fcntl(fileno(file), F_GETFL) & O_ACCMODE) != O_RDONLY &&
                refuse_fd("fclose", fileno(file));
  int found = REAL(fclose)(file);
  if (refused) errno = number;
  return refused ? EOF : found;
}

#define REMOVES(name, parameters, folder, path, arguments)                 \
  int name parameters {                                                    \
    if (number != ENOSPC && refuse_at(#name, folder, path)) return -1;     \
    return REAL(name) arguments;                                           \
  }
#define ON_PATH(name, parameters, folder, path, arguments)        \
  int name parameters {                                           \
    if (refuse_at(#name, folder, path)) return -1;                \
    return REAL(name) arguments;                                  \
  }
ON_PATH(mkdir, (const char *path, mode_t mode), AT_FDCWD, path, (path, mode))
ON_PATH(mkdirat, (int folder, const char *path, mode_t mode), folder, path, (folder, path, mode))
ON_PATH(rename, (const char *from, const char *path), AT_FDCWD, path, (from, path))
ON_PATH(renameat, (int old, const char *from, int folder, const char *path), folder, path, (old, from, folder, path))
REMOVES(unlink, (const char *path), AT_FDCWD, path, (path))
REMOVES(unlinkat, (int folder, const char *path, int flags), folder, path, (folder, path, flags))
REMOVES(rmdir, (const char *path), AT_FDCWD, path, (path))
