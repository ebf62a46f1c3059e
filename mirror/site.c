#include "mirror/site.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/catalog_stream.h"
#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "mirror/registry.h"
#include "site_front.h"

struct publisher {
        struct mirror *mirror;
        struct site_result *result;
        char *base_url; /* "" or with a final '/' */
        int tree;       /* descriptor of the idle tree */
        int64_t from, to;
        const char *source; /* the one at work */
        const struct registry *registry;
        struct page_sink sink;
};

/* Where a record's file is served: "source/...", validated. */
static int site_path(
    const struct registry *r, const struct record *rec, struct buf *out, struct err *e)
{
        size_t start = out->len;

        if (buf_addf(out, "%s/", rec->source) < 0)
                return err_set(e, ERR_REFUSED, "%s: path too long", rec->file);
        if (r->path(rec, out, e) < 0)
                return err_prefix(e, "%s/%s", rec->source, rec->file);
        /* The adapter answers for its names; this is the last door before the disk. */
        for (const char *p = out->data + start; *p; p++)
                if ((p == out->data + start || p[-1] == '/') && (*p == '.' || *p == '/'))
                        return err_set(
                            e, ERR_REFUSED, "%s: not a path of a site", out->data + start);
        return 0;
}

/* -- files -- */

static int put_file(
    struct publisher *p, const char *path, const void *bytes, size_t len, struct err *e)
{
        int fd, ret = -1;

        if (fs_make_parents(p->tree, path, e) < 0)
                return -1;
        if (unlinkat(p->tree, path, 0) < 0 && errno != ENOENT)
                return err_sys(e, "cannot replace %s", path);
        fd = openat(p->tree, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return err_sys(e, "cannot write %s", path);
        if (fs_write(fd, bytes, len, e) < 0) {
                err_prefix(e, "%s", path);
                goto out;
        }
        p->result->pages++;
        ret = 0;
out:
        close(fd);
        return ret;
}

/* Removes a file, and the folders that it leaves empty. */
static int take_file(struct publisher *p, const char *path, struct err *e)
{
        char folder[LIMIT_PATH];
        char *slash;

        if (unlinkat(p->tree, path, 0) < 0 && errno != ENOENT)
                return err_sys(e, "cannot remove %s", path);
        snprintf(folder, sizeof folder, "%s", path);
        while ((slash = strrchr(folder, '/'))) {
                *slash = '\0';
                if (unlinkat(p->tree, folder, AT_REMOVEDIR) < 0)
                        break;
        }
        return 0;
}

static int sink_page(
    struct page_sink *sink, const char *path, const void *bytes, size_t len, struct err *e)
{
        struct publisher *p = sink->user;
        char full[LIMIT_PATH];

        if ((size_t)snprintf(full, sizeof full, "%s/%s", p->source, path) >= sizeof full)
                return err_set(e, ERR_FAILED, "%s: path too long", path);
        return bytes ? put_file(p, full, bytes, len, e) : take_file(p, full, e);
}

static int change_file(struct publisher *p, const struct record *r, int added, struct err *e)
{
        struct buf path;
        int ret = -1;

        buf_init(&path, LIMIT_PATH - 1);
        if (site_path(p->registry, r, &path, e) < 0)
                goto out;
        if (added) {
                if (store_link(p->mirror->store, r->sha256, p->tree, path.data, e) < 0)
                        goto out;
                p->result->linked++;
        } else {
                if (take_file(p, path.data, e) < 0)
                        goto out;
                p->result->unlinked++;
        }
        ret = 0;
out:
        buf_release(&path);
        return ret;
}

/* -- pages -- */

struct record_list {
        struct record_parsed *items;
        size_t count, cap;
};

static void release_list(struct record_list *l)
{
        for (size_t i = 0; i < l->count; i++)
                record_parsed_release(&l->items[i]);
        free(l->items);
        *l = (struct record_list){0};
}

static int load_package(
    struct publisher *p, const char *package, struct record_list *l, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        const char *line;
        int more;

        if (catalog_records(
                p->mirror->catalog, p->to, p->source, package, ORDER_PACKAGE, &rows, e) < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, &line, NULL, e)) == 1) {
                l->items = xgrow(l->items, l->count, &l->cap, sizeof *l->items);
                if (record_parse(line, strlen(line), &l->items[l->count], e) < 0) {
                        more = -1;
                        break;
                }
                l->count++;
        }
        record_rows_close(rows);
        return more;
}

static int write_package(struct publisher *p, const char *package, struct err *e)
{
        struct site_source site = {p->source, p->base_url};
        struct record_list l = {0};
        struct record *records = NULL;
        int ret = -1;

        if (!p->registry->package_pages)
                return 0;
        if (load_package(p, package, &l, e) < 0)
                goto out;
        records = xcalloc(l.count, sizeof *records);
        for (size_t i = 0; i < l.count; i++)
                records[i] = l.items[i].record;
        ret = p->registry->package_pages(&site, package, records, l.count, &p->sink, e);
out:
        free(records);
        release_list(&l);
        return ret;
}

