#include "mirror/download.h"

#include <fcntl.h>
#include <unistd.h>

#include "bundle/catalog_work.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/intern.h"
#include "mirror/url.h"

#define FLUSH_SECONDS 5 /* how much work a kill may cost */

struct download {
        struct mirror *mirror;
        struct fetch *fetch;
        struct wanted_list *list;
        struct download_counts *counts;
        struct intern digests; /* of what is on its way */
        size_t *leader;        /* by digest: the item that is fetched for all of it */
        size_t leader_cap;
        size_t *next;  /* by item: another one of the same digest, + 1; 0: none */
        size_t *fresh; /* items that ended since the last flush */
        size_t fresh_count, fresh_cap;
        time_t flushed;
        struct err fault;
};

/* One transfer; lives until its on_done. */
struct transfer {
        struct download *d;
        size_t item;
        char resume[33];
        struct store_put *put;
        uint64_t had;
};

/* 1: the store has bytes of this digest; they are the item's. */
static int find_held(struct mirror *m, struct wanted *w, struct err *e)
{
        unsigned char sha[SHA256_SIZE];
        char digest[DIGEST_TEXT];
        uint64_t size = 0;
        int found;

        if (w->digest.kind == DIGEST_SHA256) {
                memcpy(sha, w->digest.value, SHA256_SIZE);
                found = catalog_blob_has(m->catalog, sha, &size, e);
        } else {
                digest_text(w->digest.kind, w->digest.value, digest);
                found = catalog_item_digest(m->catalog, digest, sha, &size, e);
        }
        if (found <= 0)
                return found;
        if (!store_present(m->store, sha, size))
                return 0; /* lost since: fetched again */
        memcpy(w->record.sha256, sha, SHA256_SIZE);
        w->record.size = size;
        w->held = 1;
        return 1;
}

int download_look(
    struct mirror *m, struct wanted_list *l, struct download_counts *counts, struct err *e)
{
        int ret = -1;

        if (catalog_read_begin(m->catalog, e) < 0)
                return -1;
        for (size_t i = 0; i < l->count; i++) {
                struct wanted *w = &l->items[i];
                int r = w->local ? 0 : find_held(m, w, e);

                if (r < 0)
                        goto out;
                if (r) {
                        counts->held++;
                } else {
                        counts->wanted++;
                        counts->wanted_bytes += w->record.size;
                }
        }
        ret = 0;
out:
        catalog_read_end(m->catalog);
        return ret;
}

/* -- rows: what ended is durable first, then written down -- */

static int put_item(struct download *d, const struct wanted *w, struct err *e)
{
        char digest[DIGEST_TEXT];
        struct item_row old, row = {.source = w->record.source,
                                 .package = w->record.package,
                                 .version = w->record.version,
                                 .file = w->record.file,
                                 .url = w->url,
                                 .digest = digest,
                                 .size = w->record.size,
                                 .state = w->held   ? ITEM_VERIFIED
                                          : w->gone ? ITEM_GONE
                                                    : ITEM_FAILED,
                                 .error = w->error ? w->error : "",
                                 .validator = ""};
        int known;

        digest_text(w->digest.kind, w->digest.value, digest);
        if (w->held) {
                memcpy(row.sha256, w->record.sha256, SHA256_SIZE);
                if (catalog_blob_put(d->mirror->catalog, w->record.sha256, w->record.size, e) < 0)
                        return -1;
        }
        known = catalog_item_get(
            d->mirror->catalog, row.source, row.package, row.version, row.file, &old, e);
        if (known < 0)
                return -1;
        row.tries = (known ? old.tries : 0) + !w->held;
        return catalog_item_put(d->mirror->catalog, &row, e);
}

