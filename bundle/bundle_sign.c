#include "bundle/bundle_sign.h"

#include <unistd.h>

#include "bundle/bundle_read.h"
#include "bundle/hex.h"
#include "bundle/mem.h"
#include "bundle/prehash.h"

#define CHUNK ((size_t)1 << 18)

static void hash_manifest(const struct bundle_head *h, unsigned char hash[PREHASH_SIZE])
{
        prehash(h->manifest.data, h->manifest.len, hash);
}

bool bundle_signed_by(const struct bundle_head *h, const struct public_key *key)
{
        unsigned char hash[PREHASH_SIZE];

        hash_manifest(h, hash);
        for (size_t i = 0; i < h->signature_count; i++) {
                const struct buf *text = &h->signatures[i].text;
                struct err ignored = ERR_INIT;
                struct signature s;
                size_t which;

                if (signature_parse(&s, text->data, text->len, &ignored) == 0 &&
                    signature_verify(&s, hash, key, 1, &which) == SIGNATURE_GOOD)
                        return true;
        }
        return false;
}

int bundle_sign(struct bundle_head *h, const char *stream, int64_t epoch, int64_t seq,
    const struct secret_key *key, struct err *e)
{
        char comment[LIMIT_NAME + 120], text[SIGNATURE_TEXT], name[TAR_NAME + 1], id[KEY_ID_TEXT];
        unsigned char hash[PREHASH_SIZE];
        struct public_key public;
        struct signature signature;

        secret_key_public(key, &public);
        key_id_format(id, public.id);
        if (bundle_signed_by(h, &public))
                return err_set(e, ERR_USAGE, "key %s has signed this bundle already", id);
        hash_manifest(h, hash);
        snprintf(comment, sizeof comment,
            "stream:%s\tepoch:%lld\tseq:%lld\tfile:manifest.jsonl.xz\thashed", stream,
            (long long)epoch, (long long)seq);
        if (signature_make(&signature, key, hash, comment, e) < 0)
                return -1;
        if (h->signature_count == 0)
                snprintf(name, sizeof name, "manifest.jsonl.xz.minisig");
        else
                snprintf(name, sizeof name, "manifest.jsonl.xz.%s.minisig", id);
        return bundle_head_sign(h, name, text, signature_format(&signature, text), e);
}

/* The pack at hand, read to its end. */
static int check_pack(struct bundle *b, const struct manifest *m, size_t pack, char *chunk,
    struct digest *d, struct err *e)
{
        unsigned char sha[DIGEST_MAX_SIZE];
        uint64_t left = m->packs[pack].size;

        if (bundle_next_pack(b, m, pack, 0, e) < 0)
                return -1;
        digest_reset(d);
        while (left) {
                size_t n = left < CHUNK ? (size_t)left : CHUNK;

                if (bundle_read_pack(b, chunk, n, e) < 0)
                        return -1;
                digest_update(d, chunk, n);
                left -= n;
        }
        digest_final(d);
        digest_get(d, DIGEST_SHA256, sha);
        if (memcmp(sha, m->packs[pack].sha256, SHA256_SIZE) != 0)
                return err_set(e, ERR_REFUSED,
                    "pack %zu of the bundle is damaged; copy it again from the other side", pack);
        return bundle_end_pack(b, m, pack, e);
}

int bundle_check_file(int fd, unsigned char sha256_out[SHA256_SIZE], struct err *e)
{
        struct digest *d = digest_new(DIGEST_SHA256);
        char *chunk = xmalloc(CHUNK);
        struct manifest m = {0};
        struct bundle *b = NULL;
        const struct volume *v;
        int ret = -1;

        if (lseek(fd, 0, SEEK_SET) < 0) {
                err_sys(e, "cannot read the bundle from its beginning");
                goto out;
        }
        if (bundle_open(fd, &b, e) < 0 || bundle_manifest(b, NULL, NULL, &m, e) < 0)
                goto out;
        v = bundle_volume(b);
        for (uint64_t i = v->first_pack; i < v->first_pack + v->pack_count; i++)
                if (check_pack(b, &m, i, chunk, d, e) < 0)
                        goto out;
        if (bundle_end(b, e) < 0)
                goto out;
        bundle_manifest_sha256(b, sha256_out);
        ret = 0;
out:
        manifest_release(&m);
        bundle_close(b);
        digest_free(d);
        free(chunk);
        return ret;
}
