/*
 * Where this machine's pip finds its index. In pip's own order: the
 * environment, then its configuration files, then what is built in, which pip
 * itself is asked for: dray holds no address.
 */
#include <fcntl.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/client_setup.h"
#include "pypi.h"

/* Is this the option's name? pip takes "-" and "_" for the same. */
static int is_option(const char *text, const char *option)
{
        size_t i = 0;

        for (; option[i]; i++)
                if (text[i] != option[i] && !(option[i] == '-' && text[i] == '_'))
                        return 0;
        return 1;
}

/* The value of an option in [global] (or in [install] or [download]) of a pip.conf, or NULL. */
static char *conf_value(const char *text, const char *option)
{
        size_t option_len = strlen(option);
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
                } else if (wanted && left > option_len && is_option(line, option)) {
                        key = option_len + strspn(line + option_len, " \t");
                        if (key < left && (line[key] == '=' || line[key] == ':')) {
                                key++;
                                key += strspn(line + key, " \t");
                                while (left > key && strchr(" \t\r", line[left - 1]))
                                        left--;
                                free(value);
                                value = xstrndup(line + key, left > key ? left - key : 0);
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

/* NULL: not there. An unreadable file is passed over, as pip does. */
static char *file_value(const char *path, const char *option)
{
        struct err ignored = ERR_INIT;
        struct buf text;
        char *value = NULL;

        buf_init(&text, LIMIT_METADATA);
        if (fs_read_file(AT_FDCWD, path, &text, &ignored) == 1)
                value = conf_value(text.data, option);
        buf_release(&text);
        return value;
}

/*
 * The value and the file that it stands in; NULL: in none. pip: the later
 * file wins; so the last one is looked into first.
 */
static char *configured(const char *option, char **where)
{
        const char *one = getenv("PIP_CONFIG_FILE"), *xdg = getenv("XDG_CONFIG_HOME");
        const char *venv = getenv("VIRTUAL_ENV");
        char *paths[6] = {0};
        size_t n = 0;
        char *value = NULL;

        if (one && *one)
                paths[n++] = xstrdup(one);
        if (venv && *venv)
                paths[n++] = xasprintf("%s/pip.conf", venv);
        paths[n++] = xdg && *xdg ? xasprintf("%s/pip/pip.conf", xdg)
                                 : xasprintf("%s/.config/pip/pip.conf", client_home());
        paths[n++] = xasprintf("%s/.pip/pip.conf", client_home());
        paths[n++] = xstrdup("/etc/xdg/pip/pip.conf");
        paths[n++] = xstrdup("/etc/pip.conf");
        for (size_t i = 0; i < n; i++) {
                if (!value && (value = file_value(paths[i], option)))
                        *where = xstrdup(paths[i]);
                free(paths[i]);
        }
        return value;
}

int pypi_builtin(struct upstream *out, struct err *e)
{
        static char script[] =
            "from pip._internal.models.index import PyPI; print(PyPI.simple_url)";
        static char first[] = "python3", second[] = "/usr/bin/python3", dash_c[] = "-c";
        char *const pythons[] = {first, second};

        for (size_t i = 0; i < sizeof pythons / sizeof *pythons; i++) {
                char *argv[] = {pythons[i], dash_c, script, NULL};
                char *url = client_first_line(argv);

                if (url && (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0)) {
                        out->url = url;
                        out->found = xasprintf("pip's built-in default, from %s", pythons[i]);
                        return 0;
                }
                free(url);
        }
        return err_set(e, ERR_USAGE,
            "no Python index found: set `upstream` in dray.toml or PIP_INDEX_URL, or install pip, whose "
            "default is then used");
}

void pypi_client(struct client *out)
{
        const char *url = getenv("PIP_INDEX_URL"), *ca_file = getenv("PIP_CERT");
        char *where = NULL;

        if (url && *url) {
                out->url = xstrdup(url);
                out->found = xstrdup("PIP_INDEX_URL in the environment");
        } else if ((out->url = configured("index-url", &where))) {
                out->found = xasprintf("index-url in %s", where);
        }
        free(where);
        where = NULL;
        out->ca_file = ca_file && *ca_file ? xstrdup(ca_file) : configured("cert", &where);
        free(where);
}
