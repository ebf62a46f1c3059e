#include <jansson.h>

#include "alarms.h"
#include "bundle/catalog_stream.h"
#include "bundle/catalog_work.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/mem.h"
#include "bundle/spool.h"
#include "bundle/text.h"
#include "bundle/timestamp.h"
#include "bundle_base.h"
#include "gate.h"
#include "held_policy.h"
#include "mirror/cmd.h"
#include "mirror/config.h"
#include "mirror/mirror.h"
#include "mirror/site.h"
#include "mirror/synced.h"

#define SHOWN_BUNDLES 5 /* of each stream, unless --all */

static const struct opt_spec options[] = {
    {"all", 'a', NULL, "every bundle, not only the last 5 of each stream"},
    {0},
};

struct status {
        int64_t now;
        size_t holes, unsynced;
        json_t *json; /* array that rows go to; NULL: text */
        int all;      /* --all */
        size_t skip;  /* so many bundles are not shown */
        int runs;
        int failed; /* the newest run did */
};

static void print_hole(const struct hole_row *row, const char *age)
{
        char *item = xstrdup(row->item), *why = xstrdup(row->why), *rest = why, *line;

        text_clean(item); /* names in it are an index's */
        printf("MISSING   %s: %s (for %s)\n", row->source, item, age);
        while ((line = strsep(&rest, "\n")) && (*line || rest)) {
                text_clean(line);
                printf("          %s\n", line);
        }
        free(item);
        free(why);
}

static int show_hole(void *user, const struct hole_row *row, struct err *e)
{
        struct status *s = user;
        char age[32];

        (void)e;
        s->holes++;
        if (s->json)
                json_array_append_new(
                    s->json, json_pack("{ss ss ss sI}", "source", row->source, "item", row->item,
                                 "why", row->why, "since", (json_int_t)row->since));
        else
                print_hole(row, timestamp_age(s->now - row->since, age));
        return 0;
}

static int show_run(void *user, const struct run_row *row, struct err *e)
{
        struct status *s = user;
        char when[TIMESTAMP_SIZE];
        const char *end = row->ended ? row->exit == 0   ? "ok"
                                       : row->exit == 5 ? "incomplete"
                                                        : "failed"
                                     : "did not end";

        (void)e;
        if (s->runs++ == 0)
                s->failed = row->ended && row->exit != 0 && row->exit != 5;
        if (s->json)
                json_array_append_new(
                    s->json, json_pack("{ss sI sI sI ss}", "command", row->command, "started",
                                 (json_int_t)row->started, "ended", (json_int_t)row->ended, "exit",
                                 (json_int_t)row->exit, "summary", row->summary));
        else
                printf("%-9s %s %s %s\n", row->command, timestamp_format(row->started, when), end,
                    row->summary);
        return 0;
}

static int show_bundle(void *user, const struct bundle_row *row, struct err *e)
{
        struct status *s = user;
        char issued[TIMESTAMP_SIZE], age[32], state[SHA256_HEX], epoch[40] = "";

        (void)e;
        if (s->skip) {
                s->skip--;
                return 0;
        }
        hex_encode(state, row->state, SHA256_SIZE);
        if (row->epoch > 1)
                snprintf(epoch, sizeof epoch, " of epoch %lld", (long long)row->epoch);
        if (s->json)
                json_array_append_new(
                    s->json, json_pack("{ss sI sI sI sI ss sI}", "stream", row->stream, "epoch",
                                 (json_int_t)row->epoch, "seq", (json_int_t)row->seq, "base",
                                 (json_int_t)row->base_seq, "issued", (json_int_t)row->issued,
                                 "state", state, "done", (json_int_t)row->done));
        else if (row->done)
                printf("bundle    %s %lld%s%s, issued %s (%s ago), state %.16s\n", row->stream,
                    (long long)row->seq, epoch, row->base_seq ? "" : " (full)",
                    timestamp_format(row->issued, issued), timestamp_age(s->now - row->issued, age),
                    state);
        else
                printf("bundle    %s %lld%s begun, not finished; dray bundle goes on\n",
                    row->stream, (long long)row->seq, epoch);
        return 0;
}

