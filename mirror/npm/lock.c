#include "mirror/npm/lock.h"

#include "bundle/mem.h"
#include "bundle/text.h"
#include "lock_add.h"
#include "mirror/npm/name.h"

static const char *file_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* "package-lock.json", and what a person calls several of them: "web-package-lock.json". */
static bool is_npm(const char *name)
{
        return text_ends_with(name, "package-lock.json") ||
               text_ends_with(name, "npm-shrinkwrap.json");
}

static bool is_pnpm(const char *name)
{
        return text_ends_with(name, "pnpm-lock.yaml");
}

static bool is_yarn(const char *name)
{
        return text_ends_with(name, "yarn.lock");
}

bool npm_lock_name_is_known(const char *path)
{
        const char *name = file_name(path);

        return is_npm(name) || is_pnpm(name) || is_yarn(name);
}

int npm_lock_parse(
    struct npm_lock *l, const char *path, const char *text, size_t len, struct err *e)
{
        const char *name = file_name(path);
        int ret;

        *l = (struct npm_lock){.path = xstrdup(path)};
        if (is_npm(name))
                ret = npm_lock_parse_npm(l, text, len, e);
        else if (is_pnpm(name))
                ret = npm_lock_parse_pnpm(l, text, len, e);
        else if (is_yarn(name) && memmem(text, len, "\n__metadata:", 12))
                ret = npm_lock_parse_berry(l, text, len, e);
        else if (is_yarn(name))
                ret = npm_lock_parse_yarn(l, text, len, e);
        else
                ret = err_set(e, ERR_USAGE,
                    "not the name of a lock file: package-lock.json, npm-shrinkwrap.json, pnpm-lock.yaml "
                    "or yarn.lock");
        if (ret == 0)
                return 0;
        npm_lock_release(l);
        return err_prefix(e, "%s", path);
}

void npm_lock_release(struct npm_lock *l)
{
        for (size_t i = 0; i < l->count; i++) {
                struct locked *item = &l->items[i];

                free(item->package);
                free(item->version);
                free(item->installed_as);
                free(item->integrity);
                free(item->where);
                free(item->text);
        }
        free(l->items);
        free(l->path);
        *l = (struct npm_lock){0};
}

static struct locked *new_item(struct npm_lock *l, const char *name, const char *where)
{
        struct locked *item;

        l->items = xgrow(l->items, l->count, &l->cap, sizeof *l->items);
        item = &l->items[l->count++];
        *item = (struct locked){.package = xstrdup(name), .where = xstrdup(where)};
        return item;
}

void npm_lock_add(struct npm_lock *l, const char *package, const char *version,
    const char *installed_as, const char *integrity, const char *where)
{
        struct locked *item = new_item(l, package, where);

        item->version = xstrdup(version);
        item->installed_as = xstrdup(installed_as);
        item->integrity = xstrdup(integrity);
}

void npm_lock_add_foreign(struct npm_lock *l, const char *name, enum npm_spec_kind kind,
    const char *text, const char *where)
{
        struct locked *item = new_item(l, name, where);

        item->installed_as = xstrdup(name);
        item->kind = kind;
        item->text = xstrdup(text);
}

bool npm_lock_is_registry_address(const char *url, const char *package, const char *version)
{
        size_t len = strcspn(url, "?#");
        char *file = xasprintf("/-/%s-%s.tgz", npm_name_base(package), version);
        char *download = xasprintf("/download/%s/%s/", package, version);
        size_t n = strlen(file);
        bool is =
            (len > n && strncmp(url + len - n, file, n) == 0) || strstr(url, download) != NULL;

        free(file);
        free(download);
        return is;
}
