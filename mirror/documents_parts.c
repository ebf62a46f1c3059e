/*
 * Parts of files. What a server sends as a part is not checked against any digest: it is believed
 * until the file is here, and read from the file from then on.
 */
#include <unistd.h>

#include "bundle/catalog_work.h"
#include "bundle/fs.h"
#include "bundle/mem.h"
#include "documents_entry.h"

int entry_take_file(struct entry *en, const struct stated_digest *digest, struct err *e)
{
        const struct mirror *m = en->owner->mirror;
        unsigned char sha[SHA256_SIZE];
        char text[DIGEST_TEXT];
        uint64_t size;
        int found;

        digest_text(digest->kind, digest->value, text);
        found = catalog_item_digest(m->catalog, text, sha, &size, e);
        if (found == 0 && digest->kind == DIGEST_SHA256) {
                memcpy(sha, digest->value, SHA256_SIZE);
                found = catalog_blob_has(m->catalog, sha, &size, e);
        }
        if (found < 0)
                return -1;
        if (!found || !store_present(m->store, sha, size))
                return 0;
        memcpy(en->sha256, sha, SHA256_SIZE);
        en->size = size;
        return 1;
}

int entry_take_part(struct entry *en, const struct document_request *r, struct err *e)
{
        int held = entry_take_file(en, &r->digest, e);
        uint64_t length = r->length;

        if (held <= 0)
                return held;
        en->total = en->size;
        if (r->from_end)
                en->offset = length < en->total ? en->total - length : 0;
        else
                en->offset = r->offset < en->total ? r->offset : en->total;
        en->size = length < en->total - en->offset ? length : en->total - en->offset;
        en->at = en->offset;
        en->of_file = 1;
        en->url = xstrdup(r->url);
        return 1;
}

static int is_part_of(const struct entry *en, const char *source, const struct stated_digest *d)
{
        return en->kind == DOCUMENT_RANGE && !en->of_file && en->digest.kind == d->kind &&
               memcmp(en->digest.value, d->value, digest_size(d->kind)) == 0 &&
               strcmp(en->source, source) == 0;
}

int documents_unfit_parts(struct documents *d, const char *source, const struct stated_digest *file)
{
        int found = 0;

        for (size_t i = 0; i < d->names.count; i++)
                if (is_part_of(d->entries[i], source, file))
                        found = d->entries[i]->unfit = 1;
        return found;
}

/* 1: the part lies in its file as it came, or the file is not here; 0; -1 */
static int agrees(const struct entry *en, struct err *e)
{
        const struct store *store = en->owner->mirror->store;
        struct entry file = {.owner = en->owner};
        unsigned char sha[SHA256_SIZE];
        int held = entry_take_file(&file, &en->digest, e), fd;
        char *bytes;
        ssize_t n;

        if (held <= 0)
                return held < 0 ? -1 : 1;
        fd = store_get(store, file.sha256, e);
        if (fd < 0)
                return -1;
        bytes = xmalloc(en->size);
        n = fs_pread(fd, bytes, en->size, en->offset, e);
        if (n >= 0)
                sha256(bytes, (size_t)n, sha);
        free(bytes);
        close(fd);
        return n < 0 ? -1 : memcmp(sha, en->sha256, SHA256_SIZE) == 0;
}

int documents_compare_parts(struct documents *d,
    void (*differs)(void *user, const char *source, const struct stated_digest *file), void *user,
    struct err *e)
{
        for (size_t i = 0; i < d->names.count; i++) {
                const struct entry *en = d->entries[i];
                int same;

                if (en->kind != DOCUMENT_RANGE || en->state != ENTRY_READY || en->of_file ||
                    en->unfit)
                        continue;
                same = agrees(en, e);
                if (same < 0)
                        return -1;
                if (same)
                        continue;
                documents_unfit_parts(d, en->source, &en->digest);
                differs(user, en->source, &en->digest);
        }
        return 0;
}
