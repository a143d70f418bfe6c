/*
 * A memory stick with FAT or exFAT, played on any folder: preloaded (LD_PRELOAD) into the program under test.
 *
 *   KEYFERRY_STICK=/absolute/folder   The folder and all below it: no links (EPERM), no modes (chmod gives EPERM, every
 *                                     file has 0755).
 *   KEYFERRY_STICK_FULL=N             After N bytes written there is no space left: ENOSPC.
 *   KEYFERRY_STICK_PULLED=N           The stick is pulled out before the Nth system call on it: that one and all later
 *                                     ones fail with EIO.
 *   KEYFERRY_STICK_LOOSE=N            It has a loose contact: the Nth system call on it fails with EIO, and no other one.
 *
 * It holds for absolute paths and for the calls that Node's libuv makes. libuv makes statx and close by syscall(2).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
#define REAL(name) ((__typeof__(&name))real(#name))

static const char *folder;
static long full = -1;
static long pulled = -1;
static long loose = -1;
static atomic_long calls;
static atomic_long written;
/* Whether a file descriptor leads to the stick. */
static atomic_bool ours[MOST_FILES];

__attribute__((constructor)) static void insert_stick(void) {
  const char *text;
  folder = getenv("KEYFERRY_STICK");
  if ((text = getenv("KEYFERRY_STICK_FULL")) != NULL) full = atol(text);
  if ((text = getenv("KEYFERRY_STICK_PULLED")) != NULL) pulled = atol(text);
  if ((text = getenv("KEYFERRY_STICK_LOOSE")) != NULL) loose = atol(text);
}

static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

