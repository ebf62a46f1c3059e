#include "bundle/manifest.h"

#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/limit.h"
#include "bundle/timestamp.h"

void manifest_release(struct manifest *m)
{
        free(m->stream);
        free(m->audience);
        for (size_t i = 0; i < m->hole_count; i++)
                free(m->holes[i]);
        free(m->holes);
        for (size_t i = 0; i < m->source_count; i++) {
                free(m->sources[i].name);
                free(m->sources[i].kind);
        }
        free(m->sources);
        free(m->packs);
        free(m->blobs);
        free(m->extents);
        *m = (struct manifest){0};
}

static int by_name(const void *name, const void *blob)
{
        return memcmp(name, ((const struct manifest_blob *)blob)->sha256, SHA256_SIZE);
}

const struct manifest_blob *manifest_blob_find(
    const struct manifest *m, const unsigned char sha256[SHA256_SIZE])
{
        if (!m->blob_count)
                return NULL;
        return bsearch(sha256, m->blobs, m->blob_count, sizeof *m->blobs, by_name);
}

int manifest_blob_is_pack(const struct manifest *m, uint32_t blob)
{
        const struct manifest_blob *b = &m->blobs[blob];
        const struct manifest_extent *x;
        const struct manifest_pack *p;

        if (b->extents != 1)
                return 0;
        x = &m->extents[b->first];
        p = &m->packs[x->pack];
        return p->encoding == PACK_RAW && x->length == p->decoded &&
               memcmp(p->sha256, b->sha256, SHA256_SIZE) == 0;
}

static int by_source(const void *name, const void *source)
{
        return strcmp(name, ((const struct manifest_source *)source)->name);
}

const char *manifest_source_kind(const struct manifest *m, const char *name)
{
        const struct manifest_source *s = NULL;

        if (m->source_count)
                s = bsearch(name, m->sources, m->source_count, sizeof *s, by_source);
        return s ? s->kind : "";
}

/* No line that a reader would not take. */
static int check_line(const struct buf *out, size_t before, struct err *e)
{
        if (out->len - before <= LIMIT_MANIFEST_LINE)
                return 0;
        return err_set(e, ERR_FAILED, "manifest: a line is longer than %d bytes: %.60s...",
            (int)LIMIT_MANIFEST_LINE, out->data + before);
}

/* Takes the object; appends its line. */
static int put_line(json_t *object_take, struct buf *out, struct err *e)
{
        size_t before = out->len;
        int ret = -1;

        if (!object_take)
                return err_set(e, ERR_FAILED, "manifest: a name is not UTF-8");
        if (json_canonical(object_take, out, e) < 0 || check_line(out, before, e) < 0)
                goto out;
        if (buf_addc(out, '\n') < 0) {
                err_set(e, ERR_FAILED, "manifest: larger than %zu bytes", out->max);
                goto out;
        }
        ret = 0;
out:
        json_decref(object_take);
        return ret;
}

static json_t *hex_json(const unsigned char sha[SHA256_SIZE])
{
        char text[SHA256_HEX];

        hex_encode(text, sha, SHA256_SIZE);
        return json_string(text);
}

static json_t *time_json(int64_t seconds)
{
        char text[TIMESTAMP_SIZE];

        return json_string(timestamp_format(seconds, text));
}

static json_t *base_json(const struct manifest *m)
{
        if (!m->base_seq)
                return json_null();
        return json_pack("{so sI so}", "manifest", hex_json(m->base_manifest), "seq",
            (json_int_t)m->base_seq, "state", hex_json(m->base_state));
}

static json_t *requires_json(const struct manifest *m)
{
        json_t *list = json_array();

        if (m->requires & FEATURE_BLOB_COPY)
                json_array_append_new(list, json_string("blob-copy"));
        if (m->requires & FEATURE_PACK_RAW)
                json_array_append_new(list, json_string("pack-raw"));
        if (m->requires & FEATURE_PACK_XZ)
                json_array_append_new(list, json_string("pack-xz"));
        return list;
}

static json_t *holes_json(const struct manifest *m)
{
        json_t *list = json_array();

        for (size_t i = 0; i < m->hole_count; i++)
                if (json_array_append_new(list, json_string(m->holes[i])) < 0) {
                        json_decref(list);
                        return NULL;
                }
        return list;
}

static json_t *totals_json(const struct manifest_totals *t)
{
        return json_pack("{sI sI sI sI sI sI}", "added", (json_int_t)t->added, "blobs",
            (json_int_t)t->blobs, "bytes", (json_int_t)t->bytes, "packs", (json_int_t)t->packs,
            "removed", (json_int_t)t->removed, "stored", (json_int_t)t->stored);
}

int manifest_format_header(const struct manifest *m, struct buf *out, struct err *e)
{
        if (!timestamp_fits(m->issued) || !timestamp_fits(m->next_by))
                return err_set(e, ERR_FAILED, "manifest: a time is before 1970 or after 9999");
        return put_line(
            json_pack("{ss so sI ss so so so so sI so ss so sI ss}", "audience", m->audience,
                "base", base_json(m), "epoch", (json_int_t)m->epoch, "format", MANIFEST_FORMAT,
                "holes", holes_json(m), "issued", time_json(m->issued), "next_by",
                m->next_by ? time_json(m->next_by) : json_null(), "requires", requires_json(m),
                "seq", (json_int_t)m->seq, "state", hex_json(m->state), "stream", m->stream,
                "totals", totals_json(&m->totals), "trust", (json_int_t)m->trust, "type", "header"),
            out, e);
}

int manifest_format_source(const struct manifest_source *s, struct buf *out, struct err *e)
{
        return put_line(
            json_pack("{ss ss ss}", "kind", s->kind, "name", s->name, "type", "source"), out, e);
}

int manifest_format_pack(const struct manifest_pack *p, struct buf *out, struct err *e)
{
        return put_line(json_pack("{sI ss so sI ss}", "decoded", (json_int_t)p->decoded, "encoding",
                            p->encoding == PACK_XZ ? "xz" : "raw", "sha256", hex_json(p->sha256),
                            "size", (json_int_t)p->size, "type", "pack"),
            out, e);
}

int manifest_format_blob(const struct manifest *m, size_t blob, struct buf *out, struct err *e)
{
        const struct manifest_blob *b = &m->blobs[blob];
        json_t *copy = json_array();

        for (uint32_t i = 0; i < b->extents; i++) {
                const struct manifest_extent *x = &m->extents[b->first + i];

                json_array_append_new(copy, json_pack("[I I I]", (json_int_t)x->pack,
                                                (json_int_t)x->offset, (json_int_t)x->length));
        }
        return put_line(json_pack("{so so sI ss}", "copy", copy, "sha256", hex_json(b->sha256),
                            "size", (json_int_t)b->size, "type", "blob"),
            out, e);
}

int manifest_format_record(const char *line, int added, struct buf *out, struct err *e)
{
        size_t before = out->len;

        /* The record's text goes in as it is: it is canonical, and "record" sorts before "type". */
        if (buf_addf(out, "{\"record\":%s,\"type\":\"%s\"}\n", line, added ? "add" : "remove") < 0)
                return err_set(e, ERR_FAILED, "manifest: larger than %zu bytes", out->max);
        return check_line(out, before + 1, e);
}
