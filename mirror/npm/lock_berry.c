/* yarn.lock of Yarn 2 and later: YAML, whose `resolution` says what an entry is. */
#include "bundle/mem.h"
#include "lock_add.h"
#include "yaml_tree.h"

/* "name@npm:1.0.0", behind which an archive's address and other parameters may stand ("::__archiveUrl=..."). */
static void add_resolution(struct npm_lock *l, const char *resolution, const char *where)
{
        const char *at = *resolution ? strchr(resolution + 1, '@') : NULL;
        char *name, *version;

        if (!at) {
                npm_lock_add_foreign(l, resolution, NPM_SPEC_WRONG, resolution, where);
                return;
        }
        name = xstrndup(resolution, (size_t)(at - resolution));
        at++;
        if (strncmp(at, "npm:", 4) == 0) {
                version = xstrndup(at + 4, strcspn(at + 4, ":"));
                npm_lock_add(l, name, version, name, NULL, where);
                free(version);
        } else if (strncmp(at, "workspace:", 10) != 0 && strncmp(at, "patch:", 6) != 0) {
                /* the project's own parts come with it; what a patch is for has an entry of its own */
                struct npm_spec s;

                npm_spec_parse(&s, name, at);
                npm_lock_add_foreign(l, name, s.kind, at, where);
                npm_spec_release(&s);
        }
        free(name);
}

int npm_lock_parse_berry(struct npm_lock *l, const char *text, size_t len, struct err *e)
{
        struct yaml_tree t;
        yaml_node_t *root, *entry;
        const char *key;

        if (yaml_tree_parse(&t, text, len, e) < 0)
                return -1;
        root = yaml_tree_root(&t);
        for (size_t i = 0; i < yaml_tree_count(root); i++) {
                const char *resolution;
                char *where;

                yaml_tree_member(&t, root, i, &key, &entry);
                resolution = yaml_tree_get_text(&t, entry, "resolution");
                if (!resolution)
                        continue; /* __metadata */
                where = xasprintf("line %lu", yaml_tree_line(entry));
                add_resolution(l, resolution, where);
                free(where);
        }
        yaml_tree_release(&t);
        return 0;
}
