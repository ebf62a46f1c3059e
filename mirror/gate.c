#include "gate.h"

#include "bundle/audit.h"
#include "bundle/catalog_audit.h"
#include "bundle/catalog_stream.h"
#include "bundle/mem.h"
#include "bundle/person.h"
#include "bundle/text.h"
#include "bundle/timestamp.h"
#include "mirror/names.h"
#include "mirror/nearest.h"
#include "mirror/registry.h"

void gate_release(struct gate *g)
{
        free(g->note);
        g->note = NULL;
}

int gate_source(const char *name, const char *kind, struct err *e)
{
        if (registry_find(kind))
                return 0;
        err_set(e, ERR_REFUSED,
            "source %s is of kind %s, which this dray does not know; a newer dray does", name,
            kind);
        return err_cause(e, "unknown-kind");
}

int gate_record(const struct gate *g, const char *kind, const struct record *r, struct err *e)
{
        const struct registry *registry = registry_find(kind); /* gate_source() came first */

        if (names_check(registry, r, e) < 0)
                return err_cause(e, "name");
        return policy_check_record(&g->mirror->config->policy, registry, r, e);
}

/* A clock that was set back makes no old bundle young; what bundles say of themselves does not count. */
int gate_time(struct catalog *c, struct policy_time *out, struct err *e)
{
        int64_t clock = (int64_t)time(NULL);

        if (catalog_bundle_latest(c, &out->now, e) < 0)
                return -1;
        out->clock_behind = clock < out->now;
        if (!out->clock_behind)
                out->now = clock;
        return 0;
}

static int brings(const struct manifest *m, const char *source)
{
        for (size_t i = 0; m && i < m->source_count; i++)
                if (strcmp(m->sources[i].name, source) == 0)
                        return 1;
        return 0;
}

static int is_among(char *const *names, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(names[i], name) == 0)
                        return 1;
        return 0;
}

static void warn_no_source(
    struct cmd *cmd, const char *name, char *const *held, size_t count, const struct manifest *m)
{
        struct nearest n = nearest_to(name);

        for (size_t i = 0; i < count; i++)
                nearest_offer_one(&n, held[i]);
        for (size_t i = 0; m && i < m->source_count; i++)
                nearest_offer_one(&n, m->sources[i].name);
        cmd_warn(cmd,
            "dray.toml: the rules of [[policy.source]] %s have no effect: no source of that name %s%s%s%s",
            name, m ? "is here or in the bundle" : "is here", n.word ? "; did you mean " : "",
            n.word ? n.word : "", n.word ? "?" : "");
}

static int check_policy(struct cmd *cmd, const struct config_policy *p, struct catalog *c,
    const struct manifest *m, struct err *e)
{
        char **held = NULL;
        size_t count = 0;
        int ret = catalog_sources(c, &held, &count, e);

        for (size_t i = 0; ret == 0 && (m || count) && i < p->source_count; i++) {
                const char *name = p->sources[i].name;

                if (!is_among(held, count, name) && !brings(m, name))
                        warn_no_source(cmd, name, held, count, m);
        }
        catalog_names_free(held, count);
        return ret;
}

int gate_sources(const struct gate *g, const struct manifest *m, struct err *e)
{
        const struct config_stream *s = config_stream_find(g->mirror->config, m->stream);

        for (size_t i = 0; s && s->brings.count && i < m->source_count; i++) {
                const char *name = m->sources[i].name;
                size_t k = 0;

                while (k < s->brings.count && strcmp(s->brings.items[k].text, name) != 0)
                        k++;
                if (k == s->brings.count) {
                        err_set(e, ERR_POLICY,
                            "policy: stream %s brings the source %s, which is none of its `sources` in "
                            "dray.toml",
                            m->stream, name);
                        return err_cause(e, "policy-source");
                }
        }
        return 0;
}

static void warn_no_stream(struct cmd *cmd, const char *name, char *const *streams, size_t count)
{
        struct nearest n = nearest_to(name);

        for (size_t i = 0; i < count; i++)
                nearest_offer_one(&n, streams[i]);
        cmd_warn(cmd,
            "dray.toml: [[stream]] %s has no effect: nobody is trusted for a stream of that name "
            "here%s%s%s",
            name, n.word ? "; did you mean " : "", n.word ? n.word : "", n.word ? "?" : "");
}

static int check_streams(
    struct cmd *cmd, const struct config *config, struct catalog *c, struct err *e)
{
        char **streams = NULL;
        size_t count = 0;
        int ret = catalog_trust_streams(c, &streams, &count, e);

        for (size_t i = 0; ret == 0 && count && i < config->stream_count; i++)
                if (!is_among(streams, count, config->streams[i].name))
                        warn_no_stream(cmd, config->streams[i].name, streams, count);
        catalog_names_free(streams, count);
        return ret;
}

int gate_check_config(struct cmd *cmd, const struct config *config, struct catalog *c,
    const struct manifest *m, struct err *e)
{
        return check_policy(cmd, &config->policy, c, m, e) < 0 ? -1
                                                               : check_streams(cmd, config, c, e);
}

