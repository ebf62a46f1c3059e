#include "bundle_findings.h"

#include "bundle/catalog_stream.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "bundle_report.h"
#include "mirror/names.h"
#include "mirror/registry.h"

struct search {
        struct bundle_findings *found;
        const struct gate *gate;
        struct catalog *catalog; /* NULL: no mirror */
        const struct manifest *manifest;
        struct generation held; /* what the bundle is compared with */
        char last_denied[sizeof((struct err *)0)->msg];
};

/* 0: noted, and the rest is looked at; -1: this machine failed. */
static int deny(struct search *s, const struct err *why, struct err *e)
{
        if (why->code != ERR_REFUSED && why->code != ERR_POLICY) {
                *e = *why;
                return -1;
        }
        /* the files of one package come one after the other, each with the same reason */
        if (s->found->denied_total && strcmp(s->last_denied, why->msg) == 0)
                return 0;
        snprintf(s->last_denied, sizeof s->last_denied, "%s", why->msg);
        if (s->found->denied_total++ == 0) {
                s->found->first_denied = *why;
                bundle_refusal(&s->found->first_denied);
        }
        if (s->found->denied_count < BUNDLE_DENIED_MAX)
                s->found->denied[s->found->denied_count++] = xstrdup(why->msg);
        return 0;
}

static int look_at_record(
    void *user, const struct record *r, const char *line, size_t len, int added, struct err *e)
{
        struct search *s = user;
        const char *kind = manifest_source_kind(s->manifest, r->source);
        const struct registry *registry = registry_find(kind);
        struct err why = ERR_INIT;

        (void)line;
        (void)len;
        if (changes_add(&s->found->changes, r, added ? 1 : -1, e) < 0)
                return -1;
        if (!added || !registry) /* the source was denied */
                return 0;
        if ((s->catalog ? gate_record(s->gate, kind, r, &why) : names_check(registry, r, &why)) < 0)
                return deny(s, &why, e);
        return 0;
}

/* A full bundle leaves nothing of its stream but what is in it. */
static int add_held(struct search *s, const char *source, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        int more, ret = -1;

        if (catalog_records(s->catalog, s->held.id, source, NULL, ORDER_PACKAGE, &rows, e) < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1)
                if (changes_add(&s->found->changes, &r, -1, e) < 0)
                        goto out;
        ret = more;
out:
        record_rows_close(rows);
        return ret;
}

static int add_all_held(struct search *s, struct err *e)
{
        char **sources = NULL;
        size_t count = 0;
        int ret = -1;

        if (catalog_stream_sources(s->catalog, s->manifest->stream, &sources, &count, e) < 0)
                goto out;
        for (size_t i = 0; i < count; i++)
                if (add_held(s, sources[i], e) < 0)
                        goto out;
        ret = 0;
out:
        catalog_names_free(sources, count);
        return ret;
}

static int count_held(
    void *user, const char *source, const char *package, uint64_t *records, struct err *e)
{
        const struct search *s = user;

        return catalog_package_count(s->catalog, s->held.id, source, package, records, e);
}

static int mark_unseen(struct search *s, struct err *e)
{
        for (size_t i = 0; i < s->found->changes.count; i++) {
                struct package_change *p = &s->found->changes.packages[i];
                int seen = catalog_package_seen(s->catalog, p->source, p->package, e);

                if (seen < 0)
                        return -1;
                p->unseen = !seen;
        }
        return 0;
}

static int look_at_all(struct search *s, const struct bundle *b, struct err *e)
{
        const struct manifest *m = s->manifest;
        struct manifest again = {0};
        struct err why = ERR_INIT;
        int r;

        if (s->catalog &&
            gate_check_config(s->gate->cmd, s->gate->mirror->config, s->catalog, m, e) < 0)
                return -1;
        if (s->catalog && gate_sources(s->gate, m, &why) < 0 && deny(s, &why, e) < 0)
                return -1;
        why = (struct err)ERR_INIT;
        if (s->catalog && gate_bundle(s->gate, m, &why) < 0 && deny(s, &why, e) < 0)
                return -1;
        for (size_t i = 0; i < m->source_count; i++) {
                why = (struct err)ERR_INIT;
                if (gate_source(m->sources[i].name, m->sources[i].kind, &why) < 0 &&
                    deny(s, &why, e) < 0)
                        return -1;
        }
        r = bundle_manifest(b, look_at_record, s, &again, e);
        manifest_release(&again);
        if (r < 0)
                return -1;
        if (!s->catalog)
                return changes_settle(&s->found->changes, NULL, NULL, e);
        if (!m->base_seq && add_all_held(s, e) < 0)
                return -1;
        if (changes_settle(&s->found->changes, m->base_seq ? count_held : NULL, s, e) < 0)
                return -1;
        return mark_unseen(s, e);
}

int bundle_findings_make(struct bundle_findings *out, const struct gate *gate,
    const struct bundle *b, const struct import_result *r, struct err *e)
{
        struct search s = {.found = out,
            .gate = gate,
            .catalog = gate->mirror ? gate->mirror->catalog : NULL,
            .manifest = &r->manifest};

        out->compared = s.catalog != NULL;
        if (s.catalog && catalog_generation_last(s.catalog, &s.held, e) < 0)
                return -1;
        return look_at_all(&s, b, e);
}

int bundle_findings_place(
    struct bundle_findings *out, const struct gate *gate, struct import_result *r, struct err *e)
{
        struct gate asked = *gate;
        const struct import im = {.catalog = gate->mirror->catalog,
            .store = gate->mirror->store,
            .rules = gate_rules,
            .user = &asked};
        struct err why = ERR_INIT;
        int place = import_place(&im, r, &why);
        char when[TIMESTAMP_SIZE];

        if (place < 0 && why.code != ERR_CHAIN) {
                *e = why;
                return -1;
        }
        if (place < 0) {
                out->place = why.cause;
                snprintf(out->place_text, sizeof out->place_text, "NOT the next one: %s", why.msg);
        } else if (place == 1) {
                out->place = "imported";
                snprintf(out->place_text, sizeof out->place_text, "imported already, at %s",
                    timestamp_format(r->already_at, when));
        } else if (r->leap.code != ERR_NONE) {
                out->place = r->leap.cause;
                snprintf(out->place_text, sizeof out->place_text,
                    "the next one only if all that it needs is held; else %s", r->leap.msg);
        } else {
                out->place = "next";
                snprintf(out->place_text, sizeof out->place_text, "the next one");
        }
        return 0;
}

void bundle_findings_release(struct bundle_findings *f)
{
        for (size_t i = 0; i < f->denied_count; i++)
                free(f->denied[i]);
        changes_release(&f->changes);
        *f = (struct bundle_findings){0};
}
