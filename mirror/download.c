#include "mirror/download.h"

#include <fcntl.h>
#include <unistd.h>

#include "bundle/catalog_work.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/intern.h"

#define FLUSH_SECONDS 5 /* how much work a kill may cost */
#define DIGEST_TEXT (8 + 2 * DIGEST_MAX_SIZE + 1)

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

static void digest_text(const struct stated_digest *digest, char out[DIGEST_TEXT])
{
        char hex[2 * DIGEST_MAX_SIZE + 1];

        hex_encode(hex, digest->value, digest_size(digest->kind));
        snprintf(out, DIGEST_TEXT, "%s:%s", digest_name(digest->kind), hex);
}

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
                digest_text(&w->digest, digest);
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

        digest_text(&w->digest, digest);
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
        if (store_put_end(put, e) < 0) {
                d->fault = *e;
                return -1;
        }
        if (compare(w, put, e) < 0)
                return -1;
        if (store_put_keep(put, e) < 0) {
                d->fault = *e;
                return -1;
        }
        memcpy(w->record.sha256, store_put_sha256(put), SHA256_SIZE);
        w->record.size = store_put_size(put);
        w->held = 1;
        return 0;
}

static int on_begin(void *user, const struct fetch_head *head, struct err *e)
{
        struct transfer *t = user;
        const struct wanted *w = &t->d->list->items[t->item];

        if ((!t->put && store_put_begin(t->d->mirror->store, (unsigned)w->digest.kind, t->resume,
                            &t->put, e) < 0) ||
            store_put_truncate(t->put, head->keep, e) < 0) {
                t->d->fault = *e;
                return -1;
        }
        return 0;
}

static int on_data(void *user, const void *bytes, size_t len, struct err *e)
{
        struct transfer *t = user;

        if (store_put_write(t->put, bytes, len, e) < 0) {
                t->d->fault = *e;
                return -1;
        }
        return 0;
}

static int add_transfer(struct download *d, size_t item, int resume, struct err *e);

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

/* It failed: the next one of the same digest tries its own address, and speaks for the rest. */
static int hand_over(struct download *d, size_t item, struct err *e)
{
        size_t i = d->next[item];

        if (!i)
                return 0;
        d->next[item] = 0;
        return add_transfer(d, i - 1, 0, e);
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
                ok = (t->put || store_put_begin(d->mirror->store, (unsigned)w->digest.kind,
                                    t->resume, &t->put, &e) == 0) &&
                     take(d, w, t->put, &e) == 0;
        }
        if (ok) {
                store_put_free(t->put);
                d->counts->files++;
                d->counts->bytes += w->record.size;
                ended(d, t->item);
                share(d, t->item);
        } else if (o->result == FETCH_OK && t->had && !d->fault.code) {
                /* the bytes of an earlier run were the bad ones, perhaps: once more, from the start */
                struct err again = ERR_INIT;

                store_put_drop(t->put);
                if (add_transfer(d, t->item, 0, &again) < 0)
                        d->fault = again;
        } else {
                if (o->result == FETCH_OK)
                        store_put_drop(t->put);
                else
                        store_put_free(t->put);
                w->gone = o->result == FETCH_GONE;
                free(w->error);
                w->error = xstrdup(e.msg);
                d->counts->failed++;
                ended(d, t->item);
                /* tries 0: the host was given up, or all of it is being stopped */
                if (!d->fault.code && o->tries && hand_over(d, t->item, &e) < 0)
                        d->fault = e;
        }
        free(t);
}

static int add_transfer(struct download *d, size_t item, int resume, struct err *e)
{
        struct wanted *w = &d->list->items[item];
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
        if (fetch_add(d->fetch, &request, e) < 0) {
                w->error = xstrdup(e->msg);
                *e = (struct err)ERR_INIT;
                d->counts->failed++;
                ended(d, item);
                free(t);
        }
        return 0;
}

/* A file of this machine. */
static int take_local(struct download *d, size_t item, struct err *e)
{
        struct wanted *w = &d->list->items[item];
        struct store_put *put = NULL;
        char *chunk = xmalloc(256 * KIB);
        int fd = open(w->url, O_RDONLY | O_CLOEXEC), ret = -1;
        ssize_t n;

        if (fd < 0) {
                err_sys(e, "%s", w->url);
                w->error = xstrdup(e->msg);
                *e = (struct err)ERR_INIT;
                d->counts->failed++;
                ended(d, item);
                ret = 0;
                goto out;
        }
        if (store_put_begin(d->mirror->store, (unsigned)w->digest.kind, NULL, &put, e) < 0)
                goto out;
        while ((n = fs_read(fd, chunk, 256 * KIB, e)) > 0)
                if (store_put_write(put, chunk, (size_t)n, e) < 0)
                        goto out;
        if (n < 0)
                goto out;
        if (take(d, w, put, e) < 0) {
                if (d->fault.code)
                        goto out;
                w->error = xstrdup(e->msg); /* it changed since it was read first */
                *e = (struct err)ERR_INIT;
                d->counts->failed++;
        } else {
                d->counts->files++;
                d->counts->bytes += w->record.size;
        }
        ended(d, item);
        ret = 0;
out:
        store_put_free(put);
        free(chunk);
        if (fd >= 0)
                close(fd);
        return ret;
}

/*
 * One transfer for each digest, or two would write the same partial file:
 * 1 if this item is the first to want these bytes; 0: it waits for that one.
 */
static int lead(struct download *d, size_t item)
{
        char digest[DIGEST_TEXT];
        size_t before = d->digests.count, first;
        uint32_t number;

        digest_text(&d->list->items[item].digest, digest);
        number = intern_put(&d->digests, digest);
        if (d->digests.count > before) {
                d->leader = xgrow(d->leader, before, &d->leader_cap, sizeof *d->leader);
                d->leader[number] = item;
                return 1;
        }
        first = d->leader[number];
        d->next[item] = d->next[first];
        d->next[first] = item + 1;
        return 0;
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
                        d->counts->files++;
                        d->counts->bytes += w->record.size;
                        ended(d, i);
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
                if (w->local ? take_local(d, i, e) < 0 : add_transfer(d, i, 1, e) < 0)
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
