#include "bundle/json.h"
#include "bundle/trust.h"

/* The JSON form of a trust list; trust.h is its header. */

#define WHAT "trust list"

static json_t *key_to_json(const struct trust_key *k)
{
        char line[PUBLIC_KEY_LINE];

        public_key_line(&k->key, line);
        return json_pack("{s:s, s:s, s:I}", "key", line, "comment", k->comment, "valid_up_to_seq",
            (json_int_t)k->valid_up_to_seq);
}

int trust_to_json(const struct trust *t, struct buf *out, struct err *e)
{
        json_t *keys, *top;
        int ret;

        if (t->count == 0)
                return err_set(e, ERR_USAGE, "the trust list of stream %s has no keys", t->stream);
        keys = json_array();
        for (size_t i = 0; i < t->count; i++)
                json_array_append_new(keys, key_to_json(&t->keys[i]));
        top = json_pack(
            "{s:o, s:s, s:i}", "keys", keys, "stream", t->stream, "threshold", (int)t->threshold);
        ret = json_canonical(top, out, e);
        json_decref(top);
        return ret;
}

/* What trust_add and others call misuse is damage here. */
static int refused(struct err *e)
{
        err_prefix(e, WHAT);
        e->code = ERR_REFUSED;
        return -1;
}

static int read_key(struct trust *t, struct json_reader *r, struct err *e)
{
        const char *comment = json_take_string(r, "comment", e);
        const char *line = comment ? json_take_string(r, "key", e) : NULL;
        struct public_key key;
        uint64_t up_to;

        if (!line || json_take_size(r, "valid_up_to_seq", INT64_MAX, &up_to, e) < 0 ||
            json_done(r, e) < 0)
                return -1;
        if (strlen(line) != PUBLIC_KEY_LINE - 1)
                return err_set(e, ERR_REFUSED, WHAT ": its \"key\" is no public key's line, RW...");
        if (public_key_parse(&key, line, strlen(line), e) < 0 || trust_add(t, &key, comment, e) < 0)
                return refused(e);
        if (!public_key_equal(&t->keys[t->count - 1].key, &key))
                return err_set(e, ERR_REFUSED, WHAT ": the keys are not sorted");
        t->keys[t->count - 1].valid_up_to_seq = up_to;
        return 0;
}

static int read_keys(struct trust *t, const json_t *keys, struct err *e)
{
        size_t i;
        json_t *item;

        json_array_foreach (keys, i, item) {
                struct json_reader r;
                int ret;

                if (!json_is_object(item))
                        return err_set(e, ERR_REFUSED, WHAT ": key %zu is not an object", i + 1);
                json_reader_init(&r, WHAT, json_incref(item));
                ret = read_key(t, &r, e);
                json_reader_release(&r);
                if (ret < 0)
                        return -1;
        }
        return 0;
}

static int read_list(struct trust *t, struct json_reader *r, struct err *e)
{
        const json_t *keys = json_take(r, "keys", JSON_ARRAY, e);
        const char *stream = keys ? json_take_string(r, "stream", e) : NULL;
        uint64_t threshold;

        if (!stream || json_take_size(r, "threshold", LIMIT_TRUST_KEYS, &threshold, e) < 0 ||
            json_done(r, e) < 0)
                return -1;
        if (trust_init(t, stream, e) < 0)
                return refused(e);
        if (read_keys(t, keys, e) < 0)
                return -1;
        if (trust_set_threshold(t, (unsigned)threshold, e) < 0)
                return refused(e);
        return 0;
}

int trust_from_json(struct trust *t, const char *text, size_t len, struct err *e)
{
        struct json_reader r;
        json_t *top;
        int ret;

        if (len > LIMIT_TRUST_JSON)
                return err_set(e, ERR_REFUSED, WHAT ": %zu bytes are too many", len);
        top = json_parse_canonical(WHAT, text, len, e);
        if (!top)
                return -1;
        json_reader_init(&r, WHAT, top);
        ret = read_list(t, &r, e);
        json_reader_release(&r);
        return ret;
}
