#include "bundle/manifest_parse.h"

#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "bundle/timestamp.h"

/* The sections, in the order in which their lines must come. */
enum section {
        SECTION_NONE,
        SECTION_HEADER,
        SECTION_SOURCE,
        SECTION_PACK,
        SECTION_BLOB,
        SECTION_REMOVE,
        SECTION_ADD,
};

static const char *const section_types[] = {
    [SECTION_HEADER] = "header",
    [SECTION_SOURCE] = "source",
    [SECTION_PACK] = "pack",
    [SECTION_BLOB] = "blob",
    [SECTION_REMOVE] = "remove",
    [SECTION_ADD] = "add",
};

static const struct {
        const char *name;
        unsigned flag;
} features[] = {
    {"blob-copy", FEATURE_BLOB_COPY},
    {"pack-raw", FEATURE_PACK_RAW},
    {"pack-xz", FEATURE_PACK_XZ},
};

void manifest_parser_init(
    struct manifest_parser *p, struct manifest *out, manifest_record_fn *each, void *user)
{
        *p = (struct manifest_parser){.m = out, .each = each, .user = user};
        *out = (struct manifest){0};
        buf_init(&p->last, LIMIT_MANIFEST_LINE);
}

void manifest_parser_release(struct manifest_parser *p)
{
        free(p->named);
        buf_release(&p->last);
}

static int take_time(
    struct json_reader *r, const char *key, int may_be_null, int64_t *out, struct err *e)
{
        const json_t *v = json_object_get(r->object, key);
        const char *text;

        *out = 0;
        if (may_be_null && json_is_null(v)) {
                json_object_del(r->object, key);
                return 0;
        }
        text = json_take_string(r, key, e);
        if (!text)
                return -1;
        if (timestamp_parse(text, out) < 0)
                return err_set(e, ERR_REFUSED, "%s: \"%s\" is not a time", r->what, key);
        return 0;
}

static int take_base(struct json_reader *r, struct manifest *m, struct err *e)
{
        struct json_reader base;
        json_t *v = json_object_get(r->object, "base");
        uint64_t seq;
        int ret = -1;

        if (json_is_null(v)) {
                json_object_del(r->object, "base");
                return 0;
        }
        v = json_take(r, "base", JSON_OBJECT, e);
        if (!v)
                return -1;
        json_reader_init(&base, "manifest: base", json_incref(v));
        if (json_take_size(&base, "seq", INT64_MAX, &seq, e) < 0 ||
            json_take_sha256(&base, "state", m->base_state, e) < 0 ||
            json_take_sha256(&base, "manifest", m->base_manifest, e) < 0 || json_done(&base, e) < 0)
                goto out;
        if (seq == 0) {
                err_set(e, ERR_REFUSED, "manifest: base: \"seq\" is 0");
                goto out;
        }
        m->base_seq = (int64_t)seq;
        ret = 0;
out:
        json_reader_release(&base);
        return ret;
}

static int take_requires(struct json_reader *r, struct manifest *m, struct err *e)
{
        const json_t *list = json_take(r, "requires", JSON_ARRAY, e), *item;
        const char *last = "";
        size_t i;

        if (!list)
                return -1;
        json_array_foreach (list, i, item) {
                const char *name = json_string_value(item);
                unsigned flag = 0;

                if (!name || strcmp(name, last) <= 0 || strlen(name) != json_string_length(item))
                        return err_set(
                            e, ERR_REFUSED, "manifest: \"requires\" is not a sorted list");
                for (size_t f = 0; f < sizeof features / sizeof *features; f++)
                        if (strcmp(name, features[f].name) == 0)
                                flag = features[f].flag;
                if (!flag) {
                        err_set(e, ERR_REFUSED,
                            "this bundle needs \"%.40s\", which this dray does not know; a newer dray "
                            "reads it",
                            name);
                        return err_cause(e, "unknown-format");
                }
                m->requires |= flag;
                last = name;
        }
        return 0;
}

static int take_holes(struct json_reader *r, struct manifest *m, struct err *e)
{
        const json_t *list = json_take(r, "holes", JSON_ARRAY, e), *item;
        size_t i;

        if (!list)
                return -1;
        m->holes = xcalloc(json_array_size(list), sizeof *m->holes);
        json_array_foreach (list, i, item) {
                const char *text = json_string_value(item);

                if (!text || strlen(text) != json_string_length(item))
                        return err_set(e, ERR_REFUSED, "manifest: \"holes\" holds no text");
                if (text_check_line("manifest: a hole", text, e) < 0)
                        return -1;
                if (i && strcmp(m->holes[i - 1], text) >= 0)
                        return err_set(e, ERR_REFUSED, "manifest: \"holes\" is not sorted");
                m->holes[m->hole_count++] = xstrdup(text);
        }
        return 0;
}

