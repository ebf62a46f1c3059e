#include <unistd.h>

#include "bundle/audit.h"
#include "bundle/fs.h"
#include "bundle/spool.h"
#include "bundle/timestamp.h"
#include "bundle_inputs.h"
#include "bundle_report.h"
#include "gate.h"
#include "import_refusals.h"
#include "mirror/config.h"
#include "mirror/identity.h"
#include "mirror/mirror.h"
#include "mirror/progress.h"
#include "mirror/registry.h"
#include "mirror/site.h"

static const struct opt_spec options[] = {
    {"approve", 0, "REASON", "take in what another person has reviewed (dray verify --review)"},
    {"approve-clock", 0, "REASON",
        "this machine's clock is right: earlier imports that it calls future were not"},
    {"no-publish", 0, NULL, "leave the site as it is"},
    {"forget", 0, NULL, "give up the bundles of which only some volumes have come"},
    {0},
};

/* One run of the command. */
struct run {
        struct cmd *cmd;
        struct mirror mirror;
        struct bundle_inputs inputs;
        struct import_waits *waits;
        struct import_refusals refusals;
};

struct importing {
        struct gate gate; /* first, for gate_rules() */
        struct import *import;
        struct progress *progress;
};

static int accept_bundle(void *user, const struct import_result *r, struct err *e)
{
        struct importing *i = user;

        if (gate_sources(&i->gate, &r->manifest, e) < 0 ||
            gate_bundle(&i->gate, &r->manifest, e) < 0 || gate_review(&i->gate, r, e) < 0)
                return -1;
        i->import->note = i->gate.note;
        return 0;
}

static int accept_source(void *user, const char *name, const char *kind, struct err *e)
{
        const struct importing *i = user;
        const struct config *config = i->gate.mirror->config;

        if (gate_source(name, kind, e) < 0)
                return -1;
        if (!config_source_find(config, name))
                return 0;
        err_set(e, ERR_USAGE,
            "the bundle brings the source %s, which %s syncs by itself: this is the connected side; name the "
            "isolated mirror with -C",
            name, config->path);
        return err_cause(e, "connected-side");
}

static int accept_record(void *user, const char *kind, const struct record *r, struct err *e)
{
        const struct importing *i = user;

        return gate_record(&i->gate, kind, r, e);
}

static int accept_result(void *user, int64_t generation, struct err *e)
{
        const struct importing *i = user;

        return gate_result(&i->gate, generation, e);
}

static int identify_record(
    void *user, const char *kind, const struct record *r, struct held_files *files, struct err *e)
{
        (void)user;
        return identity_check(registry_find(kind), r, files, e);
}

static void on_progress(void *user, uint64_t done, uint64_t total)
{
        struct importing *i = user;

        progress_bytes(i->progress, "importing", done, total);
}

static void on_gathering(void *user, uint64_t done, uint64_t total)
{
        struct importing *i = user;

        progress_bytes(i->progress, "taking volumes", done, total);
}

/* found: in a folder, where what was imported before is nothing to report. */
static int finish(
    struct cmd *c, struct mirror *m, const struct import_result *r, int found, struct err *e)
{
        struct site_result site;
        char when[TIMESTAMP_SIZE];

        if (r->already) {
                if (r->healed)
                        cmd_note(c, "imported already, at %s; %llu files that were lost are back",
                            timestamp_format(r->already_at, when), (unsigned long long)r->healed);
                else
                        cmd_note(c,
                            "bundle %lld of stream %s was imported already, at %s; nothing was changed",
                            (long long)r->manifest.seq, r->manifest.stream,
                            timestamp_format(r->already_at, when));
                if (!found || r->healed)
                        bundle_report(c, r, NULL, "already imported");
        } else {
                bundle_report(c, r, NULL, "imported");
        }
        if (opt_flag(&c->opt, "no-publish"))
                return 0;
        /* also after a repeated import: the first one may have been cut off before this */
        if (site_publish(m, m->config->base_url, &site, e) < 0)
                return err_prefix(e, "imported, but not published (dray publish tries again)");
        if (site.changed)
                cmd_note(c, "site shows generation %lld", (long long)site.generation);
        return cmd_note_address(c, m, e);
}

