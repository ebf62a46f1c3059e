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
        for (size_t i = 0; i < h->list_count; i++)
                buf_release(&h->lists[i].text);
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

/* "trust/000042.list" to 42; 0: no such name */
static int64_t list_number(const char *name)
{
        static const char stem[] = "trust/";
        const char *digits = name + sizeof stem - 1;

        if (strncmp(name, stem, sizeof stem - 1) != 0 || strspn(digits, "0123456789") != 6 ||
            strcmp(digits + 6, ".list") != 0)
                return 0;
        return strtol(digits, NULL, 10);
}

static void list_name(int64_t number, char out[TAR_NAME + 1])
{
        snprintf(out, TAR_NAME + 1, "trust/%06lld.list", (long long)number);
}

/* An empty place for the list of that number. NULL on error. */
static struct buf *add_list(struct bundle_head *h, int64_t number, struct err *e)
{
        struct stored_list *l = &h->lists[h->list_count];

        if (h->list_count == LIMIT_TRUST_LISTS) {
                err_set(
                    e, ERR_REFUSED, "the bundle has more than %d trust lists", LIMIT_TRUST_LISTS);
                return NULL;
        }
        if (number < 1 || (h->list_count && l[-1].number + 1 != number)) {
                err_set(e, ERR_REFUSED, "the bundle's trust lists are not in order");
                return NULL;
        }
        l->number = number;
        buf_init(&l->text, LIMIT_TRUST_LIST);
        h->list_count++;
        return &l->text;
}

int bundle_head_trust(
    struct bundle_head *h, int64_t number, const void *text, size_t len, struct err *e)
{
        struct buf *out = add_list(h, number, e);

        if (!out)
                return -1;
        return buf_add(out, text, len) < 0 ? err_set(e, ERR_FAILED, "a trust list is too large")
                                           : 0;
}

/* Is it what volume.json says of it? */
static int check_file(
    const struct volume_file *said, const char *name, const struct buf *text, struct err *e)
{
        unsigned char sha[SHA256_SIZE];

        sha256(text->data, text->len, sha);
        if (strcmp(name, said->name) == 0 && text->len == said->size &&
            memcmp(sha, said->sha256, SHA256_SIZE) == 0)
                return 0;
        return err_set(
            e, ERR_REFUSED, "the bundle is damaged: %s is not what volume.json says", name);
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
        for (size_t i = 0; i < v->signature_count; i++)
                if (check_file(
                        &v->signatures[i], h->signatures[i].name, &h->signatures[i].text, e) < 0)
                        return -1;
        if (v->trust_count != h->list_count)
                return err_set(e, ERR_REFUSED,
                    "the bundle is damaged: volume.json names %zu trust lists, there are %zu",
                    v->trust_count, h->list_count);
        for (size_t i = 0; i < v->trust_count; i++) {
                char name[TAR_NAME + 1];

                list_name(h->lists[i].number, name);
                if (check_file(&v->trust[i], name, &h->lists[i].text, e) < 0)
                        return -1;
        }
        return 0;
}

/* The members between the manifest and volume.json; name and size are then those of the next. */
static int read_members(struct tar_in *in, struct bundle_head *h, char name[TAR_NAME + 1],
    uint64_t *size, struct err *e)
{
        struct buf *place;
        int r;

        while ((r = tar_in_header(in, name, size, e)) == 1) {
                if (is_signature_name(name) && h->list_count == 0)
                        place = add_signature(h, name, e);
                else if (list_number(name))
                        place = add_list(h, list_number(name), e);
                else
                        break;
                if (!place || tar_in_member(in, *size, place, e) < 0)
                        return -1;
        }
        if (r < 0)
                return -1;
        if (r == 0 || strcmp(name, VOLUME) != 0)
                return err_set(e, ERR_REFUSED, "the bundle holds %.40s where volume.json should be",
                    r ? name : "nothing");
        return 0;
}

int bundle_head_read(struct tar_in *in, struct bundle_head *h, struct err *e)
{
        char name[TAR_NAME + 1];
        struct buf text;
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
        if (tar_in_member(in, size, &h->manifest, e) < 0 ||
            read_members(in, h, name, &size, e) < 0 || tar_in_member(in, size, &text, e) < 0 ||
            volume_parse(text.data, text.len, &h->volume, e) < 0 || check_volume(h, e) < 0)
                goto out;
        ret = 0;
out:
        buf_release(&text);
        return ret;
}

static void describe(struct volume_file *out, const char *name, const struct buf *text)
{
        snprintf(out->name, sizeof out->name, "%s", name);
        sha256(text->data, text->len, out->sha256);
        out->size = text->len;
}

/* volume.json, made true of what goes before it. */
static int format_volume(struct bundle_head *h, struct buf *out, struct err *e)
{
        struct volume *v = &h->volume;

        sha256(h->manifest.data, h->manifest.len, v->manifest);
        v->manifest_size = h->manifest.len;
        v->signature_count = h->signature_count;
        for (size_t i = 0; i < h->signature_count; i++)
                describe(&v->signatures[i], h->signatures[i].name, &h->signatures[i].text);
        v->trust_count = h->list_count;
        for (size_t i = 0; i < h->list_count; i++) {
                char name[TAR_NAME + 1];

                list_name(h->lists[i].number, name);
                describe(&v->trust[i], name, &h->lists[i].text);
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
        for (size_t i = 0; i < h->list_count; i++) {
                char name[TAR_NAME + 1];

                list_name(h->lists[i].number, name);
                if (tar_out_member(out, name, h->lists[i].text.data, h->lists[i].text.len, e) < 0)
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
        for (size_t i = 0; i < h->list_count; i++)
                *size += tar_member_size(h->lists[i].text.len);
        buf_release(&volume);
        return ret;
}
