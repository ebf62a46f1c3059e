#include "bundle/bundle_head.h"

#define MANIFEST "manifest.jsonl.xz"
#define VOLUME "volume.json"

void bundle_head_init(struct bundle_head *h)
{
        *h = (struct bundle_head){0};
        buf_init(&h->manifest, LIMIT_MANIFEST_STORED);
}

void bundle_head_release(struct bundle_head *h)
{
        buf_release(&h->manifest);
        for (size_t i = 0; i < h->signature_count; i++)
                buf_release(&h->signatures[i].text);
        *h = (struct bundle_head){0};
}

static int is_signature_name(const char *name)
{
        static const char stem[] = MANIFEST ".";
        const char *rest = name + sizeof stem - 1;

        if (strncmp(name, stem, sizeof stem - 1) != 0)
                return 0;
        if (strcmp(rest, "minisig") == 0)
                return 1;
        return strlen(rest) == 16 + strlen(".minisig") && strcmp(rest + 16, ".minisig") == 0 &&
               strspn(rest, "0123456789ABCDEF") == 16;
}

/* An empty place for a signature of that name. NULL on error. */
static struct buf *add_signature(struct bundle_head *h, const char *name, struct err *e)
{
        struct stored_signature *s = &h->signatures[h->signature_count];

        if (h->signature_count == LIMIT_SIGNATURES) {
                err_set(e, ERR_REFUSED, "the bundle has more than %d signatures", LIMIT_SIGNATURES);
                return NULL;
        }
        for (size_t i = 0; i < h->signature_count; i++) {
                if (strcmp(h->signatures[i].name, name) == 0) {
                        err_set(e, ERR_REFUSED, "the bundle has %s twice", name);
                        return NULL;
                }
        }
        snprintf(s->name, sizeof s->name, "%s", name);
        buf_init(&s->text, LIMIT_SIGNATURE);
        h->signature_count++;
        return &s->text;
}

int bundle_head_sign(
    struct bundle_head *h, const char *name, const void *text, size_t len, struct err *e)
{
        struct buf *out = add_signature(h, name, e);

        if (!out)
                return -1;
        return buf_add(out, text, len) < 0 ? err_set(e, ERR_FAILED, "a signature is too large") : 0;
}

/* volume.json must be a true list of what came before it. */
static int check_volume(const struct bundle_head *h, struct err *e)
{
        const struct volume *v = &h->volume;
        unsigned char sha[SHA256_SIZE];

        sha256(h->manifest.data, h->manifest.len, sha);
        if (v->manifest_size != h->manifest.len || memcmp(v->manifest, sha, SHA256_SIZE) != 0)
                return err_set(e, ERR_REFUSED,
                    "the bundle is damaged: manifest.jsonl.xz is not what volume.json says");
        if (v->signature_count != h->signature_count)
                return err_set(e, ERR_REFUSED,
                    "the bundle is damaged: volume.json lists %zu signatures, there are %zu",
                    v->signature_count, h->signature_count);
        for (size_t i = 0; i < v->signature_count; i++) {
                const struct stored_signature *s = &h->signatures[i];

                sha256(s->text.data, s->text.len, sha);
                if (strcmp(s->name, v->signatures[i].name) != 0 ||
                    s->text.len != v->signatures[i].size ||
                    memcmp(sha, v->signatures[i].sha256, SHA256_SIZE) != 0)
                        return err_set(e, ERR_REFUSED,
                            "the bundle is damaged: %s is not what volume.json says", s->name);
        }
        return 0;
}

int bundle_head_read(struct tar_in *in, struct bundle_head *h, struct err *e)
{
        char name[TAR_NAME + 1];
        struct buf text, *signature;
        uint64_t size;
        int r, ret = -1;

        buf_init(&text, LIMIT_VOLUME_JSON);
        r = tar_in_header(in, name, &size, e);
        if (r < 0 && (e->code != ERR_REFUSED || !in->begun))
                goto out; /* it could not be read at all, or is empty */
        if (r != 1 || strcmp(name, MANIFEST) != 0) {
                err_set(e, ERR_REFUSED, "this is no dray bundle, or its first block is damaged");
                goto out;
        }
        if (tar_in_member(in, size, &h->manifest, e) < 0)
                goto out;
        while ((r = tar_in_header(in, name, &size, e)) == 1 && is_signature_name(name)) {
                signature = add_signature(h, name, e);
                if (!signature || tar_in_member(in, size, signature, e) < 0)
                        goto out;
        }
        if (r < 0)
                goto out;
        if (r == 0 || strcmp(name, VOLUME) != 0) {
                err_set(e, ERR_REFUSED, "the bundle holds %.40s where volume.json should be",
                    r ? name : "nothing");
                goto out;
        }
        if (tar_in_member(in, size, &text, e) < 0 ||
            volume_parse(text.data, text.len, &h->volume, e) < 0 || check_volume(h, e) < 0)
                goto out;
        ret = 0;
out:
        buf_release(&text);
        return ret;
}

/* volume.json, made true of what goes before it. */
static int format_volume(struct bundle_head *h, struct buf *out, struct err *e)
{
        struct volume *v = &h->volume;

        sha256(h->manifest.data, h->manifest.len, v->manifest);
        v->manifest_size = h->manifest.len;
        v->signature_count = h->signature_count;
        for (size_t i = 0; i < h->signature_count; i++) {
                const struct stored_signature *s = &h->signatures[i];

                snprintf(v->signatures[i].name, sizeof v->signatures[i].name, "%s", s->name);
                sha256(s->text.data, s->text.len, v->signatures[i].sha256);
                v->signatures[i].size = s->text.len;
        }
        return volume_format(v, out, e);
}

int bundle_head_write(struct bundle_head *h, struct tar_out *out, struct err *e)
{
        struct buf volume;
        int ret = -1;

        buf_init(&volume, LIMIT_VOLUME_JSON);
        if (format_volume(h, &volume, e) < 0 ||
            tar_out_member(out, MANIFEST, h->manifest.data, h->manifest.len, e) < 0)
                goto out;
        for (size_t i = 0; i < h->signature_count; i++) {
                const struct stored_signature *s = &h->signatures[i];

                if (tar_out_member(out, s->name, s->text.data, s->text.len, e) < 0)
                        goto out;
        }
        ret = tar_out_member(out, VOLUME, volume.data, volume.len, e);
out:
        buf_release(&volume);
        return ret;
}

int bundle_head_size(struct bundle_head *h, uint64_t *size, struct err *e)
{
        struct buf volume;
        int ret;

        buf_init(&volume, LIMIT_VOLUME_JSON);
        ret = format_volume(h, &volume, e);
        *size = tar_member_size(h->manifest.len) + tar_member_size(volume.len);
        for (size_t i = 0; i < h->signature_count; i++)
                *size += tar_member_size(h->signatures[i].text.len);
        buf_release(&volume);
        return ret;
}