/* A copy of what is here, which is damaged so that it cannot even be told what it is. */
static int is_needless(const struct run *r, const struct bundle_input *input)
{
        for (size_t i = 0; i < r->inputs.count; i++) {
                const struct bundle_input *k = &r->inputs.items[i];

                if (k->readable && import_waits_is_done(r->waits, k->manifest) &&
                    bundle_input_is_like(input, k))
                        return 1;
        }
        return 0;
}

/*
 * Whether the command may go on after a file that was refused: another copy may do, what is older
 * than what is here need not stop what is newer, and what is found in a folder was not chosen.
 */
static int go_on(struct run *r, const struct bundle_input *input,
    const struct import_result *result, struct err *e)
{
        struct import_refusals *f = &r->refusals;
        const struct err why = *e;

        if (!import_refusals_is_one(e))
                return -1; /* this machine failed, not the bundle */
        *e = (struct err)ERR_INIT;
        if (input->found && why.cause && strcmp(why.cause, "older") == 0) {
                import_refusals_older(f, result, &why);
                return 0;
        }
        import_refusals_log(f, result, &why);
        if (result->waiting) {
                cmd_warn(r->cmd, "%s; what is good of it was kept", why.msg);
                import_waits_note(r->waits, result, 1);
                return 0;
        }
        if (!input->readable && is_needless(r, input)) {
                cmd_warn(r->cmd, "%s", why.msg);
                return 0;
        }
        if (input->found && result->signer_count)
                import_refusals_hold(f, result->manifest.stream);
        if (input->found || (r->inputs.count > 1 && !input->readable)) {
                bundle_inputs_keep_worst(r->cmd, &f->worst, &why);
                return 0;
        }
        *e = why;
        return -1;
}

/* The bundle is in, and may be published; not all that follows was done. */
static int report_untidy(const struct err *untidy, int published, struct err *e)
{
        const char *again = "not all was noted (the same command again does it)";
        const struct err why = *e;

        if (published < 0)
                return err_set(e, why.code, "%.600s; %s: %.200s", why.msg, again, untidy->msg);
        return err_set(e, ERR_FAILED, "imported, but %s: %.400s", again, untidy->msg);
}

/* An import goes forward: whoever had the site go back is told. rolled_back: to what; -1: it was not. */
static int note_forward(struct run *r, int64_t rolled_back, struct err *e)
{
        struct audit_event ev = {.event = "rollback"};
        int64_t now;
        char text[80];
        int still = rolled_back < 0 ? 1 : site_wanted(&r->mirror, &now, e);

        if (still)
                return still < 0 ? -1 : 0;
        snprintf(text, sizeof text, "the import ends the rollback to generation %lld",
            (long long)rolled_back);
        cmd_warn(r->cmd, "%s", text);
        ev.text = text;
        return audit_append(r->mirror.catalog, &ev, e);
}

static int settle(struct run *r, const struct bundle_input *input,
    const struct import_result *result, int64_t rolled_back, struct err *e)
{
        int ret;

        if (result->damage.code)
                cmd_warn(r->cmd, "%s: %s; what it lacks came from other copies", input->path,
                    result->damage.msg);
        if (result->waiting) {
                cmd_note(r->cmd, "%s is taken; bundle %lld of stream %s waits for %s", input->path,
                    (long long)result->manifest.seq, result->manifest.stream, result->missing);
                import_waits_note(r->waits, result, 0);
                ret = 0;
        } else {
                import_waits_done(r->waits, result);
                ret = note_forward(r, rolled_back, e) < 0
                          ? -1
                          : finish(r->cmd, &r->mirror, result, input->found, e);
        }
        return result->untidy.code ? report_untidy(&result->untidy, ret, e) : ret;
}