static int take_totals(struct json_reader *r, struct manifest_totals *t, struct err *e)
{
        struct json_reader totals;
        json_t *v = json_take(r, "totals", JSON_OBJECT, e);
        int ret = -1;

        if (!v)
                return -1;
        json_reader_init(&totals, "manifest: totals", json_incref(v));
        if (json_take_size(&totals, "added", LIMIT_RECORDS, &t->added, e) < 0 ||
            json_take_size(&totals, "removed", LIMIT_RECORDS, &t->removed, e) < 0 ||
            json_take_size(&totals, "blobs", LIMIT_BLOBS, &t->blobs, e) < 0 ||
            json_take_size(&totals, "bytes", INT64_MAX, &t->bytes, e) < 0 ||
            json_take_size(&totals, "packs", LIMIT_PACKS, &t->packs, e) < 0 ||
            json_take_size(&totals, "stored", INT64_MAX, &t->stored, e) < 0 ||
            json_done(&totals, e) < 0)
                goto out;
        ret = 0;
out:
        json_reader_release(&totals);
        return ret;
}

static int parse_header(struct manifest_parser *p, struct json_reader *r, struct err *e)
{
        struct manifest *m = p->m;
        const char *format, *stream, *audience;
        uint64_t epoch, seq, trust;

        /* format and requires first: they decide what the rest may be */
        if (!(format = json_take_string(r, "format", e)))
                return -1;
        if (strcmp(format, MANIFEST_FORMAT) != 0) {
                err_set(
                    e, ERR_REFUSED, "bundle format \"%.40s\" is not known to this dray", format);
                return err_cause(e, "unknown-format");
        }
        if (take_requires(r, m, e) < 0 || !(stream = json_take_string(r, "stream", e)) ||
            !(audience = json_take_string(r, "audience", e)) ||
            json_take_size(r, "epoch", INT64_MAX, &epoch, e) < 0 ||
            json_take_size(r, "seq", INT64_MAX, &seq, e) < 0 || take_base(r, m, e) < 0 ||
            json_take_sha256(r, "state", m->state, e) < 0 ||
            take_time(r, "issued", 0, &m->issued, e) < 0 ||
            take_time(r, "next_by", 1, &m->next_by, e) < 0 || take_holes(r, m, e) < 0 ||
            take_totals(r, &m->totals, e) < 0 ||
            json_take_size(r, "trust", LIMIT_TRUST_NUMBER, &trust, e) < 0)
                return -1;
        if (name_check("manifest: stream", stream, e) < 0)
                return -1;
        if (text_check("manifest: audience", audience, e) < 0)
                return -1;
        if (epoch == 0 || seq == 0 || m->base_seq >= (int64_t)seq)
                return err_set(e, ERR_REFUSED, "manifest: epoch, seq and base do not fit together");
        if (!m->base_seq && m->totals.removed)
                return err_set(e, ERR_REFUSED, "manifest: a full bundle removes nothing");
        m->stream = xstrdup(stream);
        m->audience = xstrdup(audience);
        m->epoch = (int64_t)epoch;
        m->seq = (int64_t)seq;
        m->trust = (int64_t)trust;
        return 0;
}

static int parse_source(struct manifest_parser *p, struct json_reader *r, struct err *e)
{
        struct manifest *m = p->m;
        const char *name = json_take_string(r, "name", e);
        const char *kind = name ? json_take_string(r, "kind", e) : NULL;

        if (!kind || source_name_check("manifest: source", name, e) < 0 ||
            name_check("manifest: kind", kind, e) < 0)
                return -1;
        if (m->source_count >= LIMIT_SOURCES)
                return err_set(e, ERR_REFUSED, "manifest: more than %d sources", LIMIT_SOURCES);
        if (m->source_count && strcmp(m->sources[m->source_count - 1].name, name) >= 0)
                return err_set(e, ERR_REFUSED, "manifest: sources are not sorted");
        m->sources = xgrow(m->sources, m->source_count, &p->source_cap, sizeof *m->sources);
        m->sources[m->source_count++] = (struct manifest_source){xstrdup(name), xstrdup(kind)};
        return 0;
}

