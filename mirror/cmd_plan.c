#include <fnmatch.h>
#include <jansson.h>

#include "bundle/fs.h"
#include "bundle/mem.h"
#include "mirror/cmd.h"
#include "mirror/config.h"
#include "mirror/progress.h"
#include "mirror/sync.h"
#include "mirror/upstream.h"
#include "mirror/url.h"
#include "sync_options.h"

static const struct opt_spec options[] = {
    {"all", 'a', NULL, "list what is held already, too"},
    {"package", 'p', "NAME",
        "only what is about this package, held or not (a shell pattern; may be repeated)"},
    {"jobs", 'j', "N", "requests at a time (default 16)"},
    {"tries", 0, "N", "tries for each request (default 5)"},
    {"timeout", 0, "SECONDS",
        "no connection, or next to no bytes, for so long: a failed try (default 30)"},
    {0},
};

static void on_tick(
    void *user, const char *phase, struct fetch *f, const struct download_counts *counts)
{
        progress_fetch(user, phase, f, counts);
}

static void print_upstreams(const struct cmd *c, const struct mirror *m)
{
        for (size_t i = 0; i < m->config->source_count; i++) {
                const struct config_source *source = &m->config->sources[i];
                struct upstream u = {0};
                struct err why = ERR_INIT;

                if (upstream_find(source->registry, source, &u, &why) == 0) {
                        char *shown = url_display(u.url);

                        cmd_note(c, "%s: upstream %s (%s)", source->name, shown, u.found);
                        free(shown);
                }
                upstream_release(&u);
        }
}

/* Of some files nobody says how large they are. */
static int open_ended(const struct sync_result *r)
{
        for (size_t i = 0; i < r->list.count; i++)
                if (!r->list.items[i].held && !r->list.items[i].record.size)
                        return 1;
        return 0;
}

static int takes(const char *pattern, const char *package)
{
        return fnmatch(pattern, package, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

/* Without --package everything is of interest. */
static int is_asked_for(const struct cmd *c, const char *package)
{
        const char *pattern;

        for (size_t i = 0; (pattern = opt_value_at(&c->opt, "package", i)); i++)
                if (takes(pattern, package))
                        return 1;
        return !opt_value(&c->opt, "package");
}

/* Every name that was asked about has to be there, or it is mistyped. */
static int find_each(const struct cmd *c, const struct sync_result *r, struct err *e)
{
        const char *pattern;

        for (size_t n = 0; (pattern = opt_value_at(&c->opt, "package", n)); n++) {
                int found = 0;

                for (size_t i = 0; !found && i < r->list.count; i++)
                        found = takes(pattern, r->list.items[i].record.package);
                for (size_t i = 0; !found && i < r->leaving.count; i++)
                        found = takes(pattern, r->leaving.files[i].package);
                if (!found)
                        return err_set(e, ERR_FAILED,
                            "no package %.80s: dray.toml leads to none of that name, and none is to leave",
                            pattern);
        }
        return 0;
}

static void print_text(const struct cmd *c, const struct sync_result *r)
{
        char size[16], total[16];
        int some = opt_value(&c->opt, "package") != NULL;
        int all = some || opt_flag(&c->opt, "all");

        for (size_t i = 0; i < r->list.count; i++) {
                const struct wanted *w = &r->list.items[i];
                char *title;

                if ((w->held && !all) || !is_asked_for(c, w->record.package))
                        continue;
                title = wanted_title(&w->record);
                printf("%s %8s  %s\n           %s\n", w->held ? "have " : "fetch",
                    w->record.size ? fs_size_text(w->record.size, size) : "?", title, w->why);
                free(title);
        }
        for (size_t i = 0; i < r->leaving.count; i++)
                if (is_asked_for(c, r->leaving.files[i].package))
                        printf("remove          %s\n", r->leaving.files[i].title);
        if (some)
                return;
        printf("%llu files to fetch, %s%s; %llu held; %zu to remove%s%.0zu%s\n",
            (unsigned long long)r->downloads.wanted, open_ended(r) ? "at least " : "",
            fs_size_text(r->downloads.wanted_bytes, total), (unsigned long long)r->downloads.held,
            r->leaving.count, r->open_holes ? "; " : "", r->open_holes,
            r->open_holes ? " MISSING" : "");
}

static void add_missing(json_t *list, const char *source, const char *item, const char *why)
{
        json_array_append_new(
            list, json_pack("{ss ss ss}", "source", source, "item", item, "why", why));
}

static void print_json(const struct cmd *c, const struct sync_result *r)
{
        json_t *files = json_array(), *holes = json_array(), *leaving = json_array(), *top;

        for (size_t i = 0; i < r->list.count; i++) {
                const struct wanted *w = &r->list.items[i];

                if (w->error)
                        add_missing(holes, w->record.source, w->record.file, w->error);
                if (!is_asked_for(c, w->record.package))
                        continue;
                json_array_append_new(files,
                    json_pack("{ss ss ss ss sI sb ss}", "source", w->record.source, "package",
                        w->record.package, "version", w->record.version, "file", w->record.file,
                        "size", (json_int_t)w->record.size, "held", w->held, "why", w->why));
        }
        for (size_t i = 0; i < r->list.hole_count; i++) {
                const struct hole *h = &r->list.holes[i];

                add_missing(holes, h->source, h->item, h->why);
        }
        for (size_t i = 0; i < r->leaving.count; i++)
                if (is_asked_for(c, r->leaving.files[i].package))
                        json_array_append_new(leaving, json_string(r->leaving.files[i].title));
        top = json_pack("{so so so sI sI sI}", "files", files, "missing", holes, "remove", leaving,
            "fetch", (json_int_t)r->downloads.wanted, "fetch_bytes",
            (json_int_t)r->downloads.wanted_bytes, "held", (json_int_t)r->downloads.held);
        json_dumpf(top, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        putchar('\n');
        json_decref(top);
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct fetch_options fetch;
        struct sync_options o = {.fetch = &fetch, .plan = 1, .tick = on_tick};
        struct sync_result result = {0};
        struct progress *progress = NULL;
        char **only = NULL;
        int ret = -1;

        if (sync_fetch_options(c, &fetch, e) < 0 || mirror_open(&m, c->dir, MIRROR_CONFIG, e) < 0)
                goto out;
        print_upstreams(c, &m);
        o.only = only = sync_only(c);
        o.user = progress = progress_new(c->quiet);
        ret = sync_run(&m, &o, &result, e);
        progress_free(progress);
        progress = NULL;
        if (ret < 0)
                goto out;
        sync_print_trouble(c, &result);
        if (c->json)
                print_json(c, &result);
        else
                print_text(c, &result);
        ret = find_each(c, &result, e);
        if (result.open_holes)
                ret = err_set(
                    e, ERR_INCOMPLETE, "%zu of what is selected cannot be had", result.open_holes);
out:
        sync_only_free(only);
        progress_free(progress);
        sync_result_release(&result);
        mirror_close(&m);
        return ret;
}

const struct command cmd_plan = {
    .name = "plan",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "[SOURCE...]",
    .summary = "show what sync would fetch, and why, and what it would remove",
    .description =
        "Resolves what dray.toml selects and lists the files that are not held yet, with\n"
        "sizes and the requirement that led to each, and those that are held and not asked for any\n"
        "more. Changes nothing.\n"
        "\n"
        "--package NAME answers why a package is in the mirror: what in dray.toml leads to it, and\n"
        "by which packages.",
};
