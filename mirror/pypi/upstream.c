/*
 * Where this machine's pip finds its index. In pip's own order: the
 * environment, then its configuration files, then what is built in, which pip
 * itself is asked for: dray holds no address.
 */
#include <fcntl.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "pypi.h"

/* The value of index-url in [global] (or of [install] or [download]) of a pip.conf, or NULL. */
static char *conf_value(const char *text)
{
        char *value = NULL;
        int wanted = 0;

        while (*text) {
                size_t len = strcspn(text, "\n");
                const char *line = text + strspn(text, " \t");
                size_t left = len - (size_t)(line - text), key;

                if (left && *line == '[') {
                        wanted = strncmp(line, "[global]", 8) == 0 ||
                                 strncmp(line, "[install]", 9) == 0 ||
                                 strncmp(line, "[download]", 10) == 0;
                } else if (wanted && left > 9 &&
                           (strncmp(line, "index-url", 9) == 0 ||
                               strncmp(line, "index_url", 9) == 0)) {
                        key = 9 + strspn(line + 9, " \t");
                        if (key < left && (line[key] == '=' || line[key] == ':')) {
                                key++;
                                key += strspn(line + key, " \t");
                                free(value);
                                value = xstrndup(line + key, strcspn(line + key, " \t\r\n"));
                        }
                }
                text += len + (text[len] == '\n');
        }
        if (value && !*value) {
                free(value);
                value = NULL;
        }
        return value;
}

/* 1 found, 0 not; an unreadable file is passed over, as pip does */
static int try_file(const char *path, struct upstream *out)
{
        struct err ignored = ERR_INIT;
        struct buf text;
        char *value = NULL;

        buf_init(&text, LIMIT_METADATA);
        if (fs_read_file(AT_FDCWD, path, &text, &ignored) == 1)
                value = conf_value(text.data);
        buf_release(&text);
        if (!value)
                return 0;
        out->url = value;
        out->found = xasprintf("index-url in %s", path);
        return 1;
}

static const char *home(void)
{
        const char *dir = getenv("HOME");
        const struct passwd *pw;

        if (dir && *dir)
                return dir;
        pw = getpwuid(getuid());
        return pw ? pw->pw_dir : "/";
}

/* pip: the later file wins; so the last one is looked into first. */
static int try_files(struct upstream *out)
{
        const char *one = getenv("PIP_CONFIG_FILE"), *xdg = getenv("XDG_CONFIG_HOME");
        const char *venv = getenv("VIRTUAL_ENV");
        char *paths[6] = {0};
        size_t n = 0;
        int found = 0;

        if (one && *one)
                paths[n++] = xstrdup(one);
        if (venv && *venv)
                paths[n++] = xasprintf("%s/pip.conf", venv);
        paths[n++] = xdg && *xdg ? xasprintf("%s/pip/pip.conf", xdg)
                                 : xasprintf("%s/.config/pip/pip.conf", home());
        paths[n++] = xasprintf("%s/.pip/pip.conf", home());
        paths[n++] = xstrdup("/etc/xdg/pip/pip.conf");
        paths[n++] = xstrdup("/etc/pip.conf");
        for (size_t i = 0; i < n; i++) {
                found = found || try_file(paths[i], out);
                free(paths[i]);
        }
        return found;
}

/* The first line that a command prints, or NULL if there is no such command or it fails. */
static char *first_line(char *const argv[])
{
        char line[LIMIT_URL];
        int pipe_fds[2], status;
        size_t len = 0;
        ssize_t n;
        pid_t pid;

        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return NULL;
        pid = fork();
        if (pid == 0) {
                int null = open("/dev/null", O_RDWR);

                dup2(null, 0);
                dup2(pipe_fds[1], 1);
                dup2(null, 2);
                execvp(argv[0], argv);
                _exit(127);
        }
        close(pipe_fds[1]);
        while (pid > 0 && len < sizeof line - 1 &&
               (n = read(pipe_fds[0], line + len, sizeof line - 1 - len)) > 0)
                len += (size_t)n;
        close(pipe_fds[0]);
        if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
            WEXITSTATUS(status) != 0)
                return NULL;
        line[len] = '\0';
        line[strcspn(line, "\r\n")] = '\0';
        return *line ? xstrdup(line) : NULL;
}

static int try_builtin(struct upstream *out)
{
        static char script[] =
            "from pip._internal.models.index import PyPI; print(PyPI.simple_url)";
        static char first[] = "python3", second[] = "/usr/bin/python3", dash_c[] = "-c";
        char *const pythons[] = {first, second};

        for (size_t i = 0; i < sizeof pythons / sizeof *pythons; i++) {
                char *argv[] = {pythons[i], dash_c, script, NULL};
                char *url = first_line(argv);

                if (url && (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0)) {
                        out->url = url;
                        out->found = xasprintf("pip's built-in default (%s)", pythons[i]);
                        return 1;
                }
                free(url);
        }
        return 0;
}

int pypi_upstream(struct upstream *out, struct err *e)
{
        const char *url = getenv("PIP_INDEX_URL");

        if (url && *url) {
                out->url = xstrdup(url);
                out->found = xstrdup("PIP_INDEX_URL in the environment");
                return 0;
        }
        if (try_files(out) || try_builtin(out))
                return 0;
        return err_set(e, ERR_USAGE,
            "no Python index found: set `upstream` in dray.toml or PIP_INDEX_URL, or install pip, whose "
            "default is then used");
}
