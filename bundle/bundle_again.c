#include "bundle/bundle_again.h"

#include "bundle/mem.h"
#include "bundle_packs.h"

struct rewriter {
        const struct bundle_again *again;
        struct manifest manifest;
        struct pack_plan plan;
};

/* The first pack that is not the one that was signed; their number if there is none. */
static size_t first_other(const struct manifest *m, const struct manifest_pack *signed_packs)
{
        size_t i = 0;

        while (i < m->pack_count && m->packs[i].size == signed_packs[i].size &&
               memcmp(m->packs[i].sha256, signed_packs[i].sha256, SHA256_SIZE) == 0)
                i++;
        return i;
}

/* The packs come out as the manifest says: else what is here makes other ones than it did then. */
static int build(struct rewriter *w, struct err *e)
{
        static const uint32_t dictionaries[] = {PACK_DICTIONARY, PACK_DICTIONARY_OLD};
        struct manifest *m = &w->manifest;
        struct manifest_pack *signed_packs = xcalloc(m->pack_count, sizeof *signed_packs);
        const struct bundle_again *a = w->again;
        size_t other = m->pack_count;
        int ret = -1;

        if (m->pack_count)
                memcpy(signed_packs, m->packs, m->pack_count * sizeof *signed_packs);
        pack_plan_again(&w->plan, m);
        for (size_t i = 0; i < sizeof dictionaries / sizeof *dictionaries; i++) {
                w->plan.dictionary = dictionaries[i];
                if (pack_build(&w->plan, a->store, a->cache, a->threads, a->building, a->user, e) <
                    0)
                        goto out;
                other = first_other(m, signed_packs);
                if (other == m->pack_count)
                        break;
        }
        if (other < m->pack_count) {
                err_set(e, ERR_FAILED,
                    "its pack %zu comes out otherwise than it did (another liblzma?): the bundle cannot be "
                    "made again; make one on its base",
                    other);
                goto out;
        }
        ret = 0;
out:
        free(signed_packs);
        return ret;
}

static int check_blobs(const struct rewriter *w, struct err *e)
{
        const struct manifest *m = &w->manifest;
        size_t lost = 0;

        for (size_t i = 0; i < m->blob_count; i++)
                lost += !store_present(w->again->store, m->blobs[i].sha256, m->blobs[i].size);
        return lost
                   ? err_set(e, ERR_FAILED,
                         "%zu of the %zu files in it are not held any more: the bundle cannot be made again",
                         lost, m->blob_count)
                   : 0;
}

int bundle_write_again(const struct bundle_again *again, struct bundle_head *head,
    const struct volume_files *files, struct bundle_written *out, struct err *e)
{
        struct rewriter w = {.again = again};
        struct bundle_packs packs = {
            &w.plan, again->store, again->cache, again->writing, again->user, 0};
        int ret = -1;

        if (manifest_read(head->manifest.data, head->manifest.len, &w.manifest, NULL, NULL, e) <
                0 ||
            check_blobs(&w, e) < 0 || build(&w, e) < 0 ||
            bundle_packs_write(&packs, head, again->volume_size, again->medium, files, out, e) < 0)
                goto out;
        ret = 0;
out:
        pack_plan_release(&w.plan);
        manifest_release(&w.manifest);
        return ret;
}
