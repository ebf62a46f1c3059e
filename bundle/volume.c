#include "bundle/volume.h"

#include <ctype.h>

#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/manifest.h"

int volume_medium_fits(const char *medium)
{
        size_t len = strlen(medium);

        for (size_t i = 0; i < len; i++)
                if ((unsigned char)medium[i] >= 0x7f ||
                    (!isalnum((unsigned char)medium[i]) && !strchr(" .+-", medium[i])))
                        return 0;
        return len > 0 && len <= LIMIT_MEDIUM && medium[0] != ' ' && medium[len - 1] != ' ';
}

static json_t *file_json(const char *name, const unsigned char sha[SHA256_SIZE], uint64_t size)
{
        char hex[SHA256_HEX];

        hex_encode(hex, sha, SHA256_SIZE);
        return json_pack("{ss ss sI}", "name", name, "sha256", hex, "size", (json_int_t)size);
}

static json_t *files_json(const struct volume_file *files, size_t count)
{
        json_t *list = json_array();

        for (size_t i = 0; i < count; i++)
                json_array_append_new(
                    list, file_json(files[i].name, files[i].sha256, files[i].size));
        return list;
}

int volume_format(const struct volume *v, struct buf *out, struct err *e)
{
        json_t *object = json_pack("{ss so sI sI so so sI sI}", "format", MANIFEST_FORMAT,
            "manifest", file_json("manifest.jsonl.xz", v->manifest, v->manifest_size), "first_pack",
            (json_int_t)v->first_pack, "pack_count", (json_int_t)v->pack_count, "signatures",
            files_json(v->signatures, v->signature_count), "trust",
            files_json(v->trust, v->trust_count), "volume", (json_int_t)v->volume, "volumes",
            (json_int_t)v->volumes);
        int ret;

        if (v->volumes > 1 && v->medium[0])
                json_object_set_new(object, "medium", json_string(v->medium));
        ret = json_canonical(object, out, e);
        json_decref(object);
        if (ret == 0 && buf_addc(out, '\n') < 0)
                ret = err_set(e, ERR_FAILED, "volume.json is too large");
        return ret;
}

static int take_file(json_t *value, char *name, size_t name_size, unsigned char sha[SHA256_SIZE],
    uint64_t *size, struct err *e)
{
        struct json_reader r;
        const char *text;
        int ret = -1;

        if (!json_is_object(value))
                return err_set(e, ERR_REFUSED, "volume.json: not a file where one should be");
        json_reader_init(&r, "volume.json", json_incref(value));
        if (!(text = json_take_string(&r, "name", e)) ||
            json_take_sha256(&r, "sha256", sha, e) < 0 ||
            json_take_size(&r, "size", LIMIT_MANIFEST_STORED, size, e) < 0 || json_done(&r, e) < 0)
                goto out;
        if (strlen(text) >= name_size) {
                err_set(e, ERR_REFUSED, "volume.json: a name is too long");
                goto out;
        }
        memcpy(name, text, strlen(text) + 1);
        ret = 0;
out:
        json_reader_release(&r);
        return ret;
}

/* The files of a list, at most max of them. */
static int take_files(struct json_reader *r, const char *key, struct volume_file *files, size_t max,
    size_t *count, struct err *e)
{
        const json_t *list = json_take(r, key, JSON_ARRAY, e);
        size_t n = json_array_size(list);

        if (!list)
                return -1;
        if (n > max)
                return err_set(e, ERR_REFUSED, "volume.json: more than %zu in \"%s\"", max, key);
        for (size_t i = 0; i < n; i++) {
                struct volume_file *f = &files[i];

                if (take_file(json_array_get(list, i), f->name, sizeof f->name, f->sha256, &f->size,
                        e) < 0)
                        return -1;
                ++*count;
        }
        return 0;
}

/* Only volumes that were made to fit one have it. */
static int take_medium(struct json_reader *r, struct volume *out, struct err *e)
{
        const char *medium;

        if (!json_object_get(r->object, "medium"))
                return 0;
        if (!(medium = json_take_string(r, "medium", e)))
                return -1;
        if (out->volumes < 2 || !volume_medium_fits(medium))
                return err_set(e, ERR_REFUSED,
                    "volume.json: \"medium\" names none: it is up to %d letters, digits and ' .+-', where there are several volumes",
                    LIMIT_MEDIUM);
        memcpy(out->medium, medium, strlen(medium) + 1);
        return 0;
}

int volume_parse(const char *text, size_t len, struct volume *out, struct err *e)
{
        struct json_reader r;
        json_t *object, *manifest;
        const char *format;
        char name[120];
        int ret = -1;

        *out = (struct volume){0};
        if (len == 0 || text[len - 1] != '\n')
                return err_set(e, ERR_REFUSED, "volume.json: cut short");
        object = json_parse_canonical("volume.json", text, len - 1, e);
        if (!object)
                return -1;
        json_reader_init(&r, "volume.json", object);
        if (!(format = json_take_string(&r, "format", e)) ||
            !(manifest = json_take(&r, "manifest", JSON_OBJECT, e)) ||
            take_file(manifest, name, sizeof name, out->manifest, &out->manifest_size, e) < 0 ||
            json_take_size(&r, "first_pack", LIMIT_PACKS, &out->first_pack, e) < 0 ||
            json_take_size(&r, "pack_count", LIMIT_PACKS, &out->pack_count, e) < 0 ||
            json_take_size(&r, "volume", LIMIT_VOLUMES, &out->volume, e) < 0 ||
            json_take_size(&r, "volumes", LIMIT_VOLUMES, &out->volumes, e) < 0 ||
            take_medium(&r, out, e) < 0 ||
            take_files(&r, "signatures", out->signatures, LIMIT_SIGNATURES, &out->signature_count,
                e) < 0 ||
            take_files(&r, "trust", out->trust, LIMIT_TRUST_LISTS, &out->trust_count, e) < 0 ||
            json_done(&r, e) < 0)
                goto out;
        if (strcmp(format, MANIFEST_FORMAT) != 0 || strcmp(name, "manifest.jsonl.xz") != 0 ||
            out->volume == 0 || out->volume > out->volumes ||
            out->first_pack + out->pack_count > LIMIT_PACKS) {
                err_set(e, ERR_REFUSED, "volume.json: does not belong to this format");
                goto out;
        }
        ret = 0;
out:
        json_reader_release(&r);
        return ret;
}
