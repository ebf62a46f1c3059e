#include "mirror/http_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "bundle/mem.h"

/* glibc 2.36 has no wrapper for it. */
static int beneath(int root, const char *path, int flags)
{
        struct open_how how = {
            .flags = (unsigned)flags,
            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        };

        return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* Linux before 5.6 has no openat2(), and some container filters forbid it. */
static bool lacks_openat2(int dir)
{
        int fd = beneath(dir, ".", O_PATH | O_CLOEXEC);

        if (fd >= 0)
                close(fd);
        return fd < 0 && (errno == ENOSYS || errno == EPERM);
}

int http_tree_open(struct http_tree *t, const char *site, struct err *e)
{
        const char *slash;
        char *copy = xstrdup(site), *parent;
        size_t len = strlen(copy);

        *t = (struct http_tree){.parent = -1};
        while (len > 1 && copy[len - 1] == '/') /* "site/" would be the tree, not the link */
                copy[--len] = '\0';
        slash = strrchr(copy, '/');
        parent = slash == copy ? xstrdup("/")
                 : slash       ? xstrndup(copy, (size_t)(slash - copy))
                               : xstrdup(".");
        t->name = xstrdup(slash && slash[1] ? slash + 1 : slash ? "." : copy);
        t->parent = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (t->parent < 0)
                err_sys(e, "cannot open %s, which should hold the published site", parent);
        else
                t->walk = lacks_openat2(t->parent);
        free(parent);
        free(copy);
        if (t->parent < 0)
                http_tree_close(t);
        return t->parent < 0 ? -1 : 0;
}

void http_tree_close(struct http_tree *t)
{
        if (t->name && t->parent >= 0)
                close(t->parent);
        free(t->name);
        *t = (struct http_tree){.parent = -1};
}

int http_tree_root(const struct http_tree *t)
{
        return openat(t->parent, t->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Opens the first name of *path in `dir`, never through a link, and moves *path behind it. */
static int step(int dir, const char **path, int flags)
{
        char name[LIMIT_NAME + 1];
        size_t len = strcspn(*path, "/");
        bool last = (*path)[len] == '\0';

        if (len == 0 || len > LIMIT_NAME || (len == 2 && memcmp(*path, "..", 2) == 0)) {
                errno = len > LIMIT_NAME ? ENAMETOOLONG : EINVAL;
                return -1;
        }
        memcpy(name, *path, len);
        name[len] = '\0';
        *path += last ? len : len + 1;
        return openat(dir, name, O_NOFOLLOW | O_CLOEXEC | (last ? flags : O_PATH | O_DIRECTORY));
}

static int walk(int root, const char *path, int flags)
{
        int dir = root, next, saved;

        for (;;) {
                bool last = !strchr(path, '/');

                next = step(dir, &path, flags);
                saved = errno;
                if (dir != root)
                        close(dir);
                errno = saved;
                if (next < 0 || last)
                        return next;
                dir = next;
        }
}

int http_tree_file(const struct http_tree *t, int root, const char *path, int flags)
{
        if (!*path)
                path = ".";
        if (t->walk)
                return walk(root, path, flags | O_CLOEXEC);
        return beneath(root, path, flags | O_CLOEXEC);
}
