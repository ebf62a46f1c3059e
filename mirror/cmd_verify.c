#include <unistd.h>

#include "bundle/mem.h"
#include "bundle_findings.h"
#include "bundle_report.h"
#include "gate.h"
#include "keyfile.h"
#include "mirror/mirror.h"
#include "mirror/progress.h"

static const struct opt_spec options[] = {
    {"key", 'k', "KEY", "a public key that shall have signed (default: the mirror's trust list)"},
    {"threshold", 0, "N", "how many of the given keys must have signed (default 1)"},
    {"review", 0, "REASON", "note in the mirror that you looked at this bundle and found it good"},
    {"verbose", 'v', NULL, "list every package"},
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

struct verification {
        struct cmd *cmd;
        struct mirror mirror; /* not open: gate.mirror NULL */
        struct gate gate;
        struct import_result result;
        struct bundle_findings findings;
};

/* The mirror is needed for its trust list or for a review; else it is looked at if it is there. */
static int open_mirror(struct verification *v, struct err *e)
{
        const struct cmd *c = v->cmd;
        int review = opt_value(&c->opt, "review") != NULL, keys = opt_value(&c->opt, "key") != NULL;
        char *state = xasprintf("%s/state", c->dir);
        int there = access(state, F_OK) == 0, ret;

        free(state);
        if (!there && !review && keys)
                return 0;
        if (!there && !keys)
                return err_set(e, ERR_USAGE,
                    "by which key? give --key KEY.pub, or -C a mirror with a trust list");
        ret = mirror_open(
            &v->mirror, c->dir, (review ? MIRROR_LOCKED : MIRROR_READ) | MIRROR_CONFIG, e);
        if (ret < 0)
                return -1;
        v->gate.mirror = &v->mirror;
        return 0;
}

static int check(struct verification *v, int fd, struct err *e)
{
        struct progress *progress = progress_new(v->cmd->quiet);
        struct blob_sink sink = {progress, on_blob, on_data, on_blob, on_progress};
        struct bundle *b = NULL;
        int ret = -1;

        if (bundle_open(fd, &b, e) == 0 &&
            (opt_value(&v->cmd->opt, "key")
                    ? judge_by_keys(v->cmd, b, &v->result, e)
                    : import_judge(v->mirror.catalog, b, &v->result, e)) == 0 &&
            bundle_findings_make(&v->findings, &v->gate, b, &v->result, e) == 0 &&
            bundle_unpack(b, &v->result.manifest, &sink, e) == 0)
                ret = 0;
        bundle_close(b);
        progress_free(progress);
        return ret;
}

/* What is authentic is shown, also when it would not be let in. */
static int conclude(struct verification *v, struct err *e)
{
        const char *reason = opt_value(&v->cmd->opt, "review");
        const struct bundle_findings *f = &v->findings;

        bundle_report(v->cmd, &v->result, f, f->denied_total ? "authentic" : "verified");
        if (f->denied_total) {
                *e = f->first_denied;
                return err_prefix(e, "%s", v->cmd->opt.args[0]);
        }
        if (!reason)
                return 0;
        if (gate_note_review(&v->gate, &v->result, reason, e) < 0)
                return -1;
        cmd_note(v->cmd, "your review is noted; another person may import it with --approve");
        return 0;
}

static void release(struct verification *v)
{
        bundle_findings_release(&v->findings);
        import_result_release(&v->result);
        gate_release(&v->gate);
        mirror_close(&v->mirror);
}

static int run(struct cmd *c, struct err *e)
{
        struct verification v = {.cmd = c, .mirror = MIRROR_INIT, .gate = {.cmd = c}};
        int fd = -1, ret = -1;

        if (cmd_want_args(c, 1, 1, e) < 0)
                return -1;
        fd = bundle_open_input(c->opt.args[0], e);
        if (fd < 0 || open_mirror(&v, e) < 0)
                goto out;
        if (check(&v, fd, e) < 0)
                err_prefix(e, "%s", c->opt.args[0]);
        else
                ret = conclude(&v, e);
out:
        release(&v);
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
        "what it is and what it would change. Needs no mirror when --key is given; with one, it\n"
        "also says which names were never here and what the mirror's policy says (exit status 6\n"
        "when it would not be let in). BUNDLE is a file, or - for stdin.",
};
