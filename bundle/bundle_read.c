#include "bundle/bundle_read.h"

#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/prehash.h"
#include "bundle/tar.h"
#include "bundle_stream.h"

#define PREFIX MANIFEST_FORMAT "/"

/* -- the tar walk, shared with bundle_unpack.c -- */

int stream_read(struct bundle *b, void *bytes, size_t len, struct err *e)
{
        ssize_t n = fs_read(b->fd, bytes, len, e);

        if (n < 0)
                return -1;
        if (n == 0 && len && !b->begun)
                return err_set(
                    e, ERR_REFUSED, "the file is empty; copy it again from the other side");
        b->begun = b->begun || n > 0;
        if ((size_t)n < len)
                return err_set(e, ERR_REFUSED,
                    "the bundle ends too early: it was cut short; copy it again from the other side");
        return 0;
}

int stream_header(struct bundle *b, char name[TAR_NAME + 1], uint64_t *size, struct err *e)
{
        unsigned char block[TAR_BLOCK];
        int r;

        if (stream_read(b, block, sizeof block, e) < 0)
                return -1;
        r = tar_header_parse(block, name, size, e);
        if (r != 1)
                return r;
        if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
                return err_set(e, ERR_REFUSED, "the bundle holds a member that no bundle has");
        memmove(name, name + strlen(PREFIX), strlen(name) + 1 - strlen(PREFIX));
        return 1;
}

int stream_padding(struct bundle *b, uint64_t size, struct err *e)
{
        static const unsigned char zero[TAR_BLOCK];
        unsigned char padding[TAR_BLOCK];
        unsigned n = tar_padding(size);

        if (stream_read(b, padding, n, e) < 0)
                return -1;
        if (memcmp(padding, zero, n) != 0)
                return err_set(e, ERR_REFUSED, "padding of the bundle is damaged");
        return 0;
}

/* A whole small member. */
static int read_member(struct bundle *b, uint64_t size, struct buf *out, struct err *e)
{
        char *bytes;
        int ret = -1;

        if (size > out->max)
                return err_set(e, ERR_REFUSED, "a member of the bundle is larger than any may be");
        bytes = xmalloc(size);
        if (stream_read(b, bytes, size, e) < 0 || stream_padding(b, size, e) < 0 ||
            buf_add(out, bytes, size) < 0)
                goto out;
        ret = 0;
out:
        free(bytes);
        return ret;
}

static int is_signature_name(const char *name)
{
        static const char stem[] = "manifest.jsonl.xz.";
        const char *rest = name + sizeof stem - 1;

        if (strncmp(name, stem, sizeof stem - 1) != 0)
                return 0;
        if (strcmp(rest, "minisig") == 0)
                return 1;
        return strlen(rest) == 16 + strlen(".minisig") && strcmp(rest + 16, ".minisig") == 0 &&
               strspn(rest, "0123456789ABCDEF") == 16;
}

static int read_signature(struct bundle *b, const char *name, uint64_t size, struct err *e)
{
        struct stored_signature *s = &b->signatures[b->signature_count];

        if (b->signature_count == LIMIT_SIGNATURES)
                return err_set(
                    e, ERR_REFUSED, "the bundle has more than %d signatures", LIMIT_SIGNATURES);
        for (size_t i = 0; i < b->signature_count; i++)
                if (strcmp(b->signatures[i].name, name) == 0)
                        return err_set(e, ERR_REFUSED, "the bundle has %s twice", name);
        snprintf(s->name, sizeof s->name, "%s", name);
        buf_init(&s->text, LIMIT_SIGNATURE);
        b->signature_count++;
        return read_member(b, size, &s->text, e);
}

