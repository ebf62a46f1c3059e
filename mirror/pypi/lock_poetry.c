/* poetry.lock, 1.x and 2.x. */
#include <string.h>

#include "bundle/mem.h"
#include "lock_read.h"
#include "mirror/pypi/name.h"

/* From 2.1 on each package says itself when it is needed. */
static bool says_when(const char *lock_version)
{
        return lock_version[0] == '2' && strcmp(lock_version, "2.0") != 0;
}

static int take_source(struct lock_package *p, const struct toml_value *table, struct err *e)
{
        const struct toml_value *source = NULL;
        const char *type = NULL, *url = NULL;

        if (toml_get_table(table, "source", &source, e) < 0 ||
            (source && (toml_get_string(source, "type", &type, e) < 0 ||
                           toml_get_string(source, "url", &url, e) < 0)))
                return -1;
        if (!type || strcmp(type, "legacy") == 0) /* an index of its own: held against ours */
                return 0;
        p->origin = strcmp(type, "directory") == 0 || strcmp(type, "file") == 0 ? LOCK_LOCAL
                                                                                : LOCK_ELSEWHERE;
        p->from = xasprintf("%s %s", type, url ? url : "?");
        return 0;
}

/* In the package itself, or (until 1.1) in [metadata.files] under its name. */
static int take_files(
    struct lock_package *p, const struct toml_value *table, const char *key, struct err *e)
{
        const struct toml_value *files, *v, *hash;

        if (lock_tables(table, key, &files, e) < 0)
                return -1;
        for (v = files ? toml_first(files) : NULL; v; v = toml_next(v)) {
                hash = toml_get(v, "hash");
                if (!hash)
                        return toml_err(e, v, "%s: a file without a hash", p->name);
                if (lock_add_hash(p, hash, e) < 0)
                        return -1;
        }
        return 0;
}

/* One requirement: a text, or a table with markers. */
static int take_edge(
    struct lock_package *p, const char *name, const struct toml_value *v, struct err *e)
{
        struct lock_edge *edge = lock_add_edge(p, name);
        const struct toml_value *marker;

        if (toml_kind(v) != TOML_TABLE)
                return toml_expect(v, TOML_STRING, e);
        marker = toml_get(v, "markers");
        if (toml_get_boolean(v, "optional", &edge->optional, e) < 0)
                return -1;
        return marker ? lock_or_marker(&edge->marker, marker, e) : 0;
}

static int take_edges(struct lock_package *p, const struct toml_value *table, struct err *e)
{
        const struct toml_value *dependencies = NULL, *v, *one;

        if (toml_get_table(table, "dependencies", &dependencies, e) < 0)
                return -1;
        for (v = dependencies ? toml_first(dependencies) : NULL; v; v = toml_next(v)) {
                const char *name = toml_key(v, NULL);

                if (toml_kind(v) != TOML_ARRAY && take_edge(p, name, v, e) < 0)
                        return -1;
                for (one = toml_kind(v) == TOML_ARRAY ? toml_first(v) : NULL; one;
                     one = toml_next(one))
                        if (take_edge(p, name, one, e) < 0)
                                return -1;
        }
        return 0;
}

/* One marker, or one for each group. */
static int take_markers(struct lock_package *p, const struct toml_value *table, struct err *e)
{
        const struct toml_value *markers = toml_get(table, "markers"), *v;

        if (!markers)
                return 0;
        if (toml_kind(markers) != TOML_TABLE)
                return lock_or_marker(&p->marker, markers, e);
        for (v = toml_first(markers); v; v = toml_next(v))
                if (lock_or_marker(&p->marker, v, e) < 0)
                        return -1;
        return 0;
}

static int take_package(struct lock *l, const struct toml_value *table,
    const struct toml_value *old_files, struct err *e)
{
        struct lock_package *p = lock_add(l, table, e);
        const char *name = NULL;

        if (!p || take_source(p, table, e) < 0 || take_files(p, table, "files", e) < 0 ||
            toml_get_string(table, "name", &name, e) < 0 ||
            (old_files && take_files(p, old_files, name, e) < 0) ||
            lock_take(table, "python-versions", &p->requires_python, e) < 0 ||
            toml_get_boolean(table, "optional", &p->optional, e) < 0 ||
            take_markers(p, table, e) < 0 || take_edges(p, table, e) < 0)
                return -1;
        if (p->origin == LOCK_INDEX && !p->version)
                return toml_err(e, table, "%s: it states no version", p->name);
        if (p->origin == LOCK_INDEX && p->hash_count == 0)
                return toml_err(e, table, "%s: no hash is stated for its files", p->name);
        return 0;
}

int lock_read_poetry(struct lock *l, const struct toml_value *root, struct err *e)
{
        const struct toml_value *packages, *metadata = NULL, *files = NULL, *v;
        const char *version = NULL;

        if (toml_get_table(root, "metadata", &metadata, e) < 0 ||
            (metadata && toml_get_string(metadata, "lock-version", &version, e) < 0) ||
            (metadata && toml_get_table(metadata, "files", &files, e) < 0))
                return -1;
        if (!version || (strncmp(version, "1.", 2) != 0 && strncmp(version, "2.", 2) != 0))
                return toml_err(e, metadata ? metadata : root,
                    "lock-version %s is not one that this dray reads (1.x, 2.x)",
                    version ? version : "is not stated and");
        l->edges_decide = !says_when(version);
        if (lock_tables(root, "package", &packages, e) < 0)
                return -1;
        for (v = packages ? toml_first(packages) : NULL; v; v = toml_next(v))
                if (take_package(l, v, files, e) < 0)
                        return -1;
        return 0;
}
