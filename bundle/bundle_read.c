#include "bundle/bundle_read.h"

#include <assert.h>
#include <unistd.h>

#include "bundle/hex.h"
#include "bundle/mem.h"
#include "bundle/prehash.h"
#include "bundle_stream.h"

/* What its first signature says of it, which nobody has checked. */
static void read_claim(struct bundle *b)
{
        const struct bundle_head *h = &b->head;
        struct err ignored = ERR_INIT;

        if (h->signature_count == 0 || signature_parse(&b->claimed, h->signatures[0].text.data,
                                           h->signatures[0].text.len, &ignored) < 0)
                b->claimed.trusted_comment[0] = '\0';
}

int bundle_open(int fd, struct bundle **out, struct err *e)
{
        struct bundle *b = xcalloc(1, sizeof *b);

        b->in.fd = fd;
        bundle_head_init(&b->head);
        if (bundle_head_read(&b->in, &b->head, e) < 0) {
                bundle_close(b);
                return -1;
        }
        read_claim(b);
        *out = b;
        return 0;
}

void bundle_close(struct bundle *b)
{
        if (!b)
                return;
        bundle_head_release(&b->head);
        free(b);
}

const char *bundle_claimed_comment(const struct bundle *b)
{
        return b->claimed.trusted_comment;
}

const struct volume *bundle_volume(const struct bundle *b)
{
        return &b->head.volume;
}

const struct stored_list *bundle_trust_lists(const struct bundle *b, size_t *count)
{
        *count = b->head.list_count;
        return b->head.lists;
}

void bundle_manifest_sha256(const struct bundle *b, unsigned char out[SHA256_SIZE])
{
        sha256(b->head.manifest.data, b->head.manifest.len, out);
}

int bundle_judge(
    const struct bundle *b, const struct trust *trust, struct verdict *verdict, struct err *e)
{
        const struct bundle_head *h = &b->head;
        struct signature_text texts[LIMIT_SIGNATURES];
        unsigned char hash[PREHASH_SIZE];

        for (size_t i = 0; i < h->signature_count; i++)
                texts[i] = (struct signature_text){
                    h->signatures[i].name, h->signatures[i].text.data, h->signatures[i].text.len};
        prehash(h->manifest.data, h->manifest.len, hash);
        return trust_verify(trust, texts, h->signature_count, hash, verdict, e);
}

/* What volume.json says of the packs in this file must be possible. */
static int check_packs(const struct volume *v, const struct manifest *m, struct err *e)
{
        uint64_t end = v->first_pack + v->pack_count; /* each at most LIMIT_PACKS */

        if (end <= m->pack_count && (v->volume > 1 || v->first_pack == 0) &&
            (v->volume < v->volumes || end == m->pack_count))
                return 0;
        return err_set(
            e, ERR_REFUSED, "volume.json does not list the packs that the manifest does");
}

/* The list that was in force when the bundle was made is the last one in it. */
static int check_lists(const struct bundle_head *h, const struct manifest *m, struct err *e)
{
        int64_t last = h->list_count ? h->lists[h->list_count - 1].number : 0;

        if (last == m->trust)
                return 0;
        err_set(e, ERR_REFUSED,
            "the bundle was made under trust list %lld of stream %s, and the last one in it is %lld: "
            "lists were taken out or added; copy it again from the other side",
            (long long)m->trust, m->stream, (long long)last);
        return err_cause(e, "trust-behind");
}

int bundle_manifest(const struct bundle *b, manifest_record_fn *each, void *user,
    struct manifest *out, struct err *e)
{
        if (manifest_read(b->head.manifest.data, b->head.manifest.len, out, each, user, e) < 0)
                return -1;
        if (check_packs(&b->head.volume, out, e) < 0 || check_lists(&b->head, out, e) < 0) {
                manifest_release(out);
                return -1;
        }
        return 0;
}

int bundle_next_pack(
    struct bundle *b, const struct manifest *m, size_t pack, int skip, struct err *e)
{
        const struct manifest_pack *p = &m->packs[pack];
        char name[TAR_NAME + 1], expected[6 + SHA256_HEX] = "packs/";
        uint64_t size;
        int r = tar_in_header(&b->in, name, &size, e);

        if (r < 0)
                return -1;
        hex_encode(expected + 6, p->sha256, SHA256_SIZE);
        if (r == 0 || strcmp(name, expected) != 0 || size != p->size)
                return err_set(e, ERR_REFUSED, "the bundle holds %.80s where %.80s should be",
                    r ? name : "nothing", expected);
        return skip ? tar_in_skip(&b->in, size, e) : 0;
}

int bundle_read_pack(void *user, void *bytes, size_t len, struct err *e)
{
        struct bundle *b = user;

        return tar_in_read(&b->in, bytes, len, e);
}

int bundle_end_pack(struct bundle *b, const struct manifest *m, size_t pack, struct err *e)
{
        return tar_in_padding(&b->in, m->packs[pack].size, e);
}

int bundle_end(struct bundle *b, struct err *e)
{
        return tar_in_end(&b->in, e);
}

off_t bundle_tell(const struct bundle *b)
{
        return lseek(b->in.fd, 0, SEEK_CUR);
}

int bundle_pass_pack(struct bundle *b, const struct manifest *m, size_t pack, off_t place)
{
        off_t next = place + (off_t)tar_member_size(m->packs[pack].size);

        return place < 0 || lseek(b->in.fd, next, SEEK_SET) < 0 ? -1 : 0;
}

int bundle_unpack_volume(
    struct bundle *b, const struct manifest *m, struct unpack *u, struct err *e)
{
        const struct volume *v = &b->head.volume;

        assert(v->first_pack + v->pack_count <= m->pack_count);
        for (uint64_t i = v->first_pack; i < v->first_pack + v->pack_count; i++)
                if (bundle_next_pack(b, m, i, 0, e) < 0 ||
                    unpack_pack(u, i, bundle_read_pack, b, e) < 0 ||
                    bundle_end_pack(b, m, i, e) < 0)
                        return -1;
        return bundle_end(b, e);
}

int bundle_unpack(struct bundle *b, const struct manifest *m, struct blob_sink *sink, struct err *e)
{
        const struct volume *v = &b->head.volume;
        struct unpack *u = NULL;
        int ret = -1;

        if (v->volumes != 1)
                return err_set(e, ERR_REFUSED,
                    "this is volume %llu of %llu, and not the whole bundle",
                    (unsigned long long)v->volume, (unsigned long long)v->volumes);
        if (unpack_new(m, sink, &u, e) < 0 || unpack_end(u, e) < 0 ||
            bundle_unpack_volume(b, m, u, e) < 0)
                goto out;
        ret = 0;
out:
        unpack_free(u);
        return ret;
}
