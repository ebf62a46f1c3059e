#include <unistd.h>

#include "bundle/audit.h"
#include "bundle/timestamp.h"
#include "bundle_report.h"
#include "gate.h"
#include "mirror/config.h"
#include "mirror/identity.h"
#include "mirror/mirror.h"
#include "mirror/progress.h"
#include "mirror/registry.h"
#include "mirror/site.h"

static const struct opt_spec options[] = {
    {"approve", 0, "REASON", "take in what another person has reviewed (dray verify --review)"},
    {"no-publish", 0, NULL, "leave the site as it is"},
    {0},
};

struct importing {
        struct gate gate;
        struct import *import;
        struct progress *progress;
};

/* What [[stream]] of dray.toml says here of bundles that come. */
static void get_rules(void *user, const char *stream, struct import_rules *out)
{
        const struct importing *i = user;
        const struct config_stream *s = config_stream_find(i->gate.mirror->config, stream);

        if (s)
                *out = (struct import_rules){.audience = s->audience, .max_jump = s->max_jump};
}

static int accept_bundle(void *user, const struct import_result *r, struct err *e)
{
        struct importing *i = user;

        if (gate_bundle(&i->gate, &r->manifest, e) < 0 || gate_review(&i->gate, r, e) < 0)
                return -1;
        i->import->note = i->gate.note;
        return 0;
}

static int accept_source(void *user, const char *name, const char *kind, struct err *e)
{
        (void)user;
        return gate_source(name, kind, e);
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

static int finish(struct cmd *c, struct mirror *m, const struct import_result *r, struct err *e)
{
        struct site_result site;
        char when[TIMESTAMP_SIZE];

        if (r->already) {
                if (r->healed)
                        cmd_note(c, "imported already, at %s; %llu files that were lost are back",
                            timestamp_format(r->already_at, when), (unsigned long long)r->healed);
                else
                        cmd_note(c, "imported already, at %s; nothing was changed",
                            timestamp_format(r->already_at, when));
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

/* A refusal changes nothing but the log; that the log cannot be written does not hide it. */
static void log_refusal(
    struct cmd *c, struct mirror *m, const struct import_result *r, const struct err *why)
{
        static const unsigned char unread[SHA256_SIZE];
        int read = memcmp(r->manifest_sha256, unread, SHA256_SIZE) != 0;
        struct audit_event ev = {.event = "refusal",
            .stream = r->manifest.stream,
            .seq = r->manifest.seq,
            .manifest = read ? r->manifest_sha256 : NULL,
            .text = why->msg};
        struct err e = ERR_INIT;

        if (why->code != ERR_REFUSED && why->code != ERR_CHAIN && why->code != ERR_POLICY)
                return; /* this machine failed, not the bundle */
        if (audit_append(m->catalog, &ev, &e) < 0)
                cmd_warn(c, "the refusal that follows could not be logged: %s", e.msg);
}

static int import_one(struct cmd *c, struct mirror *m, const char *path, struct err *e)
{
        struct importing importing = {
            .gate = {.cmd = c, .mirror = m, .approval = opt_value(&c->opt, "approve")}};
        struct import im = {.catalog = m->catalog,
            .store = m->store,
            .name = path,
            .rules = get_rules,
            .accept_bundle = accept_bundle,
            .accept = accept_record,
            .accept_source = accept_source,
            .identify = identify_record,
            .accept_result = accept_result,
            .progress = on_progress,
            .user = &importing};
        struct import_result result = {0};
        int ret, fd = bundle_open_input(path, e);

        if (fd < 0)
                return -1;
        importing.import = &im;
        importing.progress = progress_new(c->quiet);
        ret = import_bundle(&im, fd, &result, e);
        progress_free(importing.progress);
        if (ret < 0) {
                err_prefix(e, "%s", path);
                log_refusal(c, m, &result, e);
        } else {
                ret = finish(c, m, &result, e);
        }
        import_result_release(&result);
        gate_release(&importing.gate);
        close(fd);
        return ret;
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        int ret = -1;

        if (cmd_want_args(c, 1, 10000, e) < 0 ||
            mirror_open(&m, c->dir, MIRROR_LOCKED | MIRROR_CONFIG, e) < 0 ||
            store_clean(m.store, 0, e) < 0)
                goto out;
        for (size_t i = 0; i < c->opt.arg_count; i++)
                if (import_one(c, &m, c->opt.args[i], e) < 0)
                        goto out;
        ret = 0;
out:
        mirror_close(&m);
        return ret;
}

const struct command cmd_import = {
    .name = "import",
    .run = run,
    .options = options,
    .arguments = "BUNDLE...",
    .summary = "take a bundle in, whole or not at all, and publish it",
    .description =
        "Verifies a bundle against the trust list, imports it in one step and publishes the\n"
        "result. Whatever is wrong with it, nothing is changed: exit status 3 when it is not\n"
        "authentic or damaged, 4 when it is not the next one here. BUNDLE is a file, or -.",
};