/* volume.json must be a true list of what came before it. */
static int check_volume(struct bundle *b, struct err *e)
{
        const struct volume *v = &b->volume;
        unsigned char sha[SHA256_SIZE];

        bundle_manifest_sha256(b, sha);
        if (v->manifest_size != b->manifest.len || memcmp(v->manifest, sha, SHA256_SIZE) != 0)
                return err_set(e, ERR_REFUSED,
                    "the bundle is damaged: manifest.jsonl.xz is not what volume.json says");
        if (v->signature_count != b->signature_count)
                return err_set(e, ERR_REFUSED,
                    "the bundle is damaged: volume.json lists %zu signatures, there are %zu",
                    v->signature_count, b->signature_count);
        for (size_t i = 0; i < v->signature_count; i++) {
                const struct stored_signature *s = &b->signatures[i];

                sha256(s->text.data, s->text.len, sha);
                if (strcmp(s->name, v->signatures[i].name) != 0 ||
                    s->text.len != v->signatures[i].size ||
                    memcmp(sha, v->signatures[i].sha256, SHA256_SIZE) != 0)
                        return err_set(e, ERR_REFUSED,
                            "the bundle is damaged: %s is not what volume.json says", s->name);
        }
        if (v->volumes != 1)
                return err_set(e, ERR_REFUSED,
                    "this is volume %llu of %llu; this dray reads bundles of one volume",
                    (unsigned long long)v->volume, (unsigned long long)v->volumes);
        return 0;
}

static int read_head(struct bundle *b, struct err *e)
{
        char name[TAR_NAME + 1];
        struct buf text;
        uint64_t size;
        int r, ret = -1;

        buf_init(&text, LIMIT_VOLUME_JSON);
        r = stream_header(b, name, &size, e);
        if (r < 0 && (e->code != ERR_REFUSED || !b->begun))
                goto out; /* it could not be read at all, or is empty */
        if (r != 1 || strcmp(name, "manifest.jsonl.xz") != 0) {
                err_set(e, ERR_REFUSED, "this is no dray bundle, or its first block is damaged");
                goto out;
        }
        if (read_member(b, size, &b->manifest, e) < 0)
                goto out;
        while ((r = stream_header(b, name, &size, e)) == 1 && is_signature_name(name))
                if (read_signature(b, name, size, e) < 0)
                        goto out;
        if (r < 0)
                goto out;
        if (r == 0 || strcmp(name, "volume.json") != 0) {
                err_set(e, ERR_REFUSED, "the bundle holds %.40s where volume.json should be",
                    r ? name : "nothing");
                goto out;
        }
        if (read_member(b, size, &text, e) < 0 ||
            volume_parse(text.data, text.len, &b->volume, e) < 0 || check_volume(b, e) < 0)
                goto out;
        ret = 0;
out:
        buf_release(&text);
        return ret;
}

int bundle_open(int fd, struct bundle **out, struct err *e)
{
        struct bundle *b = xcalloc(1, sizeof *b);

        b->fd = fd;
        buf_init(&b->manifest, LIMIT_MANIFEST_STORED);
        if (read_head(b, e) < 0) {
                bundle_close(b);
                return -1;
        }
        *out = b;
        return 0;
}

void bundle_close(struct bundle *b)
{
        if (!b)
                return;
        buf_release(&b->manifest);
        for (size_t i = 0; i < b->signature_count; i++)
                buf_release(&b->signatures[i].text);
        free(b);
}

const char *bundle_claimed_comment(const struct bundle *b)
{
        static struct signature s;
        struct err ignored = ERR_INIT;

        if (b->signature_count == 0 || signature_parse(&s, b->signatures[0].text.data,
                                           b->signatures[0].text.len, &ignored) < 0)
                return "";
        return s.trusted_comment;
}

size_t bundle_signature_count(const struct bundle *b)
{
        return b->signature_count;
}

void bundle_manifest_sha256(const struct bundle *b, unsigned char out[SHA256_SIZE])
{
        sha256(b->manifest.data, b->manifest.len, out);
}

int bundle_judge(
    const struct bundle *b, const struct trust *trust, struct verdict *verdict, struct err *e)
{
        struct signature_text texts[LIMIT_SIGNATURES];
        unsigned char hash[PREHASH_SIZE];

        for (size_t i = 0; i < b->signature_count; i++)
                texts[i] = (struct signature_text){
                    b->signatures[i].name, b->signatures[i].text.data, b->signatures[i].text.len};
        prehash(b->manifest.data, b->manifest.len, hash);
        return trust_verify(trust, texts, b->signature_count, hash, verdict, e);
}

int bundle_manifest(const struct bundle *b, manifest_record_fn *each, void *user,
    struct manifest *out, struct err *e)
{
        if (manifest_read(b->manifest.data, b->manifest.len, out, each, user, e) < 0)
                return -1;
        if (b->volume.first_pack != 0 || b->volume.pack_count != out->pack_count) {
                err_set(
                    e, ERR_REFUSED, "volume.json does not list the packs that the manifest does");
                manifest_release(out);
                return -1;
        }
        return 0;
}
