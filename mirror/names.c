#include "mirror/names.h"

#include <ctype.h>

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

static int check_characters(const char *what, const char *text, const char *beside, struct err *e)
{
        for (const char *p = text; *p; p++) {
                unsigned char c = (unsigned char)*p;

                if (c >= 0x7f || (!isalnum(c) && !strchr(beside, c)))
                        return err_set(e, ERR_REFUSED,
                            "%s \"%.80s\" holds a character that none has in this registry", what,
                            text);
        }
        return 0;
}

/* Each component must be fit to be a file's name. */
static int check_components(const char *what, const char *path, struct err *e)
{
        char component[LIMIT_NAME + 1];

        for (;;) {
                size_t n = strcspn(path, "/");

                if (n > LIMIT_NAME)
                        return err_set(e, ERR_REFUSED, "%s has a component of more than %d bytes",
                            what, LIMIT_NAME);
                memcpy(component, path, n);
                component[n] = '\0';
                if (name_check(what, component, e) < 0)
                        return -1;
                path += n;
                if (!*path++)
                        return 0;
        }
}

/* Appends the path, once all of the record's names are known to be right. */
static int check(
    const struct registry *registry, const struct record *r, struct buf *path, struct err *e)
{
        const struct registry_names *n = &registry->names;

        if (check_characters("package", r->package, n->package, e) < 0 ||
            check_characters("version", r->version, n->version, e) < 0 ||
            check_characters("file", r->file, n->file, e) < 0 || registry->path(r, path, e) < 0)
                return -1;
        /* a package with a colon in its name is one that no path is made of ("src:hello") */
        if (!strchr(r->package, ':') && check_components("package", r->package, e) < 0)
                return -1;
        return check_components("path", path->data, e);
}

int names_check(const struct registry *registry, const struct record *r, struct err *e)
{
        struct buf path;
        int ret;

        buf_init(&path, LIMIT_PATH);
        ret = check(registry, r, &path, e);
        buf_release(&path);
        return ret < 0 ? err_prefix(e, "%s/%s", r->source, r->file) : 0;
}

/* -- all of a source -- */

/*
 * What a name is when case does not count, and what it is: the first bytes of their hashes. A place
 * in a table with open addressing; folded all zeros: free.
 */
struct name {
        unsigned char folded[16];
        unsigned char exact[8];
};

static void hash_text(const char *text, void *out, size_t len)
{
        unsigned char raw[SHA256_SIZE];

        sha256(text, strlen(text), raw);
        memcpy(out, raw, len);
}

static size_t place(const struct name_set *s, const unsigned char folded[16])
{
        static const unsigned char unused[16];
        uint64_t h;
        size_t i;

        memcpy(&h, folded, sizeof h);
        for (i = h & (s->size - 1); memcmp(s->table[i].folded, unused, 16) != 0 &&
                                    memcmp(s->table[i].folded, folded, 16) != 0;)
                i = (i + 1) & (s->size - 1);
        return i;
}

static void grow(struct name_set *s)
{
        struct name_set bigger = {.size = s->size ? 2 * s->size : 1024};

        bigger.table = xcalloc(bigger.size, sizeof *bigger.table);
        for (size_t i = 0; i < s->size; i++) {
                static const struct name unused;

                if (memcmp(&s->table[i], &unused, sizeof unused) != 0)
                        bigger.table[place(&bigger, s->table[i].folded)] = s->table[i];
        }
        bigger.count = s->count;
        free(s->table);
        *s = bigger;
}

/* 1: new; 0: there as the very same; -1: another is there. exact: what tells two apart. */
static int add(struct name_set *s, const char *name, const char *exact)
{
        static const unsigned char unused[16];
        char *folded = xstrdup(name);
        struct name n = {0}, *at;

        for (char *p = folded; *p; p++)
                *p = (char)tolower((unsigned char)*p);
        hash_text(folded, n.folded, sizeof n.folded);
        hash_text(exact, n.exact, sizeof n.exact);
        free(folded);
        if (4 * s->count >= 3 * s->size)
                grow(s);
        at = &s->table[place(s, n.folded)];
        if (memcmp(at->folded, unused, 16) != 0)
                return memcmp(at->exact, n.exact, sizeof n.exact) == 0 ? 0 : -1;
        *at = n;
        s->count++;
        return 1;
}

/* Each folder that the path lies in. -1: one of them is another file's path. */
static int add_folders(struct name_set *s, const char *path)
{
        char *name = xasprintf("path %s", path), *slash;
        int added = 1;

        /* one that is there already has its own folders there, too */
        while (added == 1 && (slash = strrchr(name, '/'))) {
                *slash = '\0';
                added = add(s, name, "a folder");
        }
        free(name);
        return added;
}

static int add_record(struct name_set *s, const struct record *r, const char *path, struct err *e)
{
        char sha[SHA256_HEX], *name, *exact;
        int clash;

        hex_encode(sha, r->sha256, SHA256_SIZE);
        name = xasprintf("package %s", r->package);
        clash = add(s, name, name);
        free(name);
        if (clash < 0)
                return err_set(e, ERR_REFUSED,
                    "%s: package %s and another one differ in case only, which not every host can tell "
                    "apart; leave one of them out",
                    r->source, r->package);
        name = xasprintf("path %s", path);
        exact = xasprintf("%s %s", path, sha);
        clash = add(s, name, exact);
        free(name);
        free(exact);
        if (clash < 0)
                return err_set(e, ERR_REFUSED,
                    "%s/%s: another file has this path, or one that differs in case only, or lies below "
                    "it; leave one of them out",
                    r->source, r->file);
        if (add_folders(s, path) < 0)
                return err_set(e, ERR_REFUSED,
                    "%s/%s: its path lies below that of another file; leave one of them out",
                    r->source, r->file);
        return 0;
}

int name_set_add(
    struct name_set *s, const struct registry *registry, const struct record *r, struct err *e)
{
        struct buf path;
        int ret;

        buf_init(&path, LIMIT_PATH);
        ret = check(registry, r, &path, e);
        ret = ret < 0 ? err_prefix(e, "%s/%s", r->source, r->file) : add_record(s, r, path.data, e);
        buf_release(&path);
        return ret;
}

void name_set_release(struct name_set *s)
{
        free(s->table);
        *s = (struct name_set){0};
}

static int check_source(struct catalog *c, int64_t generation, const char *source, struct err *e)
{
        const struct registry *registry = NULL;
        struct record_rows *rows = NULL;
        struct name_set set = {0};
        char *kind = NULL;
        struct record r;
        int more, ret = -1;

        more = catalog_source_kind(c, source, &kind, e);
        if (more <= 0) {
                ret = more; /* nothing of it was ever here */
                goto out;
        }
        registry = registry_find(kind);
        if (!registry) {
                err_set(e, ERR_FAILED, "source %s is of kind %s, which this dray does not know",
                    source, kind);
                goto out;
        }
        if (catalog_records(c, generation, source, NULL, ORDER_PACKAGE, &rows, e) < 0)
                goto out;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1)
                if (name_set_add(&set, registry, &r, e) < 0)
                        goto out;
        ret = more;
out:
        record_rows_close(rows);
        name_set_release(&set);
        free(kind);
        return ret;
}

int names_check_generation(
    struct catalog *c, int64_t generation, char *const *sources, size_t count, struct err *e)
{
        for (size_t i = 0; i < count; i++)
                if (check_source(c, generation, sources[i], e) < 0)
                        return -1;
        return 0;
}
