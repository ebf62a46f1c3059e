/* The JSON form of a project page: PEP 691, 700, 714, 740, 792. */
#include "bundle/mem.h"
#include "mirror/jsonscan.h"
#include "mirror/pypi/name.h"
#include "mirror/pypi/simple_read.h"

struct reader {
        struct jsonscan scan;
        struct simple_page *page;
        struct simple_links links;
        int api_stated, files_stated;
        int wrong_version; /* of the API: a major version that is not known here */
};

enum field {
        FIELD_FILENAME,
        FIELD_URL,
        FIELD_HASHES,
        FIELD_SIZE,
        FIELD_REQUIRES_PYTHON,
        FIELD_YANKED,
        FIELD_UPLOAD_TIME,
        FIELD_PROVENANCE,
        /* One thing under three names, the best first; the first that is stated counts. */
        FIELD_CORE_METADATA,
        FIELD_DIST_INFO_METADATA,
        FIELD_DATA_DIST_INFO_METADATA,
        FIELD_COUNT
};

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_FILENAME] = "filename",
    [FIELD_URL] = "url",
    [FIELD_HASHES] = "hashes",
    [FIELD_SIZE] = "size",
    [FIELD_REQUIRES_PYTHON] = "requires-python",
    [FIELD_YANKED] = "yanked",
    [FIELD_UPLOAD_TIME] = "upload-time",
    [FIELD_PROVENANCE] = "provenance",
    [FIELD_CORE_METADATA] = "core-metadata",
    [FIELD_DIST_INFO_METADATA] = "dist-info-metadata",
    [FIELD_DATA_DIST_INFO_METADATA] = "data-dist-info-metadata",
};

static int is_null(struct reader *r)
{
        return jsonscan_peek(&r->scan) == JSON_IS_NULL;
}

/* A string, or null, which leaves *out as it is; "" too when it would say nothing. */
static int read_text(struct reader *r, const char **out, int empty_counts, struct err *e)
{
        struct json_text t;

        if (is_null(r))
                return jsonscan_skip(&r->scan, e);
        if (jsonscan_string(&r->scan, &t, e) < 0)
                return -1;
        if (t.len || empty_counts)
                *out = arena_text(&r->page->text, t.data, t.len);
        return 0;
}

/* {"sha256": "..."}; *weak becomes the name of a digest that does not suffice. */
static int read_digests(struct reader *r, struct stated_digest *d, const char **weak, struct err *e)
{
        struct json_text name, hex;
        char kind[32];
        int more, good;

        if (jsonscan_object(&r->scan, e) < 0)
                return -1;
        while ((more = jsonscan_key(&r->scan, &name, e)) == 1) {
                /* The value may need the reader's memory that an escaped name stands in. */
                size_t n = name.len < sizeof kind ? name.len : sizeof kind - 1;

                memcpy(kind, name.data, n);
                if (jsonscan_string(&r->scan, &hex, e) < 0)
                        return -1;
                good = simple_digest(d, kind, n, hex.data, hex.len, e);
                if (good < 0)
                        return -1;
                if (!good && weak && !*weak)
                        *weak = arena_text(&r->page->text, kind, n);
        }
        return more;
}

/* true, false, or {"sha256": "..."}. *rank: how good the name was that counts so far. */
static int read_core_metadata(
    struct reader *r, struct simple_file *f, int field, int *rank, struct err *e)
{
        struct stated_digest d = {0};
        enum json_kind kind = jsonscan_peek(&r->scan);

        switch (kind) {
        case JSON_IS_NULL:
                return jsonscan_skip(&r->scan, e);
        case JSON_IS_TRUE:
        case JSON_IS_FALSE:
                if (jsonscan_skip(&r->scan, e) < 0)
                        return -1;
                break;
        default:
                if (read_digests(r, &d, NULL, e) < 0)
                        return -1;
        }
        if (field < *rank) {
                *rank = field;
                f->has_core_metadata = kind != JSON_IS_FALSE;
                f->core_metadata = d;
        }
        return 0;
}

static int read_size(struct reader *r, struct simple_file *f, struct err *e)
{
        if (is_null(r))
                return jsonscan_skip(&r->scan, e);
        if (jsonscan_integer(&r->scan, &f->size, e) < 0)
                return -1;
        return f->size >= 0 ? 0 : err_set(e, ERR_FAILED, "the size is negative");
}

/* A reason, or true. An empty reason is false (PEP 691 speaks of truth). */
static int read_yanked(struct reader *r, struct simple_file *f, struct err *e)
{
        switch (jsonscan_peek(&r->scan)) {
        case JSON_IS_TRUE:
                f->yanked = "";
                return jsonscan_skip(&r->scan, e);
        case JSON_IS_FALSE:
                return jsonscan_skip(&r->scan, e);
        default:
                return read_text(r, &f->yanked, 0, e);
        }
}

static int read_filename(struct reader *r, struct simple_file *f, struct err *e)
{
        struct json_text t;

        if (jsonscan_string(&r->scan, &t, e) < 0)
                return -1;
        return simple_filename(r->page, f, t.data, t.len, e);
}