static int parse_pack(struct manifest_parser *p, struct json_reader *r, struct err *e)
{
        struct manifest *m = p->m;
        struct manifest_pack pack;
        const char *encoding;

        if (m->pack_count >= m->totals.packs)
                return err_set(e, ERR_REFUSED, "manifest: more packs than its totals say");
        if (!(encoding = json_take_string(r, "encoding", e)) ||
            json_take_sha256(r, "sha256", pack.sha256, e) < 0 ||
            json_take_size(r, "size", LIMIT_PACK, &pack.size, e) < 0 ||
            json_take_size(r, "decoded", LIMIT_PACK, &pack.decoded, e) < 0)
                return -1;
        if (strcmp(encoding, "raw") == 0) {
                pack.encoding = PACK_RAW;
                p->used |= FEATURE_PACK_RAW;
        } else if (strcmp(encoding, "xz") == 0) {
                pack.encoding = PACK_XZ;
                p->used |= FEATURE_PACK_XZ;
        } else {
                return err_set(
                    e, ERR_REFUSED, "manifest: pack encoding \"%.40s\" is not known", encoding);
        }
        if (pack.decoded == 0 || (pack.encoding == PACK_RAW && pack.size != pack.decoded) ||
            (pack.encoding == PACK_XZ &&
                (pack.size > LIMIT_PACK_XZ || pack.decoded > LIMIT_PACK_XZ)))
                return err_set(e, ERR_REFUSED, "manifest: a pack's sizes are out of range");
        p->seen.stored += pack.size; /* no overflow: counts and sizes are capped */
        m->packs = xgrow(m->packs, m->pack_count, &p->pack_cap, sizeof *m->packs);
        m->packs[m->pack_count++] = pack;
        return 0;
}

static int parse_extent(struct manifest_parser *p, const json_t *item, struct manifest_blob *b,
    uint64_t *sum, struct err *e)
{
        struct manifest *m = p->m;
        struct manifest_extent x = {.blob = (uint32_t)m->blob_count};
        json_int_t v[3];

        if (json_array_size(item) != 3)
                return err_set(e, ERR_REFUSED, "manifest: an extent is not [pack, offset, length]");
        for (size_t i = 0; i < 3; i++) {
                const json_t *n = json_array_get(item, i);

                if (!json_is_integer(n) || json_integer_value(n) < 0)
                        return err_set(
                            e, ERR_REFUSED, "manifest: an extent is not [pack, offset, length]");
                v[i] = json_integer_value(n);
        }
        if ((uint64_t)v[0] >= m->pack_count)
                return err_set(
                    e, ERR_REFUSED, "manifest: an extent names a pack that is not there");
        x.pack = (uint32_t)v[0];
        x.offset = (uint64_t)v[1];
        x.length = (uint64_t)v[2];
        if (x.length == 0 || x.offset > m->packs[x.pack].decoded ||
            x.length > m->packs[x.pack].decoded - x.offset)
                return err_set(e, ERR_REFUSED, "manifest: an extent lies outside of its pack");
        if (b->extents && m->extents[m->extent_count - 1].pack >= x.pack)
                return err_set(e, ERR_REFUSED, "manifest: a blob's extents are not in pack order");
        if (__builtin_add_overflow(*sum, x.length, sum))
                return err_set(e, ERR_REFUSED, "manifest: a blob's size is out of range");
        if (m->extent_count >= (size_t)LIMIT_BLOBS + LIMIT_PACKS)
                return err_set(e, ERR_REFUSED, "manifest: too many extents");
        m->extents = xgrow(m->extents, m->extent_count, &p->extent_cap, sizeof *m->extents);
        m->extents[m->extent_count++] = x;
        b->extents++;
        return 0;
}

static int parse_blob(struct manifest_parser *p, struct json_reader *r, struct err *e)
{
        struct manifest *m = p->m;
        struct manifest_blob b = {.first = (uint32_t)m->extent_count};
        const json_t *copy, *item;
        uint64_t sum = 0;
        size_t i;

        if (m->blob_count >= m->totals.blobs)
                return err_set(e, ERR_REFUSED, "manifest: more blobs than its totals say");
        if (json_take_sha256(r, "sha256", b.sha256, e) < 0 ||
            json_take_size(r, "size", LIMIT_FILE, &b.size, e) < 0 ||
            !(copy = json_take(r, "copy", JSON_ARRAY, e)))
                return -1;
        p->used |= FEATURE_BLOB_COPY;
        if (m->blob_count && memcmp(m->blobs[m->blob_count - 1].sha256, b.sha256, SHA256_SIZE) >= 0)
                return err_set(e, ERR_REFUSED, "manifest: blobs are not sorted");
        json_array_foreach (copy, i, item)
                if (parse_extent(p, item, &b, &sum, e) < 0)
                        return -1;
        if (sum != b.size)
                return err_set(
                    e, ERR_REFUSED, "manifest: a blob's extents do not add up to its size");
        p->seen.bytes += b.size;
        m->blobs = xgrow(m->blobs, m->blob_count, &p->blob_cap, sizeof *m->blobs);
        m->blobs[m->blob_count++] = b;
        return 0;
}

