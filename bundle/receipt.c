#include "bundle/receipt.h"

#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/mem.h"
#include "bundle/record.h"
#include "bundle/signature.h"
#include "bundle/timestamp.h"

static int format(const struct receipt *r, struct buf *out, struct err *e)
{
        char at[TIMESTAMP_SIZE], log[SHA256_HEX], manifest[SHA256_HEX], state[SHA256_HEX];
        json_t *v;
        int ret;

        hex_encode(log, r->log, SHA256_SIZE);
        hex_encode(manifest, r->manifest, SHA256_SIZE);
        hex_encode(state, r->state, SHA256_SIZE);
        v = json_pack("{ss sI ss sI ss sI ss ss}", "at", timestamp_format(r->at, at), "epoch",
            (json_int_t)r->epoch, "log", log, "log_entries", (json_int_t)r->log_entries, "manifest",
            manifest, "seq", (json_int_t)r->seq, "state", state, "stream", r->stream);
        buf_adds(out, RECEIPT_MAGIC);
        ret = json_canonical(v, out, e);
        buf_addc(out, '\n');
        json_decref(v);
        return ret;
}

int receipt_write(
    const struct receipt *r, const struct secret_key *key, struct buf *out, struct err *e)
{
        unsigned char hash[PREHASH_SIZE];
        char text[SIGNATURE_TEXT], *comment;
        struct signature s;
        size_t begin = out->len;
        int ret = -1;

        if (format(r, out, e) < 0)
                return -1;
        prehash(out->data + begin, out->len - begin, hash);
        comment = xasprintf("receipt\tstream:%s\tepoch:%lld\tseq:%lld", r->stream,
            (long long)r->epoch, (long long)r->seq);
        if (signature_make(&s, key, hash, comment, e) < 0)
                goto out;
        ret = buf_add(out, text, signature_format(&s, text));
        if (ret < 0)
                err_set(e, ERR_FAILED, "the receipt is too long");
out:
        free(comment);
        return ret;
}

static int parse(const char *json, size_t len, struct receipt *out, struct err *e)
{
        struct json_reader r;
        uint64_t epoch, seq, entries;
        const char *stream, *at;
        json_t *object = json_parse_canonical("receipt", json, len, e);
        int ret = -1;

        if (!object)
                return -1;
        json_reader_init(&r, "receipt", object);
        if (!(stream = json_take_string(&r, "stream", e)) ||
            !(at = json_take_string(&r, "at", e)) ||
            json_take_size(&r, "epoch", INT64_MAX, &epoch, e) < 0 ||
            json_take_size(&r, "seq", INT64_MAX, &seq, e) < 0 ||
            json_take_size(&r, "log_entries", INT64_MAX, &entries, e) < 0 ||
            json_take_sha256(&r, "log", out->log, e) < 0 ||
            json_take_sha256(&r, "manifest", out->manifest, e) < 0 ||
            json_take_sha256(&r, "state", out->state, e) < 0 || json_done(&r, e) < 0 ||
            source_name_check("receipt: stream", stream, e) < 0)
                goto out;
        if (epoch == 0 || seq == 0 || timestamp_parse(at, &out->at) < 0) {
                err_set(e, ERR_REFUSED, "receipt: epoch, seq or time is out of range");
                goto out;
        }
        snprintf(out->stream, sizeof out->stream, "%s", stream);
        out->epoch = (int64_t)epoch;
        out->seq = (int64_t)seq;
        out->log_entries = (int64_t)entries;
        ret = 0;
out:
        json_reader_release(&r);
        return ret;
}

/* The magic line and the statement: what is signed. Their length, or 0. */
static size_t signed_length(const char *text, size_t len)
{
        size_t magic = strlen(RECEIPT_MAGIC);
        const char *lf;

        if (len <= magic || memcmp(text, RECEIPT_MAGIC, magic) != 0)
                return 0;
        lf = memchr(text + magic, '\n', len - magic);
        return lf ? (size_t)(lf + 1 - text) : 0;
}

int receipt_read(const char *text, size_t len, const struct public_key *keys, size_t key_count,
    struct receipt *out, char signer[KEY_ID_TEXT], struct err *e)
{
        size_t magic = strlen(RECEIPT_MAGIC), n = signed_length(text, len);
        struct signature_text signature = {"the receipt's signature", text + n, len - n};
        unsigned char hash[PREHASH_SIZE];
        struct verdict v;

        *out = (struct receipt){0};
        if (len > LIMIT_RECEIPT)
                return err_set(e, ERR_REFUSED, "no receipt: %zu bytes are too many", len);
        if (n == 0)
                return err_set(
                    e, ERR_REFUSED, "no receipt: it does not begin as one, or was cut short");
        prehash(text, n, hash);
        if (signatures_verify(&signature, len > n, hash, keys, key_count, &v, e) < 0)
                return -1;
        for (size_t i = 0; i < key_count; i++)
                if (v.signed_by[i])
                        key_id_format(signer, keys[i].id);
        return parse(text + magic, n - magic - 1, out, e);
}