static int cursor_next(struct record_cursor *c, struct record *out, struct err *e)
{
        return record_rows_next(c->user, out, NULL, NULL, e);
}

static int write_source(struct publisher *p, struct err *e)
{
        struct site_source site = {p->source, p->base_url};
        struct record_rows *rows = NULL;
        struct record_cursor cursor;
        int ret;

        if (!p->registry->source_pages)
                return 0;
        if (catalog_records(p->mirror->catalog, p->to, p->source, NULL, ORDER_PACKAGE, &rows, e) <
            0)
                return -1;
        cursor = (struct record_cursor){rows, cursor_next};
        ret = p->registry->source_pages(&site, &cursor, &p->sink, e);
        record_rows_close(rows);
        return ret;
}

/* -- the difference -- */

/* Files first, then the pages of the package that they belong to. */
static int change_source(struct publisher *p, int *changed, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        char *package = NULL, *scope = xstrdup(p->source);
        int added, more, ret = -1;

        *changed = 0;
        if (catalog_scope(p->mirror->catalog, &scope, 1, e) < 0 ||
            catalog_difference(p->mirror->catalog, p->from, p->to, ORDER_PACKAGE, &rows, e) < 0)
                goto out;
        while ((more = record_rows_next(rows, &r, NULL, &added, e)) == 1) {
                *changed = 1;
                if (package && strcmp(package, r.package) != 0) {
                        if (write_package(p, package, e) < 0)
                                goto out;
                        free(package);
                        package = NULL;
                }
                if (!package)
                        package = xstrdup(r.package);
                if (change_file(p, &r, added, e) < 0)
                        goto out;
        }
        if (more < 0 || (package && write_package(p, package, e) < 0))
                goto out;
        ret = 0;
out:
        record_rows_close(rows);
        free(package);
        free(scope);
        return ret;
}

static int change_sources(struct publisher *p, struct err *e)
{
        char **names = NULL, *kind = NULL;
        size_t count = 0;
        int ret = -1, changed;

        if (catalog_sources(p->mirror->catalog, &names, &count, e) < 0)
                return -1;
        for (size_t i = 0; i < count; i++) {
                if (catalog_source_kind(p->mirror->catalog, names[i], &kind, e) != 1)
                        goto out;
                p->source = names[i];
                p->registry = registry_find(kind);
                if (!p->registry) {
                        err_set(e, ERR_FAILED,
                            "source %s is of kind %s, which this dray does not know", names[i],
                            kind);
                        goto out;
                }
                free(kind);
                kind = NULL;
                if (change_source(p, &changed, e) < 0 ||
                    ((changed || p->from == 0) && write_source(p, e) < 0)) {
                        err_prefix(e, "publishing %s", names[i]);
                        goto out;
                }
        }
        ret = 0;
out:
        free(kind);
        catalog_names_free(names, count);
        return ret;
}

/* -- the trees -- */

int site_shown(struct mirror *m, char tree[2], int64_t *generation, struct err *e)
{
        char target[32], *settings = NULL;
        ssize_t n = readlinkat(m->dir, "site", target, sizeof target - 1);
        int r;

        *generation = -1;
        if (n < 0 && errno == ENOENT)
                return 0;
        if (n < 0)
                return err_sys(e, "cannot read the link site");
        target[n] = '\0';
        if (strcmp(target, "state/site-a") != 0 && strcmp(target, "state/site-b") != 0)
                return err_set(e, ERR_FAILED,
                    "site points to %s, which dray did not make; remove the link and publish again",
                    target);
        tree[0] = target[n - 1];
        tree[1] = '\0';
        r = catalog_tree_get(m->catalog, tree, generation, &settings, e);
        free(settings);
        return r < 0 ? -1 : 1;
}

static int set_tree(
    struct mirror *m, const char *tree, int64_t generation, const char *settings, struct err *e)
{
        if (catalog_begin(m->catalog, e) < 0)
                return -1;
        if (catalog_tree_put(m->catalog, tree, generation, settings, e) < 0 ||
            catalog_commit(m->catalog, e) < 0) {
                catalog_rollback(m->catalog);
                return -1;
        }
        return 0;
}

/* What else the pages depend on: an address, and how this dray writes pages. */
static char *settings_text(const char *base_url)
{
        return xasprintf("%s %s", DRAY_VERSION, base_url);
}

/*
 * The idle tree, at the generation that it shows (0: empty). It is marked as
 * unknown until it is finished, so that an interrupted run starts it afresh.
 */