static int on_stick(const char *path) {
  size_t length;
  if (folder == NULL || path == NULL) return 0;
  length = strlen(folder);
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static int is_ours(int file) {
  return file >= 0 && file < MOST_FILES && atomic_load(&ours[file]);
}

static int fails(int code) {
  errno = code;
  return -1;
}

/* Counts a call on the stick; true if the stick does not answer. */
static int is_gone(void) {
  long call = atomic_fetch_add(&calls, 1) + 1;
  if (call != loose && (pulled < 0 || call < pulled)) return 0;
  errno = EIO;
  return 1;
}

/* What follows takes the place of the functions of libc. */
#pragma GCC visibility push(default)

/* --- by path ---------------------------------------------------------------------------------------------------- */

#define OPEN(name)                                                                  \
  int name(const char *path, int flags, ...) {                                      \
    int file;                                                                       \
    va_list more;                                                                   \
    mode_t mode;                                                                    \
    va_start(more, flags);                                                          \
    mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;       \
    va_end(more);                                                                   \
    if (on_stick(path) && is_gone()) return -1;                                     \
    file = REAL(name)(path, flags, mode);                                           \
    if (file >= 0 && file < MOST_FILES) atomic_store(&ours[file], on_stick(path));  \
    return file;                                                                    \
  }
OPEN(open)
OPEN(open64)

#define BY_PATH(type, failed, name, parameters, path, arguments)  \
  type name parameters {                                          \
    if (on_stick(path) && is_gone()) return failed;               \
    return REAL(name) arguments;                                  \
  }
BY_PATH(int, -1, unlink, (const char *path), path, (path))
BY_PATH(int, -1, rmdir, (const char *path), path, (path))
BY_PATH(int, -1, mkdir, (const char *path, mode_t mode), path, (path, mode))
BY_PATH(int, -1, access, (const char *path, int mode), path, (path, mode))
BY_PATH(int, -1, rename, (const char *from, const char *to), on_stick(from) ? from : to, (from, to))
BY_PATH(DIR *, NULL, opendir, (const char *path), path, (path))
BY_PATH(int, -1, scandir64,
        (const char *path, struct dirent64 ***list, int (*filter)(const struct dirent64 *),
         int (*compare)(const struct dirent64 **, const struct dirent64 **)),
        path, (path, list, filter, compare))

#define REFUSED(name, parameters, path, arguments)                \
  int name parameters {                                           \
    if (on_stick(path)) return is_gone() ? -1 : fails(EPERM);     \
    return REAL(name) arguments;                                  \
  }
REFUSED(link, (const char *from, const char *to), to, (from, to))
REFUSED(symlink, (const char *target, const char *path), path, (target, path))
REFUSED(chmod, (const char *path, mode_t mode), path, (path, mode))

static int look(int at, const char *path, int flags, unsigned mask, struct statx *found) {
  int here = path != NULL && path[0] != '\0' ? on_stick(path) : is_ours(at);
  int failed = here && is_gone() ? -1 : REAL(statx)(at, path, flags, mask, found);
  if (here && failed == 0) found->stx_mode = (found->stx_mode & S_IFMT) | 0755;
  return failed;
}

int statx(int at, const char *restrict path, int flags, unsigned mask, struct statx *restrict found) {
  return look(at, path, flags, mask, found);
}

long syscall(long number, ...) {
  long a[6];
  va_list more;
  va_start(more, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(more, long);
  va_end(more);
  if (number == SYS_close) return close((int)a[0]);
  if (number == SYS_statx) return look((int)a[0], (const char *)a[1], (int)a[2], (unsigned)a[3], (struct statx *)a[4]);
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* --- by file descriptor ----------------------------------------------------------------------------------------- */

#define BY_FILE(type, name, parameters, arguments)    \
  type name parameters {                              \
    if (is_ours(file) && is_gone()) return -1;        \
    return REAL(name) arguments;                      \
  }
BY_FILE(int, fsync, (int file), (file))
BY_FILE(int, fdatasync, (int file), (file))
BY_FILE(int, ftruncate64, (int file, off64_t size), (file, size))
BY_FILE(ssize_t, read, (int file, void *bytes, size_t count), (file, bytes, count))
BY_FILE(ssize_t, pread64, (int file, void *bytes, size_t count, off64_t at), (file, bytes, count, at))

int fchmod(int file, mode_t mode) {
  if (is_ours(file)) return is_gone() ? -1 : fails(EPERM);
  return REAL(fchmod)(file, mode);
}

/* What is closed is closed, also on a stick that is gone. */
int close(int file) {
  int was_ours = is_ours(file);
  int failed;
  if (was_ours) atomic_store(&ours[file], 0);
  failed = REAL(close)(file);
  return was_ours && is_gone() ? -1 : failed;
}

/* How many of so many bytes may be written: -1 for none, with errno. */
static ssize_t room_for(int file, size_t count) {
  long left;
  if (!is_ours(file)) return (ssize_t)count;
  if (is_gone()) return -1;
  if (full < 0) return (ssize_t)count;
  left = full - atomic_load(&written);
  if (left <= 0 && count > 0) return fails(ENOSPC);
  return count < (size_t)left ? (ssize_t)count : (ssize_t)left;
}

static ssize_t counted(int file, ssize_t done) {
  if (is_ours(file) && done > 0) atomic_fetch_add(&written, done);
  return done;
}

ssize_t write(int file, const void *bytes, size_t count) {
  ssize_t room = room_for(file, count);
  return room < 0 ? -1 : counted(file, REAL(write)(file, bytes, (size_t)room));
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  ssize_t room = room_for(file, count);
  return room < 0 ? -1 : counted(file, REAL(pwrite64)(file, bytes, (size_t)room, at));
}

/* To the stick only the first piece goes: the caller has to write the others again, as after any short write. */
ssize_t writev(int file, const struct iovec *pieces, int count) {
  if (is_ours(file) && count > 0) return write(file, pieces[0].iov_base, pieces[0].iov_len);
  return REAL(writev)(file, pieces, count);
}

ssize_t pwritev64(int file, const struct iovec *pieces, int count, off64_t at) {
  if (is_ours(file) && count > 0) return pwrite64(file, pieces[0].iov_base, pieces[0].iov_len, at);
  return REAL(pwritev64)(file, pieces, count, at);
}

#pragma GCC visibility pop