static int read_url(struct reader *r, const char **out, struct err *e)
{
        struct json_text t;

        if (jsonscan_string(&r->scan, &t, e) < 0)
                return -1;
        return simple_url(r->page, &r->links, out, t.data, t.len, e) ? 0 : -1;
}

static int read_time(struct reader *r, struct simple_file *f, struct err *e)
{
        struct json_text t;

        if (is_null(r))
                return jsonscan_skip(&r->scan, e);
        if (jsonscan_string(&r->scan, &t, e) < 0)
                return -1;
        if (t.len)
                simple_upload_time(r->page, f, t.data, t.len);
        return 0;
}

static int read_field(
    struct reader *r, struct simple_file *f, enum field field, int *rank, struct err *e)
{
        switch (field) {
        case FIELD_FILENAME:
                return read_filename(r, f, e);
        case FIELD_URL:
                return read_url(r, &f->url, e);
        case FIELD_HASHES:
                return read_digests(r, &f->digest, &f->weak_digest, e);
        case FIELD_SIZE:
                return read_size(r, f, e);
        case FIELD_REQUIRES_PYTHON:
                return read_text(r, &f->requires_python, 0, e);
        case FIELD_YANKED:
                return read_yanked(r, f, e);
        case FIELD_UPLOAD_TIME:
                return read_time(r, f, e);
        case FIELD_PROVENANCE:
                return is_null(r) ? jsonscan_skip(&r->scan, e) : read_url(r, &f->provenance, e);
        default:
                return read_core_metadata(r, f, (int)field, rank, e);
        }
}

static enum field field_of(const struct json_text *key)
{
        enum field i = 0;

        while (i < FIELD_COUNT && !json_text_is(key, field_names[i]))
                i++;
        return i;
}

/* For a message: the file name of the file object that begins at `at`, whatever else is wrong in it. */
static const char *name_for_message(struct reader *r, const char *at)
{
        struct jsonscan look;
        struct json_text key, value;
        struct err ignored;
        const char *name = "no name";

        jsonscan_init(&look, at, (size_t)(r->scan.end - at));
        if (jsonscan_object(&look, &ignored) == 0) {
                while (jsonscan_key(&look, &key, &ignored) == 1) {
                        int wanted = json_text_is(&key, "filename");

                        if (wanted && jsonscan_string(&look, &value, &ignored) == 0) {
                                name = arena_text(&r->page->text, value.data, value.len);
                                break;
                        }
                        if (jsonscan_skip(&look, &ignored) < 0)
                                break;
                }
        }
        jsonscan_release(&look);
        return name;
}

static int read_file(struct reader *r, struct err *e)
{
        struct simple_file *f = simple_new_file(r->page);
        enum field field = FIELD_COUNT;
        unsigned seen = 0;
        int more, rank = FIELD_COUNT, ret = -1;
        struct json_text key;
        const char *begin;

        jsonscan_peek(&r->scan); /* past white space */
        begin = r->scan.at;
        if (jsonscan_object(&r->scan, e) < 0)
                goto out;
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1) {
                field = field_of(&key);
                if (field == FIELD_COUNT) {
                        if (jsonscan_skip(&r->scan, e) < 0)
                                goto out;
                        continue;
                }
                if (seen & 1U << field) {
                        err_set(e, ERR_FAILED, "it is stated twice");
                        goto out;
                }
                seen |= 1U << field;
                if (read_field(r, f, field, &rank, e) < 0)
                        goto out;
                field = FIELD_COUNT;
        }
        if (more < 0)
                goto out;
        if (!f->filename || !f->url) {
                field = f->filename ? FIELD_URL : FIELD_FILENAME;
                err_set(e, ERR_FAILED, "it is missing");
                goto out;
        }
        ret = 0;
out:
        if (ret < 0 && field < FIELD_COUNT)
                err_prefix(e, "%s", field_names[field]);
        if (ret < 0)
                err_prefix(e, "files[%zu] (%.100s)", r->page->file_count - 1 + r->page->passed_over,
                    name_for_message(r, begin));
        return ret;
}

/* A file that is no use, in JSON that is sound, is only itself no use. */
static int read_file_or_pass_over(struct reader *r, struct err *e)
{
        const char *begin = r->scan.at;
        unsigned depth = r->scan.depth;
        int fresh = r->scan.fresh;
        struct err broken = ERR_INIT;

        if (read_file(r, e) == 0)
                return 0;
        r->scan.at = begin;
        r->scan.depth = depth;
        r->scan.fresh = fresh;
        if (jsonscan_skip(&r->scan, &broken) < 0)
                return -1;
        r->page->file_count--;
        simple_pass_over(r->page, e);
        return 0;
}

static int read_files(struct reader *r, struct err *e)
{
        int more;

        if (r->files_stated)
                return err_set(e, ERR_FAILED, "\"files\" stands twice");
        r->files_stated = 1;
        if (jsonscan_array(&r->scan, e) < 0)
                return err_prefix(e, "files");
        while ((more = jsonscan_element(&r->scan, e)) == 1)
                if (read_file_or_pass_over(r, e) < 0)
                        return -1;
        return more;
}

