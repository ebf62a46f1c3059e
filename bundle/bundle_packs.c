#include "bundle_packs.h"

static void describe_pack(
    void *user, size_t pack, unsigned char sha256[SHA256_SIZE], uint64_t *size)
{
        const struct bundle_packs *packs = user;
        const struct manifest_pack *p = &packs->plan->manifest->packs[pack];

        memcpy(sha256, p->sha256, SHA256_SIZE);
        *size = p->size;
}

static int put_pack(void *user, size_t pack, int fd, struct err *e)
{
        struct bundle_packs *packs = user;
        const struct manifest *m = packs->plan->manifest;

        if (pack_write(packs->plan, packs->store, packs->cache, pack, fd, e) < 0)
                return -1;
        packs->packed += m->packs[pack].size;
        if (packs->writing)
                packs->writing(packs->user, packs->packed, m->totals.stored);
        return 0;
}

int bundle_packs_write(struct bundle_packs *packs, struct bundle_head *head, uint64_t limit,
    const char *medium, const struct volume_files *files, struct bundle_written *out, struct err *e)
{
        const struct manifest *m = packs->plan->manifest;
        const struct volume_packs volumes = {packs, m->pack_count, describe_pack, put_pack};
        struct volume_written written;

        if (volume_write(head, limit, medium, &volumes, files, &written, e) < 0)
                return -1;
        sha256(head->manifest.data, head->manifest.len, out->manifest);
        memcpy(out->state, m->state, SHA256_SIZE);
        out->totals = m->totals;
        out->size = written.size;
        out->volumes = written.volumes;
        return 0;
}
