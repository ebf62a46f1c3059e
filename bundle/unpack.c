#include "bundle/unpack.h"

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/xz.h"

#define CHUNK (256 * 1024)
#define OPEN_BLOBS 4

struct open_blob {
        int used;
        uint32_t blob;
        uint32_t extents_done;
        struct digest *digest; /* NULL: the pack's own hash is the blob's */
};

struct unpack {
        const struct manifest *m;
        struct blob_sink *sink;
        struct manifest_extent *extents; /* sorted by pack and offset */
        char *chunk;
        pack_read_fn *read; /* of the present pack, like the next five */
        void *user;
        size_t pack;
        size_t next;   /* extent that the next decoded byte belongs to */
        uint64_t into; /* bytes of it that have come */
        int direct;    /* this pack is one whole blob, raw, and is hashed as such */
        struct open_blob open[OPEN_BLOBS];
        uint64_t done; /* stored bytes of packs */
};

static int by_place(const void *a, const void *b)
{
        const struct manifest_extent *x = a, *y = b;

        if (x->pack != y->pack)
                return x->pack < y->pack ? -1 : 1;
        return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Extents must tile every pack: no gap, no overlap, so no byte is without an owner. */
static int sort_extents(struct unpack *u, struct err *e)
{
        const struct manifest *m = u->m;
        size_t n = m->extent_count, i = 0;

        u->extents = xcalloc(n, sizeof *u->extents);
        if (n) {
                memcpy(u->extents, m->extents, n * sizeof *u->extents);
                qsort(u->extents, n, sizeof *u->extents, by_place);
        }
        for (size_t p = 0; p < m->pack_count; p++) {
                uint64_t at = 0;

                for (; i < n && u->extents[i].pack == p; i++) {
                        if (u->extents[i].offset != at)
                                return err_set(e, ERR_REFUSED,
                                    "manifest: the blobs do not fill pack %zu exactly", p);
                        at += u->extents[i].length;
                }
                if (at != m->packs[p].decoded)
                        return err_set(
                            e, ERR_REFUSED, "manifest: the blobs do not fill pack %zu exactly", p);
        }
        return 0;
}

static struct open_blob *find_open(struct unpack *u, uint32_t blob)
{
        for (int i = 0; i < OPEN_BLOBS; i++)
                if (u->open[i].used && u->open[i].blob == blob)
                        return &u->open[i];
        return NULL;
}

/* What can never be ended: a pack with its next bytes was left out. */
static int is_stale(const struct unpack *u, const struct open_blob *o)
{
        const struct manifest_blob *b = &u->m->blobs[o->blob];

        return u->m->extents[b->first + o->extents_done].pack < u->pack;
}

static struct open_blob *free_place(struct unpack *u)
{
        for (int i = 0; i < OPEN_BLOBS; i++)
                if (!u->open[i].used)
                        return &u->open[i];
        for (int i = 0; i < OPEN_BLOBS; i++) {
                if (is_stale(u, &u->open[i])) {
                        digest_free(u->open[i].digest);
                        return &u->open[i];
                }
        }
        return NULL;
}

/* NULL on error. */
static struct open_blob *begin_blob(struct unpack *u, uint32_t blob, struct err *e)
{
        struct open_blob *o = free_place(u);

        if (!o) {
                err_set(e, ERR_REFUSED, "manifest: more than %d blobs run on into later packs",
                    OPEN_BLOBS);
                return NULL;
        }
        if (u->sink->begin(u->sink, blob, e) < 0)
                return NULL;
        o->used = 1;
        o->blob = blob;
        o->extents_done = 0;
        o->digest = u->direct ? NULL : digest_new(DIGEST_SHA256);
        return o;
}

static int end_blob(struct unpack *u, struct open_blob *o, struct err *e)
{
        unsigned char raw[DIGEST_MAX_SIZE];
        char hex[SHA256_HEX];
        int wrong = 0;

        if (o->digest) {
                digest_final(o->digest);
                digest_get(o->digest, DIGEST_SHA256, raw);
                wrong = memcmp(raw, u->m->blobs[o->blob].sha256, SHA256_SIZE) != 0;
                digest_free(o->digest);
                o->digest = NULL;
        }
        o->used = 0;
        if (wrong) {
                hex_encode(hex, u->m->blobs[o->blob].sha256, SHA256_SIZE);
                return err_set(e, ERR_REFUSED,
                    "blob %s is damaged: its bytes are not what its name says; copy the bundle again",
                    hex);
        }
        return u->sink->end(u->sink, o->blob, e);
}

/* Whether the bytes of this extent are the next ones of its blob, or those before it did not come. */
static int follows(
    const struct unpack *u, const struct manifest_extent *x, const struct open_blob *o)
{
        const struct manifest_blob *b = &u->m->blobs[x->blob];
        uint32_t n = o ? o->extents_done : 0;

        return u->m->extents[b->first + n].pack == x->pack;
}

/* Decoded bytes of one extent. */
static int take_part(
    struct unpack *u, const struct manifest_extent *x, const char *p, size_t n, struct err *e)
{
        struct open_blob *o = find_open(u, x->blob);

        if (u->into + n == x->length)
                u->next++;
        u->into = u->into + n == x->length ? 0 : u->into + n;
        if (!follows(u, x, o))
                return 0;
        if (!o)
                o = begin_blob(u, x->blob, e);
        if (!o)
                return -1;
        if (o->digest)
                digest_update(o->digest, p, n);
        if (u->sink->data(u->sink, x->blob, p, n, e) < 0)
                return -1;
        /* a blob that is hashed by its pack is ended once that hash has been seen */
        if (u->into == 0 && ++o->extents_done == u->m->blobs[x->blob].extents && !u->direct)
                return end_blob(u, o, e);
        return 0;
}

/* Decoded bytes of the present pack, in order. */
static int take_decoded(void *user, const void *bytes, size_t len, struct err *e)
{
        struct unpack *u = user;
        const char *p = bytes;

        while (len) {
                const struct manifest_extent *x = &u->extents[u->next];
                uint64_t left = x->length - u->into;
                size_t n = left < len ? (size_t)left : len;

                if (take_part(u, x, p, n, e) < 0)
                        return -1;
                p += n;
                len -= n;
        }
        return 0;
}

static int check_pack(const struct manifest_pack *p, struct digest *d, struct err *e)
{
        unsigned char raw[DIGEST_MAX_SIZE];
        char hex[SHA256_HEX];

        digest_final(d);
        digest_get(d, DIGEST_SHA256, raw);
        if (memcmp(raw, p->sha256, SHA256_SIZE) == 0)
                return 0;
        hex_encode(hex, p->sha256, SHA256_SIZE);
        return err_set(e, ERR_REFUSED, "pack %s is damaged; copy the bundle again", hex);
}

static void report(struct unpack *u, uint64_t n)
{
        u->done += n;
        if (u->sink->progress)
                u->sink->progress(u->sink, u->done, u->m->totals.stored);
}

/* Where the extents of a pack begin. */
static size_t first_extent(const struct unpack *u, size_t pack)
{
        size_t low = 0, high = u->m->extent_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (u->extents[middle].pack < pack)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

int64_t unpack_own_blob(const struct unpack *u, size_t pack)
{
        uint32_t blob = u->extents[first_extent(u, pack)].blob;

        return manifest_blob_is_pack(u->m, blob) ? (int64_t)blob : -1;
}

/* Nothing is decoded in a raw pack: its bytes go on at once, and count once the hash is right. */
static int unpack_raw(struct unpack *u, struct err *e)
{
        const struct manifest_pack *p = &u->m->packs[u->pack];
        struct digest *d = digest_new(DIGEST_SHA256);
        int64_t own = unpack_own_blob(u, u->pack);
        uint64_t left = p->size;
        int ret = -1;

        u->direct = own >= 0;
        while (left) {
                size_t n = left < CHUNK ? (size_t)left : CHUNK;

                if (u->read(u->user, u->chunk, n, e) < 0)
                        goto out;
                digest_update(d, u->chunk, n);
                if (take_decoded(u, u->chunk, n, e) < 0)
                        goto out;
                left -= n;
                report(u, n);
        }
        if (check_pack(p, d, e) < 0)
                goto out;
        if (u->direct && end_blob(u, find_open(u, (uint32_t)own), e) < 0)
                goto out;
        ret = 0;
out:
        u->direct = 0;
        digest_free(d);
        return ret;
}

static int unpack_xz(struct unpack *u, struct err *e)
{
        const struct manifest_pack *p = &u->m->packs[u->pack];
        struct digest *d = digest_new(DIGEST_SHA256);
        struct xz_decoder *x = NULL;
        char *stored = xmalloc(p->size); /* at most LIMIT_PACK_XZ */
        int ret = -1;

        if (u->read(u->user, stored, p->size, e) < 0)
                goto out;
        digest_update(d, stored, p->size);
        if (check_pack(p, d, e) < 0)
                goto out;
        x = xz_decoder_new(p->decoded, take_decoded, u);
        if (xz_decoder_write(x, stored, p->size, e) < 0 || xz_decoder_finish(x, e) < 0)
                goto out;
        report(u, p->size);
        ret = 0;
out:
        xz_decoder_free(x);
        free(stored);
        digest_free(d);
        return ret;
}

static void drop_open(struct unpack *u)
{
        for (int i = 0; i < OPEN_BLOBS; i++) {
                digest_free(u->open[i].digest);
                u->open[i] = (struct open_blob){0};
        }
}

int unpack_pack(struct unpack *u, size_t pack, pack_read_fn *read, void *user, struct err *e)
{
        if (pack < u->pack)
                drop_open(u); /* another copy begins: what the last one left open ends in none */
        u->read = read;
        u->user = user;
        u->pack = pack;
        u->next = first_extent(u, pack);
        u->into = 0;
        if ((u->m->packs[pack].encoding == PACK_XZ ? unpack_xz(u, e) : unpack_raw(u, e)) == 0)
                return 0;
        drop_open(u); /* some of its bytes may have gone on already */
        return -1;
}

void unpack_pass(struct unpack *u, size_t pack)
{
        report(u, u->m->packs[pack].size);
}

int unpack_new(const struct manifest *m, struct blob_sink *sink, struct unpack **out, struct err *e)
{
        struct unpack *u = xcalloc(1, sizeof *u);

        u->m = m;
        u->sink = sink;
        u->chunk = xmalloc(CHUNK);
        if (sort_extents(u, e) < 0) {
                unpack_free(u);
                return -1;
        }
        *out = u;
        return 0;
}

int unpack_end(struct unpack *u, struct err *e)
{
        for (uint32_t i = 0; i < u->m->blob_count; i++) {
                struct open_blob *o;

                if (u->m->blobs[i].extents)
                        continue;
                o = begin_blob(u, i, e);
                if (!o || end_blob(u, o, e) < 0)
                        return -1;
        }
        return 0;
}

void unpack_free(struct unpack *u)
{
        if (!u)
                return;
        drop_open(u);
        free(u->extents);
        free(u->chunk);
        free(u);
}
