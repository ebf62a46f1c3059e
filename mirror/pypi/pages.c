#include "mirror/pypi/pages.h"

#include <assert.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "bundle/utf8.h"
#include "mirror/url.h"

static int too_large(struct err *e)
{
        return err_set(e, ERR_FAILED, "an index page would be larger than its limit");
}

/* '+' is encoded too: some servers take it for a blank. */
static int add_encoded(struct buf *out, const char *s)
{
        char *encoded = url_encode_segment(s);
        int r = buf_adds(out, encoded);

        free(encoded);
        return r;
}

static int add_html(struct buf *out, const char *text)
{
        struct buf clean = {0};
        int ret = -1;

        buf_init(&clean, out->max);
        if (utf8_repair(&clean, text, strlen(text)) < 0)
                goto out;
        for (const char *s = clean.data; *s; s++) {
                int r;

                switch (*s) {
                case '&':
                        r = buf_adds(out, "&amp;");
                        break;
                case '<':
                        r = buf_adds(out, "&lt;");
                        break;
                case '>':
                        r = buf_adds(out, "&gt;");
                        break;
                case '"':
                        r = buf_adds(out, "&quot;");
                        break;
                default:
                        if ((unsigned char)*s < 0x20 || *s == 0x7f) /* has no place in HTML */
                                r = buf_addc(out, ' ');
                        else
                                r = buf_addc(out, *s);
                }
                if (r < 0)
                        goto out;
        }
        ret = 0;
out:
        buf_release(&clean);
        return ret;
}

static int add_json(struct buf *out, const char *text)
{
        struct buf clean = {0};
        int ret = -1;

        buf_init(&clean, out->max);
        if (utf8_repair(&clean, text, strlen(text)) < 0 || buf_addc(out, '"') < 0)
                goto out;
        for (const char *s = clean.data; *s; s++) {
                unsigned char c = (unsigned char)*s;
                int r;

                if (c == '"' || c == '\\')
                        r = buf_addf(out, "\\%c", c);
                else if (c < 0x20)
                        r = buf_addf(out, "\\u%04x", c);
                else
                        r = buf_addc(out, *s);
                if (r < 0)
                        goto out;
        }
        ret = buf_addc(out, '"');
out:
        buf_release(&clean);
        return ret;
}

/* Sorted by name, as pointers: the caller's array stays as it is. */
static int by_filename(const void *a, const void *b)
{
        const struct pages_file *const *f = a, *const *g = b;

        return strcmp((*f)->filename, (*g)->filename);
}

static const struct pages_file **sorted_files(const struct pages_file *files, size_t count)
{
        const struct pages_file **list = xcalloc(count, sizeof(*list));

        for (size_t i = 0; i < count; i++)
                list[i] = &files[i];
        if (count)
                qsort(list, count, sizeof(*list), by_filename);
        return list;
}

/* Sorts, and drops what is there twice. */
static size_t sort_unique(const char **list, size_t count)
{
        size_t kept = 0;

        if (count)
                qsort(list, count, sizeof *list, text_compare);
        for (size_t i = 0; i < count; i++)
                if (kept == 0 || strcmp(list[kept - 1], list[i]) != 0)
                        list[kept++] = list[i];
        return kept;
}

static int add_file_path(struct buf *out, const struct pages_file *f)
{
        assert(strlen(f->sha256) == 64);
        if (buf_addf(out, "files/%.2s/%s/", f->sha256, f->sha256) < 0)
                return -1;
        return add_encoded(out, f->filename);
}

int pages_file_path(struct buf *out, const struct pages_file *f, struct err *e)
{
        return add_file_path(out, f) < 0 ? too_large(e) : 0;
}

/* From simple/<project>/ to the source's folder. */
static int add_link(struct buf *out, const struct pages_file *f)
{
        return buf_adds(out, "../../") < 0 ? -1 : add_file_path(out, f);
}

static int add_attribute(struct buf *out, const char *name, const char *prefix, const char *value)
{
        if (!value)
                return 0;
        if (buf_addf(out, " %s=\"%s", name, prefix) < 0 || add_html(out, value) < 0)
                return -1;
        return buf_addc(out, '"');
}

/* Not data-dist-info-metadata: with that older name pip 23.0 refuses names that METADATA spells otherwise. */
static int html_file(struct buf *out, const struct pages_file *f)
{
        if (buf_adds(out, "<a href=\"") < 0 || add_link(out, f) < 0 ||
            buf_addf(out, "#sha256=%s\"", f->sha256) < 0)
                return -1;
        if (add_attribute(out, "data-requires-python", "", f->requires_python) < 0 ||
            add_attribute(out, "data-core-metadata", "sha256=", f->core_metadata_sha256) < 0 ||
            add_attribute(out, "data-yanked", "", f->yanked) < 0)
                return -1;
        if (buf_addc(out, '>') < 0 || add_html(out, f->filename) < 0)
                return -1;
        return buf_adds(out, "</a><br>\n");
}

