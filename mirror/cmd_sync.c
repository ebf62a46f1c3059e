#include <jansson.h>

#include "bundle/buf.h"
#include "bundle/catalog_work.h"
#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/cmd.h"
#include "mirror/config.h"
#include "mirror/progress.h"
#include "mirror/site.h"
#include "mirror/sync.h"
#include "sync_options.h"

static const struct opt_spec options[] = {
    {"jobs", 'j', "N", "downloads at a time (default 16)"},
    {"tries", 0, "N", "tries for each download (default 5)"},
    {"timeout", 0, "SECONDS",
        "no connection, or next to no bytes, for so long: a failed try (default 30)"},
    {"no-publish", 0, NULL, "leave the site as it is"},
    {"release", 0, "NAME", "take NAME from the index although it was an in-house package once"},
    {"accept-changed", 0, "NAME",
        "take NAME's files although they had other bytes so far (of each source that is synced)"},
    {0},
};

static void on_tick(
    void *user, const char *phase, struct fetch *f, const struct download_counts *counts)
{
        progress_fetch(user, phase, f, counts);
}

int sync_fetch_options(const struct cmd *c, struct fetch_options *out, struct err *e)
{
        long long jobs = 0, tries = 0, timeout = 0;

        *out = (struct fetch_options){0};
        if (opt_number(&c->opt, "jobs", 1, 256, &jobs, e) < 0 ||
            opt_number(&c->opt, "tries", 1, 100, &tries, e) < 0 ||
            opt_number(&c->opt, "timeout", 1, 3600, &timeout, e) < 0)
                return -1;
        out->in_flight = (unsigned)jobs;
        out->per_host = (unsigned)jobs;
        out->tries = (unsigned)tries;
        out->connect_timeout_ms = (unsigned)timeout * 1000;
        out->low_speed_seconds = (unsigned)timeout;
        return 0;
}

char **sync_only(const struct cmd *c)
{
        char **only;

        if (c->opt.arg_count == 0)
                return NULL;
        only = xcalloc(c->opt.arg_count + 1, sizeof *only);
        for (size_t i = 0; i < c->opt.arg_count; i++)
                only[i] = xstrdup(c->opt.args[i]);
        return only;
}

/* What is taken from the index in place of an in-house package is changed, too. */
static char **accepted(const struct cmd *c)
{
        static const char *const names[] = {"accept-changed", "release"};
        char **list = xcalloc(c->opt.given_count + 1, sizeof *list);
        const char *value;
        size_t count = 0;

        for (size_t i = 0; i < 2; i++)
                for (size_t k = 0; (value = opt_value_at(&c->opt, names[i], k)); k++)
                        list[count++] = xstrdup(value);
        return list;
}

void sync_only_free(char **only)
{
        for (size_t i = 0; only && only[i]; i++)
                free(only[i]);
        free(only);
}

static void print_missing(
    const struct cmd *c, const char *source, const char *item, const char *why)
{
        struct buf lines;

        buf_init(&lines, 64 * KIB);
        for (size_t n; *why; why += n + (why[n] == '\n')) {
                n = strcspn(why, "\n");
                buf_addf(&lines, "\n  %.*s", (int)n, why);
        }
        cmd_warn(c, "missing: %s: %s%s", source, item, lines.data ? lines.data : "");
        buf_release(&lines);
}

void sync_print_trouble(const struct cmd *c, const struct sync_result *r)
{
        const struct wanted_list *l = &r->list;

        for (size_t i = 0; i < r->moves.count; i++)
                cmd_warn(c, "%s", r->moves.lines[i]);
        for (size_t i = 0; i < l->note_count; i++)
                cmd_note(c, "note: %s", l->notes[i]);
        for (size_t i = 0; i < l->hole_count; i++)
                print_missing(c, l->holes[i].source, l->holes[i].item, l->holes[i].why);
        for (size_t i = 0; i < l->count; i++)
                if (l->items[i].error)
                        print_missing(c, l->items[i].record.source, l->items[i].record.file,
                            l->items[i].error);
}

static void print_summary(const struct sync_result *r, char *out, size_t size)
{
        char fetched[16], documents[16];
        size_t leave = r->leaving.packages, moved = r->moves.count;

        snprintf(out, size,
            "generation %lld%s; %llu files fetched (%s), %llu held; %llu index requests, %llu unchanged, "
            "%s received%s%.0zu%s%s%.0zu%s%s%.0zu%s",
            (long long)r->generation.id, r->changed ? " (new)" : "",
            (unsigned long long)r->downloads.files, fs_size_text(r->downloads.bytes, fetched),
            (unsigned long long)r->downloads.held, (unsigned long long)r->documents.requests,
            (unsigned long long)r->documents.unchanged, fs_size_text(r->documents.bytes, documents),
            leave ? "; " : "", leave, leave ? " packages leave" : "", moved ? "; " : "", moved,
            moved ? " of another UPSTREAM" : "", r->open_holes ? "; " : "", r->open_holes,
            r->open_holes ? " MISSING" : "");
}

