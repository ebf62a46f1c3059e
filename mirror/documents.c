#include "mirror/documents.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bundle/catalog_work.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "documents_entry.h"
#include "local.h"

/* -- the entries, by number -- */

/* Two sources may ask for the same page: each has its own entry, as it has its own row. */
struct entry *entry_find(const struct documents *d, const char *source, const char *key)
{
        char *name = xasprintf("%s %s", source, key);
        uint32_t number;
        int found = intern_find(&d->names, name, &number);

        free(name);
        return found ? d->entries[number] : NULL;
}

struct entry *entry_new(struct documents *d, const char *source, const char *key)
{
        struct entry *en = xcalloc(1, sizeof *en);
        char *name = xasprintf("%s %s", source, key);

        d->entries = xgrow(d->entries, d->names.count, &d->entry_cap, sizeof *d->entries);
        d->entries[intern_put(&d->names, name)] = en;
        free(name);
        en->owner = d;
        en->key = xstrdup(key);
        en->source = xstrdup(source);
        en->fd = -1;
        return en;
}

static void entry_free(struct entry *en)
{
        if (en->fd >= 0)
                close(en->fd);
        store_put_free(en->put);
        free(en->key);
        free(en->source);
        free(en->url);
        free(en->etag);
        free(en->last_modified);
        free(en->content_type);
        free(en->error);
        free(en);
}

struct documents *documents_open(struct mirror *m, struct fetch *f, int keep)
{
        struct documents *d = xcalloc(1, sizeof *d);

        d->mirror = m;
        d->fetch = f;
        d->keep = keep;
        return d;
}

void documents_close(struct documents *d)
{
        if (!d)
                return;
        for (size_t i = 0; i < d->names.count; i++)
                entry_free(d->entries[i]);
        free(d->entries);
        intern_release(&d->names);
        free(d->lent);
        if (d->lent_fd_open)
                close(d->lent_fd);
        free(d);
}

size_t documents_waiting(const struct documents *d)
{
        return d->waiting;
}

int documents_fault(const struct documents *d, struct err *e)
{
        if (!d->fault.code)
                return 0;
        *e = d->fault;
        return 1;
}

void documents_count(const struct documents *d, struct document_counts *out)
{
        *out = d->counts;
}

static void make_key(const struct document_request *r, struct buf *key)
{
        static const char *const kinds[] = {
            "index", "file", "range", "local", "local-file", "local-list"};
        char digest[DIGEST_TEXT];

        buf_addf(key, "%s %s", kinds[r->kind], r->url);
        if (r->accept)
                buf_addf(key, " %s", r->accept);
        if (r->kind == DOCUMENT_RANGE || r->kind == DOCUMENT_FILE) {
                digest_text(r->digest.kind, r->digest.value, digest);
                buf_addf(key, " %s", digest);
        }
        if (r->kind == DOCUMENT_RANGE)
                buf_addf(key, " %s%llu+%llu", r->from_end ? "end-" : "",
                    (unsigned long long)r->offset, (unsigned long long)r->length);
}

/* What an earlier run left: 1 and the entry is ready, 0 there is nothing (validators may be set), -1 */
static int recall(
    struct documents *d, struct entry *en, const struct document_request *r, struct err *e)
{
        struct document_row row;
        int found = 0;

        if (r->kind == DOCUMENT_FILE)
                found = entry_take_file(en, &r->digest, e);
        else if (r->kind == DOCUMENT_RANGE)
                found = entry_take_part(en, r, e);
        if (found == 0 && r->kind != DOCUMENT_FILE) {
                found = catalog_document_get(d->mirror->catalog, en->source, en->key, &row, e);
                if (found == 1)
                        found = entry_take_row(en, &row) && r->kind == DOCUMENT_RANGE;
        }
        if (found == 1)
                en->state = ENTRY_READY;
        return found;
}

/* Bytes of this machine: kept like a page, so that a change of them is seen. */
static int keep_local(struct documents *d, struct entry *en, const struct buf *bytes, struct err *e)
{
        struct store_put *p = NULL;
        int ret = -1;

        en->state = ENTRY_READY;
        en->size = bytes->len;
        if (store_put_begin(d->mirror->store, 0, NULL, &p, e) < 0 ||
            store_put_write(p, bytes->data, bytes->len, e) < 0 || store_put_end(p, e) < 0)
                goto out;
        memcpy(en->sha256, store_put_sha256(p), SHA256_SIZE);
        if (d->keep) {
                en->fresh = 1;
                ret = store_put_keep(p, e);
        } else {
                en->fd = store_put_reader(p, e);
                ret = en->fd < 0 ? -1 : 0;
        }
out:
        store_put_free(p);
        return ret;
}

static int ask_local(
    struct documents *d, struct entry *en, const struct document_request *r, struct err *e)
{
        struct err why = ERR_INIT;
        struct buf bytes;
        int ret = 0, found;