int gate_bundle(const struct gate *g, const struct manifest *m, struct err *e)
{
        const struct config_policy *p = &g->mirror->config->policy;
        struct policy_time t;
        char *warning;

        if (gate_time(g->mirror->catalog, &t, e) < 0 || policy_check_bundle(p, m, &t, e) < 0)
                return -1;
        warning = policy_warning(p, m, &t);
        if (warning)
                cmd_warn(g->cmd, "%s", warning);
        free(warning);
        return 0;
}

/* -- two persons -- */

struct search {
        struct person me;
        int mine;    /* this person reviewed it */
        char *other; /* who else did, and why; NULL: nobody */
};

static int find_other(void *user, const struct review_row *row, struct err *e)
{
        struct search *s = user;

        (void)e;
        if (row->uid == s->me.uid) {
                s->mine = 1;
        } else {
                free(s->other);
                s->other = xasprintf("%s (%s)", row->person, row->reason);
        }
        return 0;
}

static int refuse_unreviewed(const struct search *s, struct err *e)
{
        if (s->mine)
                err_set(e, ERR_POLICY,
                    "policy: only you (%s) have reviewed this bundle, and two persons are wanted; "
                    "another one runs dray import --approve REASON%s",
                    s->me.name,
                    s->me.shared ? "; neither a login nor sudo to root tells here who you are: all "
                                   "who share this user are one person"
                                 : "");
        else
                err_set(e, ERR_POLICY,
                    "policy: nobody has reviewed this bundle; one person runs dray verify --review REASON, "
                    "then another one dray import --approve REASON");
        return err_cause(e, s->mine ? "one-person" : "not-reviewed");
}

int gate_review(struct gate *g, const struct import_result *r, struct err *e)
{
        struct search s = {0};
        int ret = -1, wanted = g->mirror->config->policy.review;

        if (!wanted && !g->approval)
                return 0;
        person_now(&s.me);
        if (catalog_reviews(g->mirror->catalog, r->manifest_sha256, find_other, &s, e) < 0)
                goto out;
        if (!s.other) {
                refuse_unreviewed(&s, e);
                goto out;
        }
        if (!g->approval) {
                err_set(e, ERR_POLICY,
                    "policy: reviewed by %.200s; to take it in, say why: dray import --approve REASON",
                    s.other);
                err_cause(e, "not-approved");
                goto out;
        }
        gate_release(g);
        g->note = xasprintf("reviewed by %s, approved: %s", s.other, g->approval);
        ret = 0;
out:
        free(s.other);
        return ret;
}

static int check_reason(const char *reason, struct err *e)
{
        if (text_check("the reason", reason, e) == 0)
                return 0;
        e->code = ERR_USAGE;
        return -1;
}

int gate_note_review(
    const struct gate *g, const struct import_result *r, const char *reason, struct err *e)
{
        struct catalog *c = g->mirror->catalog;
        struct person me;
        struct review_row row = {.reason = reason, .at = (int64_t)time(NULL)};
        struct audit_event ev = {.event = "review",
            .stream = r->manifest.stream,
            .seq = r->manifest.seq,
            .manifest = r->manifest_sha256,
            .text = reason};

        if (check_reason(reason, e) < 0)
                return -1;
        person_now(&me);
        row.person = me.name;
        row.uid = me.uid;
        if (catalog_begin(c, e) < 0)
                return -1;
        if (catalog_review_put(c, r->manifest_sha256, &row, e) < 0 || audit_append(c, &ev, e) < 0 ||
            catalog_commit(c, e) < 0) {
                catalog_rollback(c);
                return -1;
        }
        return 0;
}

/* -- the clock -- */

int gate_approve_clock(const struct gate *g, const char *reason, struct err *e)
{
        struct catalog *c = g->mirror->catalog;
        char was[TIMESTAMP_SIZE], now[TIMESTAMP_SIZE], *text;
        struct audit_event ev = {.event = "clock"};
        struct policy_time t;
        int64_t clock = (int64_t)time(NULL);
        int ret = -1;

        if (check_reason(reason, e) < 0 || gate_time(c, &t, e) < 0)
                return -1;
        if (!t.clock_behind)
                return 0;
        text = xasprintf("imports dated up to %s count as of %s: %s", timestamp_format(t.now, was),
            timestamp_format(clock, now), reason);
        ev.text = text;
        if (catalog_begin(c, e) == 0 && catalog_bundle_no_later(c, clock, e) == 0 &&
            audit_append(c, &ev, e) == 0 && catalog_commit(c, e) == 0)
                ret = 1;
        else
                catalog_rollback(c);
        if (ret == 1)
                cmd_note(g->cmd, "%s", text);
        free(text);
        return ret;
}

int gate_result(const struct gate *g, int64_t generation, struct err *e)
{
        char **sources = NULL;
        size_t count = 0;
        int ret = -1;

        if (catalog_sources(g->mirror->catalog, &sources, &count, e) == 0)
                ret = names_check_generation(g->mirror->catalog, generation, sources, count, e);
        catalog_names_free(sources, count);
        return ret < 0 && e->code == ERR_REFUSED ? err_cause(e, "name") : ret;
}

void gate_rules(void *user, const char *stream, struct import_rules *out)
{
        const struct gate *g = user;
        const struct config_stream *s = config_stream_find(g->mirror->config, stream);

        if (s)
                *out = (struct import_rules){.audience = s->audience, .max_jump = s->max_jump};
}
