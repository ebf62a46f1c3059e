/* pnpm-lock.yaml, lockfileVersion 5 to 9. */
#include "bundle/mem.h"
#include "lock_add.h"
#include "yaml_tree.h"

/*
 * A key of `packages` taken apart: "@scope/name@1.0.0(peer@2.0.0)" since version 6, with a '/' in
 * front up to version 8; "/@scope/name/1.0.0_peer@2.0.0" in version 5. Behind the name and the
 * version stands what peers it was resolved with. 1, or 0: another form.
 */
static int split_key(const char *key, bool old, char **name, char **version)
{
        const char *at, *text = key + (*key == '/'), *slash;
        size_t end = strcspn(text, "(");

        slash = *text == '@' ? memchr(text, '/', end) : NULL;
        if (*text == '@' && !slash)
                return 0;
        at = memchr(slash ? slash + 1 : text, old ? '/' : '@',
            end - (size_t)((slash ? slash + 1 : text) - text));
        if (!at || at == text)
                return 0;
        *name = xstrndup(text, (size_t)(at - text));
        *version = xstrndup(at + 1, end - (size_t)(at + 1 - text));
        if (old)
                (*version)[strcspn(*version, "_")] = '\0';
        return 1;
}

static void add_entry(
    struct npm_lock *l, struct yaml_tree *t, const char *key, yaml_node_t *entry, bool old)
{
        yaml_node_t *resolution = yaml_tree_get(t, entry, "resolution");
        const char *integrity = yaml_tree_get_text(t, resolution, "integrity");
        const char *tarball = yaml_tree_get_text(t, resolution, "tarball");
        const char *repository = yaml_tree_get_text(t, resolution, "repo");
        const char *folder = yaml_tree_get_text(t, resolution, "directory");
        char *where = xasprintf("line %lu", yaml_tree_line(entry)), *name = NULL, *version = NULL;
        struct semver exact;

        if (repository || folder) {
                npm_lock_add_foreign(l, key, repository ? NPM_SPEC_GIT : NPM_SPEC_PATH,
                    repository ? repository : folder, where);
        } else if (!split_key(key, old, &name, &version) ||
                   semver_parse(&exact, version, strlen(version), SEMVER_LOOSE) < 0) {
                npm_lock_add_foreign(l, key, NPM_SPEC_URL, tarball ? tarball : key, where);
        } else if (tarball && !integrity && !npm_lock_is_registry_address(tarball, name, version)) {
                npm_lock_add_foreign(l, name, NPM_SPEC_URL, tarball, where);
        } else {
                npm_lock_add(l, name, version, name, integrity, where);
        }
        free(name);
        free(version);
        free(where);
}

int npm_lock_parse_pnpm(struct npm_lock *l, const char *text, size_t len, struct err *e)
{
        struct yaml_tree t;
        const char *version, *key;
        yaml_node_t *root, *packages, *entry;
        int ret = 0;

        if (yaml_tree_parse(&t, text, len, e) < 0)
                return -1;
        root = yaml_tree_root(&t);
        version = yaml_tree_get_text(&t, root, "lockfileVersion");
        packages = yaml_tree_get(&t, root, "packages");
        if (!version)
                ret = err_set(e, ERR_USAGE, "no lockfileVersion: not a lock file of pnpm");
        for (size_t i = 0; version && i < yaml_tree_count(packages); i++) {
                yaml_tree_member(&t, packages, i, &key, &entry);
                if (key)
                        add_entry(l, &t, key, entry, *version == '5');
        }
        yaml_tree_release(&t);
        return ret;
}