        buf_init(&bytes, r->max_size ? r->max_size : LIMIT_TOML);
        en->url = xstrdup(r->url);
        en->kind = r->kind;
        if (r->kind == DOCUMENT_LOCAL_FILE)
                found = local_hash(r->url, en->sha256, &en->size, &why);
        else if (r->kind == DOCUMENT_LOCAL_LIST)
                found = local_list(r->url, &bytes, &why);
        else
                found = local_read(r->url, &bytes, &why);
        if (found < 0) {
                en->state = ENTRY_FAILED;
                en->error = xstrdup(why.msg);
        } else if (!found) {
                en->state = ENTRY_GONE;
                en->error = xasprintf("%s: no such file", r->url);
        } else if (r->kind == DOCUMENT_LOCAL_FILE) {
                en->state = ENTRY_READY;
                en->total = en->size;
                en->fresh = 1;
        } else {
                ret = keep_local(d, en, &bytes, e);
        }
        buf_release(&bytes);
        return ret;
}

/* The bytes of a ready entry, lent. */
static int lend(struct documents *d, struct entry *en, enum document_kind kind,
    struct document *out, struct err *e)
{
        int ret = -1, fd;

        if (kind == DOCUMENT_LOCAL_FILE)
                fd = open(en->url, O_RDONLY | O_CLOEXEC);
        else
                fd = en->fd >= 0 ? dup(en->fd) : store_get(d->mirror->store, en->sha256, e);
        if (fd < 0)
                return e->code ? -1 : err_sys(e, "%s", en->url);
        if (d->lent_fd_open)
                close(d->lent_fd);
        d->lent_fd_open = 0;
        if (kind == DOCUMENT_FILE || kind == DOCUMENT_LOCAL_FILE) {
                lseek(fd, 0, SEEK_SET);
                d->lent_fd = out->fd = fd;
                d->lent_fd_open = 1;
                return 0;
        }
        free(d->lent);
        d->lent = xmalloc(en->size + 1);
        if (fs_pread(fd, d->lent, en->size, en->at, e) != (ssize_t)en->size) {
                err_set(e, ERR_FAILED, "a stored document is cut short; run dray fsck");
                goto out;
        }
        d->lent[en->size] = '\0';
        out->bytes = d->lent;
        out->len = en->size;
        ret = 0;
out:
        close(fd);
        return ret;
}

static int answer(struct documents *d, struct entry *en, enum document_kind kind,
    struct document *out, struct err *e)
{
        *out =
            (struct document){.fd = -1, .url = en->url, .offset = en->offset, .total = en->total};
        out->content_type = en->content_type ? en->content_type : "";
        out->error = en->error ? en->error : "";
        out->open_ended = en->open_ended;
        memcpy(out->sha256, en->sha256, SHA256_SIZE);
        if (kind == DOCUMENT_FILE)
                out->total = en->size;
        switch (en->state) {
        case ENTRY_WAITING:
                return 0;
        case ENTRY_READY:
                out->state = DOCUMENT_OK;
                return lend(d, en, kind, out, e) < 0 ? -1 : 1;
        case ENTRY_GONE:
                out->state = DOCUMENT_GONE;
                return 1;
        case ENTRY_FAILED:
                out->state = DOCUMENT_FAILED;
                return 1;
        }
        return -1;
}

int documents_get(struct documents *d, const char *source, const struct document_request *request,
    struct document *out, struct err *e)
{
        struct entry *en;
        struct buf key;
        int ret = -1, known;

        buf_init(&key, LIMIT_URL + 1024);
        make_key(request, &key);
        en = entry_find(d, source, key.data);
        if (!en) {
                en = entry_new(d, source, key.data);
                en->kind = request->kind;
                en->digest = request->digest;
                if (request->kind >= DOCUMENT_LOCAL) {
                        if (ask_local(d, en, request, e) < 0)
                                goto out;
                } else {
                        known = recall(d, en, request, e);
                        if (known < 0 || (known == 0 && entry_fetch(en, request, e) < 0))
                                goto out;
                }
        }
        en->used = 1;
        ret = answer(d, en, request->kind, out, e);
out:
        buf_release(&key);
        return ret;
}

/* The entry of a request, if it was made in this run. */
static struct entry *find_request(
    const struct documents *d, const char *source, const struct document_request *request)
{
        struct entry *en;
        struct buf key;

        buf_init(&key, LIMIT_URL + 1024);
        make_key(request, &key);
        en = entry_find(d, source, key.data);
        buf_release(&key);
        return en;
}

int documents_unfit(struct documents *d, const char *source, const struct document_request *request)
{
        struct entry *en;

        if (request->kind == DOCUMENT_RANGE)
                return documents_unfit_parts(d, source, &request->digest);
        en = find_request(d, source, request);
        if (en)
                en->unfit = 1;
        return en != NULL;
}

int documents_file(const struct documents *d, const char *source, const char *url,
    const struct stated_digest *digest, unsigned char sha256[SHA256_SIZE], uint64_t *size)
{
        struct document_request request = {.kind = DOCUMENT_FILE, .url = url, .digest = *digest};
        const struct entry *en = find_request(d, source, &request);

        if (!en || !en->fresh || en->state != ENTRY_READY)
                return 0;
        memcpy(sha256, en->sha256, SHA256_SIZE);
        *size = en->size;
        return 1;
}
