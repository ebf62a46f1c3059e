#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/audit.h"
#include "bundle/catalog_stream.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/mem.h"
#include "bundle/receipt_code.h"
#include "bundle/secret.h"
#include "mirror/cmd.h"
#include "mirror/mirror.h"

static const struct opt_spec options[] = {
    {"output", 'o', "FILE",
        "where the receipt goes (default: outbox/STREAM-SEQ.receipt); - for stdout"},
    {0},
};

#define KEY "receipt.key" /* in state/ */

/* -- the key -- */

/* Made at the first receipt, in the clear: its file's mode protects it. */
static struct secret_key *make_key(const struct cmd *c, struct mirror *m, struct err *e)
{
        struct secret_key *key = secret_key_generate();
        char *text = secret_key_format(key, NULL, NULL, e), public_text[PUBLIC_KEY_TEXT];
        struct fs_temp t = FS_TEMP_INIT;
        struct public_key public;
        int ok = 0;

        if (!text)
                goto out;
        secret_key_public(key, &public);
        /* the public half first: a key that nobody was given is no loss */
        if (fs_write_file(m->dir, "receipt.pub", public_text,
                public_key_format(&public, public_text), e) < 0 ||
            fs_temp_open(&t, m->state, e) < 0)
                goto out;
        if (fchmod(t.fd, 0600) < 0) {
                err_sys(e, "cannot make state/" KEY);
                goto out;
        }
        if (fs_write(t.fd, text, strlen(text), e) < 0 ||
            fs_temp_commit(&t, m->state, KEY, FS_DURABLE, e) < 0)
                goto out;
        cmd_note(c,
            "made a key for receipts; carry receipt.pub to the other side once, for receipt_keys");
        ok = 1;
out:
        fs_temp_discard(&t);
        secret_free(text);
        if (ok)
                return key;
        secret_key_free(key);
        return NULL;
}

static struct secret_key *open_key(const struct cmd *c, struct mirror *m, struct err *e)
{
        struct secret_key *key = NULL;
        struct buf text;
        int found;

        buf_init(&text, LIMIT_KEY_FILE);
        found = fs_read_file(m->state, KEY, &text, e);
        if (found == 1) {
                key = secret_key_parse(text.data ? text.data : "", text.len, NULL, e);
                if (!key)
                        err_prefix(e, "state/" KEY);
                if (text.data)
                        explicit_bzero(text.data, text.len);
        }
        buf_release(&text);
        return found == 0 ? make_key(c, m, e) : key;
}

/* -- the receipt -- */

static int choose_stream(const struct cmd *c, struct mirror *m, char **out, struct err *e)
{
        char **streams = NULL;
        size_t count = 0;
        int ret = -1;

        if (c->opt.arg_count) {
                *out = xstrdup(c->opt.args[0]);
                return 0;
        }
        if (catalog_trust_streams(m->catalog, &streams, &count, e) < 0)
                goto out;
        if (count == 1) {
                *out = xstrdup(streams[0]);
                ret = 0;
        } else {
                err_set(e, ERR_USAGE,
                    count ? "this mirror takes several streams: name one"
                          : "this mirror takes no stream");
        }
out:
        catalog_names_free(streams, count);
        return ret;
}

static int fill(struct mirror *m, const char *stream, struct receipt *out, struct err *e)
{
        struct bundle_row last;
        int r = catalog_bundle_last_done(m->catalog, stream, &last, e);

        *out = (struct receipt){.at = (int64_t)time(NULL)};
        if (r < 0)
                return -1;
        if (r == 0)
                return err_set(
                    e, ERR_USAGE, "no bundle of stream %.100s was imported here", stream);
        snprintf(out->stream, sizeof out->stream, "%s", stream);
        out->epoch = last.epoch;
        out->seq = last.seq;
        memcpy(out->manifest, last.manifest, SHA256_SIZE);
        memcpy(out->state, last.state, SHA256_SIZE);
        bundle_row_release(&last);
        return audit_head(m->catalog, &out->log_entries, out->log, e);
}

static int write_text(const char *path, const struct buf *text, struct err *e)
{
        const char *name;
        int dir, ret;

        if (strcmp(path, "-") == 0) {
                fwrite(text->data, 1, text->len, stdout);
                return 0;
        }
        dir = fs_open_parent(path, &name, e);
        if (dir < 0)
                return -1;
        ret = fs_write_file(dir, name, text->data, text->len, e);
        close(dir);
        return ret < 0 ? err_prefix(e, "%s", path) : 0;
}

static void print(const struct cmd *c, const struct receipt *r, const char *path, const char *code)
{
        char state[SHA256_HEX];
        json_t *v;

        hex_encode(state, r->state, SHA256_SIZE);
        if (strcmp(path, "-") == 0) {
                cmd_note(c, "code %s", code);
        } else if (!c->json) {
                printf("%s\ncode %s\n", path, code);
                cmd_note(c,
                    "bundle %lld of stream %s; the other side: dray bundle --base FILE-or-CODE",
                    (long long)r->seq, r->stream);
        } else {
                v = json_pack("{ss sI sI ss ss ss}", "stream", r->stream, "epoch",
                    (json_int_t)r->epoch, "seq", (json_int_t)r->seq, "state", state, "file", path,
                    "code", code);
                json_dumpf(v, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
                putchar('\n');
                json_decref(v);
        }
}

static int make_receipt(struct cmd *c, struct mirror *m, const char *stream, struct err *e)
{
        const char *output = opt_value(&c->opt, "output");
        struct secret_key *key = NULL;
        char code[RECEIPT_CODE], *path = NULL;
        struct receipt r;
        struct buf text;
        int ret = -1;

        buf_init(&text, LIMIT_RECEIPT);
        if (fill(m, stream, &r, e) < 0 || receipt_code_format(&r, code, e) < 0)
                goto out;
        key = open_key(c, m, e);
        if (!key || receipt_write(&r, key, &text, e) < 0)
                goto out;
        path = output ? xstrdup(output)
                      : xasprintf("%s/outbox/%s-%06lld.receipt", m->path, stream, (long long)r.seq);
        if (write_text(path, &text, e) < 0)
                goto out;
        print(c, &r, path, code);
        ret = 0;
out:
        secret_key_free(key);
        free(path);
        buf_release(&text);
        return ret;
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        char *stream = NULL;
        int ret = -1;

        if (cmd_want_args(c, 0, 1, e) == 0 && mirror_open(&m, c->dir, MIRROR_LOCKED, e) == 0 &&
            choose_stream(c, &m, &stream, e) == 0)
                ret = make_receipt(c, &m, stream, e);
        free(stream);
        mirror_close(&m);
        return ret;
}

const struct command cmd_receipt = {
    .name = "receipt",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "[STREAM]",
    .summary = "say, signed, what this side holds of a stream",
    .description =
        "Writes a receipt: the last bundle that was imported, its state and the last hash of\n"
        "the log, signed with this mirror's own key (state/receipt.key, made at the first one;\n"
        "receipt.pub is for the other side). The code says the same in 47 characters that can\n"
        "be read over a telephone. The other side makes a bundle on it: dray bundle --base.",
};
