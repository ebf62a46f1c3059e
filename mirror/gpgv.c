#include "mirror/gpgv.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/dearmor.h"

extern char **environ;

/*
 * gpgv opens files by name. Its files are in memory, and their names are those
 * of its descriptors.
 */
enum {
        FD_NULL = 0,
        FD_BODY = 1,
        FD_STATUS = 3,
        FD_TEXT,
        FD_SIGNATURE,
        FD_KEYRING, /* and on */
};

struct child {
        int fds[FD_KEYRING + LIMIT_KEYRINGS]; /* ours, by what they are in the child; -1: none */
        size_t count;
};

static void child_release(struct child *c)
{
        for (size_t i = 0; i < c->count; i++)
                if (c->fds[i] >= 0)
                        close(c->fds[i]);
}

/* A file in memory with these bytes, well above the numbers that the child uses. */
static int memory_file(const void *bytes, size_t len, struct err *e)
{
        int low = memfd_create("gpgv", MFD_CLOEXEC), fd;

        fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, 64);
        if (low >= 0)
                close(low);
        if (fd < 0)
                return err_sys(e, "no memory file for gpgv");
        if (fs_write(fd, bytes, len, e) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
                close(fd);
                return -1;
        }
        return fd;
}

static int add_keyring(struct child *c, const struct key_text *keys, struct err *e)
{
        struct buf plain;
        int ret = -1;

        buf_init(&plain, LIMIT_KEYRING);
        if (armor_is_keyring(keys->bytes, keys->len) &&
            armor_decode_keyring(keys->bytes, keys->len, &plain, e) < 0)
                goto out;
        if (plain.len)
                c->fds[c->count] = memory_file(plain.data, plain.len, e);
        else
                c->fds[c->count] = memory_file(keys->bytes, keys->len, e);
        ret = c->fds[c->count++] < 0 ? -1 : 0;
out:
        buf_release(&plain);
        return ret;
}

static int open_files(struct child *c, const struct signed_text *text, struct err *e)
{
        if (text->key_count == 0 || text->key_count > LIMIT_KEYRINGS)
                return err_set(
                    e, ERR_USAGE, "1 to %d keyrings, not %zu", LIMIT_KEYRINGS, text->key_count);
        for (c->count = 0; c->count < FD_KEYRING; c->count++)
                c->fds[c->count] = -1;
        if ((c->fds[FD_BODY] = memory_file("", 0, e)) < 0 ||
            (c->fds[FD_STATUS] = memory_file("", 0, e)) < 0 ||
            (c->fds[FD_TEXT] = memory_file(text->bytes, text->len, e)) < 0)
                return -1;
        if (text->signature &&
            (c->fds[FD_SIGNATURE] = memory_file(text->signature, text->signature_len, e)) < 0)
                return -1;
        for (size_t i = 0; i < text->key_count; i++)
                if (add_keyring(c, &text->keys[i], e) < 0)
                        return -1;
        return 0;
}

/* Waits for it; its exit status says nothing that the status lines do not say better. */
static int wait_for(pid_t pid, struct err *e)
{
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return err_sys(e, "gpgv");
        if (WIFSIGNALED(status))
                return err_set(e, ERR_FAILED, "gpgv was killed by signal %d", WTERMSIG(status));
        if (WEXITSTATUS(status) == 127)
                return err_set(e, ERR_FAILED, "gpgv could not be started; install gpgv");
        return 0;
}

static int spawn(struct child *c, char *const argv[], struct err *e)
{
        posix_spawn_file_actions_t actions;
        pid_t pid;
        int failed;

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, FD_NULL, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        for (size_t i = 0; i < c->count; i++)
                if (c->fds[i] >= 0)
                        posix_spawn_file_actions_adddup2(&actions, c->fds[i], (int)i);
        failed = posix_spawnp(&pid, "gpgv", &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        if (failed)
                return err_set(
                    e, ERR_FAILED, "gpgv could not be started: %s; install gpgv", strerror(failed));
        return wait_for(pid, e);
}

static char *fd_path(size_t fd)
{
        return xasprintf("/dev/fd/%zu", fd);
}

static int run_child(struct child *c, struct err *e)
{
        char *argv[16 + 2 * LIMIT_KEYRINGS];
        size_t n = 0;
        int ret;

        argv[n++] = xstrdup("gpgv");
        argv[n++] = xstrdup("--status-fd");
        argv[n++] = xasprintf("%d", FD_STATUS);
        for (size_t i = FD_KEYRING; i < c->count; i++) {
                argv[n++] = xstrdup("--keyring");
                argv[n++] = fd_path(i);
        }
        if (c->fds[FD_SIGNATURE] >= 0) {
                argv[n++] = fd_path(FD_SIGNATURE);
        } else {
                argv[n++] = xstrdup("--output");
                argv[n++] = xstrdup("-");
        }
        argv[n++] = fd_path(FD_TEXT);
        argv[n] = NULL;
        ret = spawn(c, argv, e);
        while (n)
                free(argv[--n]);
        return ret;
}

static int read_back(int fd, struct buf *out, struct err *e)
{
        char chunk[16384];
        uint64_t at = 0;
        ssize_t n;

        while ((n = fs_pread(fd, chunk, sizeof chunk, at, e)) > 0) {
                if (buf_add(out, chunk, (size_t)n) < 0)
                        return err_set(e, ERR_REFUSED, "gpgv says too much");
                at += (uint64_t)n;
        }
        return n < 0 ? -1 : 0;
}

int gpgv_run(const struct signed_text *text, struct gpgv_answer *out, struct err *e)
{
        struct child c = {.count = 0};
        int ret = -1;

        buf_init(&out->status, LIMIT_INDEX_PAGE);
        buf_init(&out->body, LIMIT_INDEX_PAGE);
        if (open_files(&c, text, e) < 0 || run_child(&c, e) < 0 ||
            read_back(c.fds[FD_STATUS], &out->status, e) < 0)
                goto out;
        if (out->status.len == 0) { /* of any text at all it says something */
                err_set(e, ERR_FAILED, "gpgv failed before it looked at a signature");
                goto out;
        }
        if (text->signature) {
                if (buf_add(&out->body, text->bytes, text->len) < 0) {
                        err_set(e, ERR_REFUSED, "the signed text is too large");
                        goto out;
                }
        } else if (read_back(c.fds[FD_BODY], &out->body, e) < 0) {
                goto out;
        }
        ret = 0;
out:
        child_release(&c);
        if (ret < 0)
                gpgv_answer_release(out);
        return ret;
}

void gpgv_answer_release(struct gpgv_answer *a)
{
        buf_release(&a->status);
        buf_release(&a->body);
        *a = (struct gpgv_answer){0};
}
