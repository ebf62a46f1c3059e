/* package-lock.json and npm-shrinkwrap.json. */
#include <jansson.h>

#include "bundle/mem.h"
#include "lock_add.h"

#define MODULES "node_modules/"

static const char *text_of(const json_t *object, const char *key)
{
        return json_string_value(json_object_get(object, key));
}

/* What lies behind the last node_modules/ of a path. */
static const char *last_name(const char *path)
{
        const char *name = NULL, *at = path;

        while ((at = strstr(at, MODULES))) {
                at += strlen(MODULES);
                name = at;
        }
        return name;
}

/* `resolved` may be missing, and an address of whatever registry it was locked at. */
static void add_resolved(struct npm_lock *l, const char *package, const char *version,
    const char *installed_as, const char *resolved, const char *integrity, const char *where)
{
        struct npm_spec s;

        if (!resolved || npm_lock_is_registry_address(resolved, package, version)) {
                npm_lock_add(l, package, version, installed_as, integrity, where);
                return;
        }
        npm_spec_parse(&s, package, resolved);
        npm_lock_add_foreign(l, package, s.kind, resolved, where);
        npm_spec_release(&s);
}

/* lockfileVersion 2 and 3: one entry for each folder. */
static int read_packages(struct npm_lock *l, json_t *packages, struct err *e)
{
        const char *path;
        json_t *entry;

        json_object_foreach (packages, path, entry) {
                const char *folder = last_name(path), *name = text_of(entry, "name");
                const char *version = text_of(entry, "version"),
                           *resolved = text_of(entry, "resolved");

                if (!folder || json_is_true(json_object_get(entry, "inBundle")))
                        continue; /* the project, its workspaces, and what another tarball holds */
                if (json_is_true(json_object_get(entry, "link"))) {
                        if (resolved && !json_object_get(packages, resolved))
                                npm_lock_add_foreign(l, folder, NPM_SPEC_PATH, resolved, path);
                        continue;
                }
                if (!version && !resolved)
                        return err_set(
                            e, ERR_USAGE, "%.200s has neither version nor resolved", path);
                if (!version) {
                        struct npm_spec s;

                        npm_spec_parse(&s, folder, resolved);
                        npm_lock_add_foreign(l, folder, s.kind, resolved, path);
                        npm_spec_release(&s);
                        continue;
                }
                add_resolved(l, name ? name : folder, version, folder, resolved,
                    text_of(entry, "integrity"), path);
        }
        return 0;
}

/* lockfileVersion 1: trees; `version` may be what another version holds in `resolved`. */
static int read_dependencies(
    struct npm_lock *l, json_t *dependencies, const char *above, struct err *e)
{
        const char *name;
        json_t *entry;

        json_object_foreach (dependencies, name, entry) {
                const char *version = text_of(entry, "version");
                char *where = xasprintf("%s%s%s", above, *above ? " > " : "", name);
                struct npm_spec s = {0};
                int ret = 0;

                if (!version) {
                        ret = err_set(e, ERR_USAGE, "%.200s has no version", where);
                } else if (!json_is_true(json_object_get(entry, "bundled"))) {
                        npm_spec_parse(&s, name, version);
                        if (npm_spec_is_registry(&s))
                                add_resolved(l, s.package, s.text, name, text_of(entry, "resolved"),
                                    text_of(entry, "integrity"), where);
                        else
                                npm_lock_add_foreign(l, name, s.kind, version, where);
                        npm_spec_release(&s);
                }
                if (ret == 0)
                        ret =
                            read_dependencies(l, json_object_get(entry, "dependencies"), where, e);
                free(where);
                if (ret < 0)
                        return -1;
        }
        return 0;
}

int npm_lock_parse_npm(struct npm_lock *l, const char *text, size_t len, struct err *e)
{
        json_error_t why;
        json_t *document = json_loadb(text, len, 0, &why), *packages;
        int ret;

        if (!document)
                return err_set(
                    e, ERR_USAGE, "line %d, column %d: %s", why.line, why.column, why.text);
        packages = json_object_get(document, "packages");
        if (json_is_object(packages))
                ret = read_packages(l, packages, e);
        else if (json_object_get(document, "lockfileVersion"))
                ret = read_dependencies(l, json_object_get(document, "dependencies"), "", e);
        else
                ret = err_set(e, ERR_USAGE, "no lockfileVersion: not a lock file of npm");
        json_decref(document);
        return ret;
}
