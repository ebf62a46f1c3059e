#include "site_source.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "bundle/catalog_site.h"
#include "bundle/mem.h"
#include "site_pages.h"

const struct registry *site_registry(struct catalog *c, const char *source, struct err *e)
{
        const struct registry *registry = NULL;
        char *kind = NULL;
        int known = catalog_source_kind(c, source, &kind, e);

        if (known == 1)
                registry = registry_find(kind);
        if (known == 0)
                err_set(e, ERR_FAILED, "source %s is not in the catalog; run dray fsck", source);
        else if (known == 1 && !registry)
                err_set(e, ERR_FAILED,
                    "source %s is of kind %s, which this dray does not know; use a newer dray",
                    source, kind);
        free(kind);
        return registry;
}

struct change {
        struct site_tree *tree;
        const char *source;
        const struct registry *registry;
        struct page_sink sink;
};

static int sink_page(
    struct page_sink *sink, const char *path, const void *bytes, size_t len, struct err *e)
{
        struct change *c = sink->user;
        char full[LIMIT_PATH];

        if (site_page_path(full, c->source, path, e) < 0)
                return -1;
        return bytes ? site_tree_put(c->tree, full, bytes, len, e)
                     : site_tree_take(c->tree, full, e);
}

static int change_file(struct change *c, const struct record *r, int added, struct err *e)
{
        struct site_tree *t = c->tree;
        struct buf path;
        int ret = -1;

        buf_init(&path, LIMIT_PATH - 1);
        if (site_record_path(c->registry, r, &path, e) < 0)
                goto out;
        if (added) {
                if (store_link(t->mirror->store, r->sha256, t->fd, path.data, e) < 0)
                        goto out;
                t->result->linked++;
        } else {
                if (site_tree_take(t, path.data, e) < 0)
                        goto out;
                t->result->unlinked++;
        }
        ret = 0;
out:
        buf_release(&path);
        return ret;
}

/* 1 something has the path of the record's file, 0, -1 */
static int is_there(struct change *c, const struct record *r, struct err *e)
{
        struct stat st;
        struct buf path;
        int ret;

        buf_init(&path, LIMIT_PATH - 1);
        ret = site_record_path(c->registry, r, &path, e);
        if (ret == 0)
                ret = fstatat(c->tree->fd, path.data, &st, AT_SYMLINK_NOFOLLOW) == 0;
        buf_release(&path);
        return ret;
}

/* -- the pages of one package -- */

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

static int load_package(struct change *c, const char *package, struct record_list *l, struct err *e)
{
        struct site_tree *t = c->tree;
        struct record_rows *rows = NULL;
        struct record r;
        const char *line;
        int more;

        if (catalog_records(
                t->mirror->catalog, t->to, c->source, package, ORDER_PACKAGE, &rows, e) < 0)
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

static int write_package(struct change *c, const char *package, struct err *e)
{
        struct site_source site = {.name = c->source, .base_url = c->tree->base_url};
        struct record_list l = {0};
        struct record *records = NULL;
        int ret = -1;

        if (!c->registry->package_pages)
                return 0;
        if (load_package(c, package, &l, e) < 0)
                goto out;
        records = xcalloc(l.count, sizeof *records);
        for (size_t i = 0; i < l.count; i++)
                records[i] = l.items[i].record;
        ret = c->registry->package_pages(&site, package, records, l.count, &c->sink, e);
out:
        free(records);
        release_list(&l);
        return ret;
}

/* -- the difference -- */

static int open_difference(struct change *c, int64_t from, struct record_rows **rows, struct err *e)
{
        struct site_tree *t = c->tree;
        char *scope = xstrdup(c->source);
        int ret = catalog_scope(t->mirror->catalog, &scope, 1, e);

        if (ret == 0)
                ret = catalog_difference(t->mirror->catalog, from, t->to, ORDER_PACKAGE, rows, e);
        free(scope);
        return ret;
}

/* -- what lingers -- */

/* An index of upstream's is no package's file: beside newer ones it would be wrong. */
static int may_linger(const struct change *c, const struct record *r)
{
        return !c->registry->known_as || c->registry->known_as(r->package);
}

/* What is rolled back shall not be had any more: it goes at once. */
static int note_record(struct change *c, const struct record *r, int added, struct err *e)
{
        struct site_tree *t = c->tree;
        struct catalog *catalog = t->mirror->catalog;
        struct buf path;
        int ret = -1;

        buf_init(&path, LIMIT_PATH - 1);
        if (site_record_path(c->registry, r, &path, e) < 0)
                goto out;
        if (added)
                ret = catalog_page_back(catalog, c->source, path.data + strlen(c->source) + 1, e);
        else if (t->shown < t->to)
                ret = catalog_page_left(
                    catalog, c->source, path.data + strlen(c->source) + 1, t->shown, e);
        else
                ret = site_tree_take(t, path.data, e);
out:
        buf_release(&path);
        return ret;
}

/*
 * The records that come, or those that go, since the shown generation; where it is not known what
 * is shown, all come: none of them lingers. 1 there are any, 0, -1
 */
static int note_records(struct change *c, int which, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        int added, more, any = 0;

        if (open_difference(c, c->tree->shown > 0 ? c->tree->shown : 0, &rows, e) < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, &added, e)) == 1) {
                if (added != which)
                        continue;
                any = 1;
                if (may_linger(c, &r) && note_record(c, &r, added, e) < 0) {
                        more = -1;
                        break;
                }
        }
        record_rows_close(rows);
        return more < 0 ? -1 : any;
}

