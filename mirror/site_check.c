/* fsck's look at the site: what should be there is made again, and compared. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/catalog_stream.h"
#include "bundle/fs.h"
#include "bundle/mem.h"
#include "mirror/page.h"
#include "mirror/site_key.h"
#include "site_pages.h"
#include "site_source.h"

struct check {
        struct site_tree tree; /* the one that is shown */
        const char *source;
        void (*each)(void *user, const char *path);
        void *user;
};

/* -- the files of the records -- */

static int check_file(
    struct check *k, const struct registry *registry, const struct record *r, struct err *e)
{
        struct store *store = k->tree.mirror->store;
        struct stat st;
        struct buf path;
        int ret = -1;

        buf_init(&path, LIMIT_PATH - 1);
        if (site_record_path(registry, r, &path, e) < 0)
                goto out;
        if (fstatat(k->tree.fd, path.data, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
            (uint64_t)st.st_size != r->size ||
            !store_is_same(store, r->sha256, k->tree.fd, path.data))
                k->each(k->user, path.data);
        ret = 0;
out:
        buf_release(&path);
        return ret;
}

static int check_files(struct check *k, const struct registry *registry, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        int more;

        if (catalog_records(
                k->tree.mirror->catalog, k->tree.to, k->source, NULL, ORDER_PACKAGE, &rows, e) < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1)
                if (check_file(k, registry, &r, e) < 0) {
                        more = -1;
                        break;
                }
        record_rows_close(rows);
        return more;
}

/* -- the pages -- */

static bool has_text(int dir, const char *path, const void *bytes, size_t len)
{
        struct err ignored = ERR_INIT;
        struct buf text;
        bool same;

        buf_init(&text, len + 1);
        same = fs_read_file(dir, path, &text, &ignored) == 1 && text.len == len &&
               (len == 0 || memcmp(text.data, bytes, len) == 0);
        buf_release(&text);
        return same;
}

static int compare_page(
    struct page_sink *sink, const char *path, const void *bytes, size_t len, struct err *e)
{
        struct check *k = sink->user;
        char full[LIMIT_PATH];

        if (site_page_path(full, k->source, path, e) < 0)
                return -1;
        if (bytes && !has_text(k->tree.fd, full, bytes, len))
                k->each(k->user, full);
        return 0;
}

static int compare_placed(struct page_sink *sink, const struct page *page, const char *path,
    enum page_stay stay, struct err *e)
{
        struct check *k = sink->user;
        char full[LIMIT_PATH];

        (void)stay;
        if (site_page_path(full, k->source, path, e) < 0)
                return -1;
        if (!page_is_at(page, k->tree.fd, full))
                k->each(k->user, full);
        return 0;
}

static struct page *take_xz(
    struct page_sink *sink, const struct page *page, const char *path, struct err *e)
{
        const struct check *k = sink->user;

        return site_tree_xz(&k->tree, k->source, page, path, e);
}

/* What lingers is named by its content, or is a record's file. */
static void pass_over(struct page_sink *sink, const char *path)
{
        (void)sink;
        (void)path;
}

static int check_pages(struct check *k, const struct registry *registry, struct err *e)
{
        struct page_sink sink = {.user = k,
            .page = compare_page,
            .place = compare_placed,
            .xz = take_xz,
            .linger = pass_over,
            .folder = store_temp_dir(k->tree.mirror->store)};

        if (site_source_packages(&k->tree, k->source, registry, &sink, e) < 0)
                return -1;
        return site_pages_again(&k->tree, k->source, registry, &sink, e);
}

/* -- all of it -- */

/*
 * A tree that shows what was there before a source came has no pages of it, and does not have to.
 * 1 this is such a source, 0, -1
 */
static int came_later(const struct check *k, struct err *e)
{
        struct record_totals totals;

        if (faccessat(k->tree.fd, k->source, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        if (catalog_totals(k->tree.mirror->catalog, k->tree.to, k->source, &totals, e) < 0)
                return -1;
        return totals.records == 0;
}

static int check_source(struct check *k, bool pages, struct err *e)
{
        const struct registry *registry = site_registry(k->tree.mirror->catalog, k->source, e);
        int later;

        if (!registry || check_files(k, registry, e) < 0)
                return -1;
        later = came_later(k, e);
        if (later < 0)
                return -1;
        return pages && !later ? check_pages(k, registry, e) : 0;
}

static int check_sources(struct check *k, bool pages, struct err *e)
{
        char **names = NULL;
        size_t count = 0;
        int ret = 0;

        if (catalog_sources(k->tree.mirror->catalog, &names, &count, e) < 0)
                return -1;
        for (size_t i = 0; ret == 0 && i < count; i++) {
                k->source = names[i];
                ret = check_source(k, pages, e);
        }
        catalog_names_free(names, count);
        return ret;
}

int site_check(struct mirror *m, bool pages, void (*each)(void *user, const char *path), void *user,
    struct err *e)
{
        static const char ours[] = DRAY_VERSION " ";
        struct check k = {.tree = {.mirror = m, .fd = -1, .other = -1}, .each = each, .user = user};
        char shown[2], *settings = NULL;
        int ret = -1, found = site_shown(m, shown, &k.tree.to, e);

        if (found <= 0)
                return found;
        if (catalog_tree_get(m->catalog, shown, &k.tree.to, &settings, e) < 0)
                goto out;
        /* another dray may have written other pages; the next publish writes them all */
        if (!settings || strncmp(settings, ours, strlen(ours)) != 0)
                pages = false;
        else
                k.tree.base_url = settings + strlen(ours);
        k.tree.settings = settings;
        k.tree.fd = fs_open_dir(m->dir, "site/", e);
        if (k.tree.fd < 0 || check_sources(&k, pages, e) < 0)
                goto out;
        ret = 0;
out:
        if (k.tree.fd >= 0)
                close(k.tree.fd);
        site_key_free(k.tree.key);
        free(settings);
        return ret;
}
