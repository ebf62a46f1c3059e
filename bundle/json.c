#include "bundle/json.h"

#include "bundle/digest.h"
#include "bundle/hex.h"
#include "bundle/limit.h"

static int has_float(const json_t *v)
{
        size_t i;
        json_t *item;
        void *it;

        if (json_is_real(v))
                return 1;
        json_array_foreach (v, i, item)
                if (has_float(item))
                        return 1;
        if (json_is_object(v)) {
                /* jansson's iterator takes no const object, but changes nothing */
                union {
                        const json_t *in;
                        json_t *out;
                } u = {v};

                for (it = json_object_iter(u.out); it; it = json_object_iter_next(u.out, it))
                        if (has_float(json_object_iter_value(it)))
                                return 1;
        }
        return 0;
}

static int to_buf(const char *text, size_t len, void *user)
{
        return buf_add(user, text, len);
}

int json_canonical(const json_t *v, struct buf *out, struct err *e)
{
        if (has_float(v))
                return err_set(e, ERR_FAILED, "canonical JSON holds no floats");
        if (json_dump_callback(v, to_buf, out, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY) < 0)
                return err_set(e, ERR_FAILED, "JSON text is longer than %zu bytes", out->max);
        return 0;
}

json_t *json_parse_canonical(const char *what, const char *text, size_t len, struct err *e)
{
        json_error_t je;
        struct buf again;
        struct err ignored = ERR_INIT;
        json_t *v = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &je);

        if (!json_is_object(v)) {
                json_decref(v);
                err_set(e, ERR_REFUSED, "%s: not a JSON object", what);
                return NULL;
        }
        buf_init(&again, len);
        if (json_canonical(v, &again, &ignored) < 0 || again.len != len ||
            memcmp(again.data, text, len) != 0) {
                err_set(e, ERR_REFUSED, "%s: not canonical JSON", what);
                json_decref(v);
                v = NULL;
        }
        buf_release(&again);
        return v;
}

void json_reader_init(struct json_reader *r, const char *what, json_t *object_take)
{
        r->object = object_take;
        r->keep = json_array();
        r->what = what;
}

void json_reader_release(struct json_reader *r)
{
        json_decref(r->object);
        json_decref(r->keep);
        *r = (struct json_reader){0};
}

static const char *type_name(json_type type)
{
        switch (type) {
        case JSON_OBJECT:
                return "an object";
        case JSON_ARRAY:
                return "an array";
        case JSON_STRING:
                return "a string";
        case JSON_INTEGER:
                return "an integer";
        default:
                return "a value";
        }
}

json_t *json_take(struct json_reader *r, const char *key, json_type type, struct err *e)
{
        json_t *v = json_object_get(r->object, key);

        if (!v || json_typeof(v) != type) {
                err_set(e, ERR_REFUSED, "%s: \"%s\" %s %s", r->what, key,
                    v ? "is not" : "is missing; it should be", type_name(type));
                return NULL;
        }
        json_array_append(r->keep, v);
        json_object_del(r->object, key);
        return v;
}

const char *json_take_string(struct json_reader *r, const char *key, struct err *e)
{
        const json_t *v = json_take(r, key, JSON_STRING, e);

        if (!v)
                return NULL;
        if (strlen(json_string_value(v)) != json_string_length(v)) {
                err_set(e, ERR_REFUSED, "%s: \"%s\" holds a NUL", r->what, key);
                return NULL;
        }
        return json_string_value(v);
}

int json_take_size(
    struct json_reader *r, const char *key, uint64_t max, uint64_t *out, struct err *e)
{
        const json_t *v = json_take(r, key, JSON_INTEGER, e);

        if (!v)
                return -1;
        if (json_integer_value(v) < 0 || (uint64_t)json_integer_value(v) > max)
                return err_set(e, ERR_REFUSED, "%s: \"%s\" is out of range", r->what, key);
        *out = (uint64_t)json_integer_value(v);
        return 0;
}

int json_take_sha256(struct json_reader *r, const char *key, unsigned char out[32], struct err *e)
{
        const char *text = json_take_string(r, key, e);

        if (!text)
                return -1;
        if (hex_decode(out, SHA256_SIZE, text) < 0)
                return err_set(e, ERR_REFUSED, "%s: \"%s\" is not a SHA-256", r->what, key);
        for (const char *p = text; *p; p++)
                if (*p >= 'A' && *p <= 'F')
                        return err_set(
                            e, ERR_REFUSED, "%s: \"%s\" is not lower-case", r->what, key);
        return 0;
}

int json_done(struct json_reader *r, struct err *e)
{
        void *it = json_object_iter(r->object);

        if (it)
                return err_set(
                    e, ERR_REFUSED, "%s: unknown key \"%.60s\"", r->what, json_object_iter_key(it));
        return 0;
}
