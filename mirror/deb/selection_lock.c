/* Lists of packages that machines have, as lock files: selections, a status file, plain names. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/deb/stanza.h"
#include "selection.h"

static int add_line(
    struct selection *s, const char *line, size_t len, const char *where, struct err *e)
{
        const char *comment = memchr(line, '#', len);
        char *name, *state;
        int ret = 0;

        if (comment)
                len = (size_t)(comment - line);
        while (len && strchr(" \t\r", line[len - 1]))
                len--;
        while (len && strchr(" \t", *line))
                line++, len--;
        if (len == 0)
                return 0;
        name = state = xstrndup(line, len);
        state += strcspn(state, " \t");
        if (*state) {
                *state++ = '\0';
                state += strspn(state, " \t");
        }
        /* what dpkg shall remove, or has removed, is not wanted */
        if (!*state || strcmp(state, "install") == 0 || strcmp(state, "hold") == 0)
                ret = deb_add_wish(s, name, where, e);
        else if (strcmp(state, "deinstall") != 0 && strcmp(state, "purge") != 0)
                ret = err_set(e, ERR_USAGE, "\"%.60s\" is no state of a package", state);
        free(name);
        return ret;
}

static int read_lines(
    struct selection *s, const char *text, size_t len, const char *path, struct err *e)
{
        const char *end = text + len, *slash = strrchr(path, '/');
        char *where = xasprintf("%s lists", slash ? slash + 1 : path);
        unsigned long line = 1;
        int ret = 0;

        for (; ret == 0 && text < end; line++) {
                const char *newline = memchr(text, '\n', (size_t)(end - text));
                const char *stop = newline ? newline : end;

                ret = add_line(s, text, (size_t)(stop - text), where, e);
                if (ret < 0)
                        err_prefix(e, "%s:%lu", path, line);
                text = newline ? newline + 1 : end;
        }
        free(where);
        return ret;
}

/* A package that dpkg's status says is installed: the version that the suites have now. */
static int add_installed(
    struct selection *s, const char *text, size_t len, const char *where, struct err *e)
{
        struct stanza_field package, status, architecture;
        char *name;
        int ret;

        if (stanza_get(text, len, "Package", &package, e) != 1 ||
            stanza_get(text, len, "Status", &status, e) != 1 ||
            stanza_get(text, len, "Architecture", &architecture, e) != 1)
                return e->code ? -1
                               : err_set(e, ERR_USAGE, "a stanza is not that of a status file");
        if (status.value_len < 10 ||
            memcmp(status.value + status.value_len - 10, " installed", 10) != 0)
                return 0;
        if (architecture.value_len == 3 && memcmp(architecture.value, "all", 3) == 0)
                name = xstrndup(package.value, package.value_len);
        else
                name = xasprintf("%.*s:%.*s", (int)package.value_len, package.value,
                    (int)architecture.value_len, architecture.value);
        ret = deb_add_wish(s, name, where, e);
        free(name);
        return ret;
}

static int read_status(
    struct selection *s, const char *text, size_t len, const char *path, struct err *e)
{
        const char *slash = strrchr(path, '/');
        char *where = xasprintf("%s has", slash ? slash + 1 : path);
        int ret = 0;

        while (ret == 0 && len) {
                size_t start, end = stanza_end(text, len, &start);

                if (end > start)
                        ret = add_installed(s, text + start, end - start, where, e);
                text += end;
                len -= end;
        }
        free(where);
        if (ret < 0) {
                e->code = ERR_USAGE;
                err_prefix(e, "%s", path);
        }
        return ret;
}

static int read_one(
    struct selection *s, const struct config_text *file, struct host *host, struct err *e)
{
        struct document_request request = {
            .kind = DOCUMENT_LOCAL, .url = file->text, .max_size = LIMIT_TOML};
        struct document doc;
        struct err why = ERR_INIT;
        char *text;
        size_t len;
        int r;

        if (host->document(host, &request, &doc, e) < 0)
                return -1;
        if (doc.state != DOCUMENT_OK)
                return toml_err(e, file->at, "%s", doc.error);
        text = xstrndup(doc.bytes, doc.len);
        len = doc.len;
        r = strncmp(text, "Package:", 8) == 0 ? read_status(s, text, len, file->text, &why)
                                              : read_lines(s, text, len, file->text, &why);
        free(text);
        return r < 0 ? toml_err(e, file->at, "%s", why.msg) : 0;
}

int deb_read_lockfiles(struct selection *s, struct host *host, struct err *e)
{
        const struct config_list *files = &s->source->lockfiles;

        for (size_t i = 0; i < files->count; i++)
                if (read_one(s, &files->items[i], host, e) < 0)
                        return -1;
        return 0;
}
