#include <unistd.h>

#include "bundle/mem.h"
#include "bundle_report.h"
#include "keyfile.h"
#include "mirror/mirror.h"
#include "mirror/progress.h"

static const struct opt_spec options[] = {
    {"key", 'k', "KEY", "a public key that shall have signed (default: the mirror's trust list)"},
    {"threshold", 0, "N", "how many of the given keys must have signed (default 1)"},
    {0},
};

static int on_blob(struct blob_sink *s, uint32_t blob, struct err *e)
{
        (void)s;
        (void)blob;
        (void)e;
        return 0;
}

static int on_data(struct blob_sink *s, uint32_t blob, const void *bytes, size_t len, struct err *e)
{
        (void)bytes;
        (void)len;
        return on_blob(s, blob, e);
}

static void on_progress(struct blob_sink *s, uint64_t done, uint64_t total)
{
        progress_bytes(s->user, "verifying", done, total);
}

/* A trust list from the command line; the stream's name is whatever the bundle says. */
static int judge_by_keys(
    const struct cmd *c, const struct bundle *b, struct import_result *out, struct err *e)
{
        struct trust *t = xcalloc(1, sizeof *t);
        struct verdict v;
        long long threshold = 1;
        const char *text;
        int ret = -1;

        if (trust_init(t, "any", e) < 0 ||
            opt_number(&c->opt, "threshold", 1, LIMIT_TRUST_KEYS, &threshold, e) < 0)
                goto out;
        for (size_t i = 0; (text = opt_value_at(&c->opt, "key", i)); i++) {
                struct public_key key;

                if (keyfile_public(text, &key, e) < 0 || trust_add(t, &key, "", e) < 0)
                        goto out;
        }
        if (trust_set_threshold(t, (unsigned)threshold, e) < 0)
                goto out;
        bundle_manifest_sha256(b, out->manifest_sha256);
        if (bundle_judge(b, t, &v, e) < 0 ||
            bundle_manifest(b, NULL, NULL, &out->manifest, e) < 0 ||
            trust_check(t, &v, (uint64_t)out->manifest.seq, e) < 0)
                goto out;
        for (size_t i = 0; i < t->count; i++)
                if (v.signed_by[i])
                        key_id_format(out->signers[out->signer_count++], t->keys[i].key.id);
        ret = 0;
out:
        free(t);
        return ret;
}

static int judge_by_mirror(
    const struct cmd *c, const struct bundle *b, struct import_result *out, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct trust *t = xcalloc(1, sizeof *t);
        int ret = mirror_open(&m, c->dir, MIRROR_READ, e);

        if (ret < 0 && e->code == ERR_USAGE)
                err_set(e, ERR_USAGE,
                    "by which key? give --key KEY.pub, or -C a mirror with a trust list");
        if (ret == 0)
                ret = import_judge(m.catalog, b, t, out, e);
        free(t);
        mirror_close(&m);
        return ret;
}

static int run(struct cmd *c, struct err *e)
{
        struct blob_sink sink = {NULL, on_blob, on_data, on_blob, on_progress};
        struct import_result result = {0};
        struct progress *progress = NULL;
        struct bundle *b = NULL;
        int fd = -1, ret = -1;

        if (cmd_want_args(c, 1, 1, e) < 0)
                return -1;
        fd = bundle_open_input(c->opt.args[0], e);
        if (fd < 0)
                goto out;
        sink.user = progress = progress_new(c->quiet);
        if (bundle_open(fd, &b, e) < 0 ||
            (opt_value(&c->opt, "key") ? judge_by_keys(c, b, &result, e)
                                       : judge_by_mirror(c, b, &result, e)) < 0 ||
            bundle_unpack(b, &result.manifest, &sink, e) < 0) {
                err_prefix(e, "%s", c->opt.args[0]);
                goto out;
        }
        progress_free(progress);
        progress = NULL;
        bundle_report(c, &result, "verified");
        ret = 0;
out:
        progress_free(progress);
        bundle_close(b);
        import_result_release(&result);
        if (fd >= 0)
                close(fd);
        return ret;
}

const struct command cmd_verify = {
    .name = "verify",
    .run = run,
    .options = options,
    .arguments = "BUNDLE",
    .summary = "check a bundle without importing it",
    .description =
        "Checks the signatures, the manifest, every pack and every file of a bundle, and says\n"
        "what it is. Needs no mirror when --key is given. BUNDLE is a file, or - for stdin.",
};
