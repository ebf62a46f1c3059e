/* uv.lock, version 1. */
#include <string.h>

#include "bundle/mem.h"
#include "lock_read.h"
#include "mirror/pypi/name.h"

static int take_source(struct lock_package *p, const struct toml_value *table, struct err *e)
{
        static const struct {
                const char *key;
                enum lock_origin origin;
        } kinds[] = {{"git", LOCK_ELSEWHERE}, {"url", LOCK_ELSEWHERE}, {"path", LOCK_LOCAL},
            {"directory", LOCK_LOCAL}, {"editable", LOCK_LOCAL}, {"virtual", LOCK_LOCAL}};
        const struct toml_value *source = NULL;

        if (toml_get_table(table, "source", &source, e) < 0)
                return -1;
        for (size_t i = 0; source && i < sizeof kinds / sizeof *kinds; i++) {
                const char *where = NULL;
                int r = toml_get_string(source, kinds[i].key, &where, e);

                if (r < 0)
                        return -1;
                if (r == 0)
                        continue;
                p->origin = strcmp(where, ".") == 0 ? LOCK_PROJECT : kinds[i].origin;
                p->from = xasprintf("%s %s", kinds[i].key, where);
        }
        return 0;
}

static int take_hash(struct lock_package *p, const struct toml_value *file, struct err *e)
{
        const struct toml_value *hash = toml_get(file, "hash");

        return hash ? lock_add_hash(p, hash, e) : 0;
}

static int take_files(struct lock_package *p, const struct toml_value *table, struct err *e)
{
        const struct toml_value *wheels, *sdist = NULL, *v;

        if (lock_tables(table, "wheels", &wheels, e) < 0 ||
            toml_get_table(table, "sdist", &sdist, e) < 0 || (sdist && take_hash(p, sdist, e) < 0))
                return -1;
        for (v = wheels ? toml_first(wheels) : NULL; v; v = toml_next(v))
                if (take_hash(p, v, e) < 0)
                        return -1;
        return 0;
}

static int take_edges(struct lock_package *p, const struct toml_value *list, struct err *e)
{
        const struct toml_value *v, *marker;

        for (v = list ? toml_first(list) : NULL; v; v = toml_next(v)) {
                const char *name = NULL;
                struct lock_edge *edge;

                if (toml_expect(v, TOML_TABLE, e) < 0 || toml_get_string(v, "name", &name, e) < 0)
                        return -1;
                if (!name)
                        return toml_err(e, v, "a dependency without a name");
                edge = lock_add_edge(p, name);
                marker = toml_get(v, "marker");
                if (lock_take(v, "version", &edge->version, e) < 0 ||
                    (marker && lock_or_marker(&edge->marker, marker, e) < 0))
                        return -1;
        }
        return 0;
}

/* Tables of lists: of extras and groups there are those that somebody asked for. */
static int take_groups(
    struct lock_package *p, const struct toml_value *table, const char *key, struct err *e)
{
        const struct toml_value *groups = NULL, *v;

        if (toml_get_table(table, key, &groups, e) < 0)
                return -1;
        for (v = groups ? toml_first(groups) : NULL; v; v = toml_next(v))
                if (toml_expect(v, TOML_ARRAY, e) < 0 || take_edges(p, v, e) < 0)
                        return -1;
        return 0;
}

static int take_package(struct lock *l, const struct toml_value *table, struct err *e)
{
        const struct toml_value *dependencies, *markers = NULL, *v;
        struct lock_package *p = lock_add(l, table, e);

        if (!p || take_source(p, table, e) < 0 || take_files(p, table, e) < 0 ||
            lock_tables(table, "dependencies", &dependencies, e) < 0 ||
            take_edges(p, dependencies, e) < 0 ||
            take_groups(p, table, "optional-dependencies", e) < 0 ||
            take_groups(p, table, "dev-dependencies", e) < 0 ||
            toml_get_array(table, "resolution-markers", TOML_STRING, &markers, e) < 0)
                return -1;
        for (v = markers ? toml_first(markers) : NULL; v; v = toml_next(v))
                if (lock_or_marker(&p->marker, v, e) < 0)
                        return -1;
        if (p->origin == LOCK_INDEX && !p->version)
                return toml_err(e, table, "%s: it states no version", p->name);
        return 0;
}

int lock_read_uv(struct lock *l, const struct toml_value *root, struct err *e)
{
        const struct toml_value *packages, *v;
        int64_t version = 0;

        l->edges_decide = true;
        if (toml_get_integer(root, "version", &version, e) < 0)
                return -1;
        if (version != 1)
                return toml_err(e, root, "version %lld is not one that this dray reads (1)",
                    (long long)version);
        if (lock_take(root, "requires-python", &l->requires_python, e) < 0 ||
            lock_tables(root, "package", &packages, e) < 0)
                return -1;
        for (v = packages ? toml_first(packages) : NULL; v; v = toml_next(v))
                if (take_package(l, v, e) < 0)
                        return -1;
        return 0;
}
