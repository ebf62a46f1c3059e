/*
 * Makes one call fail, or the program die in it: preloaded into dray by the fault run and the
 * simulation (tests/sim/fault.py speaks to it).
 *
 *     LD_PRELOAD=fault.so DRAY_FAULT=write,sync:17:ENOSPC DRAY_FAULT_LOG=FILE dray ...
 *
 * DRAY_FAULT is CLASSES:N:ACTION. The N-th call of these classes (from 1, over all threads) is struck;
 * N+ strikes it and all that follow, as a full disk does. The classes, of files and folders only:
 *
 *     write    write, pwrite, ftruncate, fallocate      sync    fsync, fdatasync, syncfs
 *     name     rename, link, symlink                    make    open with O_CREAT, mkdir
 *     remove   unlink, rmdir                            read    read, pread
 *     net      connect, send, recv                      sql     sqlite3_step, sqlite3_exec
 *
 * ACTION is the errno to fail with (EIO, ENOSPC, ECONNRESET; for sql it is the like result code), or
 * `kill`: SIGKILL. A write that is killed, or meets a disk that stays full, has done half of its
 * bytes. What was struck is one line in the log, `CLASS N CALL`; a program that ends by itself adds
 * `total COUNT`.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum class { WRITE, SYNC, NAME, MAKE, REMOVE, READ, NET, SQL, CLASS_COUNT };
enum { SQL_IOERR = 10, SQL_FULL = 13 };

static const char *const class_names[CLASS_COUNT] = {
    "write", "sync", "name", "make", "remove", "read", "net", "sql"};
static const struct {
        const char *name;
        int number; /* 0: kill */
} actions[] = {{"kill", 0}, {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"ECONNRESET", ECONNRESET}};

static int wanted[CLASS_COUNT];
static long nth;
static int onward, action;
static atomic_long count;
static const char *log_path;

/* The function of this name that comes after this one; out is the address of a pointer to it. */
static void next(const char *name, void *out)
{
        void *found = dlsym(RTLD_NEXT, name);

        if (!found)
                abort();
        memcpy(out, &found, sizeof found);
}

static void note(const char *fmt, ...)
{
        ssize_t (*real_write)(int, const void *, size_t);
        int (*real_open)(const char *, int, ...);
        char line[128];
        va_list ap;
        int fd, n;

        next("write", &real_write);
        next("open", &real_open);
        if (!log_path)
                return;
        va_start(ap, fmt);
        n = vsnprintf(line, sizeof line, fmt, ap);
        va_end(ap);
        fd = real_open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (fd < 0 || real_write(fd, line, (size_t)n) != n)
                abort();
        close(fd);
}

static void use_class(const char *name)
{
        for (int i = 0; i < CLASS_COUNT; i++)
                if (strcmp(class_names[i], name) == 0) {
                        wanted[i] = 1;
                        return;
                }
        fprintf(stderr, "DRAY_FAULT: no class %s\n", name);
        abort();
}

static int use_action(const char *name)
{
        for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
                if (strcmp(actions[i].name, name) == 0)
                        return actions[i].number;
        fprintf(stderr, "DRAY_FAULT: no action %s\n", name);
        abort();
}

__attribute__((constructor)) static void begin(void)
{
        const char *spec = getenv("DRAY_FAULT");
        char text[256], *rest = text, *classes, *number, *name;

        log_path = getenv("DRAY_FAULT_LOG");
        if (!spec || strlen(spec) >= sizeof text)
                return;
        memcpy(text, spec, strlen(spec) + 1);
        classes = strsep(&rest, ":");
        number = strsep(&rest, ":");
        if (!number || !rest)
                abort();
        nth = strtol(number, &number, 10);
        onward = *number == '+';
        action = use_action(rest);
        while ((name = strsep(&classes, ",")))
                use_class(name);
}

__attribute__((destructor)) static void end(void)
{
        if (nth)
                note("total %ld\n", (long)count);
}

/* Whether this call is to fail, counted; errno is set then. Does not come back from a kill. */
static int struck(enum class c, const char *call)
{
        long n;

        if (!wanted[c])
                return 0;
        n = ++count;
        if (n != nth && !(onward && n > nth))
                return 0;
        if (n == nth)
                note("%s %ld %s\n", class_names[c], n, call);
        if (action == 0)
                raise(SIGKILL);
        errno = action;
        return 1;
}

/* Of a write that dies or fills the disk half the bytes are done: how many; 0: it fails at once. */
static size_t torn(size_t size)
{
        return wanted[WRITE] && count + 1 == nth && (action == 0 || onward) ? size / 2 : 0;
}

static int is_file(int fd)
{
        struct stat st;

        return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
        ssize_t (*real)(int, const void *, size_t);
        size_t half;
        ssize_t done = 0;

        next("write", &real);
        if (!is_file(fd))
                return real(fd, bytes, size);
        half = torn(size);
        if (half)
                done = real(fd, bytes, half);
        if (!struck(WRITE, "write"))
                return real(fd, bytes, size);
        return half ? done : -1;
}