static int html_head(struct buf *out, const char *title, const char *project)
{
        if (buf_adds(out, "<!DOCTYPE html><html><head><meta charset=\"utf-8\">"
                          "<meta name=\"pypi:repository-version\" content=\"1.0\"><title>") < 0)
                return -1;
        if (buf_adds(out, title) < 0 || add_html(out, project) < 0)
                return -1;
        return buf_adds(out, "</title></head><body>\n");
}

int pages_project_html(struct buf *out, const char *project, const struct pages_file *files,
    size_t count, struct err *e)
{
        const struct pages_file **list = sorted_files(files, count);
        int ret = -1;

        if (html_head(out, "Links for ", project) < 0)
                goto out;
        for (size_t i = 0; i < count; i++)
                if (html_file(out, list[i]) < 0)
                        goto out;
        ret = buf_adds(out, "</body></html>\n");
out:
        free(list);
        return ret < 0 ? too_large(e) : 0;
}

static int add_member(struct buf *out, const char *name, const char *value)
{
        if (!value)
                return 0;
        return buf_addf(out, ",\"%s\":", name) < 0 ? -1 : add_json(out, value);
}

static int json_file(struct buf *out, const struct pages_file *f)
{
        if (buf_adds(out, "{\"filename\":") < 0 || add_json(out, f->filename) < 0 ||
            buf_adds(out, ",\"url\":\"") < 0 || add_link(out, f) < 0)
                return -1;
        if (buf_addf(out, "\",\"hashes\":{\"sha256\":\"%s\"},\"size\":%llu", f->sha256,
                (unsigned long long)f->size) < 0 ||
            add_member(out, "requires-python", f->requires_python) < 0)
                return -1;
        if (f->core_metadata_sha256 &&
            buf_addf(out, ",\"core-metadata\":{\"sha256\":\"%s\"}", f->core_metadata_sha256) < 0)
                return -1;
        if (f->yanked && !*f->yanked) { /* an empty reason would be false */
                if (buf_adds(out, ",\"yanked\":true") < 0)
                        return -1;
        } else if (add_member(out, "yanked", f->yanked) < 0) {
                return -1;
        }
        if (add_member(out, "upload-time", f->upload_time) < 0)
                return -1;
        return buf_addc(out, '}');
}

static int json_versions(struct buf *out, const struct pages_file *files, size_t count)
{
        const char **versions = xcalloc(count, sizeof *versions);
        size_t kept;
        int ret = -1;

        for (size_t i = 0; i < count; i++)
                versions[i] = files[i].version;
        kept = sort_unique(versions, count);
        for (size_t i = 0; i < kept; i++)
                if ((i && buf_addc(out, ',') < 0) || add_json(out, versions[i]) < 0)
                        goto out;
        ret = 0;
out:
        free(versions);
        return ret;
}

int pages_project_json(struct buf *out, const char *project, const struct pages_file *files,
    size_t count, struct err *e)
{
        const struct pages_file **list = sorted_files(files, count);
        int ret = -1;

        if (buf_adds(out, "{\"meta\":{\"api-version\":\"1.1\"},\"name\":") < 0 ||
            add_json(out, project) < 0 || buf_adds(out, ",\"versions\":[") < 0 ||
            json_versions(out, files, count) < 0 || buf_adds(out, "],\"files\":[") < 0)
                goto out;
        for (size_t i = 0; i < count; i++)
                if (buf_adds(out, i ? ",\n" : "\n") < 0 || json_file(out, list[i]) < 0)
                        goto out;
        ret = buf_adds(out, "\n]}\n");
out:
        free(list);
        return ret < 0 ? too_large(e) : 0;
}

static const char **sorted_projects(const char *const *projects, size_t count, size_t *kept)
{
        const char **list = xcalloc(count, sizeof *list);

        for (size_t i = 0; i < count; i++)
                list[i] = projects[i];
        *kept = sort_unique(list, count);
        return list;
}

int pages_root_html(struct buf *out, const char *const *projects, size_t count, struct err *e)
{
        size_t kept;
        const char **list = sorted_projects(projects, count, &kept);
        int ret = -1;

        if (html_head(out, "Simple index", "") < 0)
                goto out;
        for (size_t i = 0; i < kept; i++)
                if (buf_adds(out, "<a href=\"") < 0 || add_encoded(out, list[i]) < 0 ||
                    buf_adds(out, "/\">") < 0 || add_html(out, list[i]) < 0 ||
                    buf_adds(out, "</a><br>\n") < 0)
                        goto out;
        ret = buf_adds(out, "</body></html>\n");
out:
        free(list);
        return ret < 0 ? too_large(e) : 0;
}

int pages_root_json(struct buf *out, const char *const *projects, size_t count, struct err *e)
{
        size_t kept;
        const char **list = sorted_projects(projects, count, &kept);
        int ret = -1;

        if (buf_adds(out, "{\"meta\":{\"api-version\":\"1.1\"},\"projects\":[") < 0)
                goto out;
        for (size_t i = 0; i < kept; i++)
                if (buf_adds(out, i ? ",\n{\"name\":" : "\n{\"name\":") < 0 ||
                    add_json(out, list[i]) < 0 || buf_addc(out, '}') < 0)
                        goto out;
        ret = buf_adds(out, "\n]}\n");
out:
        free(list);
        return ret < 0 ? too_large(e) : 0;
}
