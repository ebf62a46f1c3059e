/* A document comes in. */
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "documents_entry.h"

static void replace(char **place, const char *text)
{
        free(*place);
        *place = xstrdup(text ? text : "");
}

int entry_take_row(struct entry *en, const struct document_row *row)
{
        en->was_gone = row->gone;
        en->was_here = !row->gone;
        if (!row->gone && !store_present(en->owner->mirror->store, row->sha256, row->size))
                return 0;
        replace(&en->url, row->url);
        /* of a page that is gone there are no bytes that a 304 could confirm */
        replace(&en->etag, row->gone ? NULL : row->etag);
        replace(&en->last_modified, row->gone ? NULL : row->last_modified);
        replace(&en->content_type, row->content_type);
        memcpy(en->sha256, row->sha256, SHA256_SIZE);
        en->size = row->size;
        en->offset = row->offset;
        en->total = row->total;
        return 1;
}

/* An error of our own (full disk): it ends the run, and is no fault of the document. */
static int fault(struct entry *en, struct err *e)
{
        if (!en->owner->fault.code)
                en->owner->fault = *e;
        return -1;
}

static int on_begin(void *user, const struct fetch_head *head, struct err *e)
{
        struct entry *en = user;
        unsigned kinds = en->kind == DOCUMENT_FILE ? (unsigned)en->digest.kind : 0;

        if (en->kind == DOCUMENT_RANGE && head->status != 206) {
                en->no_ranges = 1;
                return err_set(e, ERR_FAILED, "the server does not answer range requests");
        }
        replace(&en->url, head->url);
        en->open_ended = head->open_ended;
        /* what may have been cut short is not to be confirmed later */
        replace(&en->etag, head->open_ended ? NULL : head->etag);
        replace(&en->last_modified, head->open_ended ? NULL : head->last_modified);
        replace(&en->content_type, head->content_type);
        en->offset = head->offset;
        en->total =
            en->kind == DOCUMENT_RANGE && head->total_size != FETCH_UNKNOWN ? head->total_size : 0;
        if (!en->put && store_put_begin(en->owner->mirror->store, kinds, NULL, &en->put, e) < 0)
                return fault(en, e);
        if (store_put_truncate(en->put, head->keep, e) < 0)
                return fault(en, e);
        return 0;
}

static int on_data(void *user, const void *bytes, size_t len, struct err *e)
{
        struct entry *en = user;

        return store_put_write(en->put, bytes, len, e) < 0 ? fault(en, e) : 0;
}

/* All bytes are there: compare and keep them. */
static int keep_bytes(struct entry *en, struct err *e)
{
        unsigned char value[DIGEST_MAX_SIZE];

        if (!en->put && store_put_begin(en->owner->mirror->store, 0, NULL, &en->put, e) < 0)
                return fault(en, e); /* an empty answer: there was no on_begin */
        if (store_put_end(en->put, e) < 0)
                return fault(en, e);
        if (en->kind == DOCUMENT_FILE) {
                size_t n = digest_get(store_put_digest(en->put), en->digest.kind, value);

                if (memcmp(value, en->digest.value, n) != 0)
                        return err_set(e, ERR_REFUSED,
                            "%s: its %s is not the one that the index states", en->url,
                            digest_name(en->digest.kind));
        }
        en->size = store_put_size(en->put);
        /* an index without validators sent the same page again: there is nothing to write */
        if (en->owner->keep && memcmp(en->sha256, store_put_sha256(en->put), SHA256_SIZE) == 0)
                return 0;
        memcpy(en->sha256, store_put_sha256(en->put), SHA256_SIZE);
        if (!en->owner->keep) {
                en->fd = store_put_reader(en->put, e);
                return en->fd < 0 ? fault(en, e) : 0;
        }
        en->fresh = 1;
        return store_put_keep(en->put, e) < 0 ? fault(en, e) : 0;
}

/*
 * An index that an earlier run had is missed: a mirror in between may lag, and what hangs on it
 * would go without a word. Its row stays, so that it is missed until nothing asks for it any more.
 */
static void take_absence(struct entry *en, const char *why)
{
        int missed = en->kind == DOCUMENT_INDEX && en->was_here;

        en->state = missed ? ENTRY_FAILED : ENTRY_GONE;
        en->fresh = en->kind == DOCUMENT_INDEX && !missed && !en->was_gone;
        free(en->error);
        en->error = xasprintf("%s%s", why, missed ? ", and an earlier run had it" : "");
}

static void on_done(void *user, const struct fetch_outcome *o)
{
        struct entry *en = user;
        struct documents *d = en->owner;
        struct err e = ERR_INIT;

        d->waiting--;
        d->counts.requests += o->tries;
        switch (o->result) {
        case FETCH_OK:
                en->state = ENTRY_READY;
                if (keep_bytes(en, &e) < 0) {
                        en->state = ENTRY_FAILED;
                        replace(&en->error, e.msg);
                        break;
                }
                d->counts.fetched++;
                d->counts.bytes += en->size;
                break;
        case FETCH_NOT_MODIFIED:
                en->state = ENTRY_READY;
                d->counts.unchanged++;
                break;
        case FETCH_GONE:
                take_absence(en, o->err.msg);
                break;
        case FETCH_FAILED:
                /* ranges that a server never answers are not to be had; all else may come yet */
                en->state = en->no_ranges ? ENTRY_GONE : ENTRY_FAILED;
                replace(&en->error, o->err.msg);
                break;
        }
        store_put_free(en->put);
        en->put = NULL;
}

static const char *or_null(const char *s)
{
        return s && *s ? s : NULL;
}

int entry_fetch(struct entry *en, const struct document_request *r, struct err *e)
{
        struct fetch_request request = {.url = r->url,
            .accept = r->accept,
            .document = r->kind == DOCUMENT_INDEX,
            .max_size = r->max_size,
            .on_begin = on_begin,
            .on_data = on_data,
            .on_done = on_done,
            .user = en};

        en->kind = r->kind;
        en->digest = r->digest;
        if (r->kind == DOCUMENT_INDEX) {
                request.etag = or_null(en->etag);
                request.last_modified = or_null(en->last_modified);
        } else if (r->kind == DOCUMENT_FILE) {
                request.expect_size = r->size;
        } else {
                request.range = r->from_end ? FETCH_SUFFIX : FETCH_PART;
                request.range_offset = r->offset;
                request.range_size = r->length;
        }
        if (!en->url)
                replace(&en->url, r->url);
        if (fetch_add(en->owner->fetch, &request, e) < 0) {
                /* an address that cannot be asked is the document's failure, not the run's */
                en->state = ENTRY_FAILED;
                replace(&en->error, e->msg);
                *e = (struct err)ERR_INIT;
                return 0;
        }
        en->owner->waiting++;
        return 0;
}
