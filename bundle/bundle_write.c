#include "bundle/bundle_write.h"

#include "bundle/buf.h"
#include "bundle/bundle_sign.h"
#include "bundle/closure.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/xz.h"
#include "bundle_packs.h"

/* What is at hand while one bundle is made. */
struct writer {
        const struct bundle_spec *spec;
        struct manifest manifest;
        struct pack_plan plan;
        struct bundle_head head;
};

static int fill_header(struct writer *w, struct err *e)
{
        const struct bundle_spec *s = w->spec;
        struct manifest *m = &w->manifest;

        m->stream = xstrdup(s->stream);
        m->audience = xstrdup(s->audience ? s->audience : "");
        m->epoch = s->epoch;
        m->seq = s->seq;
        m->issued = s->issued;
        m->next_by = s->next_by;
        m->trust = s->list_count ? s->lists[s->list_count - 1].number : 0;
        m->base_seq = s->base_seq;
        memcpy(m->base_state, s->base_state, SHA256_SIZE);
        memcpy(m->base_manifest, s->base_manifest, SHA256_SIZE);
        m->holes = xcalloc(s->hole_count, sizeof *m->holes);
        for (size_t i = 0; i < s->hole_count; i++)
                m->holes[m->hole_count++] = xstrdup(s->holes[i]);
        if (s->source_count > LIMIT_SOURCES)
                return err_set(
                    e, ERR_FAILED, "more than %d sources in stream %s", LIMIT_SOURCES, s->stream);
        m->sources = xcalloc(s->source_count, sizeof *m->sources);
        for (size_t i = 0; i < s->source_count; i++) {
                char *kind = NULL;
                int r = catalog_source_kind(s->catalog, s->sources[i], &kind, e);

                if (r < 0)
                        return -1;
                if (r == 0)
                        continue; /* configured, never synced: nothing of it goes along */
                m->sources[m->source_count++] =
                    (struct manifest_source){xstrdup(s->sources[i]), kind};
        }
        return catalog_state(s->catalog, s->generation, m->state, e);
}

/* A delta is true only if the base, seen from here, is what the far side was given. */
static int check_base(const struct bundle_spec *s, struct err *e)
{
        unsigned char state[SHA256_SIZE];

        if (!s->base_seq)
                return 0;
        if (catalog_state(s->catalog, s->base_generation, state, e) < 0)
                return -1;
        if (memcmp(state, s->base_state, SHA256_SIZE) == 0)
                return 0;
        return err_set(e, ERR_FAILED,
            "bundle %lld of stream %s did not hold what its sources had then (were other sources "
            "given to the stream since?); make a full one: dray bundle --stream %s --full",
            (long long)s->base_seq, s->stream, s->stream);
}

/* Every blob that a new record names is in the bundle, or was named at the base. */
static int gather_blobs(struct writer *w, struct err *e)
{
        const struct bundle_spec *s = w->spec;
        struct record_rows *rows = NULL;
        struct record r;
        int added, more, held, ret = -1;

        if (catalog_difference(
                s->catalog, s->base_generation, s->generation, ORDER_PACKAGE, &rows, e) < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, &added, e)) == 1) {
                if (!added) {
                        w->manifest.totals.removed++;
                        continue;
                }
                w->manifest.totals.added++;
                held = catalog_blob_in_scope(s->catalog, s->base_generation, r.sha256, e);
                if (held < 0)
                        goto out;
                if (held)
                        continue;
                if (!store_present(s->store, r.sha256, r.size)) {
                        err_set(e, ERR_REFUSED,
                            "%s/%s is missing from the store or has another size; run dray fsck "
                            "--repair, then dray sync",
                            r.source, r.file);
                        goto out;
                }
                if (pack_plan_add(&w->plan, r.sha256, r.size, pack_encoding_of(r.file), e) < 0)
                        goto out;
        }
        if (more < 0)
                goto out;
        ret = pack_plan_end(&w->plan, e);
out:
        record_rows_close(rows);
        return ret;
}

/* Passes what has gathered in `lines` on to the encoder. */
static int flush_lines(struct buf *lines, struct xz_encoder *x, size_t above, struct err *e)
{
        if (lines->len <= above)
                return 0;
        if (xz_encoder_write(x, lines->data, lines->len, e) < 0)
                return -1;
        buf_reset(lines);
        return 0;
}

