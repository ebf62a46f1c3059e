#include "held_policy.h"

#include "bundle/catalog_stream.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "gate.h"

#define SHOWN_NAMES 20 /* of each source */

struct look {
        struct mirror *mirror;
        const struct config_policy *policy;
        held_policy_fn *say;
        void *user;
};

/* "policy: pypi/six is denied" without what the line begins with anyway. */
static const char *without_prefix(const char *message)
{
        static const char prefix[] = "policy: ";

        return strncmp(message, prefix, sizeof prefix - 1) ? message : message + sizeof prefix - 1;
}

static void look_at_clock(const struct look *l, const struct policy_time *t)
{
        char latest[TIMESTAMP_SIZE], *text;

        if (!t->clock_behind)
                return;
        text = xasprintf(
            "the latest import here is dated %s, which this machine's clock has not reached; "
            "if the clock is right: dray import --approve-clock REASON",
            timestamp_format(t->now, latest));
        l->say(l->user, "CLOCK", "clock", text);
        free(text);
}

/* Whoever judges bundles by their age judges the last one of each stream by it, too. */
static int look_at_stream(
    const struct look *l, const struct policy_time *t, const char *stream, struct err *e)
{
        struct bundle_row row;
        int found = catalog_bundle_last_done(l->mirror->catalog, stream, &row, e);
        const struct manifest m = {.issued = row.issued};
        struct err why = ERR_INIT;
        char *warning = NULL, *text = NULL;

        if (found == 1 && policy_check_bundle(l->policy, &m, t, &why) < 0)
                text =
                    xasprintf("%s %lld: %s", stream, (long long)row.seq, without_prefix(why.msg));
        else if (found == 1 && (warning = policy_warning(l->policy, &m, t)))
                text = xasprintf("%s %lld: %s", stream, (long long)row.seq, warning);
        if (text)
                l->say(l->user, "AGE", why.cause ? why.cause : "warn-age", text);
        free(text);
        free(warning);
        bundle_row_release(&row);
        return found < 0 ? -1 : 0;
}

static int look_at_streams(const struct look *l, const struct policy_time *t, struct err *e)
{
        char **streams = NULL;
        size_t count = 0;
        int ret = catalog_bundle_streams(l->mirror->catalog, &streams, &count, e);

        for (size_t i = 0; ret == 0 && i < count; i++)
                ret = look_at_stream(l, t, streams[i], e);
        catalog_names_free(streams, count);
        return ret;
}

/* Each package once: its files come one after the other. */
static int look_at_names(
    const struct look *l, int64_t generation, const char *source, struct err *e)
{
        struct catalog *c = l->mirror->catalog;
        const struct registry *registry;
        struct record_rows *rows = NULL;
        char *last = NULL, *kind = NULL, more_text[100];
        size_t denied = 0;
        struct record r;
        int more = catalog_source_kind(c, source, &kind, e);

        registry = more == 1 ? registry_find(kind) : NULL;
        free(kind);
        if (more <= 0 || catalog_records(c, generation, source, NULL, ORDER_PACKAGE, &rows, e) < 0)
                return more == 0 ? 0 : -1;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1) {
                struct err why = ERR_INIT;

                if (last && strcmp(last, r.package) == 0)
                        continue;
                free(last);
                last = xstrdup(r.package);
                if (policy_check_record(l->policy, registry, &r, &why) == 0 ||
                    denied++ >= SHOWN_NAMES)
                        continue;
                l->say(l->user, "POLICY", why.cause, without_prefix(why.msg));
        }
        if (denied > SHOWN_NAMES) {
                snprintf(more_text, sizeof more_text, "and %zu more packages of %.40s",
                    denied - SHOWN_NAMES, source);
                l->say(l->user, "POLICY", "policy", more_text);
        }
        free(last);
        record_rows_close(rows);
        return more;
}

int held_policy_look(
    struct mirror *m, const struct config_policy *p, held_policy_fn *say, void *user, struct err *e)
{
        const struct look l = {m, p, say, user};
        struct policy_time t;
        struct generation g;

        if (gate_time(m->catalog, &t, e) < 0 || catalog_generation_last(m->catalog, &g, e) < 0)
                return -1;
        look_at_clock(&l, &t);
        if (look_at_streams(&l, &t, e) < 0)
                return -1;
        for (size_t i = 0; g.id && i < p->source_count; i++)
                if (look_at_names(&l, g.id, p->sources[i].name, e) < 0)
                        return -1;
        return 0;
}