static void print_result(const struct cmd *c, const struct sync_result *r, const char *summary)
{
        json_t *top;

        if (!c->json) {
                printf("%s\n", summary);
                return;
        }
        top =
            json_pack("{sI sb sI sI sI sI sI sI sI sI}", "generation", (json_int_t)r->generation.id,
                "new", r->changed, "fetched", (json_int_t)r->downloads.files, "fetched_bytes",
                (json_int_t)r->downloads.bytes, "held", (json_int_t)r->downloads.held, "requests",
                (json_int_t)r->documents.requests, "unchanged", (json_int_t)r->documents.unchanged,
                "received_bytes", (json_int_t)r->documents.bytes, "missing",
                (json_int_t)r->open_holes, "packages_removed", (json_int_t)r->leaving.packages);
        json_dumpf(top, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        putchar('\n');
        json_decref(top);
}

/*
 * The log row frames the run: one that was killed has no end. It is no reason
 * to wait for the disk: what the run makes is committed durably after its
 * beginning, and a run that found nothing new changed nothing else.
 */
static int log_begin(struct mirror *m, int64_t *run, struct err *e)
{
        if (catalog_begin_light(m->catalog, e) < 0)
                return -1;
        if (catalog_run_begin(m->catalog, "sync", run, e) == 0 &&
            catalog_commit(m->catalog, e) == 0)
                return 0;
        catalog_rollback(m->catalog);
        return -1;
}

static void log_end(struct mirror *m, int64_t run, int status, const char *summary)
{
        struct err ignored = ERR_INIT;

        if (catalog_begin_light(m->catalog, &ignored) == 0 &&
            (catalog_run_end(m->catalog, run, status, summary, &ignored) < 0 ||
                catalog_commit(m->catalog, &ignored) < 0))
                catalog_rollback(m->catalog);
}

static int publish(struct cmd *c, struct mirror *m, struct err *e)
{
        struct site_result site;

        if (opt_flag(&c->opt, "no-publish"))
                return 0;
        if (site_publish(m, m->config->base_url, &site, e) < 0)
                return -1;
        if (site.changed)
                cmd_note(c, "site shows generation %lld", (long long)site.generation);
        return 0;
}

static int release_names(const struct cmd *c, struct mirror *m, struct err *e)
{
        const char *name;

        for (size_t i = 0; (name = opt_value_at(&c->opt, "release", i)); i++)
                if (catalog_unreserve(m->catalog, name, e) < 0)
                        return -1;
        return 0;
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct fetch_options fetch;
        struct sync_options o = {.fetch = &fetch, .tick = on_tick};
        struct sync_result result = {0};
        struct progress *progress = NULL;
        char summary[512] = "", **only = NULL, **accept = NULL;
        int64_t run_id;
        int ret = -1;

        if (sync_fetch_options(c, &fetch, e) < 0 ||
            mirror_open(&m, c->dir, MIRROR_LOCKED | MIRROR_CONFIG, e) < 0)
                goto out;
        if (mirror_is_isolated(&m, e)) {
                if (!e->code)
                        err_set(
                            e, ERR_USAGE, "this is the isolated side; it imports, it never syncs");
                goto out;
        }
        if (store_clean(m.store, e) < 0 || release_names(c, &m, e) < 0 ||
            log_begin(&m, &run_id, e) < 0)
                goto out;
        o.only = only = sync_only(c);
        o.accept_changed = accept = accepted(c);
        o.user = progress = progress_new(c->quiet);
        ret = sync_run(&m, &o, &result, e);
        progress_free(progress);
        progress = NULL;
        if (ret == 0) {
                sync_print_trouble(c, &result);
                print_summary(&result, summary, sizeof summary);
                print_result(c, &result, summary);
                ret = publish(c, &m, e);
        }
        if (ret == 0 && result.open_holes)
                ret = err_set(e, ERR_INCOMPLETE,
                    "%zu of what is selected could not be had; the rest is in generation %lld; run dray "
                    "sync again, dray status lists what is missing",
                    result.open_holes, (long long)result.generation.id);
        log_end(&m, run_id, ret < 0 ? err_exit_status(e->code) : 0,
            e->code && e->code != ERR_INCOMPLETE ? e->msg : summary);
out:
        sync_only_free(only);
        sync_only_free(accept);
        progress_free(progress);
        sync_result_release(&result);
        mirror_close(&m);
        return ret;
}

const struct command cmd_sync = {
    .name = "sync",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "[SOURCE...]",
    .summary = "fetch what is selected, with all it depends on",
    .description =
        "Resolves what dray.toml selects, fetches and checks what is not held yet, makes the\n"
        "next generation, and publishes it. What could not be had is named, kept for the next\n"
        "run, and makes the exit status 5; a package that could not be renewed keeps what it has.",
};
