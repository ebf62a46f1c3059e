#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "lock_read.h"
#include "mirror/pypi/name.h"
#include "mirror/pypi/specifier.h"

static const struct {
        const char *name;
        int (*read)(struct lock *l, const struct toml_value *root, struct err *e);
} kinds[] = {
    {"pylock.toml", lock_read_pylock},
    {"uv.lock", lock_read_uv},
    {"poetry.lock", lock_read_poetry},
};

static const char *file_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* PEP 751: pylock.NAME.toml, and NAME has no dot. */
static bool is_named_pylock(const char *name)
{
        size_t len = strlen(name);
        const char *dot =
            len > 12 && strncmp(name, "pylock.", 7) == 0 ? strchr(name + 7, '.') : NULL;

        return dot && strcmp(dot, ".toml") == 0;
}

static size_t kind_of(const char *path)
{
        const char *name = file_name(path);
        size_t i = 0;

        if (is_named_pylock(name))
                return 0;
        while (i < sizeof kinds / sizeof *kinds && strcmp(kinds[i].name, name) != 0)
                i++;
        return i;
}

bool lock_is_known(const char *path)
{
        return kind_of(path) < sizeof kinds / sizeof *kinds;
}

static void package_release(struct lock_package *p)
{
        for (size_t i = 0; i < p->edge_count; i++) {
                free(p->edges[i].name);
                free(p->edges[i].version);
                marker_free(p->edges[i].marker);
        }
        free(p->edges);
        free(p->hashes);
        free(p->requires_python);
        marker_free(p->marker);
        free(p->from);
        free(p->version);
        free(p->name);
}

void lock_release(struct lock *l)
{
        for (size_t i = 0; i < l->count; i++)
                package_release(&l->packages[i]);
        free(l->packages);
        requirements_list_release(&l->environments);
        requirements_list_release(&l->extras);
        requirements_list_release(&l->groups);
        free(l->requires_python);
        free(l->file);
        *l = (struct lock){0};
}

int lock_parse(struct lock *l, const char *path, const char *text, size_t len, struct err *e)
{
        struct toml *t = toml_parse(path, text, len, e);
        int ret = -1;

        *l = (struct lock){0};
        if (!t)
                return -1;
        l->file = xstrdup(path);
        ret = kinds[kind_of(path)].read(l, toml_root(t), e);
        toml_free(t);
        if (ret < 0)
                lock_release(l);
        return ret;
}

/* -- for the readers -- */

int lock_take(const struct toml_value *table, const char *key, char **out, struct err *e)
{
        const char *text = NULL;
        int r = toml_get_string(table, key, &text, e);

        if (r == 1) {
                free(*out);
                *out = xstrdup(text);
        }
        return r < 0 ? -1 : 0;
}

int lock_tables(
    const struct toml_value *table, const char *key, const struct toml_value **out, struct err *e)
{
        *out = NULL;
        return toml_get_array(table, key, TOML_TABLE, out, e);
}

struct lock_package *lock_add(struct lock *l, const struct toml_value *table, struct err *e)
{
        struct lock_package *p;
        struct version version = {0};
        const char *name = NULL, *stated = NULL;

        if (toml_get_string(table, "name", &name, e) < 0 ||
            toml_get_string(table, "version", &stated, e) < 0)
                return NULL;
        if (!name || !name_is_valid(name, strlen(name))) {
                toml_err(e, table, "a package without the name of a project");
                return NULL;
        }
        if (stated && version_parse(&version, stated, e) < 0) {
                toml_err(e, table, "%s: \"%.80s\" is no version", name, stated);
                return NULL;
        }
        version_release(&version);
        if (l->count == LIMIT_LOCK_PACKAGES) {
                toml_err(e, table, "more than %d packages", LIMIT_LOCK_PACKAGES);
                return NULL;
        }
        l->packages = xgrow(l->packages, l->count, &l->cap, sizeof *l->packages);
        p = &l->packages[l->count++];
        *p = (struct lock_package){.name = name_normalize(name, strlen(name)),
            .version = stated ? xstrdup(stated) : NULL,
            .line = toml_place(table)->line};
        return p;
}

int lock_add_digest(
    struct lock_package *p, const char *kind, const struct toml_value *hex, struct err *e)
{
        struct requirements_hash hash = {0};
        size_t size;

        if (toml_expect(hex, TOML_STRING, e) < 0)
                return -1;
        if (digest_kind_parse(kind, &hash.kind) < 0 ||
            (hash.kind != DIGEST_SHA256 && hash.kind != DIGEST_SHA384 &&
                hash.kind != DIGEST_SHA512))
                return 0;
        size = digest_size(hash.kind);
        const char *text = toml_string(hex, NULL), *colon = strchr(text, ':');

        if (hex_decode(hash.value, size, colon ? colon + 1 : text) < 0)
                return toml_err(e, hex, "this is no %s", kind);
        p->hashes = xgrow(p->hashes, p->hash_count, &p->hash_cap, sizeof *p->hashes);
        p->hashes[p->hash_count++] = hash;
        return 0;
}

int lock_add_hash(struct lock_package *p, const struct toml_value *v, struct err *e)
{
        const char *text, *colon;
        char kind[16];

        if (toml_expect(v, TOML_STRING, e) < 0)
                return -1;
        text = toml_string(v, NULL);
        colon = strchr(text, ':');
        if (!colon || (size_t)(colon - text) >= sizeof kind)
                return toml_err(e, v, "a hash looks like \"sha256:...\"");
        memcpy(kind, text, (size_t)(colon - text));
        kind[colon - text] = '\0';
        return lock_add_digest(p, kind, v, e);
}

int lock_or_marker(struct marker **m, const struct toml_value *text, struct err *e)
{
        struct err why = ERR_INIT;
        struct buf both;
        int r = 0;

        if (toml_expect(text, TOML_STRING, e) < 0)
                return -1;
        buf_init(&both, LIMIT_REQUIREMENT);
        if (*m)
                r = buf_adds(&both, "(") < 0 || marker_text(*m, &both) < 0 ||
                    buf_adds(&both, ") or ") < 0;
        if (r || buf_addf(&both, "(%s)", toml_string(text, NULL)) < 0) {
                r = err_set(&why, ERR_USAGE, "too long");
        } else {
                marker_free(*m);
                *m = NULL;
                r = marker_parse(m, both.data, &why);
        }
        buf_release(&both);
        return r < 0 ? toml_err(e, text, "marker: %s", why.msg) : 0;
}

struct lock_edge *lock_add_edge(struct lock_package *p, const char *name)
{
        struct lock_edge *edge;

        p->edges = xgrow(p->edges, p->edge_count, &p->edge_cap, sizeof *p->edges);
        edge = &p->edges[p->edge_count++];
        *edge = (struct lock_edge){.name = name_normalize(name, strlen(name))};
        return edge;
}
