/* Names, paths and stanzas of an entry: nothing of them is believed. */
#include "entry_check.h"

#include <strings.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/deb/stanza.h"

bool deb_name_is_valid(const char *name, size_t len)
{
        if (len == 0 || len > LIMIT_NAME || strchr("+.-", name[0]))
                return false;
        for (size_t i = 0; i < len; i++)
                if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
                        (name[i] >= '0' && name[i] <= '9') || name[i] == '+' || name[i] == '.' ||
                        name[i] == '-'))
                        return false;
        return true;
}

bool deb_control_omits(enum deb_kind kind, const char *name, size_t name_len)
{
        static const char *const binary[] = {
            "Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512", NULL};
        static const char *const source[] = {"Directory", NULL};
        const char *const *omitted = kind == DEB_BINARY ? binary : source;

        for (; *omitted; omitted++)
                if (strlen(*omitted) == name_len && strncasecmp(*omitted, name, name_len) == 0)
                        return true;
        return false;
}

/* Every component of a relative path fit for any host; *last: the last one. */
static int check_path(const char *what, const char *path, const char **last, struct err *e)
{
        char part[LIMIT_NAME + 1];

        if (strlen(path) >= LIMIT_PATH)
                return err_set(e, ERR_REFUSED, "%s is too long", what);
        for (;;) {
                size_t len = strcspn(path, "/");

                if (len > LIMIT_NAME)
                        return err_set(e, ERR_REFUSED, "%s is too long", what);
                snprintf(part, sizeof part, "%.*s", (int)len, path);
                if (name_check(what, part, e) < 0)
                        return -1;
                if (!path[len]) {
                        if (last)
                                *last = path;
                        return 0;
                }
                path += len + 1;
        }
}

int deb_pool_path(
    struct buf *out, const char *upstream, const char *component, const char *source, struct err *e)
{
        const char *file = strrchr(upstream, '/'), *last;
        struct err unfit = ERR_INIT;
        size_t prefix = strncmp(source, "lib", 3) == 0 && source[3] ? 4 : 1;
        size_t start = out->len;

        file = file ? file + 1 : upstream;
        if (strncmp(upstream, "./", 2) == 0)
                upstream += 2;
        if (strncmp(upstream, "pool/", 5) == 0 &&
            check_path("path", upstream, &last, &unfit) == 0) {
                if (buf_adds(out, upstream) < 0)
                        return err_set(e, ERR_REFUSED, "%s: path too long", file);
                return 0;
        }
        if (buf_addf(out, "pool/%s/%.*s/%s/%s", component, (int)prefix, source, source, file) < 0)
                return err_set(e, ERR_REFUSED, "%s: path too long", file);
        return check_path("path", out->data + start, &last, e);
}

/* A text of a suite that is written into a Release file: one printable word, or nothing. */
static int check_word(const char *what, const char *text, struct err *e)
{
        for (const char *p = text; *p; p++)
                if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
                        return err_set(e, ERR_REFUSED, "its %s is no word", what);
        if (strlen(text) > LIMIT_NAME)
                return err_set(e, ERR_REFUSED, "its %s is too long", what);
        return 0;
}

bool deb_architecture_is_valid(const char *text)
{
        size_t fit = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

        return *text && !text[fit] && *text != '-' && fit <= 40;
}

static int check_architecture(const char *text, struct err *e)
{
        return deb_architecture_is_valid(text)
                   ? 0
                   : err_set(e, ERR_REFUSED, "\"%.60s\" is no architecture", text);
}

static const struct deb_suite *find_suite(const struct deb_entry *entry, const char *folder)
{
        for (size_t i = 0; i < entry->suite_count; i++)
                if (strcmp(entry->suites[i].folder, folder) == 0)
                        return &entry->suites[i];
        return NULL;
}

static int check_lists(const struct deb_entry *entry, struct err *e)
{
        for (size_t i = 0; i < entry->suite_count; i++) {
                const struct deb_suite *s = &entry->suites[i];

                if (check_path("suite", s->folder, NULL, e) < 0 ||
                    check_word("codename", s->codename, e) < 0 ||
                    check_word("suite's name", s->name, e) < 0)
                        return -1;
        }
        for (size_t i = 0; i < entry->list_count; i++) {
                const struct deb_list *l = &entry->lists[i];

                if (!find_suite(entry, l->suite))
                        return err_set(e, ERR_REFUSED, "it says nothing of suite %.60s", l->suite);
                if (check_path("component", l->component, NULL, e) < 0 ||
                    check_architecture(l->architecture, e) < 0)
                        return -1;
        }
        if ((entry->kind == DEB_INDEX) != (entry->list_count == 0))
                return err_set(e, ERR_REFUSED, "no index lists it");
        return 0;
}

