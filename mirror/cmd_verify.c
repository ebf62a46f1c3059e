#include <unistd.h>

#include "bundle/catalog_stream.h"
#include "bundle/mem.h"
#include "bundle_report.h"
#include "gate.h"
#include "keyfile.h"
#include "mirror/mirror.h"
#include "mirror/names.h"
#include "mirror/progress.h"
#include "mirror/registry.h"

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

/* -- what it would change, and whether that is let in -- */

#define DENIED_MAX 20 /* reasons that are kept */

struct verification {
        struct cmd *cmd;
        struct mirror mirror; /* not open: has_mirror 0 */
        int has_mirror;
        struct gate gate;
        struct import_result result;
        struct changes changes;
        struct generation held; /* what the bundle is compared with */
        char *denied[DENIED_MAX];
        size_t denied_count, denied_total;
        struct err first_denied;
};

/* 0: noted, and the rest is looked at; -1: this machine failed. */
static int deny(struct verification *v, const struct err *why, struct err *e)
{
        if (why->code != ERR_REFUSED && why->code != ERR_POLICY) {
                *e = *why;
                return -1;
        }
        if (v->denied_total++ == 0)
                v->first_denied = *why;
        if (v->denied_count < DENIED_MAX)
                v->denied[v->denied_count++] = xstrdup(why->msg);
        return 0;
}

static const char *kind_of(const struct manifest *m, const char *source)
{
        for (size_t i = 0; i < m->source_count; i++)
                if (strcmp(m->sources[i].name, source) == 0)
                        return m->sources[i].kind;
        return "";
}

static int look_at_record(
    void *user, const struct record *r, const char *line, size_t len, int added, struct err *e)
{
        struct verification *v = user;
        const char *kind = kind_of(&v->result.manifest, r->source);
        const struct registry *registry = registry_find(kind);
        struct err why = ERR_INIT;

        (void)line;
        (void)len;
        if (changes_add(&v->changes, r, added ? 1 : -1, e) < 0)
                return -1;
        if (!added || !registry) /* the source was denied */
                return 0;
        if ((v->has_mirror ? gate_record(&v->gate, kind, r, &why)
                           : names_check(registry, r, &why)) < 0)
                return deny(v, &why, e);
        return 0;
}

/* A full bundle leaves nothing of its stream but what is in it. */
static int add_held(struct verification *v, const char *source, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        int more, ret = -1;

        if (catalog_records(v->mirror.catalog, v->held.id, source, NULL, ORDER_PACKAGE, &rows, e) <
            0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1)
                if (changes_add(&v->changes, &r, -1, e) < 0)
                        goto out;
        ret = more;
out:
        record_rows_close(rows);
        return ret;
}

static int add_all_held(struct verification *v, struct err *e)
{
        char **sources = NULL;
        size_t count = 0;
        int ret = -1;

        if (catalog_stream_sources(
                v->mirror.catalog, v->result.manifest.stream, &sources, &count, e) < 0)
                goto out;
        for (size_t i = 0; i < count; i++)
                if (add_held(v, sources[i], e) < 0)
                        goto out;
        ret = 0;
out:
        catalog_names_free(sources, count);
        return ret;
}

static int count_held(
    void *user, const char *source, const char *package, uint64_t *records, struct err *e)
{
        const struct verification *v = user;

        return catalog_package_count(v->mirror.catalog, v->held.id, source, package, records, e);
}

static int mark_unseen(struct verification *v, struct err *e)
{
        for (size_t i = 0; i < v->changes.count; i++) {
                struct package_change *p = &v->changes.packages[i];
                int seen = catalog_package_seen(v->mirror.catalog, p->source, p->package, e);

                if (seen < 0)
                        return -1;
                p->unseen = !seen;
        }
        return 0;
}

static int look_at_all(struct verification *v, const struct bundle *b, struct err *e)
{
        const struct manifest *m = &v->result.manifest;
        struct manifest again = {0};
        struct err why = ERR_INIT;
        int r;

        if (v->has_mirror && gate_bundle(&v->gate, m, &why) < 0 && deny(v, &why, e) < 0)
                return -1;
        for (size_t i = 0; i < m->source_count; i++) {
                why = (struct err)ERR_INIT;
                if (gate_source(m->sources[i].name, m->sources[i].kind, &why) < 0 &&
                    deny(v, &why, e) < 0)
                        return -1;
        }
        r = bundle_manifest(b, look_at_record, v, &again, e);
        manifest_release(&again);
        if (r < 0)
                return -1;
        if (!v->has_mirror)
                return changes_settle(&v->changes, NULL, NULL, e);
        if (!m->base_seq && add_all_held(v, e) < 0)
                return -1;
        if (changes_settle(&v->changes, m->base_seq ? count_held : NULL, v, e) < 0)
                return -1;
        return mark_unseen(v, e);
}

/* -- the command -- */

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
        v->has_mirror = 1;
        v->gate = (struct gate){.cmd = v->cmd, .mirror = &v->mirror};
        return catalog_generation_last(v->mirror.catalog, &v->held, e) < 0 ? -1 : 0;
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
            look_at_all(v, b, e) == 0 && bundle_unpack(b, &v->result.manifest, &sink, e) == 0)
                ret = 0;
        bundle_close(b);
        progress_free(progress);
        return ret;
}

/* What is authentic is shown, also when it would not be let in. */
static int conclude(struct verification *v, struct err *e)
{
        const char *reason = opt_value(&v->cmd->opt, "review");
        struct bundle_findings findings = {.changes = &v->changes,
            .compared = v->has_mirror,
            .denied = v->denied,
            .denied_count = v->denied_count,
            .denied_total = v->denied_total};

        bundle_report(v->cmd, &v->result, &findings, v->denied_total ? "authentic" : "verified");
        if (v->denied_total) {
                *e = v->first_denied;
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
        for (size_t i = 0; i < v->denied_count; i++)
                free(v->denied[i]);
        changes_release(&v->changes);
        import_result_release(&v->result);
        gate_release(&v->gate);
        mirror_close(&v->mirror);
}

static int run(struct cmd *c, struct err *e)
{
        struct verification v = {.cmd = c, .mirror = MIRROR_INIT};
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
