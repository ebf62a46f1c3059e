#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/timestamp.h"
#include "bundle/trust.h"

/* The JSON form of a trust list; trust.h is its header. */

#define WHAT "trust list"

static json_t *key_to_json(const struct trust_key *k)
{
        char line[PUBLIC_KEY_LINE];

        public_key_line(&k->key, line);
        return json_pack("{s:s, s:s, s:s, s:I}", "key", line, "comment", k->comment, "signs",
            trust_use_name(k->signs), "valid_up_to_seq", (json_int_t)k->valid_up_to_seq);
}

static json_t *issued_to_json(const struct trust *t)
{
        char text[TIMESTAMP_SIZE];

        return t->issued ? json_string(timestamp_format(t->issued, text)) : json_null();
}

static json_t *previous_to_json(const struct trust *t)
{
        char hex[SHA256_HEX];

        hex_encode(hex, t->previous, SHA256_SIZE);
        return t->has_previous ? json_string(hex) : json_null();
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
        top = json_pack("{s:I, s:o, s:o, s:i, s:I, s:o, s:s, s:i}", "epoch", (json_int_t)t->epoch,
            "issued", issued_to_json(t), "keys", keys, "list_threshold", (int)t->list_threshold,
            "number", (json_int_t)t->number, "previous", previous_to_json(t), "stream", t->stream,
            "threshold", (int)t->threshold);
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
        const char *signs = line ? json_take_string(r, "signs", e) : NULL;
        enum trust_use use;
        struct public_key key;
        uint64_t up_to;

        if (!signs || json_take_size(r, "valid_up_to_seq", INT64_MAX, &up_to, e) < 0 ||
            json_done(r, e) < 0)
                return -1;
        if (trust_use_parse(signs, &use) < 0)
                return err_set(e, ERR_REFUSED,
                    WHAT ": a key \"signs\" bundles, lists or both, and not \"%.40s\"", signs);
        if (strlen(line) != PUBLIC_KEY_LINE - 1)
                return err_set(e, ERR_REFUSED, WHAT ": its \"key\" is no public key's line, RW...");
        if (public_key_parse(&key, line, strlen(line), e) < 0 || trust_add(t, &key, comment, e) < 0)
                return refused(e);
        if (!public_key_equal(&t->keys[t->count - 1].key, &key))
                return err_set(e, ERR_REFUSED, WHAT ": the keys are not sorted");
        t->keys[t->count - 1].signs = use;
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

/* The member is null: takes it away. */
static int take_null(struct json_reader *r, const char *key, struct err *e)
{
        return json_is_null(json_object_get(r->object, key)) && json_take(r, key, JSON_NULL, e);
}

static int read_issued(struct trust *t, struct json_reader *r, struct err *e)
{
        const char *text;

        if (take_null(r, "issued", e))
                return 0;
        text = json_take_string(r, "issued", e);
        if (!text)
                return -1;
        if (timestamp_parse(text, &t->issued) < 0 || t->issued == 0)
                return err_set(e, ERR_REFUSED, WHAT ": \"issued\" is no time");
        return 0;
}

/* Where it stands in its chain. */
static int read_place(struct trust *t, struct json_reader *r, struct err *e)
{
        uint64_t epoch, number;

        if (json_take_size(r, "epoch", LIMIT_TRUST_NUMBER, &epoch, e) < 0 ||
            json_take_size(r, "number", LIMIT_TRUST_NUMBER, &number, e) < 0 ||
            read_issued(t, r, e) < 0)
                return -1;
        if (epoch == 0 || (number && epoch > number))
                return err_set(e, ERR_REFUSED, WHAT ": \"epoch\" is from 1 to \"number\"");
        t->epoch = (int64_t)epoch;
        t->number = (int64_t)number;
        t->has_previous = !take_null(r, "previous", e);
        return t->has_previous ? json_take_sha256(r, "previous", t->previous, e) : 0;
}

static int read_list(struct trust *t, struct json_reader *r, struct err *e)
{
        const json_t *keys = json_take(r, "keys", JSON_ARRAY, e);
        const char *stream = keys ? json_take_string(r, "stream", e) : NULL;
        uint64_t threshold, list_threshold;

        if (!stream)
                return -1;
        if (trust_init(t, stream, e) < 0)
                return refused(e);
        if (read_place(t, r, e) < 0 ||
            json_take_size(r, "threshold", LIMIT_TRUST_KEYS, &threshold, e) < 0 ||
            json_take_size(r, "list_threshold", LIMIT_TRUST_KEYS, &list_threshold, e) < 0 ||
            json_done(r, e) < 0 || read_keys(t, keys, e) < 0)
                return -1;
        if (trust_set_threshold(t, (unsigned)threshold, e) < 0 ||
            trust_set_list_threshold(t, (unsigned)list_threshold, e) < 0)
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
