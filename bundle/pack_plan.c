/* Which blob goes into which pack. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/pack.h"
#include "bundle/text.h"

#define OWN_PACK (64 * KIB)   /* raw blobs from here on have packs of their own */
#define RAW_PACK (4 * MIB)    /* small raw blobs share packs of about this */
#define RAW_SPLIT (256 * MIB) /* larger blobs lie in several packs */
#define XZ_PACK (8 * MIB)     /* decoded bytes of a shared xz pack */

void pack_plan_init(struct pack_plan *plan, struct manifest *m)
{
        *plan = (struct pack_plan){.manifest = m, .dictionary = PACK_DICTIONARY};
}

void pack_plan_release(struct pack_plan *plan)
{
        free(plan->wanted);
        free(plan->pieces);
        free(plan->first_piece);
        *plan = (struct pack_plan){0};
}

int pack_plan_add(struct pack_plan *plan, const unsigned char sha256[SHA256_SIZE], uint64_t size,
    enum pack_encoding encoding, struct err *e)
{
        struct pack_blob *b;

        if (plan->wanted_count >= LIMIT_RECORDS)
                return err_set(e, ERR_FAILED, "more than %d records for one bundle", LIMIT_RECORDS);
        plan->wanted = xgrow(plan->wanted, plan->wanted_count, &plan->wanted_cap, sizeof *b);
        b = &plan->wanted[plan->wanted_count];
        memcpy(b->sha256, sha256, SHA256_SIZE);
        b->size = size;
        b->encoding = encoding;
        b->order = (uint32_t)plan->wanted_count++;
        return 0;
}

static int by_name(const void *a, const void *b)
{
        const struct pack_blob *x = a, *y = b;
        int d = memcmp(x->sha256, y->sha256, SHA256_SIZE);

        return d ? d : (x->order > y->order) - (x->order < y->order);
}

/* Sorts by name, keeps the first of each, and makes them the manifest's blobs. */
static int settle_blobs(struct pack_plan *plan, struct err *e)
{
        struct manifest *m = plan->manifest;
        size_t n = 0;

        if (plan->wanted_count)
                qsort(plan->wanted, plan->wanted_count, sizeof *plan->wanted, by_name);
        for (size_t i = 0; i < plan->wanted_count; i++)
                if (n == 0 ||
                    memcmp(plan->wanted[n - 1].sha256, plan->wanted[i].sha256, SHA256_SIZE) != 0)
                        plan->wanted[n++] = plan->wanted[i];
        plan->wanted_count = n;
        if (n > LIMIT_BLOBS)
                return err_set(e, ERR_FAILED, "more than %d files for one bundle", LIMIT_BLOBS);
        m->blobs = xcalloc(n, sizeof *m->blobs);
        m->blob_count = n;
        for (size_t i = 0; i < n; i++) {
                memcpy(m->blobs[i].sha256, plan->wanted[i].sha256, SHA256_SIZE);
                m->blobs[i].size = plan->wanted[i].size;
                m->totals.bytes += plan->wanted[i].size;
        }
        m->totals.blobs = n;
        return 0;
}

/* Begins a pack; its pieces follow. */
static int new_pack(struct pack_plan *plan, enum pack_encoding encoding, struct err *e)
{
        struct manifest *m = plan->manifest;

        if (m->pack_count >= LIMIT_PACKS)
                return err_set(e, ERR_FAILED, "more than %d packs in one bundle", LIMIT_PACKS);
        m->packs = xgrow(m->packs, m->pack_count, &plan->pack_cap, sizeof *m->packs);
        m->packs[m->pack_count++] = (struct manifest_pack){.encoding = encoding};
        m->requires |= encoding == PACK_XZ ? FEATURE_PACK_XZ : FEATURE_PACK_RAW;
        plan->first_piece =
            xgrow(plan->first_piece, m->pack_count, &plan->first_cap, sizeof *plan->first_piece);
        plan->first_piece[m->pack_count - 1] = plan->piece_count;
        return 0;
}

static void add_piece(struct pack_plan *plan, uint32_t blob, uint64_t offset, uint64_t length)
{
        struct manifest *m = plan->manifest;

        plan->pieces =
            xgrow(plan->pieces, plan->piece_count, &plan->piece_cap, sizeof *plan->pieces);
        plan->pieces[plan->piece_count++] = (struct pack_piece){blob, offset, length};
        m->packs[m->pack_count - 1].decoded += length;
}

/* Lays the blobs of one sort, in their order, into packs that end at `target` bytes. */
static int lay_shared(struct pack_plan *plan, const uint32_t *order, enum pack_encoding encoding,
    uint64_t target, struct err *e)
{
        uint64_t room = 0;

        for (size_t i = 0; i < plan->wanted_count; i++) {
                const struct pack_blob *b = &plan->wanted[order[i]];
                uint64_t done = 0;

                if (b->encoding != encoding || b->size == 0 ||
                    (encoding == PACK_RAW && b->size >= OWN_PACK))
                        continue;
                while (done < b->size) {
                        uint64_t n = b->size - done;

                        if (room == 0) {
                                if (new_pack(plan, encoding, e) < 0)
                                        return -1;
                                room = target;
                        }
                        if (n > room)
                                n = room;
                        add_piece(plan, order[i], done, n);
                        done += n;
                        room -= n;
                }
        }
        return 0;
}

