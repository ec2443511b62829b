/* Make writes below one folder fail: the Nth and, if permanent, every later one.
 *
 * Load the library with LD_PRELOAD and arm it through ctypes. It counts opening for writing, all
 * forms of writing, creating, renaming and removing names, truncating and syncing. With ENOSPC,
 * removing still works, as on a full disk.
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

static char root[PATH_MAX];                      /* folder whose writes fail */
static volatile long fail_at = -1, writes = 0;   /* -1: disarmed; 0: only count */
static volatile int error_number = ENOSPC, permanent = 0;
static char failed[256] = "";                    /* first write that failed */

/* Fail the Nth (from 1) write below `folder` with `error`; 0 only counts. */
void disk_arm(const char *folder, long nth, int error, int fail_later_writes) {
  snprintf(root, sizeof root, "%s", folder);
  error_number = error;
  permanent = fail_later_writes;
  writes = 0;
  failed[0] = 0;
  fail_at = nth;
}

/* Stop failing and return the number of writes. */
long disk_disarm(void) {
  fail_at = -1;
  return writes;
}

const char *disk_failed(void) { return failed; }

static int is_below_root(const char *path) {
  size_t length = strlen(root);
  return length && !strncmp(path, root, length) && (path[length] == '/' || !path[length]);
}

static int refuse(const char *call, const char *path) {
  if (fail_at < 0 || !is_below_root(path)) return 0;
  long now = __sync_add_and_fetch(&writes, 1);
  if (!fail_at || now < fail_at || (now > fail_at && !permanent)) return 0;
  if (now == fail_at) snprintf(failed, sizeof failed, "%s %.200s", call, path + strlen(root));
  errno = error_number;
  return 1;
}

static int refuse_at(const char *call, int folder, const char *path) {
  char full_path[2 * PATH_MAX], link[64];
  if (fail_at < 0) return 0;
  if (path[0] == '/') return refuse(call, path);
  if (folder == AT_FDCWD) {
    if (!getcwd(full_path, PATH_MAX)) return 0;
  } else {
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, full_path, PATH_MAX - 1);
    if (length < 0) return 0;
    full_path[length] = 0;
  }
  strcat(full_path, "/");
  strncat(full_path, path, PATH_MAX - 1);
  return refuse(call, full_path);
}

static int refuse_fd(const char *call, int file) {
  char full_path[PATH_MAX], link[64];
  if (fail_at < 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, full_path, sizeof full_path - 1);
  if (length < 0) return 0;
  full_path[length] = 0;
  return refuse(call, full_path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define OPENS_FOR_WRITING(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & O_CREAT))
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
    if (OPENS_FOR_WRITING(flags) && refuse_at("open", AT_FDCWD, path)) return -1;          \
    return REAL(name)(path, flags, mode);                                       \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                            \
  int name(int folder, const char *path, int flags, ...) {                      \
    MODE(flags)                                                                 \
    if (OPENS_FOR_WRITING(flags) && refuse_at("open", folder, path)) return -1;            \
    return REAL(name)(folder, path, flags, mode);                               \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                             \
  FILE *name(const char *path, const char *mode) {                               \
    if (strpbrk(mode, "wa+") && refuse_at("open", AT_FDCWD, path)) return NULL;  \
    return REAL(name)(path, mode);                                               \
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

/* stdio does not call our write(), so intercept its functions. */
size_t fwrite(const void *from, size_t size, size_t count, FILE *file) {
  if (fail_at >= 0 && refuse_fd("fwrite", fileno(file))) return 0;
  return REAL(fwrite)(from, size, count, file);
}
int fclose(FILE *file) {
  int refused = fail_at >= 0 && (fcntl(fileno(file), F_GETFL) & O_ACCMODE) != O_RDONLY &&
                refuse_fd("fclose", fileno(file));
  int result = REAL(fclose)(file);
  if (refused) errno = error_number;
  return refused ? EOF : result;
}

#define REMOVES(name, parameters, folder, path, arguments)                 \
  int name parameters {                                                    \
    if (error_number != ENOSPC && refuse_at(#name, folder, path)) return -1;     \
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