static int import_one(struct run *r, size_t i, struct err *e)
{
        const struct bundle_input *input = &r->inputs.items[i];
        struct importing importing = {.gate = {.cmd = r->cmd,
                                          .mirror = &r->mirror,
                                          .approval = opt_value(&r->cmd->opt, "approve")}};
        struct import im = {.catalog = r->mirror.catalog,
            .store = r->mirror.store,
            .name = input->path,
            .rules = gate_rules,
            .accept_bundle = accept_bundle,
            .gather = input->has_copy,
            .accept = accept_record,
            .accept_source = accept_source,
            .identify = identify_record,
            .accept_result = accept_result,
            .progress = on_progress,
            .gathering = on_gathering,
            .user = &importing};
        struct import_result result = {0};
        int64_t rolled_back;
        int ret, fd;

        if (input->readable && import_waits_is_done(r->waits, input->manifest))
                return 0; /* a copy of what was just taken in */
        if (input->found && input->readable && import_refusals_holds(&r->refusals, input->stream))
                return 0;
        ret = site_wanted(&r->mirror, &rolled_back, e);
        fd = ret < 0 ? -1 : bundle_input_open(input, e);
        if (fd < 0)
                return -1;
        if (ret == 0)
                rolled_back = -1;
        importing.import = &im;
        importing.progress = progress_new(r->cmd->quiet);
        ret = import_bundle(&im, fd, &result, e);
        progress_free(importing.progress);
        if (ret < 0) {
                err_prefix(e, "%s", input->path);
                ret = go_on(r, input, &result, e);
        } else {
                ret = settle(r, input, &result, rolled_back, e);
        }
        import_result_release(&result);
        gate_release(&importing.gate);
        close(fd);
        return ret;
}

static int import_all(struct run *r, struct err *e)
{
        int ret = 0;

        if (bundle_inputs_collect(&r->inputs, r->cmd, e) < 0)
                return -1;
        for (size_t i = 0; ret == 0 && i < r->inputs.count; i++)
                ret = import_one(r, i, e);
        /* once, and not before what came is there */
        if (ret == 0)
                ret = gate_check_config(r->cmd, r->mirror.config, r->mirror.catalog, NULL, e);
        return import_refusals_end(&r->refusals, r->waits, ret, e);
}

/* -- giving up what waits -- */

static int forget_one(void *user, const struct spool_row *row, struct err *e)
{
        const struct run *r = user;
        char held[16];

        if (spool_remove(r->mirror.state, row->manifest, e) < 0)
                return -1;
        cmd_note(r->cmd, "given up: bundle %lld of stream %s, of which %s had come",
            (long long)row->seq, row->stream, fs_size_text(row->held, held));
        return 0;
}

static int run(struct cmd *c, struct err *e)
{
        struct import_waits waits = {0};
        struct run r = {.cmd = c,
            .mirror = MIRROR_INIT,
            .waits = &waits,
            .refusals = {.cmd = c, .mirror = &r.mirror}};
        const struct gate gate = {.cmd = c, .mirror = &r.mirror};
        const char *clock = opt_value(&c->opt, "approve-clock");
        int forget = opt_flag(&c->opt, "forget"), ret = -1;

        if (cmd_want_args(c, forget || clock ? 0 : 1, forget ? 0 : 10000, e) < 0 ||
            mirror_open(&r.mirror, c->dir,
                MIRROR_LOCKED | MIRROR_CONFIG | (forget ? MIRROR_FREES : 0U), e) < 0 ||
            store_clean(r.mirror.store, e) < 0 ||
            (clock && gate_approve_clock(&gate, clock, e) < 0))
                goto out;
        ret = forget ? spool_list(r.mirror.state, forget_one, &r, e) : import_all(&r, e);
out:
        if (ret < 0)
                bundle_refusal(e);
        import_waits_release(&waits);
        import_refusals_release(&r.refusals);
        bundle_inputs_release(&r.inputs);
        mirror_close(&r.mirror);
        return ret;
}

const struct command cmd_import = {
    .name = "import",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "BUNDLE...",
    .summary = "take a bundle in, whole or not at all, and publish it",
    .description =
        "Verifies a bundle against the trust list, imports it in one step and publishes the\n"
        "result. Whatever is wrong with it, nothing is changed: exit status 3 when it is not\n"
        "authentic or damaged, 4 when it is not the next one here. BUNDLE is a file, a folder\n"
        "(a mounted stick: every bundle in it), or - for stdin. In a folder, one that is refused\n"
        "keeps out only what builds on it; the exit status is then that of the worst refusal.\n"
        "\n"
        "A bundle in volumes is imported when the last of them has come: in any order, in one\n"
        "command or over days, from any mix of copies. Until then what was good is kept in\n"
        "state/, the message says which volumes are awaited, and the exit status is 5.",
};