static int put_records(struct writer *w, struct buf *lines, struct xz_encoder *x, struct err *e)
{
        const struct bundle_spec *s = w->spec;
        struct record_rows *rows = NULL;
        struct record r;
        const char *line;
        int added, more;

        if (catalog_difference(
                s->catalog, s->base_generation, s->generation, ORDER_LINE, &rows, e) < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, &line, &added, e)) == 1) {
                if (manifest_format_record(line, added, lines, e) < 0 ||
                    flush_lines(lines, x, 65536, e) < 0) {
                        more = -1;
                        break;
                }
        }
        record_rows_close(rows);
        return more;
}

static int make_manifest(struct writer *w, struct err *e)
{
        const struct manifest *m = &w->manifest;
        struct buf lines;
        struct xz_encoder *x = xz_encoder_new(XZ_PRESET_DEFAULT, xz_sink_buf, &w->head.manifest);
        int ret = -1;

        buf_init(&lines, 2 * LIMIT_MANIFEST_LINE);
        if (manifest_format_header(m, &lines, e) < 0)
                goto out;
        for (size_t i = 0; i < m->source_count; i++)
                if (manifest_format_source(&m->sources[i], &lines, e) < 0)
                        goto out;
        for (size_t i = 0; i < m->pack_count; i++)
                if (manifest_format_pack(&m->packs[i], &lines, e) < 0 ||
                    flush_lines(&lines, x, 65536, e) < 0)
                        goto out;
        for (size_t i = 0; i < m->blob_count; i++)
                if (manifest_format_blob(m, i, &lines, e) < 0 ||
                    flush_lines(&lines, x, 65536, e) < 0)
                        goto out;
        if (put_records(w, &lines, x, e) < 0 || flush_lines(&lines, x, 0, e) < 0 ||
            xz_encoder_finish(x, e) < 0)
                goto out;
        ret = 0;
out:
        xz_encoder_free(x);
        buf_release(&lines);
        return ret;
}

static int sign_manifest(struct writer *w, struct err *e)
{
        const struct bundle_spec *s = w->spec;

        if (s->key_count == 0 || s->key_count > LIMIT_SIGNATURES)
                return err_set(
                    e, ERR_USAGE, "a bundle needs between 1 and %d signing keys", LIMIT_SIGNATURES);
        for (size_t i = 0; i < s->key_count; i++)
                if (bundle_sign(&w->head, s->stream, s->epoch, s->seq, s->keys[i], e) < 0)
                        return -1;
        for (size_t i = 0; i < s->list_count; i++)
                if (bundle_head_trust(
                        &w->head, s->lists[i].number, s->lists[i].text, s->lists[i].len, e) < 0)
                        return -1;
        return 0;
}

static int write_all(const struct bundle_spec *spec, const struct volume_files *files,
    uint64_t limit, struct bundle_written *out, struct err *e)
{
        struct writer w = {.spec = spec};
        struct bundle_packs packs = {
            &w.plan, spec->store, spec->cache, spec->writing, spec->user, 0};
        int ret = -1;

        bundle_head_init(&w.head);
        pack_plan_init(&w.plan, &w.manifest);
        if (catalog_scope(spec->catalog, spec->sources, spec->source_count, e) < 0 ||
            check_base(spec, e) < 0 || fill_header(&w, e) < 0 || gather_blobs(&w, e) < 0 ||
            pack_build(&w.plan, spec->store, spec->cache, spec->threads, spec->building, spec->user,
                e) < 0 ||
            make_manifest(&w, e) < 0 ||
            closure_check(w.head.manifest.data, w.head.manifest.len, spec->catalog,
                spec->base_generation, e) < 0 ||
            sign_manifest(&w, e) < 0 || (spec->made && spec->made(spec->user, &w.head, e) < 0) ||
            bundle_packs_write(&packs, &w.head, limit, spec->medium, files, out, e) < 0)
                goto out;
        ret = 0;
out:
        pack_plan_release(&w.plan);
        manifest_release(&w.manifest);
        bundle_head_release(&w.head);
        return ret;
}

int bundle_write_volumes(const struct bundle_spec *spec, const struct volume_files *files,
    struct bundle_written *out, struct err *e)
{
        return write_all(spec, files, spec->volume_size, out, e);
}

int bundle_write(const struct bundle_spec *spec, int fd, struct bundle_written *out, struct err *e)
{
        const struct volume_files files = {&fd, volume_to_fd_begin, volume_to_fd_end};

        return write_all(spec, &files, 0, out, e);
}