/*
 * A client that has read the shown index still asks for what it lists. What a run that was cut off
 * noted is noted anew; what comes is looked at last, because it may have the path of what goes.
 * 1 something is different from what is shown, 0, -1
 */
static int note_lingering(struct change *c, struct err *e)
{
        const struct site_tree *t = c->tree;
        struct catalog *catalog = t->mirror->catalog;
        int goes, comes;

        if (!c->registry->source_pages)
                return 0;
        if (catalog_begin(catalog, e) < 0)
                return -1;
        if (catalog_pages_back(catalog, c->source, t->shown, e) < 0 ||
            (goes = note_records(c, 0, e)) < 0 || (comes = note_records(c, 1, e)) < 0 ||
            catalog_commit(catalog, e) < 0) {
                catalog_rollback(catalog);
                return -1;
        }
        return goes || comes;
}

/* -- what changes -- */

/* Takes the files that are gone. 1 something is different, 0, -1 */
static int remove_files(struct change *c, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        int added, more, different = 0, ret = -1;

        if (open_difference(c, c->tree->from, &rows, e) < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, &added, e)) == 1) {
                different = 1;
                if (!added && change_file(c, &r, 0, e) < 0)
                        goto out;
        }
        ret = more < 0 ? -1 : different;
out:
        record_rows_close(rows);
        return ret;
}

/* Links the files that are new, then writes the pages of the package that they belong to. */
static int add_files(struct change *c, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        char *package = NULL;
        int added, more, ret = -1;

        if (open_difference(c, c->tree->from, &rows, e) < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, &added, e)) == 1) {
                if (package && strcmp(package, r.package) != 0) {
                        if (write_package(c, package, e) < 0)
                                goto out;
                        free(package);
                        package = NULL;
                }
                if (!package)
                        package = xstrdup(r.package);
                if (added && change_file(c, &r, 1, e) < 0)
                        goto out;
        }
        if (more < 0 || (package && write_package(c, package, e) < 0))
                goto out;
        ret = 0;
out:
        record_rows_close(rows);
        free(package);
        return ret;
}

/* Another set of pages has been written over the same records: some may have lain where files lie. */
static int restore_files(struct change *c, struct err *e)
{
        struct site_tree *t = c->tree;
        struct record_rows *rows = NULL;
        struct record r;
        int more, ret = -1;

        if (catalog_records(t->mirror->catalog, t->to, c->source, NULL, ORDER_PACKAGE, &rows, e) <
            0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1) {
                int there = is_there(c, &r, e);

                if (there < 0 || (!there && change_file(c, &r, 1, e) < 0))
                        goto out;
        }
        ret = more;
out:
        record_rows_close(rows);
        return ret;
}

/*
 * In this order, because a path may go from a file to a page of the source or the other way:
 * what goes makes room first, what comes is not swept away.
 */
int site_source_change(
    struct site_tree *t, const char *source, const struct registry *registry, struct err *e)
{
        struct change c = {.tree = t, .source = source, .registry = registry};
        int moves = note_lingering(&c, e), different, stale = 0;

        c.sink = (struct page_sink){.user = &c, .page = sink_page};
        if (moves < 0)
                return -1;
        different = t->from == 0 ? 1 : remove_files(&c, e);
        if (different == 0)
                stale = site_pages_stale(t, source, e);
        if (different < 0 || stale < 0)
                return -1;
        if (!different && !stale && !moves)
                return 0;
        if (site_pages_write(t, source, registry, e) < 0)
                return -1;
        return stale ? restore_files(&c, e) : add_files(&c, e);
}

int site_source_packages(struct site_tree *t, const char *source, const struct registry *registry,
    const struct page_sink *sink, struct err *e)
{
        struct change c = {.tree = t, .source = source, .registry = registry, .sink = *sink};
        struct record_rows *rows = NULL;
        struct record r;
        char *package = NULL;
        int more;

        if (!registry->package_pages)
                return 0;
        if (catalog_records(t->mirror->catalog, t->to, source, NULL, ORDER_PACKAGE, &rows, e) < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1) {
                if (package && strcmp(package, r.package) == 0)
                        continue;
                free(package);
                package = xstrdup(r.package);
                if (write_package(&c, package, e) < 0) {
                        more = -1;
                        break;
                }
        }
        record_rows_close(rows);
        free(package);
        return more;
}
