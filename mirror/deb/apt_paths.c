/* apt is asked where its files are: its configuration may move them. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle/buf.h"
#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/deb/apt_sources.h"

extern char **environ;

static const struct {
        const char *name, *key, *usual;
        size_t place;
} known[] = {
    {"list", "Dir::Etc::sourcelist/f", "/etc/apt/sources.list", offsetof(struct apt_paths, list)},
    {"parts", "Dir::Etc::sourceparts/d", "/etc/apt/sources.list.d/",
        offsetof(struct apt_paths, parts)},
    {"trusted", "Dir::Etc::trusted/f", "/etc/apt/trusted.gpg", offsetof(struct apt_paths, trusted)},
    {"trusted_parts", "Dir::Etc::trustedparts/d", "/etc/apt/trusted.gpg.d/",
        offsetof(struct apt_paths, trusted_parts)},
};
#define KNOWN (sizeof known / sizeof *known)

/* What apt-config prints, or nothing. */
static void ask(struct buf *out)
{
        char *argv[2 * KNOWN + 3];
        posix_spawn_file_actions_t actions;
        struct err ignored = ERR_INIT;
        char chunk[1024];
        int ends[2];
        size_t n = 0;
        ssize_t got;
        pid_t pid;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return;
        argv[n++] = xstrdup("apt-config");
        argv[n++] = xstrdup("shell");
        for (size_t i = 0; i < KNOWN; i++) {
                argv[n++] = xstrdup(known[i].name);
                argv[n++] = xstrdup(known[i].key);
        }
        argv[n] = NULL;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        if (posix_spawnp(&pid, "apt-config", &actions, NULL, argv, environ) == 0) {
                close(ends[1]);
                ends[1] = -1;
                while ((got = fs_read(ends[0], chunk, sizeof chunk, &ignored)) > 0)
                        buf_add(out, chunk, (size_t)got);
                while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        posix_spawn_file_actions_destroy(&actions);
        close(ends[0]);
        if (ends[1] >= 0)
                close(ends[1]);
        while (n)
                free(argv[--n]);
}

/* name='value' on a line of its own; a quote in the value is not looked for. */
static char *answer(const char *text, const char *name)
{
        size_t len = strlen(name);

        for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
                if (strncmp(text, name, len) == 0 && text[len] == '=' && text[len + 1] == '\'')
                        return xstrndup(text + len + 2, strcspn(text + len + 2, "'\n"));
        return NULL;
}

void apt_paths_find(struct apt_paths *out)
{
        struct buf text;

        buf_init(&text, 16 * LIMIT_PATH);
        ask(&text);
        for (size_t i = 0; i < KNOWN; i++) {
                char *value = answer(text.data, known[i].name);

                if (!value || !*value) {
                        free(value);
                        value = xstrdup(known[i].usual);
                }
                *(char **)(void *)((char *)out + known[i].place) = value;
        }
        buf_release(&text);
}

void apt_paths_release(struct apt_paths *p)
{
        free(p->list);
        free(p->parts);
        free(p->trusted);
        free(p->trusted_parts);
        *p = (struct apt_paths){0};
}