static int read_versions(struct reader *r, struct err *e)
{
        struct simple_page *p = r->page;
        struct json_text t;
        int more;

        p->version_count = 0;
        if (jsonscan_array(&r->scan, e) < 0)
                return err_prefix(e, "versions");
        while ((more = jsonscan_element(&r->scan, e)) == 1) {
                if (jsonscan_string(&r->scan, &t, e) < 0)
                        return err_prefix(e, "versions[%zu]", p->version_count);
                p->versions =
                    xgrow(p->versions, p->version_count, &p->version_room, sizeof *p->versions);
                p->versions[p->version_count++] = arena_text(&p->text, t.data, t.len);
        }
        return more;
}

static int read_meta(struct reader *r, struct err *e)
{
        struct json_text key, version;
        int more;

        if (jsonscan_object(&r->scan, e) < 0)
                return err_prefix(e, "meta");
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1) {
                if (!json_text_is(&key, "api-version")) {
                        if (jsonscan_skip(&r->scan, e) < 0)
                                return -1;
                        continue;
                }
                if (jsonscan_string(&r->scan, &version, e) < 0)
                        return err_prefix(e, "meta.api-version");
                if (simple_api_version(r->page, version.data, version.len, e) < 0) {
                        r->wrong_version = 1;
                        return -1;
                }
                r->api_stated = 1;
        }
        return more;
}

static int read_status(struct reader *r, struct err *e)
{
        struct json_text key, value;
        int more;

        if (jsonscan_object(&r->scan, e) < 0)
                return err_prefix(e, "project-status");
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1) {
                if (json_text_is(&key, "status")) {
                        if (jsonscan_string(&r->scan, &value, e) < 0)
                                return err_prefix(e, "project-status.status");
                        simple_status(r->page, value.data, value.len);
                } else if (json_text_is(&key, "reason")) {
                        if (read_text(r, &r->page->status_reason, 0, e) < 0)
                                return err_prefix(e, "project-status.reason");
                } else if (jsonscan_skip(&r->scan, e) < 0) {
                        return -1;
                }
        }
        return more;
}

static int read_name(struct reader *r, struct err *e)
{
        struct json_text t;

        if (jsonscan_string(&r->scan, &t, e) < 0)
                return err_prefix(e, "name");
        r->page->name = arena_text(&r->page->text, t.data, t.len);
        return 0;
}

/* The value of one member of the page. only_meta: everything else is passed over. */
static int read_member(struct reader *r, const struct json_text *key, int only_meta, struct err *e)
{
        if (json_text_is(key, "meta"))
                return read_meta(r, e);
        if (!only_meta) {
                if (json_text_is(key, "name"))
                        return read_name(r, e);
                if (json_text_is(key, "versions") && !is_null(r))
                        return read_versions(r, e);
                if (json_text_is(key, "files"))
                        return read_files(r, e);
                if (json_text_is(key, "project-status") && !is_null(r))
                        return read_status(r, e);
        }
        return jsonscan_skip(&r->scan, e);
}

static int read_page(struct reader *r, int only_meta, struct err *e)
{
        struct json_text key;
        int more;

        if (jsonscan_object(&r->scan, e) < 0)
                return -1;
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1)
                if (read_member(r, &key, only_meta, e) < 0)
                        return -1;
        return more < 0 ? -1 : jsonscan_end(&r->scan, e);
}

/*
 * `meta` may stand behind `files`, and a page of another major version may
 * stumble there first: then the version is what the operator has to know.
 */
static void prefer_version_error(struct reader *r, const char *bytes, size_t len, struct err *e)
{
        struct err other = ERR_INIT;

        if (r->wrong_version)
                return;
        jsonscan_release(&r->scan);
        jsonscan_init(&r->scan, bytes, len);
        if (read_page(r, 1, &other) < 0 && r->wrong_version)
                *e = other;
}

static int check_page(const struct reader *r, const char *project, int named_type, struct err *e)
{
        if (!named_type && !r->api_stated)
                return err_set(e, ERR_FAILED,
                    "this JSON is no package index page: it states no meta.api-version; check the "
                    "upstream address");
        if (!r->files_stated)
                return err_set(e, ERR_FAILED, "the page has no \"files\"");
        if (!r->page->name)
                return err_set(e, ERR_FAILED, "the page has no \"name\"");
        if (!name_same(r->page->name, project))
                return err_set(e, ERR_FAILED,
                    "the index answered with the page of another project, %s", r->page->name);
        return 0;
}

int simple_read_json(struct simple_page *page, const char *bytes, size_t len, const char *page_url,
    const char *project, int named_type, struct err *e)
{
        struct reader r = {.page = page, .links.base = page_url};
        int ret;

        jsonscan_init(&r.scan, bytes, len);
        ret = read_page(&r, 0, e);
        if (ret < 0)
                prefer_version_error(&r, bytes, len, e);
        else
                ret = check_page(&r, project, named_type, e);
        jsonscan_release(&r.scan);
        return ret;
}