static int count_bundle(void *user, const struct bundle_row *row, struct err *e)
{
        size_t *count = user;

        (void)row;
        (void)e;
        ++*count;
        return 0;
}

/* Of a stream that is years old, the last ones. */
static int show_bundles(
    struct mirror *m, struct status *s, const char *stream, json_t *json, struct err *e)
{
        size_t count = 0;

        (void)json;
        if (catalog_bundles(m->catalog, stream, count_bundle, &count, e) < 0)
                return -1;
        if (!s->json && !s->all && count > SHOWN_BUNDLES) {
                s->skip = count - SHOWN_BUNDLES;
                printf("bundle    %s: %zu older: dray status --all\n", stream, s->skip);
        }
        return catalog_bundles(m->catalog, stream, show_bundle, s, e);
}

/* When each stream's next bundle was to come: a courier who brings nothing makes no error. */
static int show_due(struct mirror *m, const struct status *s, json_t *json, struct err *e)
{
        char **streams = NULL;
        size_t count = 0;
        int ret = -1;

        if (catalog_trust_streams(m->catalog, &streams, &count, e) < 0)
                goto out;
        for (size_t i = 0; i < count; i++) {
                char when[TIMESTAMP_SIZE], age[32];
                int64_t due;
                int r = catalog_stream_due(m->catalog, streams[i], &due, e);

                if (r < 0)
                        goto out;
                if (!r)
                        continue;
                json_array_append_new(json, json_pack("{ss sI sb}", "stream", streams[i], "next_by",
                                                (json_int_t)due, "overdue", due < s->now));
                if (s->json)
                        continue;
                printf("stream    %s: the next bundle is to come by %s", streams[i],
                    timestamp_format(due, when));
                if (due < s->now)
                        printf(": OVERDUE by %s", timestamp_age(s->now - due, age));
                putchar('\n');
        }
        ret = 0;
out:
        catalog_names_free(streams, count);
        return ret;
}

/* What the far side said that it holds (connected side). */
static int show_confirmed(
    struct mirror *m, struct status *s, const char *stream, json_t *json, struct err *e)
{
        int64_t epoch, seq, at;
        char age[32];
        int r = bundle_base_confirmed(m->catalog, stream, &epoch, &seq, &at, e);

        if (r <= 0)
                return r;
        json_array_append_new(
            json, json_pack("{ss sI sI sI}", "stream", stream, "epoch", (json_int_t)epoch, "seq",
                      (json_int_t)seq, "at", (json_int_t)at));
        if (!s->json)
                printf("stream    %s: the far side holds bundle %lld, by its receipt of %s ago\n",
                    stream, (long long)seq, timestamp_age(s->now - at, age));
        return 0;
}

/* Every stream of which there are bundles. */
static int show_streams(struct mirror *m, struct status *s, json_t *json,
    int (*show)(
        struct mirror *m, struct status *s, const char *stream, json_t *json, struct err *e),
    struct err *e)
{
        char **streams = NULL;
        size_t count = 0;
        int ret = catalog_bundle_streams(m->catalog, &streams, &count, e);

        for (size_t i = 0; ret == 0 && i < count; i++)
                ret = show(m, s, streams[i], json, e);
        catalog_names_free(streams, count);
        return ret;
}

/* Volumes have come of it, and others are awaited. */
static int show_waiting(void *user, const struct spool_row *row, struct err *e)
{
        struct status *s = user;
        char held[16], total[16], age[32];

        (void)e;
        if (s->json)
                json_array_append_new(
                    s->json, json_pack("{ss sI ss sI sI sI}", "stream", row->stream, "seq",
                                 (json_int_t)row->seq, "waits_for", row->missing, "held",
                                 (json_int_t)row->held, "stored", (json_int_t)row->total, "since",
                                 (json_int_t)row->changed));
        else if (row->seq && !*row->missing)
                printf(
                    "waiting   %s %lld: all of it has come, and it is not imported yet; dray import of "
                    "any of its volumes goes on\n",
                    row->stream, (long long)row->seq);
        else if (row->seq)
                printf("waiting   %s %lld: for %s; %s of %s have come (last %s ago)\n", row->stream,
                    (long long)row->seq, row->missing, fs_size_text(row->held, held),
                    fs_size_text(row->total, total), timestamp_age(s->now - row->changed, age));
        else
                printf(
                    "waiting   a bundle of which the first volume was not read to its end; dray import "
                    "goes on\n");
        return 0;
}

