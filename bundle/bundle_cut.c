#include "bundle/bundle_cut.h"

#include "bundle/fs.h"
#include "bundle/mem.h"

void bundle_cut_release(struct bundle_cut *cut)
{
        free(cut->first);
        *cut = (struct bundle_cut){0};
}

void bundle_cut_volume(const struct bundle_cut *cut, size_t v, struct bundle_head *head)
{
        head->volume.volume = v + 1;
        head->volume.volumes = cut->volumes;
        head->volume.first_pack = cut->first[v];
        head->volume.pack_count = cut->first[v + 1] - cut->first[v];
}

/* What the file of such a volume takes without its packs. */
static int overhead(
    struct bundle_head *head, size_t volumes, size_t count, uint64_t *size, struct err *e)
{
        head->volume.volume = head->volume.volumes = volumes;
        head->volume.first_pack = volumes > 1 ? count : 0;
        head->volume.pack_count = count;
        if (bundle_head_size(head, size, e) < 0)
                return -1;
        *size += TAR_END;
        return 0;
}

/* Greedily, which needs the fewest volumes. */
static void cut_packs(struct bundle_cut *cut, const uint64_t *sizes, size_t count, uint64_t empty,
    uint64_t limit, size_t *cap)
{
        uint64_t used = empty;

        for (size_t i = 0; i < count; i++) {
                uint64_t size = tar_member_size(sizes[i]);

                if (used + size > limit) {
                        cut->first = xgrow(cut->first, cut->volumes + 1, cap, sizeof *cut->first);
                        cut->first[cut->volumes++] = i;
                        used = empty;
                }
                used += size;
        }
}

static int too_small(uint64_t limit, uint64_t least, struct err *e)
{
        char is[16], wanted[16];

        return err_set(e, ERR_USAGE,
            "volumes of %s are too small: each holds the list of what is in the bundle and at least one "
            "pack, so they must be of %s (%llu bytes) or more",
            fs_size_text(limit, is), fs_size_text(least, wanted), (unsigned long long)least);
}

int bundle_cut_make(struct bundle_cut *cut, const uint64_t *sizes, size_t count,
    struct bundle_head *head, uint64_t limit, struct err *e)
{
        uint64_t alone, empty, packs = 0, largest = 0;
        size_t cap = 0;

        *cut = (struct bundle_cut){.volumes = 1};
        /* the numbers of one of several are taken to be of their greatest length */
        if (overhead(head, 1, count, &alone, e) < 0 ||
            overhead(head, LIMIT_VOLUMES, count, &empty, e) < 0)
                return -1;
        for (size_t i = 0; i < count; i++) {
                uint64_t size = tar_member_size(sizes[i]);

                packs += size;
                if (size > largest)
                        largest = size;
        }
        if (limit && alone + packs > limit && empty + largest > limit)
                return too_small(limit, empty + largest, e);
        cut->first = xgrow(cut->first, 0, &cap, sizeof *cut->first);
        cut->first[0] = 0;
        if (limit && alone + packs > limit)
                cut_packs(cut, sizes, count, empty, limit, &cap);
        cut->first = xgrow(cut->first, cut->volumes, &cap, sizeof *cut->first);
        cut->first[cut->volumes] = count;
        if (cut->volumes <= LIMIT_VOLUMES)
                return 0;
        bundle_cut_release(cut);
        return err_set(
            e, ERR_USAGE, "that makes more than %d volumes; take larger ones", LIMIT_VOLUMES);
}

int bundle_stream_check(const char *stream, struct err *e)
{
        const char *last = strrchr(stream, '-');

        if (!last || last[1] != 'e' || !last[2] || last[2 + strspn(last + 2, "0123456789")])
                return 0;
        return err_set(e, ERR_USAGE,
            "a stream cannot be called %.80s: the files of stream %.*s are called so in its epoch %.20s",
            stream, (int)(last - stream < 80 ? last - stream : 80), stream, last + 2);
}

char *bundle_file_stem(const char *stream, int64_t epoch, int64_t seq)
{
        if (epoch == 1)
                return xasprintf("%s-%06lld", stream, (long long)seq);
        return xasprintf("%s-e%lld-%06lld", stream, (long long)epoch, (long long)seq);
}

char *bundle_file_name(const char *stem, size_t v, size_t volumes)
{
        int digits = snprintf(NULL, 0, "%zu", volumes);

        if (volumes == 1)
                return xasprintf("%s.dray", stem);
        return xasprintf("%s.%0*zuof%zu.dray", stem, digits, v + 1, volumes);
}
