#include "bundle/bundle_write.h"

#include "bundle/buf.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/prehash.h"
#include "bundle/signature.h"
#include "bundle/tar.h"
#include "bundle/volume.h"
#include "bundle/xz.h"

#define PREFIX MANIFEST_FORMAT "/"
#define END_SIZE (2 * TAR_BLOCK) /* zeros, as tar ends */

/* What is at hand while one bundle is made. */
struct writer {
        const struct bundle_spec *spec;
        struct manifest manifest;
        struct pack_plan plan;
        struct buf stored; /* manifest.jsonl.xz */
        struct buf signatures[LIMIT_SIGNATURES];
        struct volume volume;
        int fd;
        uint64_t written;
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
        m->base_seq = s->base_seq;
        memcpy(m->base_state, s->base_state, SHA256_SIZE);
        memcpy(m->base_manifest, s->base_manifest, SHA256_SIZE);
        m->holes = xcalloc(s->hole_count, sizeof *m->holes);
        for (size_t i = 0; i < s->hole_count; i++)
                m->holes[m->hole_count++] = xstrdup(s->holes[i]);
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
        struct xz_encoder *x = xz_encoder_new(XZ_PRESET_DEFAULT, xz_sink_buf, &w->stored);
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

/* The first signer's file has minisign's usual name; a further one's names its key. */
static void signature_name(char *out, size_t size, const struct secret_key *key, size_t i)
{
        struct public_key public;
        char id[KEY_ID_TEXT];

        secret_key_public(key, &public);
        key_id_format(id, public.id);
        if (i == 0)
                snprintf(out, size, "manifest.jsonl.xz.minisig");
        else
                snprintf(out, size, "manifest.jsonl.xz.%s.minisig", id);
}

static int sign_manifest(struct writer *w, struct err *e)
{
        const struct bundle_spec *s = w->spec;
        unsigned char hash[PREHASH_SIZE];
        char comment[LIMIT_NAME + 120], text[SIGNATURE_TEXT];
        struct volume *v = &w->volume;

        if (s->key_count == 0 || s->key_count > LIMIT_SIGNATURES)
                return err_set(
                    e, ERR_USAGE, "a bundle needs between 1 and %d signing keys", LIMIT_SIGNATURES);
        prehash(w->stored.data, w->stored.len, hash);
        snprintf(comment, sizeof comment,
            "stream:%s\tepoch:%lld\tseq:%lld\tfile:manifest.jsonl.xz\thashed", s->stream,
            (long long)s->epoch, (long long)s->seq);
        for (size_t i = 0; i < s->key_count; i++) {
                struct volume_signature *vs = &v->signatures[i];
                struct signature signature;

                if (signature_make(&signature, s->keys[i], hash, comment, e) < 0)
                        return -1;
                vs->size = signature_format(&signature, text);
                signature_name(vs->name, sizeof vs->name, s->keys[i], i);
                sha256(text, vs->size, vs->sha256);
                if (buf_add(&w->signatures[i], text, vs->size) < 0)
                        return err_set(e, ERR_FAILED, "a signature is too large");
                v->signature_count++;
        }
        sha256(w->stored.data, w->stored.len, v->manifest);
        v->manifest_size = w->stored.len;
        v->volume = v->volumes = 1;
        v->pack_count = w->manifest.pack_count;
        return 0;
}

static int put_header(struct writer *w, const char *name, uint64_t size, struct err *e)
{
        unsigned char block[TAR_BLOCK];
        char path[TAR_NAME + 1];

        snprintf(path, sizeof path, PREFIX "%s", name);
        tar_header(path, size, block);
        w->written += TAR_BLOCK;
        return fs_write(w->fd, block, sizeof block, e);
}

static int put_padding(struct writer *w, uint64_t size, struct err *e)
{
        static const unsigned char zero[TAR_BLOCK];
        unsigned padding = tar_padding(size);

        w->written += size + padding;
        return fs_write(w->fd, zero, padding, e);
}

static int put_member(
    struct writer *w, const char *name, const void *bytes, size_t len, struct err *e)
{
        if (put_header(w, name, len, e) < 0 || fs_write(w->fd, bytes, len, e) < 0)
                return -1;
        return put_padding(w, len, e);
}

static int put_packs(struct writer *w, struct err *e)
{
        const struct bundle_spec *s = w->spec;
        char name[6 + SHA256_HEX] = "packs/";
        uint64_t done = 0;

        for (size_t i = 0; i < w->manifest.pack_count; i++) {
                const struct manifest_pack *p = &w->manifest.packs[i];

                hex_encode(name + 6, p->sha256, SHA256_SIZE);
                if (put_header(w, name, p->size, e) < 0 ||
                    pack_write(&w->plan, s->store, s->cache, i, w->fd, e) < 0 ||
                    put_padding(w, p->size, e) < 0)
                        return -1;
                done += p->size;
                if (s->writing)
                        s->writing(s->user, done, w->manifest.totals.stored);
        }
        return 0;
}

static uint64_t member_size(uint64_t size)
{
        return TAR_BLOCK + size + tar_padding(size);
}

/* As long as a bundle is one file, it has to fit where it shall go. */
static int check_size(const struct writer *w, const struct buf *volume, struct err *e)
{
        const struct manifest *m = &w->manifest;
        uint64_t total = END_SIZE + member_size(w->stored.len) + member_size(volume->len);
        char is[16], most[16];

        for (size_t i = 0; i < w->volume.signature_count; i++)
                total += member_size(w->signatures[i].len);
        for (size_t i = 0; i < m->pack_count; i++)
                total += member_size(m->packs[i].size);
        if (w->spec->size_max == 0 || total <= w->spec->size_max)
                return 0;
        return err_set(e, ERR_USAGE,
            "the bundle has %s (%llu bytes), volume_size is %s; several volumes are not there yet: carry it "
            "on a larger medium, or remove volume_size",
            fs_size_text(total, is), (unsigned long long)total,
            fs_size_text(w->spec->size_max, most));
}

static int put_bundle(struct writer *w, struct err *e)
{
        static const unsigned char end[END_SIZE];
        struct buf volume;
        int ret = -1;

        buf_init(&volume, LIMIT_VOLUME_JSON);
        if (volume_format(&w->volume, &volume, e) < 0 || check_size(w, &volume, e) < 0 ||
            put_member(w, "manifest.jsonl.xz", w->stored.data, w->stored.len, e) < 0)
                goto out;
        for (size_t i = 0; i < w->volume.signature_count; i++)
                if (put_member(w, w->volume.signatures[i].name, w->signatures[i].data,
                        w->signatures[i].len, e) < 0)
                        goto out;
        if (put_member(w, "volume.json", volume.data, volume.len, e) < 0 || put_packs(w, e) < 0 ||
            fs_write(w->fd, end, sizeof end, e) < 0)
                goto out;
        w->written += sizeof end;
        ret = 0;
out:
        buf_release(&volume);
        return ret;
}

int bundle_write(const struct bundle_spec *spec, int fd, struct bundle_written *out, struct err *e)
{
        struct writer w = {.spec = spec, .fd = fd};
        int ret = -1;

        buf_init(&w.stored, LIMIT_MANIFEST_STORED);
        for (size_t i = 0; i < LIMIT_SIGNATURES; i++)
                buf_init(&w.signatures[i], LIMIT_SIGNATURE);
        pack_plan_init(&w.plan, &w.manifest);
        if (catalog_scope(spec->catalog, spec->sources, spec->source_count, e) < 0 ||
            check_base(spec, e) < 0 || fill_header(&w, e) < 0 || gather_blobs(&w, e) < 0 ||
            pack_build(&w.plan, spec->store, spec->cache, spec->threads, spec->building, spec->user,
                e) < 0 ||
            make_manifest(&w, e) < 0 || sign_manifest(&w, e) < 0 || put_bundle(&w, e) < 0)
                goto out;
        memcpy(out->manifest, w.volume.manifest, SHA256_SIZE);
        memcpy(out->state, w.manifest.state, SHA256_SIZE);
        out->totals = w.manifest.totals;
        out->size = w.written;
        ret = 0;
out:
        pack_plan_release(&w.plan);
        manifest_release(&w.manifest);
        buf_release(&w.stored);
        for (size_t i = 0; i < LIMIT_SIGNATURES; i++)
                buf_release(&w.signatures[i]);
        return ret;
}