static int lay_own(struct pack_plan *plan, const uint32_t *order, struct err *e)
{
        for (size_t i = 0; i < plan->wanted_count; i++) {
                const struct pack_blob *b = &plan->wanted[order[i]];
                uint64_t n;

                if (b->encoding != PACK_RAW || b->size < OWN_PACK)
                        continue;
                for (uint64_t done = 0; done < b->size; done += n) {
                        n = b->size - done < RAW_SPLIT ? b->size - done : RAW_SPLIT;
                        if (new_pack(plan, PACK_RAW, e) < 0)
                                return -1;
                        add_piece(plan, order[i], done, n);
                }
        }
        return 0;
}

/* From pieces by pack to extents by blob. */
static void settle_extents(struct pack_plan *plan)
{
        struct manifest *m = plan->manifest;
        uint32_t at = 0;

        for (size_t i = 0; i < plan->piece_count; i++)
                m->blobs[plan->pieces[i].blob].extents++;
        for (size_t i = 0; i < m->blob_count; i++) {
                m->blobs[i].first = at;
                at += m->blobs[i].extents;
                m->blobs[i].extents = 0;
        }
        m->extents = xcalloc(at, sizeof *m->extents);
        m->extent_count = at;
        for (size_t p = 0; p < m->pack_count; p++) {
                uint64_t offset = 0;

                for (size_t i = plan->first_piece[p]; i < plan->first_piece[p + 1]; i++) {
                        struct manifest_blob *b = &m->blobs[plan->pieces[i].blob];

                        m->extents[b->first + b->extents++] = (struct manifest_extent){
                            (uint32_t)p, plan->pieces[i].blob, offset, plan->pieces[i].length};
                        offset += plan->pieces[i].length;
                }
        }
}

/* The places of the sorted blobs, as the caller first named them. */
static uint32_t *by_order(const struct pack_plan *plan)
{
        uint32_t highest = 0, *place, *order = xcalloc(plan->wanted_count, sizeof *order);

        for (size_t i = 0; i < plan->wanted_count; i++)
                if (plan->wanted[i].order > highest)
                        highest = plan->wanted[i].order;
        place = xcalloc((size_t)highest + 1, sizeof *place);
        for (size_t i = 0; i < plan->wanted_count; i++)
                place[plan->wanted[i].order] = (uint32_t)i + 1;
        for (size_t i = 0, n = 0; n < plan->wanted_count; i++)
                if (place[i])
                        order[n++] = place[i] - 1;
        free(place);
        return order;
}

int pack_plan_end(struct pack_plan *plan, struct err *e)
{
        struct manifest *m = plan->manifest;
        uint32_t *order = NULL;
        int ret = -1;

        if (settle_blobs(plan, e) < 0)
                return -1;
        m->requires |= m->blob_count ? FEATURE_BLOB_COPY : 0;
        order = by_order(plan);
        if (lay_shared(plan, order, PACK_XZ, XZ_PACK, e) < 0 ||
            lay_shared(plan, order, PACK_RAW, RAW_PACK, e) < 0 || lay_own(plan, order, e) < 0)
                goto out;
        plan->first_piece =
            xgrow(plan->first_piece, m->pack_count, &plan->first_cap, sizeof *plan->first_piece);
        plan->first_piece[m->pack_count] = plan->piece_count;
        m->totals.packs = m->pack_count;
        settle_extents(plan);
        ret = 0;
out:
        free(order);
        return ret;
}

/* An extent, and where in its blob it lies. */
struct placed {
        const struct manifest_extent *extent;
        uint64_t offset;
};

static int by_place(const void *a, const void *b)
{
        const struct manifest_extent *x = ((const struct placed *)a)->extent,
                                     *y = ((const struct placed *)b)->extent;

        if (x->pack != y->pack)
                return x->pack < y->pack ? -1 : 1;
        return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The caller frees. */
static struct placed *place_extents(const struct manifest *m)
{
        struct placed *placed = xcalloc(m->extent_count, sizeof *placed);
        size_t n = 0;

        for (size_t b = 0; b < m->blob_count; b++) {
                uint64_t offset = 0;

                for (uint32_t i = 0; i < m->blobs[b].extents; i++) {
                        const struct manifest_extent *x = &m->extents[m->blobs[b].first + i];

                        placed[n++] = (struct placed){x, offset};
                        offset += x->length;
                }
        }
        if (n)
                qsort(placed, n, sizeof *placed, by_place);
        return placed;
}

void pack_plan_again(struct pack_plan *plan, struct manifest *m)
{
        struct placed *placed = place_extents(m);
        size_t n = 0;

        pack_plan_init(plan, m);
        plan->pieces = xcalloc(m->extent_count, sizeof *plan->pieces);
        plan->first_piece = xcalloc(m->pack_count + 1, sizeof *plan->first_piece);
        for (size_t p = 0; p < m->pack_count; p++) {
                plan->first_piece[p] = n;
                for (; n < m->extent_count && placed[n].extent->pack == p; n++)
                        plan->pieces[n] = (struct pack_piece){
                            placed[n].extent->blob, placed[n].offset, placed[n].extent->length};
        }
        plan->first_piece[m->pack_count] = plan->piece_count = n;
        free(placed);
}

enum pack_encoding pack_encoding_of(const char *file_name)
{
        static const char *const compressed[] = {".whl", ".gz", ".tgz", ".zip", ".xz", ".bz2",
            ".zst", ".lzma", ".deb", ".udeb", ".jar", ".war", ".aar", ".crate", ".egg", ".rpm",
            ".apk", ".conda", ".nupkg"};

        for (size_t i = 0; i < sizeof compressed / sizeof *compressed; i++)
                if (text_ends_with(file_name, compressed[i]))
                        return PACK_RAW;
        return PACK_XZ;
}
