#include "bundle/seen.h"

#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

#define FORMAT "dray-seen-1"
#define WHAT "state/" SEEN_FILE

static int damaged(struct err *e)
{
        char why[sizeof e->msg];

        memcpy(why, e->msg, sizeof why);
        return err_set(e, ERR_REFUSED,
            WHAT
            " is damaged (%.200s): restore it from a backup; if catalog.db is whole and the newest "
            "there is, remove it",
            why);
}

/* The caller owns it. */
static json_t *take_streams(struct json_reader *r, struct err *e)
{
        const char *format = json_take_string(r, "format", e);
        json_t *streams;

        if (format && strcmp(format, FORMAT) != 0) {
                err_set(e, ERR_REFUSED,
                    WHAT
                    " has format \"%.40s\", which this dray does not know: use the newer one that wrote it",
                    format);
                return NULL;
        }
        streams = format ? json_take(r, "streams", JSON_OBJECT, e) : NULL;
        if (streams && json_done(r, e) == 0)
                return json_incref(streams);
        damaged(e);
        return NULL;
}

/* The object of stream names to bundles, which the caller owns; empty when there is no file. */
static json_t *read_streams(int state, struct err *e)
{
        struct json_reader r;
        struct buf text;
        json_t *top, *streams = NULL;
        int found;

        buf_init(&text, LIMIT_SEEN);
        found = fs_read_file(state, SEEN_FILE, &text, e);
        if (found == 0)
                streams = json_object();
        if (found <= 0)
                goto out;
        if (text.len && text.data[text.len - 1] == '\n') {
                top = json_parse_canonical(WHAT, text.data, text.len - 1, e);
        } else {
                top = NULL;
                err_set(e, ERR_REFUSED, "it does not end with a newline");
        }
        if (!top) {
                damaged(e);
                goto out;
        }
        json_reader_init(&r, WHAT, top);
        streams = take_streams(&r, e);
        json_reader_release(&r);
out:
        buf_release(&text);
        return streams;
}

/* What a file of an earlier dray does not have. */
static int read_log(struct json_reader *r, struct seen *out, struct err *e)
{
        struct json_reader log;
        uint64_t n;
        json_t *object;
        int ret = -1;

        if (!json_object_get(r->object, "log"))
                return 0;
        object = json_take(r, "log", JSON_OBJECT, e);
        if (!object)
                return -1;
        json_reader_init(&log, WHAT, json_deep_copy(object));
        if (json_take_size(&log, "n", INT64_MAX, &n, e) == 0 &&
            json_take_sha256(&log, "hash", out->log_hash, e) == 0 && json_done(&log, e) == 0) {
                out->log = (int64_t)n;
                ret = 0;
        }
        json_reader_release(&log);
        return ret;
}

static int read_text(struct json_reader *r, const char *key, char *out, size_t size, struct err *e)
{
        const char *text;

        if (!json_object_get(r->object, key))
                return 0;
        text = json_take_string(r, key, e);
        if (text)
                snprintf(out, size, "%s", text);
        return text ? 0 : -1;
}

static int read_entry(json_t *entry, struct seen *out, struct err *e)
{
        struct json_reader r;
        uint64_t epoch, seq;
        int ret = -1;

        *out = (struct seen){0};
        if (!json_is_object(entry)) {
                err_set(e, ERR_REFUSED, "no object");
                return damaged(e);
        }
        json_reader_init(&r, WHAT, json_deep_copy(entry));
        if (json_take_size(&r, "epoch", INT64_MAX, &epoch, e) < 0 ||
            json_take_size(&r, "seq", INT64_MAX, &seq, e) < 0 ||
            json_take_sha256(&r, "manifest", out->bundle.manifest, e) < 0 ||
            read_log(&r, out, e) < 0 || read_text(&r, "fork", out->fork, sizeof out->fork, e) < 0 ||
            read_text(&r, "revoked", out->revoked, sizeof out->revoked, e) < 0 ||
            json_done(&r, e) < 0) {
                damaged(e);
                goto out;
        }
        out->bundle.epoch = (int64_t)epoch;
        out->bundle.seq = (int64_t)seq;
        ret = 1;
out:
        json_reader_release(&r);
        return ret;
}

int seen_get(int state, const char *stream, struct seen *out, struct err *e)
{
        json_t *streams = read_streams(state, e), *entry;
        int ret;

        *out = (struct seen){0};
        if (!streams)
                return -1;
        entry = json_object_get(streams, stream);
        ret = entry ? read_entry(entry, out, e) : 0;
        json_decref(streams);
        return ret;
}

int seen_above(const struct seen_bundle *a, int64_t epoch, int64_t seq)
{
        return a->epoch > epoch || (a->epoch == epoch && a->seq > seq);
}

static int write_streams(int state, json_t *streams, struct err *e)
{
        json_t *top = json_pack("{ss sO}", "format", FORMAT, "streams", streams);
        struct buf text;
        int ret = -1;

        buf_init(&text, LIMIT_SEEN);
        if (json_canonical(top, &text, e) < 0)
                goto out;
        if (buf_addc(&text, '\n') < 0) {
                err_set(e, ERR_FAILED, WHAT " is too large");
                goto out;
        }
        ret = fs_write_file(state, SEEN_FILE, text.data, text.len, e);
out:
        buf_release(&text);
        json_decref(top);
        return ret;
}

static json_t *entry_json(const struct seen *s)
{
        char hex[SHA256_HEX];
        json_t *entry;

        hex_encode(hex, s->bundle.manifest, SHA256_SIZE);
        entry = json_pack("{sI ss sI}", "epoch", (json_int_t)s->bundle.epoch, "manifest", hex,
            "seq", (json_int_t)s->bundle.seq);
        hex_encode(hex, s->log_hash, SHA256_SIZE);
        if (s->log)
                json_object_set_new(
                    entry, "log", json_pack("{ss sI}", "hash", hex, "n", (json_int_t)s->log));
        if (*s->revoked)
                json_object_set_new(entry, "revoked", json_string(s->revoked));
        if (*s->fork)
                json_object_set_new(entry, "fork", json_string(s->fork));
        return entry;
}

int seen_put(int state, const char *stream, const struct seen *s, struct err *e)
{
        json_t *streams = read_streams(state, e), *entry;
        int ret = 0;

        if (!streams)
                return -1;
        entry = entry_json(s);
        if (!json_equal(entry, json_object_get(streams, stream))) {
                json_object_set(streams, stream, entry);
                ret = write_streams(state, streams, e);
        }
        json_decref(entry);
        json_decref(streams);
        return ret;
}