static int flush(struct download *d, struct err *e)
{
        if (d->fresh_count == 0)
                return 0;
        if (store_sync(d->mirror->store, e) < 0 || catalog_begin(d->mirror->catalog, e) < 0)
                return -1;
        for (size_t i = 0; i < d->fresh_count; i++)
                if (put_item(d, &d->list->items[d->fresh[i]], e) < 0) {
                        catalog_rollback(d->mirror->catalog);
                        return -1;
                }
        if (catalog_commit(d->mirror->catalog, e) < 0) {
                catalog_rollback(d->mirror->catalog);
                return -1;
        }
        d->fresh_count = 0;
        d->flushed = time(NULL);
        return 0;
}

static void ended(struct download *d, size_t item)
{
        d->fresh = xgrow(d->fresh, d->fresh_count, &d->fresh_cap, sizeof *d->fresh);
        d->fresh[d->fresh_count++] = item;
}

static void came(struct download *d, size_t item)
{
        d->counts->files++;
        d->counts->bytes += d->list->items[item].record.size;
        ended(d, item);
}

static void failed(struct download *d, size_t item, const char *why)
{
        struct wanted *w = &d->list->items[item];

        free(w->error);
        w->error = xstrdup(why);
        d->counts->failed++;
        ended(d, item);
}

/* What failed is not the file but this machine: the run ends. Returns -1. */
static int machine_failed(struct download *d, const struct err *e)
{
        d->fault = *e;
        return -1;
}

/* -- one file -- */

static int compare(const struct wanted *w, const struct store_put *put, struct err *e)
{
        unsigned char value[DIGEST_MAX_SIZE];
        size_t n = digest_get(store_put_digest(put), w->digest.kind, value);
        char stated[2 * DIGEST_MAX_SIZE + 1], got[2 * DIGEST_MAX_SIZE + 1];

        if (w->record.size && store_put_size(put) != w->record.size)
                return err_set(e, ERR_REFUSED, "%s: %llu bytes came, the index states %llu",
                    w->record.file, (unsigned long long)store_put_size(put),
                    (unsigned long long)w->record.size);
        if (memcmp(value, w->digest.value, n) == 0)
                return 0;
        hex_encode(stated, w->digest.value, n);
        hex_encode(got, value, n);
        return err_set(e, ERR_REFUSED,
            "%s: wrong %s: the index states %s, what came has %s; not kept", w->record.file,
            digest_name(w->digest.kind), stated, got);
}

/* Compared, and under its name in the store. */
static int take(struct download *d, struct wanted *w, struct store_put *put, struct err *e)
{
        if (store_put_end(put, e) < 0)
                return machine_failed(d, e);
        if (compare(w, put, e) < 0)
                return -1;
        if (store_put_keep(put, e) < 0)
                return machine_failed(d, e);
        memcpy(w->record.sha256, store_put_sha256(put), SHA256_SIZE);
        w->record.size = store_put_size(put);
        w->held = 1;
        return 0;
}

static int begin_put(struct transfer *t, struct err *e)
{
        struct download *d = t->d;
        unsigned kind = (unsigned)d->list->items[t->item].digest.kind;
        const char *resume = *t->resume ? t->resume : NULL;

        if (t->put || store_put_begin(d->mirror->store, kind, resume, &t->put, e) == 0)
                return 0;
        return machine_failed(d, e);
}

static int on_begin(void *user, const struct fetch_head *head, struct err *e)
{
        struct transfer *t = user;

        if (begin_put(t, e) == 0 && store_put_truncate(t->put, head->keep, e) == 0)
                return 0;
        return machine_failed(t->d, e);
}

static int on_data(void *user, const void *bytes, size_t len, struct err *e)
{
        struct transfer *t = user;

        return store_put_write(t->put, bytes, len, e) < 0 ? machine_failed(t->d, e) : 0;
}

static void fetch_item(struct download *d, size_t item, int resume);

/* What came for one item is every item's that wants the same bytes. */
static void share(struct download *d, size_t item)
{
        const struct wanted *w = &d->list->items[item];

        for (size_t i = d->next[item]; i; i = d->next[i - 1]) {
                struct wanted *same = &d->list->items[i - 1];

                memcpy(same->record.sha256, w->record.sha256, SHA256_SIZE);
                same->record.size = w->record.size;
                same->held = 1;
                ended(d, i - 1);
        }
}

