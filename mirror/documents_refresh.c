/* Whether what a selection was made from is still the same. */
#include "bundle/catalog_work.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "documents_entry.h"
#include "local.h"

struct refresh {
        struct documents *d;
        const char *source;
};

static int refresh_one(void *user, const struct document_row *row, struct err *e)
{
        struct refresh *r = user;
        const char *url = strchr(row->key, ' ');
        struct document_request request = {.kind = DOCUMENT_INDEX, .max_size = LIMIT_INDEX_PAGE};
        struct entry *en;
        char *address, *accept;
        int ret = 0;

        if (entry_find(r->d, r->source, row->key) || !url || strncmp(row->key, "index ", 6) != 0)
                return 0;
        /* the key is "index URL ACCEPT" */
        address = xstrdup(url + 1);
        accept = strchr(address, ' ');
        if (accept)
                *accept++ = '\0';
        request.url = address;
        request.accept = accept;
        en = entry_new(r->d, r->source, row->key);
        entry_take_row(en, row);
        if (entry_fetch(en, &request, e) < 0)
                ret = -1;
        free(address);
        return ret;
}

int documents_refresh(struct documents *d, const char *source, struct err *e)
{
        struct refresh r = {d, source};

        return catalog_documents(d->mirror->catalog, source, refresh_one, &r, e);
}

/* Is what a pattern, a text or a package file of this machine gives still the same? */
static int local_unchanged(const char *key, const unsigned char sha256_known[SHA256_SIZE])
{
        struct err ignored = ERR_INIT;
        unsigned char sha[SHA256_SIZE];
        struct buf bytes;
        uint64_t size;
        int found;

        buf_init(&bytes, LIMIT_TOML);
        if (strncmp(key, "local-file ", 11) == 0) {
                found = local_hash(key + 11, sha, &size, &ignored);
        } else {
                found = strncmp(key, "local-list ", 11) == 0
                            ? local_list(key + 11, &bytes, &ignored)
                            : local_read(key + 6, &bytes, &ignored);
                sha256(bytes.data, bytes.len, sha);
        }
        buf_release(&bytes);
        return found == 1 && memcmp(sha, sha256_known, SHA256_SIZE) == 0;
}

static int compare_one(void *user, const struct document_row *row, struct err *e)
{
        struct refresh *r = user;
        const struct entry *en;

        (void)e;
        if (strncmp(row->key, "local", 5) == 0)
                return !local_unchanged(row->key, row->sha256);
        en = entry_find(r->d, r->source, row->key);
        if (!en)
                return 1;
        if (row->gone)
                return en->state != ENTRY_GONE;
        return en->state != ENTRY_READY || memcmp(en->sha256, row->sha256, SHA256_SIZE) != 0;
}

int documents_unchanged(struct documents *d, const char *source, struct err *e)
{
        struct refresh r = {d, source};
        int changed = catalog_documents(d->mirror->catalog, source, compare_one, &r, e);

        return changed < 0 ? -1 : !changed;
}

static int digest_one(void *user, const struct document_row *row, struct err *e)
{
        struct digest *sum = user;

        (void)e;
        digest_update(sum, row->key, strlen(row->key) + 1);
        digest_update(sum, row->sha256, SHA256_SIZE);
        return 0;
}

int documents_inputs(struct documents *d, const char *source, const void *extra, size_t extra_len,
    unsigned char out[SHA256_SIZE], struct err *e)
{
        struct digest *sum = digest_new(DIGEST_SHA256);
        unsigned char raw[DIGEST_MAX_SIZE];
        int r;

        digest_update(sum, DRAY_VERSION, sizeof DRAY_VERSION);
        digest_update(sum, extra, extra_len);
        r = catalog_documents(d->mirror->catalog, source, digest_one, sum, e);
        digest_final(sum);
        digest_get(sum, DIGEST_SHA256, raw);
        memcpy(out, raw, SHA256_SIZE);
        digest_free(sum);
        return r;
}
