/* What is remembered of an import besides what it brings. */
#include "bundle/audit.h"
#include "bundle/catalog_stream.h"
#include "bundle/catalog_work.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/seen.h"
#include "import_work.h"

int note_row(const struct importer *w, const struct import_result *r, struct err *e)
{
        const struct manifest *m = w->m;
        struct bundle_row row = {.epoch = m->epoch,
            .seq = m->seq,
            .base_seq = m->base_seq,
            .generation = r->generation.id,
            .issued = m->issued,
            .done = (int64_t)time(NULL)};
        int ret;

        memcpy(row.state, m->state, SHA256_SIZE);
        memcpy(row.manifest, r->manifest_sha256, SHA256_SIZE);
        row.stream = xstrdup(m->stream);
        row.file = xstrdup(w->im->name);
        ret = catalog_bundle_put(w->catalog, &row, e) < 0
                  ? -1
                  : catalog_stream_due_put(w->catalog, m->stream, m->next_by, e);
        bundle_row_release(&row);
        return ret;
}

int note_holes(struct catalog *c, const struct manifest *m, struct err *e)
{
        if (catalog_holes_begin(c, e) < 0)
                return -1;
        for (size_t i = 0; i < m->hole_count; i++)
                if (catalog_hole_put(c, m->stream, m->holes[i], "missing on the sender's side", e) <
                    0)
                        return -1;
        return catalog_holes_end(c, m->stream, e);
}

int note_holes_again(struct catalog *c, const struct import_result *result, struct err *e)
{
        const struct manifest *m = &result->manifest;
        struct bundle_row last;
        int ret = -1, r = catalog_bundle_get(c, m->stream, 0, &last, e);
        int same = r == 1 && memcmp(last.manifest, result->manifest_sha256, SHA256_SIZE) == 0;

        bundle_row_release(&last);
        if (!same)
                return r < 0 ? -1 : 0;
        if (catalog_begin(c, e) < 0)
                return -1;
        if (note_holes(c, m, e) < 0 || catalog_commit(c, e) < 0)
                goto out;
        ret = 0;
out:
        catalog_rollback(c);
        return ret;
}

int note_log(const struct importer *w, const struct import_result *r, struct err *e)
{
        const struct manifest *m = w->m;
        struct audit_event ev = {
            .event = "import", .stream = m->stream, .seq = m->seq, .manifest = r->manifest_sha256};
        struct buf text;
        int ret;

        buf_init(&text, LIMIT_AUDIT_LINE / 2);
        buf_addf(&text, "%llu records added, %llu removed, generation %lld%s" AUDIT_SIGNED_BY,
            (unsigned long long)r->added, (unsigned long long)r->removed,
            (long long)r->generation.id, m->base_seq ? "" : ", by a full bundle");
        for (size_t i = 0; i < r->signer_count; i++)
                buf_addf(&text, " %s", r->signers[i]);
        if (w->im->note)
                buf_addf(&text, "; %s", w->im->note);
        ev.text = text.data;
        ret = audit_append(w->catalog, &ev, e);
        buf_release(&text);
        return ret;
}

int note_seen(const struct importer *w, const struct import_result *r, struct err *e)
{
        struct seen_bundle b = {.epoch = r->manifest.epoch, .seq = r->manifest.seq};

        memcpy(b.manifest, r->manifest_sha256, SHA256_SIZE);
        return seen_note(store_state_dir(w->im->store), r->manifest.stream, &b, w->catalog, e);
}
