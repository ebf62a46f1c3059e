#include "bundle_base.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bundle/audit.h"
#include "bundle/catalog_stream.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/mem.h"
#include "bundle/receipt_code.h"
#include "keyfile.h"

static int is_number(const char *text)
{
        size_t len = strlen(text);

        return len > 0 && len < 19 && strspn(text, "0123456789") == len;
}

/* The bundle of that number, if it was finished here in the epoch that still is. */
static int find_row(struct mirror *m, const char *stream, int64_t epoch, int64_t seq,
    struct bundle_row *out, struct err *e)
{
        struct bundle_row last = {0};
        int64_t now;
        int r = catalog_bundle_get(m->catalog, stream, 0, &last, e);

        now = last.epoch;
        bundle_row_release(&last);
        if (r >= 0)
                r = catalog_bundle_find(m->catalog, stream, epoch, seq, out, e);
        if (r < 0)
                return -1;
        if (r == 0 || !out->done)
                return err_set(e, ERR_CHAIN,
                    "the far side says that it holds bundle %lld of %s, epoch %lld, and none such was made "
                    "here; find out who made it",
                    (long long)seq, stream, (long long)epoch);
        if (epoch != now)
                return err_set(e, ERR_CHAIN,
                    "the far side holds bundle %lld of epoch %lld, and %s is at epoch %lld; make a --full one",
                    (long long)seq, (long long)epoch, stream, (long long)now);
        return 0;
}

static char *confirmed_key(const char *stream)
{
        return xasprintf("receipt:%s", stream);
}

static int note(struct mirror *m, const char *stream, const struct bundle_row *row, int64_t at,
    const char *how, struct err *e)
{
        struct audit_event ev = {.event = "receipt",
            .stream = stream,
            .seq = row->seq,
            .manifest = row->manifest,
            .text = how};
        char *key = confirmed_key(stream), value[80];
        int ret = -1;

        snprintf(value, sizeof value, "%lld %lld %lld", (long long)row->epoch, (long long)row->seq,
            (long long)at);
        if (catalog_begin(m->catalog, e) == 0 &&
            catalog_setting_put(m->catalog, key, value, e) == 0 &&
            audit_append(m->catalog, &ev, e) == 0 && catalog_commit(m->catalog, e) == 0)
                ret = 0;
        if (ret < 0)
                catalog_rollback(m->catalog);
        free(key);
        return ret;
}

int bundle_base_confirmed(
    struct catalog *c, const char *stream, int64_t *epoch, int64_t *seq, int64_t *at, struct err *e)
{
        char *key = confirmed_key(stream), *value = NULL, *p;
        int r = catalog_setting_get(c, key, &value, e);

        free(key);
        if (r != 1)
                return r;
        *epoch = strtoll(value, &p, 10);
        *seq = strtoll(p, &p, 10);
        *at = strtoll(p, NULL, 10);
        free(value);
        return 1;
}

/* -- a code -- */

static int from_code(
    struct mirror *m, const char *stream, const char *text, int64_t *seq, struct err *e)
{
        struct receipt_code code;
        struct bundle_row row = {0};
        unsigned char proof[sizeof code.proof];
        int ret = -1;

        if (receipt_code_parse(text, &code, e) < 0)
                return -1;
        if (code.stream != receipt_code_stream(stream))
                return err_set(e, ERR_CHAIN, "the code is of another stream than %s", stream);
        if (find_row(m, stream, code.epoch, code.seq, &row, e) < 0)
                goto out;
        receipt_code_proof(row.manifest, row.state, proof);
        if (memcmp(proof, code.proof, sizeof proof) != 0) {
                err_set(e, ERR_CHAIN,
                    "the code does not agree with bundle %lld of %s as it was made here: the far side holds "
                    "another one of that number; find out who made it",
                    (long long)code.seq, stream);
                goto out;
        }
        *seq = code.seq;
        ret = note(m, stream, &row, (int64_t)time(NULL), "by code", e);
out:
        bundle_row_release(&row);
        return ret;
}

