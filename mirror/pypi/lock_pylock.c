/* pylock.toml: PEP 751, and the specification that it became. */
#include <string.h>

#include "bundle/mem.h"
#include "lock_read.h"
#include "mirror/pypi/wheelname.h"

static int take_hashes(struct lock_package *p, const struct toml_value *file, struct err *e)
{
        const struct toml_value *hashes = NULL, *v;
        size_t before = p->hash_count;

        if (toml_get_table(file, "hashes", &hashes, e) < 0)
                return -1;
        for (v = hashes ? toml_first(hashes) : NULL; v; v = toml_next(v))
                if (lock_add_digest(p, toml_key(v, NULL), v, e) < 0)
                        return -1;
        return p->hash_count > before
                   ? 0
                   : toml_err(e, file, "%s: a file without a sha256, sha384 or sha512", p->name);
}

/* A package that states no version is one of which the files' names do. */
static int take_version(struct lock_package *p, const struct toml_value *file, struct err *e)
{
        const char *name = NULL, *url = NULL, *slash;
        struct wheel_name w;
        struct err why = ERR_INIT;

        if (p->version)
                return 0;
        if (toml_get_string(file, "name", &name, e) < 0 ||
            toml_get_string(file, "url", &url, e) < 0 ||
            (!url && toml_get_string(file, "path", &url, e) < 0))
                return -1;
        slash = url ? strrchr(url, '/') : NULL;
        if (!name)
                name = slash ? slash + 1 : url;
        if (!name || wheel_name_parse(&w, name, &why) < 0)
                return toml_err(e, file, "%s: neither it nor its wheel states a version", p->name);
        p->version = xstrdup(w.version.text);
        wheel_name_release(&w);
        return 0;
}

static int take_files(struct lock_package *p, const struct toml_value *table, struct err *e)
{
        const struct toml_value *wheels, *sdist = NULL, *v;

        if (lock_tables(table, "wheels", &wheels, e) < 0 ||
            toml_get_table(table, "sdist", &sdist, e) < 0)
                return -1;
        if (!wheels && !sdist)
                return toml_err(e, table, "%s: it has no files", p->name);
        for (v = wheels ? toml_first(wheels) : NULL; v; v = toml_next(v))
                if (take_version(p, v, e) < 0 || take_hashes(p, v, e) < 0)
                        return -1;
        if (!p->version)
                return toml_err(e, table, "%s: it states no version", p->name);
        return sdist ? take_hashes(p, sdist, e) : 0;
}

/* vcs, directory and archive: from no index. 1 it was one of these, 0, -1 */
static int take_elsewhere(struct lock_package *p, const struct toml_value *table, struct err *e)
{
        static const char *const keys[] = {"vcs", "directory", "archive"};

        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
                const struct toml_value *source = NULL;
                const char *url = NULL, *path = NULL;
                int r = toml_get_table(table, keys[i], &source, e);

                if (r == 0)
                        continue;
                if (r < 0 || toml_get_string(source, "url", &url, e) < 0 ||
                    toml_get_string(source, "path", &path, e) < 0)
                        return -1;
                p->origin = !url && i ? LOCK_LOCAL : LOCK_ELSEWHERE;
                if (i == 1 && path && (strcmp(path, ".") == 0 || strcmp(path, "./") == 0))
                        p->origin = LOCK_PROJECT;
                p->from = xasprintf("%s %s", keys[i], url ? url : path ? path : "?");
                return 1;
        }
        return 0;
}

static int take_package(struct lock *l, const struct toml_value *table, struct err *e)
{
        const struct toml_value *marker = toml_get(table, "marker");
        struct lock_package *p = lock_add(l, table, e);
        int r;

        if (!p || (marker && lock_or_marker(&p->marker, marker, e) < 0) ||
            lock_take(table, "requires-python", &p->requires_python, e) < 0)
                return -1;
        r = take_elsewhere(p, table, e);
        return r ? (r < 0 ? -1 : 0) : take_files(p, table, e);
}

static int take_list(
    const struct toml_value *root, const char *key, struct requirements_list *out, struct err *e)
{
        const struct toml_value *list = NULL, *v;

        if (toml_get_array(root, key, TOML_STRING, &list, e) < 0)
                return -1;
        for (v = list ? toml_first(list) : NULL; v; v = toml_next(v))
                requirements_list_add(out, toml_string(v, NULL));
        return 0;
}

int lock_read_pylock(struct lock *l, const struct toml_value *root, struct err *e)
{
        const struct toml_value *packages, *v;
        const char *version = NULL;

        l->is_pylock = true;
        if (toml_get_string(root, "lock-version", &version, e) < 0)
                return -1;
        if (!version || strncmp(version, "1.", 2) != 0)
                return toml_err(e, root, "lock-version %s is not one that this dray reads (1.x)",
                    version ? version : "is not stated and");
        if (lock_take(root, "requires-python", &l->requires_python, e) < 0 ||
            take_list(root, "environments", &l->environments, e) < 0 ||
            take_list(root, "extras", &l->extras, e) < 0 ||
            take_list(root, "dependency-groups", &l->groups, e) < 0 ||
            take_list(root, "default-groups", &l->groups, e) < 0 ||
            lock_tables(root, "packages", &packages, e) < 0)
                return -1;
        for (v = packages ? toml_first(packages) : NULL; v; v = toml_next(v))
                if (take_package(l, v, e) < 0)
                        return -1;
        return 0;
}