static int show_sources(struct mirror *m, int64_t generation, json_t *json, struct err *e)
{
        char **names = NULL;
        size_t count = 0;
        int ret = -1;

        if (catalog_sources(m->catalog, &names, &count, e) < 0)
                return -1;
        for (size_t i = 0; i < count; i++) {
                struct record_totals t;
                char size[16];

                if (catalog_totals(m->catalog, generation, names[i], &t, e) < 0)
                        goto out;
                if (json)
                        json_array_append_new(
                            json, json_pack("{ss sI sI sI}", "name", names[i], "packages",
                                      (json_int_t)t.packages, "files", (json_int_t)t.records,
                                      "bytes", (json_int_t)t.bytes));
                else
                        printf("source    %s: %llu packages, %llu files, %s\n", names[i],
                            (unsigned long long)t.packages, (unsigned long long)t.records,
                            fs_size_text(t.bytes, size));
        }
        ret = 0;
out:
        catalog_names_free(names, count);
        return ret;
}

/* Sources that were not synced as dray.toml has them: nobody knows yet what of them is missing. */
static int show_unsynced(
    struct mirror *m, const struct config *config, struct status *s, struct err *e)
{
        for (size_t i = 0; i < config->source_count; i++) {
                enum synced state;

                if (synced_look(m->catalog, &config->sources[i], &state, e) < 0)
                        return -1;
                if (state == SYNCED_SAME)
                        continue;
                s->unsynced++;
                if (s->json)
                        json_array_append_new(s->json, json_string(config->sources[i].name));
                else
                        printf("UNSYNCED  %s: %s\n", config->sources[i].name, synced_text(state));
        }
        return 0;
}

static void show_policy(void *user, const char *what, const char *cause, const char *text)
{
        struct status *s = user;

        if (s->json)
                json_array_append_new(
                    s->json, json_pack("{ss ss}", "cause", cause, "message", text));
        else
                printf("%-9s %s\n", what, text);
}

/* What dray.toml says that is not so here; a wrong one does not keep the rest from being shown. */
static int compare_config(
    struct cmd *c, struct mirror *m, struct status *s, json_t *top, struct err *e)
{
        char *path = xasprintf("%s/dray.toml", m->path);
        struct err why = ERR_INIT;
        struct config *config = config_load(path, NULL, &why);
        int isolated = mirror_is_isolated(m, e), ret = isolated < 0 ? -1 : 0;

        if (s->json) {
                json_t *unsynced = json_array(), *policy = json_array();

                json_object_set_new(top, "unsynced", unsynced);
                json_object_set_new(top, "policy", policy);
                s->json = isolated == 1 ? policy : unsynced;
        }
        if (!config)
                cmd_warn(c, "%s", why.msg);
        else if (isolated == 1)
                ret = gate_check_config(c, config, m->catalog, NULL, e) < 0
                          ? -1
                          : held_policy_look(m, &config->policy, show_policy, s, e);
        else if (isolated == 0)
                ret = show_unsynced(m, config, s, e);
        config_free(config);
        free(path);
        return ret;
}

