/* Selecting: what is wanted of each source. */
#include "bundle/catalog_work.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/upstream.h"
#include "mirror/url.h"
#include "sync_state.h"

#define UPSTREAM ".upstream" /* the fact: where it was, as shown to people. No adapter's name */

/* Several times what is in flight: while so many wait, the network is busy without the adapter. */
#define PLENTY 64

/*
 * Some answers: an adapter goes on with what there is. It looks at all that it
 * waits for, so it is asked again once half has come, or an eighth when that is
 * not many; not for each one.
 */
static int wait_documents(struct sync *s, const char *phase, struct err *e)
{
        size_t waiting = documents_waiting(s->documents), before;
        size_t enough = waiting > 2 * PLENTY ? waiting / 2 : waiting - waiting / 8;

        do {
                before = waiting;
                if (before && fetch_run(s->fetch, 250, e) < 0)
                        return -1;
                sync_tick(s, phase);
                if (documents_fault(s->documents, e))
                        return -1;
                waiting = documents_waiting(s->documents);
        } while (waiting < before && waiting > enough);
        return 0;
}

/*
 * What a selection is made from: its documents, all of dray.toml to the byte,
 * and the address that it was asked at.
 */
int sync_inputs(
    struct sync *s, const struct source_run *run, unsigned char inputs[SHA256_SIZE], struct err *e)
{
        struct buf extra;
        char *stated = upstream_stated(run->registry, run->config);
        int ret;

        buf_init(&extra, LIMIT_TOML + LIMIT_URL);
        ret = buf_addf(&extra, "%s\n", stated ? stated : "") < 0 ||
                      buf_add(&extra, s->mirror->config_text.data, s->mirror->config_text.len) < 0
                  ? err_set(e, ERR_FAILED, "dray.toml is too large")
                  : documents_inputs(
                        s->documents, run->config->name, extra.data, extra.len, inputs, e);
        buf_release(&extra);
        free(stated);
        return ret;
}

/* 1: the moment up to which the last selection holds has passed; 0; -1. */
static int is_over(struct sync *s, const char *source, struct err *e)
{
        char *until = NULL;
        int r = catalog_fact_get(s->mirror->catalog, source, SYNC_UNTIL, &until, e);
        long long when;

        if (r <= 0)
                return r;
        when = strtoll(until, NULL, 10);
        free(until);
        return when && time(NULL) > when;
}

static int find_unchanged(struct sync *s, struct source_run *run, struct err *e)
{
        const char *name = run->config->name;
        unsigned char inputs[SHA256_SIZE], last[SHA256_SIZE];
        int known = catalog_selection_get(s->mirror->catalog, name, last, e);
        int same, over;

        if (known < 0)
                return -1;
        if (!known || s->options->plan || run->config->min_age)
                return 0;
        same = documents_unchanged(s->documents, name, e);
        if (same <= 0)
                return same;
        over = is_over(s, name, e);
        if (over)
                return over < 0 ? -1 : 0;
        if (sync_inputs(s, run, inputs, e) < 0)
                return -1;
        run->unchanged = memcmp(inputs, last, SHA256_SIZE) == 0;
        return 0;
}

/* One question for every known index page of every source, all in flight together. */
static int refresh(struct sync *s, struct err *e)
{
        for (size_t i = 0; i < s->run_count; i++)
                if (documents_refresh(s->documents, s->runs[i].config->name, e) < 0)
                        return -1;
        while (documents_waiting(s->documents))
                if (wait_documents(s, "asking", e) < 0)
                        return -1;
        for (size_t i = 0; i < s->run_count; i++) {
                if (find_unchanged(s, &s->runs[i], e) < 0)
                        return -1;
                s->result->sources_unchanged += (size_t)s->runs[i].unchanged;
        }
        return 0;
}

static int drive(struct sync *s, struct source_run *run, struct selection *selection, struct err *e)
{
        struct host host = sync_host(s);
        int r;

        while ((r = run->registry->step(selection, &host, e)) == 0) {
                if (documents_waiting(s->documents) == 0)
                        return err_set(e, ERR_FAILED,
                            "the %s adapter waits for nothing (a bug in dray)",
                            run->registry->kind);
                if (wait_documents(s, "resolving", e) < 0)
                        return -1;
        }
        return r < 0 ? -1 : 0;
}

/*
 * A timer that lacks a variable, or a new pip.conf, leads elsewhere without anybody's wish: that is
 * told. Addresses are compared as they are shown, so that no credentials are kept.
 */
static int compare_upstream(struct sync *s, const struct upstream *u, struct err *e)
{
        struct sync_moves *moves = &s->result->moves;
        const char *source = s->current->config->name;
        char *shown = url_display(u->url), *last = NULL;
        int known = catalog_fact_get(s->mirror->catalog, source, UPSTREAM, &last, e);

        if (known == 1 && strcmp(shown, last) != 0) {
                moves->lines = xgrow(moves->lines, moves->count, &moves->cap, sizeof *moves->lines);
                moves->lines[moves->count++] = xasprintf(
                    "%s: its upstream is %s now (%s); it was %s", source, shown, u->found, last);
        }
        facts_remember(&s->facts, source, UPSTREAM, shown);
        free(shown);
        free(last);
        return known < 0 ? -1 : 0;
}

static int select_source(struct sync *s, struct source_run *run, struct err *e)
{
        struct selection *selection = NULL;
        struct upstream upstream = {0};
        int ret = -1;

        s->current = run;
        if (upstream_find(run->registry, run->config, &upstream, e) < 0)
                goto out;
        if (compare_upstream(s, &upstream, &s->fault) < 0)
                goto out;
        selection = run->registry->open(run->config, upstream.url, e);
        if (!selection || drive(s, run, selection, e) < 0)
                goto out;
        ret = 0;
out:
        run->registry->close(selection);
        upstream_release(&upstream);
        return ret < 0 ? err_prefix(e, "%s", run->config->name) : 0;
}

int sync_select(struct sync *s, struct err *e)
{
        if (!s->options->plan && refresh(s, e) < 0)
                return -1;
        for (size_t i = 0; i < s->run_count; i++) {
                struct err why = ERR_INIT;
                int selected;

                if (s->runs[i].unchanged)
                        continue;
                selected = select_source(s, &s->runs[i], &why);
                /* our own fault, whatever the adapter made of it, or a wrong dray.toml, ends the run */
                if (documents_fault(s->documents, e))
                        return -1;
                if (s->fault.code != ERR_NONE) {
                        *e = s->fault;
                        return err_prefix(e, "%s", s->runs[i].config->name);
                }
                if (selected == 0)
                        continue;
                if (why.code == ERR_USAGE) {
                        *e = why;
                        return -1;
                }
                /* anything else is this source's hole */
                wanted_hole(&s->result->list, s->runs[i].config->name, "the whole selection", NULL,
                    why.msg);
        }
        return 0;
}
