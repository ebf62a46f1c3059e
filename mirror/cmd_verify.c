#include <unistd.h>

#include "bundle/mem.h"
#include "bundle_findings.h"
#include "bundle_inputs.h"
#include "bundle_report.h"
#include "gate.h"
#include "keyfile.h"
#include "mirror/mirror.h"
#include "mirror/progress.h"
#include "volume_check.h"

static const struct opt_spec options[] = {
    {"key", 'k', "KEY", "a public key that shall have signed (default: the mirror's trust list)"},
    {"threshold", 0, "N", "how many of the given keys must have signed (default 1)"},
    {"review", 0, "REASON", "note in the mirror that you looked at this bundle and found it good"},
    {"verbose", 'v', NULL, "list every package"},
    {0},
};

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
        const struct bundle_input *inputs; /* files of one bundle */
        size_t input_count;
        struct volume_check check;
        struct mirror mirror; /* not open: gate.mirror NULL */
        struct gate gate;
        struct import_result result;
        struct bundle_findings findings;
        struct err damage; /* of the first file that has some */
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

static int judge(
    struct verification *v, const struct bundle *b, struct import_result *out, struct err *e)
{
        return opt_value(&v->cmd->opt, "key") ? judge_by_keys(v->cmd, b, out, e)
                                              : import_judge(v->mirror.catalog, b, out, e);
}

/* Each file has signatures of its own, so each is judged; what the manifest says is looked at once. */
static int begin_file(
    struct verification *v, const struct bundle *b, struct progress *progress, struct err *e)
{
        struct import_result again = {0};
        int ret;

        if (v->result.manifest.seq == 0) {
                if (judge(v, b, &v->result, e) < 0 ||
                    bundle_findings_make(&v->findings, &v->gate, b, &v->result, e) < 0 ||
                    (v->result.walk.trust && /* the mirror's list judged it */
                        bundle_findings_place(&v->findings, &v->gate, &v->result, e) < 0))
                        return -1;
                return volume_check_begin(&v->check, &v->result.manifest, progress, e);
        }
        ret = judge(v, b, &again, e);
        import_result_release(&again);
        return ret;
}

/* Damage in one copy is no matter if another has what it spoils. */
static void note_damage(struct verification *v, const struct err *why)
{
        if (v->damage.code == ERR_NONE)
                v->damage = *why;
        else
                cmd_warn(v->cmd, "%s", why->msg);
}

static int check_file(struct verification *v, const struct bundle_input *input,
    struct progress *progress, struct err *e)
{
        struct bundle *b = NULL;
        struct err damage = ERR_INIT;
        int ret = -1, fd = bundle_input_open(input, e);

        if (fd < 0)
                return -1;
        if (bundle_open(fd, &b, e) < 0 || bundle_input_check(input, b, e) < 0 ||
            begin_file(v, b, progress, e) < 0) {
                err_prefix(e, "%s", input->path);
                goto out;
        }
        if (volume_check_file(&v->check, b, &damage) < 0) {
                err_prefix(&damage, "%s", input->path);
                note_damage(v, &damage);
        }
        ret = 0;
out:
        bundle_close(b);
        close(fd);
        return ret;
}

static int check(struct verification *v, struct err *e)
{
        struct progress *progress = progress_new(v->cmd->quiet);
        int ret = 0;

        for (size_t i = 0; ret == 0 && i < v->input_count; i++)
                ret = check_file(v, &v->inputs[i], progress, e);
        progress_free(progress);
        return ret;
}

static int tell_damage(const struct verification *v, const char *missing, struct err *e)
{
        *e = v->damage;
        if (v->input_count > 1)
                err_set(e, v->damage.code, "%.700s; of all that was given, %.200s is lacking",
                    v->damage.msg, missing);
        bundle_refusal(e);
        return -1;
}

