/* The phases of a selection: releases, indexes, closures, files. */
#include "selection.h"

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "deb.h"

enum phase {
        PHASE_READ,     /* what this machine has: apt's configuration, keyrings, lock files */
        PHASE_RELEASES, /* until every suite is verified */
        PHASE_INDEXES,  /* until every index is at hand */
        PHASE_SELECT,   /* all at once */
        PHASE_DONE,
};

int deb_add_wish(struct selection *s, const char *text, const char *where, struct err *e)
{
        struct selection_wish *w;

        s->wishes = xgrow(s->wishes, s->wish_count, &s->wish_cap, sizeof *s->wishes);
        w = &s->wishes[s->wish_count];
        if (wish_parse(&w->wish, text, e) < 0)
                return -1;
        w->text = xstrdup(text);
        w->where = xstrdup(where);
        s->wish_count++;
        return 0;
}

/* -- opening -- */

static int make_suites(struct selection *s, struct err *e)
{
        size_t count = 0;

        for (size_t i = 0; i < s->settings.archive_count; i++)
                count += s->settings.archives[i].suites.count;
        if (count > UNIVERSE_SUITES)
                return toml_err(
                    e, s->source->table, "at most %d suites in one source", UNIVERSE_SUITES);
        s->suites = xcalloc(count, sizeof *s->suites);
        for (size_t i = 0; i < s->settings.archive_count; i++) {
                const struct settings_archive *a = &s->settings.archives[i];

                for (size_t k = 0; k < a->suites.count; k++) {
                        const char *folder = a->suites.items[k].text;

                        for (size_t n = 0; s->settings.verbatim && n < s->suite_count; n++)
                                if (strcmp(s->suites[n].folder, folder) == 0)
                                        return toml_err(e, a->suites.items[k].at,
                                            "suite %s is there twice; published verbatim, each needs a "
                                            "source of its own",
                                            folder);
                        s->suites[s->suite_count++] =
                            (struct suite){.archive = a, .folder = folder, .pin = 500};
                }
        }
        return 0;
}

static int take_packages(struct selection *s, struct err *e)
{
        for (size_t i = 0; i < s->source->packages.count; i++) {
                const struct config_text *spec = &s->source->packages.items[i];
                struct err why = ERR_INIT;

                if (deb_add_wish(s, spec->text, "you asked for", &why) < 0)
                        return toml_err(e, spec->at, "%s", why.msg);
        }
        return 0;
}

struct selection *deb_open(const struct config_source *source, const char *upstream, struct err *e)
{
        struct selection *s = xcalloc(1, sizeof *s);

        (void)upstream; /* dray.toml's is in the settings; apt's differs from suite to suite */
        s->source = source;
        if (settings_read(source, &s->settings, e) < 0 || make_suites(s, e) < 0 ||
            take_packages(s, e) < 0) {
                deb_close(s);
                return NULL;
        }
        return s;
}

void deb_close(struct selection *s)
{
        if (!s)
                return;
        for (size_t i = 0; i < s->suite_count; i++)
                suite_release(&s->suites[i]);
        deb_locals_release(s);
        for (size_t i = 0; i < s->wish_count; i++) {
                wish_release(&s->wishes[i].wish);
                free(s->wishes[i].text);
                free(s->wishes[i].where);
        }
        free(s->suites);
        free(s->wishes);
        chosen_release(&s->chosen);
        apt_paths_release(&s->apt_paths);
        settings_release(&s->settings);
        free(s);
}

/* -- stepping -- */

/* All are asked for before any is waited for. 1, 0, -1 */
static int verify_releases(struct selection *s, struct host *host, struct err *e)
{
        int all = 1;

        for (size_t i = 0; i < s->suite_count; i++) {
                int r = suite_verify(&s->suites[i], s->settings.check_valid_until, host, e);

                if (r < 0)
                        return -1;
                all = all && r;
        }
        for (size_t i = 0; all && i < s->suite_count; i++)
                if (suite_list_indexes(&s->suites[i], &s->settings, e) < 0)
                        return -1;
        return all;
}

static int get_indexes(struct selection *s, struct host *host, struct err *e)
{
        int all = 1;

        for (size_t i = 0; i < s->suite_count; i++)
                for (size_t k = 0; k < s->suites[i].index_count; k++) {
                        struct document doc;
                        int r =
                            suite_index_get(&s->suites[i], &s->suites[i].indexes[k], host, &doc, e);

                        if (r < 0)
                                return -1;
                        all = all && r;
                }
        return all;
}

static int select_files(struct selection *s, struct host *host, struct err *e)
{
        const struct config_list *architectures = &s->settings.architectures;

        for (size_t i = 0; i < architectures->count; i++)
                if (deb_solve(s, architectures->items[i].text, host, e) < 0)
                        return -1;
        if (deb_collect(s, host, e) < 0)
                return -1;
        return s->settings.verbatim ? deb_want_indexes(s, host, e) : 0;
}

int deb_step(struct selection *s, struct host *host, struct err *e)
{
        int r;

        if (s->phase == PHASE_READ) {
                if (deb_ask_apt(s, host, e) < 0 || deb_read_locals(s, host, e) < 0 ||
                    deb_read_lockfiles(s, host, e) < 0)
                        return -1;
                s->phase = PHASE_RELEASES;
        }
        if (s->phase == PHASE_RELEASES) {
                r = verify_releases(s, host, e);
                if (r <= 0)
                        return r;
                s->phase = PHASE_INDEXES;
        }
        if (s->phase == PHASE_INDEXES) {
                r = get_indexes(s, host, e);
                if (r <= 0)
                        return r;
                s->phase = PHASE_SELECT;
        }
        if (s->phase == PHASE_SELECT) {
                if (select_files(s, host, e) < 0)
                        return -1;
                s->phase = PHASE_DONE;
        }
        return 1;
}
