#include "bundle_report.h"

#include <jansson.h>

#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/timestamp.h"

#define SHOWN_PACKAGES 40 /* without -v */

void bundle_refusal(struct err *e)
{
        if (e->cause)
                return;
        if (e->code == ERR_REFUSED)
                err_cause(e, "damaged");
        else if (e->code == ERR_CHAIN)
                err_cause(e, "chain");
        else if (e->code == ERR_POLICY)
                err_cause(e, "policy");
        else if (e->code == ERR_USAGE)
                err_cause(e, "usage");
        else if (e->code == ERR_LOCKED)
                err_cause(e, "locked");
        else if (e->code == ERR_FAILED)
                err_cause(e, "failed");
}

static json_t *denied_json(const struct bundle_findings *f)
{
        json_t *array = json_array();

        for (size_t i = 0; i < f->denied_count; i++)
                json_array_append_new(array, json_string(f->denied[i]));
        return array;
}

struct record_counts {
        uint64_t added, removed;
};

/* What is really changed: a full bundle does not name what it removes. */
static struct record_counts count_records(
    const struct import_result *r, const struct bundle_findings *f)
{
        struct record_counts n = {r->added, r->removed};

        if (f && !f->compared)
                return (struct record_counts){r->manifest.totals.added, r->manifest.totals.removed};
        for (size_t i = 0; f && i < f->changes.count; i++) {
                n.added += f->changes.packages[i].files_added;
                n.removed += f->changes.packages[i].files_removed;
        }
        return n;
}

static void report_json(
    const struct import_result *r, const struct bundle_findings *f, const char *verdict)
{
        const struct manifest *m = &r->manifest;
        const struct record_counts n = count_records(r, f);
        char sha[SHA256_HEX], state[SHA256_HEX], issued[TIMESTAMP_SIZE];
        json_t *signers = json_array(), *holes = json_array(), *sources = json_array(), *top;

        hex_encode(sha, r->manifest_sha256, SHA256_SIZE);
        hex_encode(state, m->state, SHA256_SIZE);
        for (size_t i = 0; i < r->signer_count; i++)
                json_array_append_new(signers, json_string(r->signers[i]));
        for (size_t i = 0; i < m->hole_count; i++)
                json_array_append_new(holes, json_string(m->holes[i]));
        for (size_t i = 0; i < m->source_count; i++)
                json_array_append_new(sources,
                    json_pack("{ss ss}", "name", m->sources[i].name, "kind", m->sources[i].kind));
        top = json_pack("{ss ss sI sI sI ss ss ss so so so sI sI sI sI}", "verdict", verdict,
            "stream", m->stream, "epoch", (json_int_t)m->epoch, "seq", (json_int_t)m->seq, "base",
            (json_int_t)m->base_seq, "issued", timestamp_format(m->issued, issued), "manifest", sha,
            "state", state, "signers", signers, "missing", holes, "sources", sources, "added",
            (json_int_t)n.added, "removed", (json_int_t)n.removed, "files",
            (json_int_t)m->totals.blobs, "bytes", (json_int_t)m->totals.bytes);
        if (!f)
                json_object_set_new(top, "new_files", json_integer((json_int_t)r->new_files));
        if (m->next_by)
                json_object_set_new(
                    top, "next_by", json_string(timestamp_format(m->next_by, issued)));
        json_object_set_new(top, "audience", json_string(m->audience));
        json_object_set_new(
            top, "age", json_integer((json_int_t)time(NULL) - (json_int_t)m->issued));
        if (f) {
                json_object_set_new(top, "changes", changes_json(&f->changes));
                json_object_set_new(top, "compared", json_boolean(f->compared));
                json_object_set_new(top, "denied", denied_json(f));
                json_object_set_new(top, "denied_total", json_integer((json_int_t)f->denied_total));
                if (f->denied_total)
                        json_object_set_new(top, "cause", json_string(f->first_denied.cause));
                if (f->place)
                        json_object_set_new(top, "here",
                            json_pack("{ss ss}", "place", f->place, "text", f->place_text));
        }
        json_dumpf(top, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        putchar('\n');
        json_decref(top);
}

static void report_findings(const struct bundle_findings *f, size_t most)
{
        if (f->place)
                printf("  here: %s\n", f->place_text);
        changes_print(&f->changes, most, "  ");
        if (!f->compared && f->changes.count)
                printf(
                    "  (not compared with a mirror: -C names one, to see which names are new to it)\n");
        for (size_t i = 0; i < f->denied_count; i++)
                printf("  NOT LET IN %s\n", f->denied[i]);
        if (f->denied_total > f->denied_count)
                printf("  NOT LET IN, and %zu more reasons\n", f->denied_total - f->denied_count);
}

static void report_text(const struct import_result *r, const struct bundle_findings *f,
    const char *verdict, size_t most)
{
        const struct manifest *m = &r->manifest;
        const struct record_counts n = count_records(r, f);
        char issued[TIMESTAMP_SIZE], age[32], bytes[16], state[SHA256_HEX];

        hex_encode(state, m->state, SHA256_SIZE);
        printf("%s: bundle %lld of stream %s%s\n", verdict, (long long)m->seq, m->stream,
            m->base_seq ? "" : " (full)");
        if (m->base_seq)
                printf("  on bundle %lld\n", (long long)m->base_seq);
        printf("  issued %s (%s ago)\n", timestamp_format(m->issued, issued),
            timestamp_age((int64_t)time(NULL) - m->issued, age));
        printf("  signed by");
        for (size_t i = 0; i < r->signer_count; i++)
                printf(" %s", r->signers[i]);
        printf("\n  %llu records added, %llu removed; %llu files of %s",
            (unsigned long long)n.added, (unsigned long long)n.removed,
            (unsigned long long)m->totals.blobs, fs_size_text(m->totals.bytes, bytes));
        if (!f)
                printf(", %llu of them new here", (unsigned long long)r->new_files);
        printf("\n  state %s\n", state);
        if (*m->audience)
                printf("  for %s\n", m->audience);
        if (m->next_by)
                printf("  the next one is to come by %s%s\n", timestamp_format(m->next_by, issued),
                    m->next_by < (int64_t)time(NULL) ? ": OVERDUE" : "");
        if (f)
                report_findings(f, most);
        for (size_t i = 0; i < m->hole_count; i++)
                printf("  MISSING in it: %s\n", m->holes[i]);
}

void bundle_report(const struct cmd *c, const struct import_result *r,
    const struct bundle_findings *findings, const char *verdict)
{
        size_t most = opt_flag(&c->opt, "verbose") ? SIZE_MAX : SHOWN_PACKAGES;

        if (c->json)
                report_json(r, findings, verdict);
        else
                report_text(r, findings, verdict, most);
}