static int open_idle(
    struct publisher *p, const char *idle, const char *settings, int afresh, struct err *e)
{
        char folder[8] = "site-x", *known = NULL;
        struct generation g;
        int found = catalog_tree_get(p->mirror->catalog, idle, &p->from, &known, e);
        struct stat st;

        if (found < 0)
                return -1;
        folder[5] = idle[0];
        if (afresh || found == 0 || p->from < 0 || p->from > p->to ||
            strcmp(known, settings) != 0 ||
            fstatat(p->mirror->state, folder, &st, AT_SYMLINK_NOFOLLOW) < 0)
                p->from = 0;
        /* what is no longer known cannot be compared with */
        if (p->from > 0 && catalog_generation_get(p->mirror->catalog, p->from, &g, e) != 1)
                p->from = 0;
        free(known);
        if (set_tree(p->mirror, idle, -1, settings, e) < 0)
                return -1;
        if (p->from == 0 && fs_remove_tree(p->mirror->state, folder, e) < 0)
                return -1;
        p->tree = fs_make_dir(p->mirror->state, folder, e);
        return p->tree < 0 ? -1 : 0;
}

static int is_current(
    struct mirror *m, const char *tree, int64_t generation, const char *settings, struct err *e)
{
        int64_t shown;
        char *known = NULL;
        int r = catalog_tree_get(m->catalog, tree, &shown, &known, e);

        if (r == 1)
                r = shown == generation && strcmp(known, settings) == 0;
        free(known);
        return r;
}

int site_publish(struct mirror *m, const char *base_url, struct site_result *out, struct err *e)
{
        struct publisher p = {.mirror = m, .result = out, .tree = -1};
        char shown[2] = "", idle[2] = "a", target[] = "state/site-x", *settings = NULL;
        struct generation last;
        int64_t generation;
        mode_t mask;
        int ret = -1, r, slash = base_url && *base_url && base_url[strlen(base_url) - 1] != '/';

        *out = (struct site_result){0};
        mask = umask(022); /* the site is there to be read by others */
        p.base_url = xasprintf("%s%s", base_url ? base_url : "", slash ? "/" : "");
        p.sink = (struct page_sink){&p, sink_page};
        settings = settings_text(p.base_url);
        r = site_shown(m, shown, &generation, e);
        if (r < 0 || catalog_generation_last(m->catalog, &last, e) < 0)
                goto out;
        out->generation = p.to = last.id;
        if (r == 1) {
                idle[0] = shown[0] == 'a' ? 'b' : 'a';
                r = is_current(m, shown, last.id, settings, e);
                if (r) {
                        ret = r < 0 ? -1 : 0;
                        goto out;
                }
        }
        /* a link that somebody removed: fsck's advice for a damaged site */
        if (open_idle(&p, idle, settings, !*shown, e) < 0 || change_sources(&p, e) < 0 ||
            site_front(m, p.to, p.base_url, p.tree, e) < 0 || fs_sync_all(p.tree, e) < 0 ||
            set_tree(m, idle, p.to, settings, e) < 0)
                goto out;
        target[sizeof target - 2] = idle[0];
        if (fs_replace_link(m->dir, target, "site", e) < 0)
                goto out;
        out->changed = 1;
        ret = 0;
out:
        if (p.tree >= 0)
                close(p.tree);
        umask(mask);
        free(p.base_url);
        free(settings);
        return ret;
}

static int check_file(struct mirror *m, int tree, const struct record *r,
    void (*each)(void *user, const char *path), void *user, struct err *e)
{
        const struct registry *registry;
        struct stat st;
        struct buf path;
        char *kind = NULL;
        int ret = -1;

        buf_init(&path, LIMIT_PATH - 1);
        if (catalog_source_kind(m->catalog, r->source, &kind, e) != 1)
                goto out;
        registry = registry_find(kind);
        if (!registry) {
                err_set(e, ERR_FAILED, "kind %s is not known to this dray", kind);
                goto out;
        }
        if (site_path(registry, r, &path, e) < 0)
                goto out;
        if (fstatat(tree, path.data, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
            (uint64_t)st.st_size != r->size || !store_is_same(m->store, r->sha256, tree, path.data))
                each(user, path.data);
        ret = 0;
out:
        free(kind);
        buf_release(&path);
        return ret;
}

int site_check(
    struct mirror *m, void (*each)(void *user, const char *path), void *user, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        char shown[2];
        int64_t generation;
        int tree = -1, ret = -1, more = site_shown(m, shown, &generation, e);

        if (more <= 0)
                return more;
        tree = fs_open_dir(m->dir, "site/", e);
        if (tree < 0 ||
            catalog_records(m->catalog, generation, NULL, NULL, ORDER_PACKAGE, &rows, e) < 0)
                goto out;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1)
                if (check_file(m, tree, &r, each, user, e) < 0)
                        goto out;
        ret = more;
out:
        record_rows_close(rows);
        if (tree >= 0)
                close(tree);
        return ret;
}