/*
 * It failed: the next one of the same digest tries its own address, and speaks for the rest.
 * Where its host was given up (no try), those that stand there too are not tried.
 */
static void hand_over(struct download *d, size_t item, const struct fetch_outcome *o)
{
        const struct wanted *items = d->list->items;
        size_t i = d->next[item];

        for (; i && !o->tries && url_same_origin(items[item].url, items[i - 1].url);
             i = d->next[i - 1])
                failed(d, i - 1, o->err.msg);
        if (i)
                fetch_item(d, i - 1, 0);
}

static void on_done(void *user, const struct fetch_outcome *o)
{
        struct transfer *t = user;
        struct download *d = t->d;
        struct wanted *w = &d->list->items[t->item];
        struct err e = o->err;
        int ok = o->result == FETCH_OK;

        if (ok) {
                e = (struct err)ERR_INIT;
                ok = begin_put(t, &e) == 0 && take(d, w, t->put, &e) == 0;
        }
        if (ok) {
                store_put_free(t->put);
                came(d, t->item);
                share(d, t->item);
        } else if (o->result == FETCH_OK && t->had && !d->fault.code) {
                /* the bytes of an earlier run were the bad ones, perhaps: once more, from the start */
                store_put_drop(t->put);
                fetch_item(d, t->item, 0);
        } else {
                if (o->result == FETCH_OK)
                        store_put_drop(t->put);
                else
                        store_put_free(t->put);
                w->gone = o->result == FETCH_GONE;
                failed(d, t->item, e.msg);
                if (!d->fault.code)
                        hand_over(d, t->item, o);
        }
        free(t);
}

/* -1: its address is refused. */
static int add_transfer(struct download *d, size_t item, int resume, struct err *e)
{
        const struct wanted *w = &d->list->items[item];
        struct transfer *t = xcalloc(1, sizeof *t);
        struct fetch_request request = {.url = w->url,
            .max_size = LIMIT_FILE,
            .expect_size = w->record.size,
            .on_begin = on_begin,
            .on_data = on_data,
            .on_done = on_done,
            .user = t};

        t->d = d;
        t->item = item;
        hex_encode(t->resume, w->digest.value, (sizeof t->resume - 1) / 2);
        if (resume)
                t->had = store_partial_size(d->mirror->store, t->resume);
        if (w->record.size && t->had >= w->record.size)
                t->had = 0; /* whole, or more: start again rather than ask for nothing */
        request.resume_have = t->had;
        if (fetch_add(d->fetch, &request, e) == 0)
                return 0;
        free(t);
        return -1;
}

/* The item is asked for, or the first behind it whose address is not refused. */
static void fetch_item(struct download *d, size_t item, int resume)
{
        struct err e = ERR_INIT;

        while (add_transfer(d, item, resume, &e) < 0) {
                failed(d, item, e.msg);
                if (!d->next[item])
                        return;
                item = d->next[item] - 1;
        }
}

static int read_local(struct transfer *t, const char *path, struct err *e)
{
        char chunk[64 * KIB];
        int fd = open(path, O_RDONLY | O_CLOEXEC), ret;
        ssize_t n = 0;

        if (fd < 0)
                return err_sys(e, "%s", path);
        ret = begin_put(t, e);
        while (ret == 0 && (n = fs_read(fd, chunk, sizeof chunk, e)) > 0)
                ret = on_data(t, chunk, (size_t)n, e);
        close(fd);
        return n < 0 ? err_prefix(e, "%s", path) : ret;
}

/* A file of this machine: what cannot be read, or changed since it was read first, is a hole. */
static int take_local(struct download *d, size_t item, struct err *e)
{
        struct wanted *w = &d->list->items[item];
        struct transfer t = {.d = d, .item = item};
        struct err why = ERR_INIT;

        if (read_local(&t, w->url, &why) == 0 && take(d, w, t.put, &why) == 0)
                came(d, item);
        else
                failed(d, item, why.msg);
        store_put_free(t.put);
        if (!d->fault.code)
                return 0;
        *e = d->fault;
        return -1;
}