/* What is authentic is shown, also when it would not be let in. */
static int conclude(struct verification *v, struct err *e)
{
        const char *reason = opt_value(&v->cmd->opt, "review");
        const struct bundle_findings *f = &v->findings;
        char missing[256];

        volume_check_missing(&v->check, missing, sizeof missing);
        if (v->damage.code && (missing[0] || v->input_count == 1))
                return tell_damage(v, missing, e);
        if (v->damage.code)
                cmd_warn(v->cmd,
                    "%s; of the bundle itself nothing is lost by it, with the other files",
                    v->damage.msg);
        bundle_report(v->cmd, &v->result, f,
            f->denied_total ? "authentic"
            : missing[0]    ? "verified in part"
                            : "verified");
        if (f->denied_total) {
                *e = f->first_denied;
                e->cause = NULL; /* the report has it */
                return err_prefix(e, "%s", v->inputs[0].path);
        }
        if (missing[0])
                return err_set(e, ERR_INCOMPLETE,
                    "%s: bundle %lld of stream %s is good as far as it was given, and lacks %s",
                    v->inputs[0].path, (long long)v->result.manifest.seq, v->result.manifest.stream,
                    missing);
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
        volume_check_release(&v->check);
        import_result_release(&v->result);
        gate_release(&v->gate);
        mirror_close(&v->mirror);
}

/* All files of one bundle. */
static int verify_bundle(
    struct cmd *c, const struct bundle_input *inputs, size_t count, struct err *e)
{
        struct verification v = {.cmd = c,
            .inputs = inputs,
            .input_count = count,
            .mirror = MIRROR_INIT,
            .gate = {.cmd = c}};
        int ret = -1;

        if (open_mirror(&v, e) < 0 || check(&v, e) < 0)
                bundle_refusal(e);
        else
                ret = conclude(&v, e);
        release(&v);
        return ret;
}

static int is_same_bundle(const struct bundle_input *a, const struct bundle_input *b)
{
        return a->readable && b->readable && memcmp(a->manifest, b->manifest, SHA256_SIZE) == 0;
}

/* A copy of one that is whole, damaged so that it cannot even be told what it is. */
static int is_needless(
    const struct bundle_inputs *in, const char *whole, const struct bundle_input *input)
{
        for (size_t i = 0; i < in->count && !input->readable; i++)
                if (whole[i] && bundle_input_is_like(input, &in->items[i]))
                        return 1;
        return 0;
}

/* Every bundle is looked at, whatever the others are; the worst is the command's result. */
static int verify_all(struct cmd *c, const struct bundle_inputs *in, struct err *e)
{
        char *whole = xcalloc(in->count, 1); /* by file: the bundle that it is of was verified */
        struct err worst = ERR_INIT;

        for (size_t i = 0, n; i < in->count; i += n) {
                const struct bundle_input *first = &in->items[i];
                struct err why = ERR_INIT;

                for (n = 1; i + n < in->count && is_same_bundle(first, first + n);)
                        n++;
                if (verify_bundle(c, first, n, &why) == 0) {
                        memset(whole + i, first->readable, n);
                        continue;
                }
                if (is_needless(in, whole, first)) {
                        cmd_warn(c, "%s", why.msg);
                        continue;
                }
                bundle_inputs_keep_worst(c, &worst, &why);
        }
        free(whole);
        *e = worst;
        return worst.code == ERR_NONE ? 0 : -1;
}

static int run(struct cmd *c, struct err *e)
{
        struct bundle_inputs in = {0};
        int ret = -1;

        if (cmd_want_args(c, 1, 10000, e) == 0 && bundle_inputs_collect(&in, c, e) == 0)
                ret = verify_all(c, &in, e);
        else
                bundle_refusal(e);
        bundle_inputs_release(&in);
        return ret;
}

const struct command cmd_verify = {
    .name = "verify",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "BUNDLE...",
    .summary = "check a bundle without importing it",
    .description =
        "Checks the signatures, the manifest, every pack and every file of a bundle, and says\n"
        "what it is and what it would change. Needs no mirror when --key is given; with one, it\n"
        "also says whether it is the next one here, which names were never here and what the\n"
        "mirror's policy says (exit status 6 when it would not be let in). BUNDLE is a file, a folder (a mounted stick: every bundle\n"
        "in it), or - for stdin. The volumes and copies of a bundle are taken together: damage in\n"
        "one is told, and is a refusal only if no other has what it spoils; the exit status is\n"
        "5 when those that were given are good and others are not there.",
};