/* -- a file -- */

static int read_keys(
    const struct config_stream *stream, struct public_key *keys, size_t *count, struct err *e)
{
        if (stream->receipt_keys.count == 0)
                return err_set(e, ERR_USAGE,
                    "stream %s has no `receipt_keys`; put the far side's receipt.pub there, or use the code",
                    stream->name);
        if (stream->receipt_keys.count > LIMIT_TRUST_KEYS)
                return err_set(e, ERR_USAGE, "stream %s has more than %d `receipt_keys`",
                    stream->name, LIMIT_TRUST_KEYS);
        for (*count = 0; *count < stream->receipt_keys.count; ++*count)
                if (keyfile_public(stream->receipt_keys.items[*count].text, &keys[*count], e) < 0)
                        return -1;
        return 0;
}

static int hold_against(const struct receipt *r, const struct bundle_row *row, struct err *e)
{
        char theirs[SHA256_HEX], ours[SHA256_HEX];

        if (memcmp(r->manifest, row->manifest, SHA256_SIZE) == 0 &&
            memcmp(r->state, row->state, SHA256_SIZE) == 0)
                return 0;
        hex_encode(theirs, r->manifest, SHA256_SIZE);
        hex_encode(ours, row->manifest, SHA256_SIZE);
        return err_set(e, ERR_CHAIN,
            "fork: the far side holds bundle %lld of %s with manifest %.16s..., here it was made with "
            "%.16s...; find out who made the other one",
            (long long)r->seq, r->stream, theirs, ours);
}

static int check_receipt(struct mirror *m, const struct config_stream *stream,
    const struct receipt *r, const char *signer, int64_t *seq, struct err *e)
{
        struct bundle_row row = {0};
        char log[SHA256_HEX], *how = NULL;
        int ret = -1;

        if (strcmp(r->stream, stream->name) != 0)
                return err_set(
                    e, ERR_CHAIN, "it is of stream %s, not of %s", r->stream, stream->name);
        if (find_row(m, stream->name, r->epoch, r->seq, &row, e) < 0 ||
            hold_against(r, &row, e) < 0)
                goto out;
        hex_encode(log, r->log, SHA256_SIZE);
        how = xasprintf("signed by %s; its log has %lld entries, the last has %s", signer,
            (long long)r->log_entries, log);
        *seq = r->seq;
        ret = note(m, stream->name, &row, r->at, how, e);
out:
        free(how);
        bundle_row_release(&row);
        return ret;
}

static int from_file(struct mirror *m, const struct config_stream *stream, const char *path,
    int64_t *seq, struct err *e)
{
        struct public_key keys[LIMIT_TRUST_KEYS];
        char signer[KEY_ID_TEXT];
        struct receipt receipt;
        struct buf text;
        size_t count = 0;
        int ret = -1;

        buf_init(&text, LIMIT_RECEIPT);
        if (read_keys(stream, keys, &count, e) < 0 || fs_read_file(AT_FDCWD, path, &text, e) < 0)
                goto out;
        if (receipt_read(text.data ? text.data : "", text.len, keys, count, &receipt, signer, e) <
                0 ||
            check_receipt(m, stream, &receipt, signer, seq, e) < 0) {
                err_prefix(e, "%s", path);
                goto out;
        }
        ret = 0;
out:
        buf_release(&text);
        return ret;
}

int bundle_base_find(struct mirror *m, const struct config_stream *stream, const char *text,
    int64_t *seq, struct err *e)
{
        struct stat st;

        if (is_number(text)) {
                *seq = strtoll(text, NULL, 10);
                return *seq ? 0 : err_set(e, ERR_USAGE, "--base 0: use --full");
        }
        if (stat(text, &st) == 0)
                return from_file(m, stream, text, seq, e);
        if (strchr(text, '/') || strchr(text, '.'))
                return err_set(e, ERR_USAGE, "%.200s: no such file", text);
        return from_code(m, stream->name, text, seq, e);
}
