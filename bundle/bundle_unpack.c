/* From packs to blobs. */
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/xz.h"
#include "bundle_stream.h"

#define CHUNK (256 * 1024)
#define OPEN_BLOBS 4

struct open_blob {
        int used;
        uint32_t blob;
        uint32_t extents_done;
        struct digest *digest; /* NULL: the pack's own hash is the blob's */
};

struct unpacker {
        struct bundle *bundle;
        const struct manifest *m;
        struct blob_sink *sink;
        struct manifest_extent *extents; /* sorted by pack and offset */
        size_t next;                     /* extent that the next decoded byte belongs to */
        uint64_t into;                   /* bytes of it that have come */
        int direct; /* this pack is one whole blob, raw, and is hashed as such */
        struct open_blob open[OPEN_BLOBS];
        uint64_t done;
};

static int by_place(const void *a, const void *b)
{
        const struct manifest_extent *x = a, *y = b;

        if (x->pack != y->pack)
                return x->pack < y->pack ? -1 : 1;
        return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Extents must tile every pack: no gap, no overlap, so no byte is without an owner. */
static int sort_extents(struct unpacker *u, struct err *e)
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

static struct open_blob *find_open(struct unpacker *u, uint32_t blob, int used)
{
        for (int i = 0; i < OPEN_BLOBS; i++)
                if (u->open[i].used == used && (!used || u->open[i].blob == blob))
                        return &u->open[i];
        return NULL;
}

/* NULL on error. */
static struct open_blob *begin_blob(struct unpacker *u, uint32_t blob, struct err *e)
{
        struct open_blob *o = find_open(u, blob, 0);

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

static int end_blob(struct unpacker *u, struct open_blob *o, struct err *e)
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

/* Decoded bytes of the present pack, in order. */
static int take_decoded(void *user, const void *bytes, size_t len, struct err *e)
{
        struct unpacker *u = user;
        const char *p = bytes;

        while (len) {
                const struct manifest_extent *x = &u->extents[u->next];
                uint64_t left = x->length - u->into;
                size_t n = left < len ? (size_t)left : len;
                struct open_blob *o = find_open(u, x->blob, 1);

                if (!o)
                        o = begin_blob(u, x->blob, e);
                if (!o)
                        return -1;
                if (o->digest)
                        digest_update(o->digest, p, n);
                if (u->sink->data(u->sink, x->blob, p, n, e) < 0)
                        return -1;
                p += n;
                len -= n;
                u->into += n;
                if (u->into < x->length)
                        continue;
                u->next++;
                u->into = 0;
                /* a blob that is hashed by its pack is ended once that hash has been seen */
                if (++o->extents_done == u->m->blobs[x->blob].extents && !u->direct &&
                    end_blob(u, o, e) < 0)
                        return -1;
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

static void report(struct unpacker *u, size_t n)
{
        u->done += n;
        if (u->sink->progress)
                u->sink->progress(u->sink, u->done, u->m->totals.stored);
}

/* Nothing is decoded in a raw pack: its bytes go on at once, and count once the hash is right. */
static int unpack_raw(struct unpacker *u, size_t pack, char *chunk, struct err *e)
{
        const struct manifest_pack *p = &u->m->packs[pack];
        const struct manifest_extent *x = &u->extents[u->next];
        const struct manifest_blob *b = &u->m->blobs[x->blob];
        struct digest *d = digest_new(DIGEST_SHA256);
        uint32_t blob = x->blob;
        uint64_t left = p->size;
        int ret = -1;

        u->direct = b->extents == 1 && x->length == p->decoded &&
                    memcmp(b->sha256, p->sha256, SHA256_SIZE) == 0;
        while (left) {
                size_t n = left < CHUNK ? (size_t)left : CHUNK;

                if (stream_read(u->bundle, chunk, n, e) < 0)
                        goto out;
                digest_update(d, chunk, n);
                if (take_decoded(u, chunk, n, e) < 0)
                        goto out;
                left -= n;
                report(u, n);
        }
        if (check_pack(p, d, e) < 0)
                goto out;
        if (u->direct && end_blob(u, find_open(u, blob, 1), e) < 0)
                goto out;
        ret = 0;
out:
        u->direct = 0;
        digest_free(d);
        return ret;
}

static int unpack_xz(struct unpacker *u, size_t pack, struct err *e)
{
        const struct manifest_pack *p = &u->m->packs[pack];
        struct digest *d = digest_new(DIGEST_SHA256);
        struct xz_decoder *x = NULL;
        char *stored = xmalloc(p->size); /* at most LIMIT_PACK_XZ */
        int ret = -1;

        if (stream_read(u->bundle, stored, p->size, e) < 0)
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

static int unpack_one(struct unpacker *u, size_t pack, char *chunk, struct err *e)
{
        const struct manifest_pack *p = &u->m->packs[pack];
        char name[TAR_NAME + 1], expected[6 + SHA256_HEX] = "packs/";
        uint64_t size;
        int r = stream_header(u->bundle, name, &size, e);

        if (r < 0)
                return -1;
        hex_encode(expected + 6, p->sha256, SHA256_SIZE);
        if (r == 0 || strcmp(name, expected) != 0 || size != p->size)
                return err_set(e, ERR_REFUSED, "the bundle holds %.80s where %.80s should be",
                    r ? name : "nothing", expected);
        if ((p->encoding == PACK_XZ ? unpack_xz(u, pack, e) : unpack_raw(u, pack, chunk, e)) < 0)
                return -1;
        return stream_padding(u->bundle, size, e);
}

/* Two zero blocks, and then nothing. */
static int check_end(struct bundle *b, struct err *e)
{
        static const unsigned char zero[2 * TAR_BLOCK];
        unsigned char block[2 * TAR_BLOCK], extra;
        ssize_t n;

        if (stream_read(b, block, sizeof block, e) < 0)
                return -1;
        if (memcmp(block, zero, sizeof block) != 0)
                return err_set(e, ERR_REFUSED, "the bundle holds more than its manifest lists");
        n = fs_read(b->fd, &extra, 1, e);
        if (n < 0)
                return -1;
        if (n > 0)
                return err_set(e, ERR_REFUSED, "there are bytes after the end of the bundle");
        return 0;
}

int bundle_unpack(struct bundle *b, const struct manifest *m, struct blob_sink *sink, struct err *e)
{
        struct unpacker u = {.bundle = b, .m = m, .sink = sink};
        char *chunk = xmalloc(CHUNK);
        int ret = -1;

        if (sort_extents(&u, e) < 0)
                goto out;
        for (size_t i = 0; i < m->pack_count; i++)
                if (unpack_one(&u, i, chunk, e) < 0)
                        goto out;
        u.direct = 0;
        for (uint32_t i = 0; i < m->blob_count; i++) {
                struct open_blob *o;

                if (m->blobs[i].extents)
                        continue;
                o = begin_blob(&u, i, e); /* an empty blob lies in no pack */
                if (!o || end_blob(&u, o, e) < 0)
                        goto out;
        }
        if (check_end(b, e) < 0)
                goto out;
        ret = 0;
out:
        for (int i = 0; i < OPEN_BLOBS; i++)
                digest_free(u.open[i].digest);
        free(u.extents);
        free(chunk);
        return ret;
}