static int show_all(struct mirror *m, struct status *s, json_t *top, struct err *e)
{
        struct generation g;
        char tree[2], state[SHA256_HEX], age[32];
        int64_t shown, wanted;
        int site, rolled_back;
        json_t *sources = json_array(), *holes = json_array(), *runs = json_array(),
               *bundles = json_array(), *due = json_array(), *confirmed = json_array(),
               *waiting = json_array(), *alarms = json_array();

        json_object_set_new(top, "sources", sources);
        json_object_set_new(top, "missing", holes);
        json_object_set_new(top, "runs", runs);
        json_object_set_new(top, "bundles", bundles);
        json_object_set_new(top, "due", due);
        json_object_set_new(top, "receipts", confirmed);
        json_object_set_new(top, "waiting", waiting);
        json_object_set_new(top, "alarms", alarms);
        if (catalog_generation_last(m->catalog, &g, e) < 0)
                return -1;
        site = site_shown(m, tree, &shown, e);
        if (site < 0)
                return -1;
        hex_encode(state, g.state, SHA256_SIZE);
        json_object_set_new(top, "generation", json_integer((json_int_t)g.id));
        json_object_set_new(top, "state", json_string(state));
        json_object_set_new(top, "site", site ? json_integer((json_int_t)shown) : json_null());
        if (!s->json && g.id)
                printf("generation %lld, made %s ago, state %s\n", (long long)g.id,
                    timestamp_age(s->now - g.created, age), state);
        else if (!s->json)
                printf("generation 0: nothing here yet\n");
        rolled_back = site_wanted(m, &wanted, e);
        if (rolled_back < 0)
                return -1;
        json_object_set_new(top, "rolled_back", json_boolean(rolled_back));
        if (!s->json && site && shown < 0)
                printf("site      is to be made anew (dray publish)\n");
        else if (!s->json && site)
                printf("site      shows generation %lld%s\n", (long long)shown,
                    rolled_back ? ": ROLLED BACK (dray publish, or the next bundle, goes forward)"
                                : "");
        else if (!s->json)
                printf("site      not published yet\n");
        if (alarms_show(m, alarms, !s->json, e) < 0 || show_due(m, s, due, e) < 0 ||
            show_streams(m, s, confirmed, show_confirmed, e) < 0)
                return -1;
        if (show_sources(m, g.id, s->json ? sources : NULL, e) < 0)
                return -1;
        s->json = s->json ? bundles : NULL;
        if (show_streams(m, s, bundles, show_bundles, e) < 0)
                return -1;
        s->json = s->json ? waiting : NULL;
        if (spool_list(m->state, show_waiting, s, e) < 0)
                return -1;
        s->json = s->json ? runs : NULL;
        if (catalog_runs(m->catalog, 3, show_run, s, e) < 0)
                return -1;
        s->json = s->json ? holes : NULL;
        return catalog_holes(m->catalog, NULL, show_hole, s, e);
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct status s = {.now = (int64_t)time(NULL)};
        json_t *top = json_object();
        int ret = -1;

        s.json = c->json ? top : NULL;
        s.all = opt_flag(&c->opt, "all");
        if (cmd_want_args(c, 0, 0, e) < 0 || mirror_open(&m, c->dir, MIRROR_READ, e) < 0 ||
            show_all(&m, &s, top, e) < 0 || compare_config(c, &m, &s, top, e) < 0)
                goto out;
        if (c->json) {
                json_dumpf(top, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
                putchar('\n');
        }
        ret = 0;
        if (s.failed)
                ret = err_set(e, ERR_FAILED, "the last run failed; the line above says why");
        if (s.unsynced && !s.failed) /* a sync that failed says why itself */
                ret = err_set(e, ERR_INCOMPLETE,
                    "%zu sources were not synced as dray.toml has them: run dray sync", s.unsynced);
        if (s.holes)
                ret = err_set(e, ERR_INCOMPLETE, "%zu of what is selected is missing", s.holes);
out:
        json_decref(top);
        mirror_close(&m);
        return ret;
}

const struct command cmd_status = {
    .name = "status",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "",
    .summary = "what is here, how old it is, what is missing",
    .description =
        "Shows the generation, the site, the sources, the bundles built or imported, the\n"
        "last runs, everything that is missing, and sources that were not synced as dray.toml has\n"
        "them. The exit status is 5 when there is something of the last two, and 1 when the last\n"
        "run failed.",
};