static ssize_t do_pwrite(const char *name, int fd, const void *bytes, size_t size, off_t at)
{
        ssize_t (*real)(int, const void *, size_t, off_t);
        size_t half = torn(size);
        ssize_t done = 0;

        next(name, &real);
        if (half)
                done = real(fd, bytes, half, at);
        if (!struck(WRITE, name))
                return real(fd, bytes, size, at);
        return half ? done : -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
        return do_pwrite("pwrite", fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
        return do_pwrite("pwrite64", fd, bytes, size, at);
}

static int do_ftruncate(const char *name, int fd, off_t size)
{
        int (*real)(int, off_t);

        next(name, &real);
        return struck(WRITE, name) ? -1 : real(fd, size);
}

int ftruncate(int fd, off_t size)
{
        return do_ftruncate("ftruncate", fd, size);
}

int ftruncate64(int fd, off_t size)
{
        return do_ftruncate("ftruncate64", fd, size);
}

static int do_sync(const char *name, int fd)
{
        int (*real)(int);

        next(name, &real);
        return struck(SYNC, name) ? -1 : real(fd);
}

int fsync(int fd)
{
        return do_sync("fsync", fd);
}

int fdatasync(int fd)
{
        return do_sync("fdatasync", fd);
}

int syncfs(int fd)
{
        return do_sync("syncfs", fd);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
        static int (*real)(int, const char *, int, const char *, unsigned);

        next("renameat2", &real);
        return struck(NAME, "renameat2") ? -1 : real(from_dir, from, to_dir, to, flags);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
        int (*real)(int, const char *, int, const char *);

        next("renameat", &real);
        return struck(NAME, "renameat") ? -1 : real(from_dir, from, to_dir, to);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
        int (*real)(int, const char *, int, const char *, int);

        next("linkat", &real);
        return struck(NAME, "linkat") ? -1 : real(from_dir, from, to_dir, to, flags);
}

int symlinkat(const char *target, int dir, const char *path)
{
        int (*real)(const char *, int, const char *);

        next("symlinkat", &real);
        return struck(NAME, "symlinkat") ? -1 : real(target, dir, path);
}

static mode_t mode_of(int flags, va_list ap)
{
        return flags & O_CREAT ? va_arg(ap, mode_t) : 0;
}

static int do_open(const char *name, const char *path, int flags, mode_t mode)
{
        int (*real)(const char *, int, ...);

        next(name, &real);
        return (flags & O_CREAT) && struck(MAKE, name) ? -1 : real(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
        va_list ap;
        mode_t mode;

        va_start(ap, flags);
        mode = mode_of(flags, ap);
        va_end(ap);
        return do_open("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
        va_list ap;
        mode_t mode;

        va_start(ap, flags);
        mode = mode_of(flags, ap);
        va_end(ap);
        return do_open("open64", path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
        int (*real)(int, const char *, int, ...);
        va_list ap;
        mode_t mode;

        next("openat", &real);
        va_start(ap, flags);
        mode = mode_of(flags, ap);
        va_end(ap);
        return (flags & O_CREAT) && struck(MAKE, "openat") ? -1 : real(dir, path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
        int (*real)(const char *, mode_t);

        next("mkdir", &real);
        return struck(MAKE, "mkdir") ? -1 : real(path, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
        int (*real)(int, const char *, mode_t);

        next("mkdirat", &real);
        return struck(MAKE, "mkdirat") ? -1 : real(dir, path, mode);
}

int unlink(const char *path)
{
        int (*real)(const char *);

        next("unlink", &real);
        return struck(REMOVE, "unlink") ? -1 : real(path);
}

int unlinkat(int dir, const char *path, int flags)
{
        int (*real)(int, const char *, int);

        next("unlinkat", &real);
        return struck(REMOVE, "unlinkat") ? -1 : real(dir, path, flags);
}

int rmdir(const char *path)
{
        int (*real)(const char *);

        next("rmdir", &real);
        return struck(REMOVE, "rmdir") ? -1 : real(path);
}

ssize_t read(int fd, void *bytes, size_t size)
{
        ssize_t (*real)(int, void *, size_t);

        next("read", &real);
        return is_file(fd) && struck(READ, "read") ? -1 : real(fd, bytes, size);
}

/* What read() is called when the compiler knows the size of the buffer. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room);
ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room)
{
        ssize_t (*real)(int, void *, size_t, size_t);

        next("__read_chk", &real);
        return is_file(fd) && struck(READ, "read") ? -1 : real(fd, bytes, size, room);
}

static ssize_t do_pread(const char *name, int fd, void *bytes, size_t size, off_t at)
{
        ssize_t (*real)(int, void *, size_t, off_t);

        next(name, &real);
        return struck(READ, name) ? -1 : real(fd, bytes, size, at);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
        return do_pread("pread", fd, bytes, size, at);
}

ssize_t pread64(int fd, void *bytes, size_t size, off_t at)
{
        return do_pread("pread64", fd, bytes, size, at);
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
        int (*real)(int, __CONST_SOCKADDR_ARG, socklen_t);

        next("connect", &real);
        return struck(NET, "connect") ? -1 : real(fd, address, size);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
        ssize_t (*real)(int, const void *, size_t, int);

        next("send", &real);
        return struck(NET, "send") ? -1 : real(fd, bytes, size, flags);
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
        ssize_t (*real)(int, void *, size_t, int);

        next("recv", &real);
        return struck(NET, "recv") ? -1 : real(fd, bytes, size, flags);
}

static _Thread_local int
    in_exec; /* its own steps are not counted: it would not see that they failed */

static int sql_code(void)
{
        return action == ENOSPC ? SQL_FULL : SQL_IOERR;
}

int sqlite3_step(void *statement);
int sqlite3_step(void *statement)
{
        int (*real)(void *);

        next("sqlite3_step", &real);
        return !in_exec && struck(SQL, "sqlite3_step") ? sql_code() : real(statement);
}

int sqlite3_exec(
    void *db, const char *sql, int (*row)(void *, int, char **, char **), void *user, char **error);
int sqlite3_exec(
    void *db, const char *sql, int (*row)(void *, int, char **, char **), void *user, char **error)
{
        int (*real)(void *, const char *, int (*)(void *, int, char **, char **), void *, char **);
        int r;

        next("sqlite3_exec", &real);
        if (struck(SQL, "sqlite3_exec"))
                return sql_code();
        in_exec++;
        r = real(db, sql, row, user, error);
        in_exec--;
        return r;
}
