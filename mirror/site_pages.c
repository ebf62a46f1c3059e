#include "site_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bundle/catalog_site.h"
#include "bundle/fs.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "mirror/page.h"
#include "mirror/site_key.h"

struct placed {
        char *path;
        enum page_stay stay;
};

struct set {
        struct site_tree *tree;
        const char *source;
        struct placed *pages; /* every page of this set */
        size_t count, cap;
        struct record_rows *rows; /* what they are made from */
        int has_records;
};

static void release_set(struct set *s)
{
        for (size_t i = 0; i < s->count; i++)
                free(s->pages[i].path);
        free(s->pages);
}

static void note(struct set *s, const char *path, enum page_stay stay)
{
        s->pages = xgrow(s->pages, s->count, &s->cap, sizeof *s->pages);
        s->pages[s->count++] = (struct placed){xstrdup(path), stay};
}

static int sink_page(
    struct page_sink *sink, const char *path, const void *bytes, size_t len, struct err *e)
{
        struct set *s = sink->user;
        char full[LIMIT_PATH];

        if (site_page_path(full, s->source, path, e) < 0 ||
            site_tree_put(s->tree, full, bytes, len, e) < 0)
                return -1;
        note(s, path, PAGE_STANDS);
        return 0;
}

static int sink_place(struct page_sink *sink, const struct page *page, const char *path,
    enum page_stay stay, struct err *e)
{
        struct set *s = sink->user;
        char full[LIMIT_PATH];

        if (site_page_path(full, s->source, path, e) < 0 ||
            page_link(page, s->tree->fd, full, e) < 0)
                return -1;
        s->tree->result->pages++;
        note(s, path, stay);
        return 0;
}

static struct page *sink_xz(
    struct page_sink *sink, const struct page *page, const char *path, struct err *e)
{
        const struct set *s = sink->user;

        return site_tree_xz(s->tree, s->source, page, path, e);
}

/* The file itself is the record's; the other tree still has it when this one has lost it. */
static void sink_linger(struct page_sink *sink, const char *path)
{
        note(sink->user, path, PAGE_LINGERS);
}

/* -- the date -- */

/* What a signed set of pages depends on: the records, what else they are made from, and the key. */
static int state_of(
    const struct set *s, const struct signer *signer, unsigned char out[SHA256_SIZE], struct err *e)
{
        struct catalog *c = s->tree->mirror->catalog;
        struct digest *d = digest_new(DIGEST_SHA256);
        unsigned char state[DIGEST_MAX_SIZE];
        char *scope = xstrdup(s->source);
        int ret = -1;

        if (catalog_scope(c, &scope, 1, e) < 0 || catalog_state(c, s->tree->to, state, e) < 0)
                goto out;
        digest_update(d, state, SHA256_SIZE);
        digest_update(d, signer->public_key, SIGNER_KEY_SIZE);
        digest_update(d, s->tree->settings, strlen(s->tree->settings));
        digest_final(d);
        digest_get(d, DIGEST_SHA256, state);
        memcpy(out, state, SHA256_SIZE);
        ret = 0;
out:
        digest_free(d);
        free(scope);
        return ret;
}

/*
 * The same for the same state, so that both trees get the same pages; else later than ever
 * before, whatever the clock says. Durable before any page has it.
 */
static int find_date(const struct set *s, const struct signer *signer, int64_t *date, struct err *e)
{
        struct catalog *c = s->tree->mirror->catalog;
        unsigned char state[SHA256_SIZE], last_state[SHA256_SIZE];
        int64_t last = 0;
        int found;

        if (state_of(s, signer, state, e) < 0)
                return -1;
        found = catalog_dated_get(c, s->source, last_state, &last, e);
        if (found < 0)
                return -1;
        if (found && memcmp(state, last_state, SHA256_SIZE) == 0) {
                *date = last;
                return 0;
        }
        *date = timestamp_now();
        if (found && *date <= last)
                *date = last + 1;
        if (catalog_begin(c, e) < 0)
                return -1;
        if (catalog_dated_put(c, s->source, state, *date, e) < 0 || catalog_commit(c, e) < 0) {
                catalog_rollback(c);
                return -1;
        }
        return 0;
}

static int sign(
    const struct site_source *site, const struct signer **key, int64_t *date, struct err *e)
{
        const struct set *s = site->user;
        struct site_tree *t = s->tree;

        if (!t->key && site_key_open(t->mirror, &t->key, e) < 0)
                return -1;
        *key = site_key_signer(t->key);
        return find_date(s, *key, date, e);
}

/* -- writing -- */

static int cursor_next(struct record_cursor *c, struct record *out, struct err *e)
{
        struct set *s = c->user;
        int r = record_rows_next(s->rows, out, NULL, NULL, e);

        s->has_records |= r == 1;
        return r;
}

