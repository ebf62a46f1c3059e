/* What is remembered of the documents of a run. */
#include "bundle/catalog_work.h"
#include "documents_entry.h"

/*
 * Nothing of it stays: no bytes that a 304 could confirm. What an earlier run had of it does, with
 * the validators of its own.
 */
static int settle_unfit(struct documents *d, const struct entry *en, struct err *e)
{
        return en->fresh ? catalog_document_use(d->mirror->catalog, en->source, en->key, e)
                         : catalog_document_delete(d->mirror->catalog, en->source, en->key, e);
}

static int settle_entry(struct documents *d, struct entry *en, struct err *e)
{
        struct document_row row = {.key = en->key,
            .source = en->source,
            .url = en->url ? en->url : "",
            .etag = en->etag ? en->etag : "",
            .last_modified = en->last_modified ? en->last_modified : "",
            .content_type = en->content_type ? en->content_type : "",
            .size = en->size,
            .offset = en->offset,
            .total = en->total,
            .gone = en->state == ENTRY_GONE};

        if (en->of_file)
                return 0;
        if (en->unfit)
                return settle_unfit(d, en, e);
        if (en->kind == DOCUMENT_LOCAL_FILE) {
                /* its blob has a row only if the file was taken */
                int held = catalog_blob_has(d->mirror->catalog, en->sha256, NULL, e);

                if (held <= 0)
                        return held;
                row.total = 0;
        } else if (en->fresh && en->state == ENTRY_READY &&
                   catalog_blob_put(d->mirror->catalog, en->sha256, en->size, e) < 0)
                return -1;
        if (strncmp(en->key, "file ", 5) == 0) {
                /* never asked for again; its row keeps the bytes from being collected as unused */
                if (en->state != ENTRY_READY || !en->size)
                        return 0;
                row.total = en->size;
                row.url = row.etag = row.last_modified = row.content_type = "";
        }
        if (en->state == ENTRY_READY)
                memcpy(row.sha256, en->sha256, SHA256_SIZE);
        if (en->fresh && catalog_document_put(d->mirror->catalog, &row, e) < 0)
                return -1;
        en->fresh = 0;
        return en->used ? catalog_document_use(d->mirror->catalog, en->source, en->key, e) : 0;
}

int documents_settle(struct documents *d, char *const *sources, size_t count, struct err *e)
{
        if (catalog_documents_begin(d->mirror->catalog, e) < 0)
                return -1;
        for (size_t i = 0; i < d->names.count; i++)
                if (settle_entry(d, d->entries[i], e) < 0)
                        return -1;
        for (size_t i = 0; i < count; i++)
                if (catalog_documents_sweep(d->mirror->catalog, sources[i], e) < 0)
                        return -1;
        return 0;
}