/* A new record's bytes are those of a blob here, or (but for a full bundle) held already. */
static int find_blob(struct manifest_parser *p, const struct record *r, struct err *e)
{
        const struct manifest *m = p->m;
        const struct manifest_blob *b = manifest_blob_find(m, r->sha256);

        if (!b && !m->base_seq)
                return err_set(e, ERR_REFUSED,
                    "manifest: the bytes of %s/%s are not in this full bundle", r->source, r->file);
        if (!b)
                return 0;
        if (b->size != r->size)
                return err_set(e, ERR_REFUSED,
                    "manifest: %s/%s is said to have %llu bytes, and its blob has %llu", r->source,
                    r->file, (unsigned long long)r->size, (unsigned long long)b->size);
        if (!p->named)
                p->named = xcalloc(m->blob_count, 1);
        p->named_count += !p->named[b - m->blobs];
        p->named[b - m->blobs] = 1;
        return 0;
}

static int parse_record(struct manifest_parser *p, struct json_reader *r, int added, struct err *e)
{
        struct record_parsed rec = {0};
        const json_t *v = json_take(r, "record", JSON_OBJECT, e);
        struct buf line;
        int ret = -1;

        if (!v)
                return -1;
        buf_init(&line, LIMIT_MANIFEST_LINE);
        if (json_canonical(v, &line, e) < 0 || record_parse(line.data, line.len, &rec, e) < 0)
                goto out;
        if (!*manifest_source_kind(p->m, rec.record.source)) {
                err_set(e, ERR_REFUSED, "manifest: a record names source %s, which has no line",
                    rec.record.source);
                goto out;
        }
        if (p->last.len && strcmp(p->last.data, line.data) >= 0) {
                err_set(e, ERR_REFUSED, "manifest: records are not sorted");
                goto out;
        }
        buf_reset(&p->last);
        buf_add(&p->last, line.data, line.len); /* it may be as long as a line */
        if (added)
                p->seen.added++;
        else
                p->seen.removed++;
        if (p->seen.added > p->m->totals.added || p->seen.removed > p->m->totals.removed) {
                err_set(e, ERR_REFUSED, "manifest: more records than its totals say");
                goto out;
        }
        if (added && find_blob(p, &rec.record, e) < 0)
                goto out;
        if (p->each && p->each(p->user, &rec.record, line.data, line.len, added, e) < 0)
                goto out;
        ret = 0;
out:
        buf_release(&line);
        record_parsed_release(&rec);
        return ret;
}

/* A new section may begin, an old one may not come back; the header comes first and once. */
static int enter_section(struct manifest_parser *p, const char *type, struct err *e)
{
        int section = 0;

        for (int i = SECTION_HEADER; i <= SECTION_ADD; i++)
                if (strcmp(type, section_types[i]) == 0)
                        section = i;
        if (!section)
                return err_set(e, ERR_REFUSED, "manifest: line type \"%.40s\" is not known", type);
        if ((section == SECTION_HEADER) != (p->lines == 0) || section < p->section)
                return err_set(
                    e, ERR_REFUSED, "manifest: a \"%s\" line stands where none may", type);
        if (section != p->section)
                buf_reset(&p->last);
        p->section = section;
        return 0;
}

int manifest_parser_line(struct manifest_parser *p, const char *line, size_t len, struct err *e)
{
        struct json_reader r;
        const char *type;
        json_t *object = json_parse_canonical("manifest", line, len, e);
        int ret = -1;

        if (!object)
                return -1;
        json_reader_init(&r, "manifest", object);
        if (!(type = json_take_string(&r, "type", e)) || enter_section(p, type, e) < 0)
                goto out;
        switch (p->section) {
        case SECTION_HEADER:
                ret = parse_header(p, &r, e);
                break;
        case SECTION_SOURCE:
                ret = parse_source(p, &r, e);
                break;
        case SECTION_PACK:
                ret = parse_pack(p, &r, e);
                break;
        case SECTION_BLOB:
                ret = parse_blob(p, &r, e);
                break;
        default:
                ret = parse_record(p, &r, p->section == SECTION_ADD, e);
        }
        if (ret == 0)
                ret = json_done(&r, e);
        p->lines++;
out:
        json_reader_release(&r);
        return ret;
}

int manifest_parser_end(struct manifest_parser *p, struct err *e)
{
        const struct manifest *m = p->m;
        const struct manifest_totals *t = &m->totals;

        if (p->lines == 0)
                return err_set(e, ERR_REFUSED, "manifest: empty");
        if (t->packs != m->pack_count || t->stored != p->seen.stored || t->blobs != m->blob_count ||
            t->bytes != p->seen.bytes || t->added != p->seen.added || t->removed != p->seen.removed)
                return err_set(
                    e, ERR_REFUSED, "manifest: its totals are not the sums of its lines");
        if (p->named_count != m->blob_count)
                return err_set(e, ERR_REFUSED, "manifest: a blob is named by no new record");
        if (p->used != m->requires)
                return err_set(e, ERR_REFUSED, "manifest: \"requires\" is not what its lines use");
        return 0;
}