static int make_pages(
    struct set *s, const struct registry *registry, struct page_sink *sink, struct err *e)
{
        struct site_tree *t = s->tree;
        struct site_source site = {
            .name = s->source, .base_url = t->base_url, .user = s, .sign = sign};
        struct record_cursor cursor = {s, cursor_next};
        int ret;

        if (catalog_records(
                t->mirror->catalog, t->to, s->source, NULL, ORDER_PACKAGE, &s->rows, e) < 0)
                return -1;
        ret = registry->source_pages(&site, &cursor, sink, e);
        record_rows_close(s->rows);
        return ret;
}

static int write_set(struct set *s, const struct registry *registry, struct err *e)
{
        struct page_sink sink = {.user = s,
            .page = sink_page,
            .place = sink_place,
            .xz = sink_xz,
            .linger = sink_linger,
            .folder = store_temp_dir(s->tree->mirror->store)};

        return make_pages(s, registry, &sink, e);
}

/* -- what earlier sets left behind -- */

/* A page that lingers, from the other tree if this one lacks it. */
static int bring_over(struct site_tree *t, const char *path, struct err *e)
{
        if (t->other < 0 || faccessat(t->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        if (fs_make_parents(t->fd, path, e) < 0)
                return -1;
        if (linkat(t->other, path, t->fd, path, 0) < 0 && errno != ENOENT && errno != EXDEV)
                return err_sys(e, "cannot keep %s", path);
        return 0;
}

static int sweep_page(void *user, const char *path, int lingers, int64_t age, struct err *e)
{
        struct set *s = user;
        char full[LIMIT_PATH];

        if (age == 0 && s->count)
                return 0;
        if (site_page_path(full, s->source, path, e) < 0)
                return -1;
        /* of a source that has nothing any more nothing stays */
        return lingers && age <= SITE_LINGER && s->has_records ? bring_over(s->tree, full, e)
                                                               : site_tree_take(s->tree, full, e);
}

/* A page is forgotten once both trees have been without it. */
static int settle(struct set *s, struct err *e)
{
        struct catalog *c = s->tree->mirror->catalog;
        int64_t number = s->tree->to, last;

        if (catalog_begin(c, e) < 0)
                return -1;
        if (catalog_pages_last(c, s->source, &last, e) < 0)
                goto fail;
        if (last > number)
                number = last + 1; /* an earlier generation again, and a later set than any */
        if (s->has_records && catalog_page_set(c, s->source, number, e) < 0)
                goto fail;
        for (size_t i = 0; i < s->count; i++)
                if (catalog_page_put(c, s->source, s->pages[i].path,
                        s->pages[i].stay == PAGE_LINGERS, number, e) < 0)
                        goto fail;
        if (catalog_pages(c, s->source, sweep_page, s, e) < 0 ||
            catalog_pages_forget(c, s->source, SITE_LINGER + 3, e) < 0 || catalog_commit(c, e) < 0)
                goto fail;
        return 0;
fail:
        catalog_rollback(c);
        return -1;
}

int site_pages_stale(struct site_tree *t, const char *source, struct err *e)
{
        struct set s = {.tree = t, .source = source};
        unsigned char state[SHA256_SIZE], last_state[SHA256_SIZE];
        int64_t last;
        int found = catalog_dated_get(t->mirror->catalog, source, last_state, &last, e);

        if (found <= 0)
                return found;
        if (!t->key && site_key_open(t->mirror, &t->key, e) < 0)
                return -1;
        if (state_of(&s, site_key_signer(t->key), state, e) < 0)
                return -1;
        return memcmp(state, last_state, SHA256_SIZE) != 0;
}

int site_pages_write(
    struct site_tree *t, const char *source, const struct registry *registry, struct err *e)
{
        struct set s = {.tree = t, .source = source};
        int ret = -1;

        if (!registry->source_pages)
                return 0;
        if (write_set(&s, registry, e) < 0 || settle(&s, e) < 0)
                goto out;
        ret = 0;
out:
        release_set(&s);
        return ret;
}

int site_pages_again(struct site_tree *t, const char *source, const struct registry *registry,
    struct page_sink *sink, struct err *e)
{
        struct set s = {.tree = t, .source = source};
        struct err why = ERR_INIT;
        int stale;

        if (!registry->source_pages)
                return 0;
        /* signed by another key, or dated for another state: not to be made again */
        stale = site_key_check(t->mirror, &why) == 1 ? site_pages_stale(t, source, e) : 1;
        return stale ? (stale < 0 ? -1 : 0) : make_pages(&s, registry, sink, e);
}