/*
 * One transfer for each digest, or two would write the same partial file: 1 if this item is
 * the first to want these bytes, at an address that is not refused; 0: it waits for that one.
 */
static int lead(struct download *d, size_t item)
{
        const struct stated_digest *stated = &d->list->items[item].digest;
        char digest[DIGEST_TEXT];
        size_t before = d->digests.count, first;
        uint32_t number;

        digest_text(stated->kind, stated->value, digest);
        number = intern_put(&d->digests, digest);
        if (number == before) {
                d->leader = xgrow(d->leader, before, &d->leader_cap, sizeof *d->leader);
        } else if (!d->list->items[d->leader[number]].error) {
                first = d->leader[number];
                d->next[item] = d->next[first];
                d->next[first] = item + 1;
                return 0;
        }
        d->leader[number] = item;
        return 1;
}

/* What is held is found; the rest is queued. */
static int begin_all(struct download *d, struct err *e)
{
        d->next = xcalloc(d->list->count, sizeof *d->next);
        for (size_t i = 0; i < d->list->count; i++) {
                struct wanted *w = &d->list->items[i];
                struct item_row row;
                int r;

                if (w->held) {
                        came(d, i);
                        continue;
                }
                r = find_held(d->mirror, w, e);
                if (r < 0)
                        return -1;
                if (r) {
                        d->counts->held++;
                        r = catalog_item_get(d->mirror->catalog, w->record.source,
                            w->record.package, w->record.version, w->record.file, &row, e);
                        if (r < 0)
                                return -1;
                        /* held by digest, but this item has not been written down */
                        if (r == 0 || row.state != ITEM_VERIFIED ||
                            memcmp(row.sha256, w->record.sha256, SHA256_SIZE) != 0)
                                ended(d, i);
                        continue;
                }
                if (!w->local && !lead(d, i))
                        continue;
                d->counts->wanted++;
                d->counts->wanted_bytes += w->record.size;
                if (!w->local)
                        fetch_item(d, i, 1);
                else if (take_local(d, i, e) < 0)
                        return -1;
        }
        return 0;
}

static int check_space(struct download *d, struct err *e)
{
        uint64_t bytes;
        char need[16], have[16];

        if (fs_free_bytes(d->mirror->state, &bytes, e) < 0)
                return -1;
        if (bytes >= d->counts->wanted_bytes)
                return 0;
        return err_set(e, ERR_FAILED,
            "%s are to be fetched, the disk has %s free; make room (dray gc) and run sync again",
            fs_size_text(d->counts->wanted_bytes, need), fs_size_text(bytes, have));
}

int download_all(struct mirror *m, struct fetch *f, struct wanted_list *l,
    struct download_counts *counts, void (*tick)(void *user), void *user, struct download **out,
    struct err *e)
{
        struct download *d = xcalloc(1, sizeof *d);
        int more = 1;

        *out = d;
        *d = (struct download){
            .mirror = m, .fetch = f, .list = l, .counts = counts, .flushed = time(NULL)};
        if (begin_all(d, e) < 0 || check_space(d, e) < 0)
                return -1;
        while (more && !d->fault.code) {
                more = fetch_run(f, 250, e);
                if (more < 0)
                        return -1;
                if (tick)
                        tick(user);
                if (time(NULL) - d->flushed >= FLUSH_SECONDS && flush(d, e) < 0)
                        return -1;
        }
        if (d->fault.code) {
                struct err ignored = ERR_INIT;

                flush(d, &ignored); /* what came whole is kept if the disk lets us */
                *e = d->fault;
                return -1;
        }
        return flush(d, e);
}

void download_free(struct download *d)
{
        if (!d)
                return;
        intern_release(&d->digests);
        free(d->leader);
        free(d->next);
        free(d->fresh);
        free(d);
}