/* The field, there exactly once, holds that text. */
static int check_field(
    const struct deb_entry *entry, const char *name, const char *wanted, struct err *e)
{
        struct stanza_reader reader;
        struct stanza_field f;
        size_t found = 0;

        stanza_first(&reader, entry->control, strlen(entry->control));
        while (stanza_next(&reader, &f, e) == 1) {
                if (!stanza_is(&f, name))
                        continue;
                found++;
                if (f.value_len != strlen(wanted) || memcmp(f.value, wanted, f.value_len) != 0)
                        return err_set(e, ERR_REFUSED, "its %s is not %s", name, wanted);
        }
        return found == 1 ? 0 : err_set(e, ERR_REFUSED, "its control data have no %s", name);
}

/* One stanza, which says nothing that the record says. */
static int check_control(const struct deb_entry *entry, struct err *e)
{
        struct stanza_reader reader;
        struct stanza_field f;
        size_t len = strlen(entry->control);
        int more;

        stanza_first(&reader, entry->control, len);
        while ((more = stanza_next(&reader, &f, e)) == 1)
                if (deb_control_omits(entry->kind, f.name, f.name_len))
                        return err_set(
                            e, ERR_REFUSED, "%.*s in its control data", (int)f.name_len, f.name);
        if (more == 0 && (len == 0 || entry->control[len - 1] != '\n'))
                return err_set(e, ERR_REFUSED, "its control data have no end");
        return more;
}

static int check_binary(const struct record *r, const struct deb_entry *entry, struct err *e)
{
        if (!deb_name_is_valid(r->package, strlen(r->package)))
                return err_set(e, ERR_REFUSED, "\"%.60s\" is no package name", r->package);
        if (check_architecture(entry->architecture, e) < 0 || check_control(entry, e) < 0 ||
            check_field(entry, "Package", r->package, e) < 0 ||
            check_field(entry, "Version", r->version, e) < 0)
                return -1;
        return check_field(entry, "Architecture", entry->architecture, e);
}

static int check_source(const struct record *r, const struct deb_entry *entry, struct err *e)
{
        size_t prefix = strlen(DEB_SOURCE_PREFIX);
        const char *name = r->package + prefix;

        if (strncmp(r->package, DEB_SOURCE_PREFIX, prefix) != 0 ||
            !deb_name_is_valid(name, strlen(name)))
                return err_set(e, ERR_REFUSED, "\"%.60s\" is no source package", r->package);
        if (!*entry->control)
                return 0;
        if (check_control(entry, e) < 0 || check_field(entry, "Package", name, e) < 0)
                return -1;
        return check_field(entry, "Version", r->version, e);
}

static int check_index(const struct record *r, const struct deb_entry *entry, struct err *e)
{
        size_t prefix = strlen(DEB_DISTS_PREFIX);

        if (entry->suite_count != 1 || strncmp(r->package, DEB_DISTS_PREFIX, prefix) != 0 ||
            strcmp(r->package + prefix, entry->suites[0].folder) != 0)
                return err_set(e, ERR_REFUSED, "it does not say of which suite it is");
        return 0;
}

int entry_check(const struct record *r, const struct deb_entry *entry, struct err *e)
{
        const char *last = "", *root = entry->kind == DEB_INDEX ? "dists/" : "pool/";

        if (check_path("path", entry->path, &last, e) < 0)
                return -1;
        if (strncmp(entry->path, root, strlen(root)) != 0 || strcmp(last, r->file) != 0)
                return err_set(e, ERR_REFUSED, "%.200s is not its place", entry->path);
        if (check_lists(entry, e) < 0)
                return -1;
        switch (entry->kind) {
        case DEB_BINARY:
                return check_binary(r, entry, e);
        case DEB_SOURCE:
                return check_source(r, entry, e);
        case DEB_INDEX:
                break;
        }
        return check_index(r, entry, e);
}
