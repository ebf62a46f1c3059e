#include "mirror/pypi/simple.h"

#include <ctype.h>

#include "bundle/limit.h"
#include "mirror/pypi/simple_read.h"

void simple_page_release(struct simple_page *page)
{
        free(page->files);
        free(page->versions);
        arena_release(&page->text);
        *page = (struct simple_page){0};
}

static int by_name(const void *a, const void *b)
{
        const struct simple_file *f = a, *g = b;

        return strcmp(f->filename, g->filename);
}

static int same_digest(const struct stated_digest *a, const struct stated_digest *b)
{
        return a->kind == b->kind && memcmp(a->value, b->value, sizeof a->value) == 0;
}

/* One of the entries of one name, with the digest that all state that state one; NULL: they differ. */
static const struct simple_file *join(const struct simple_file *files, size_t count)
{
        const struct simple_file *best = files;

        for (size_t i = 1; i < count; i++) {
                if (!best->digest.kind)
                        best = &files[i];
                else if (files[i].digest.kind && !same_digest(&best->digest, &files[i].digest))
                        return NULL;
        }
        return best;
}

/*
 * Sorted by name; a file that stands there twice, once: some indexes join
 * several pages. A name with two digests: nobody knows which is meant.
 */
static int finish(struct simple_page *page, struct err *e)
{
        size_t kept = 0, same;

        if (page->file_count)
                qsort(page->files, page->file_count, sizeof *page->files, by_name);
        for (size_t i = 0; page->files && i < page->file_count; i += same) {
                const struct simple_file *first = &page->files[i], *f;

                for (same = 1; i + same < page->file_count && by_name(first, first + same) == 0;)
                        same++;
                f = join(first, same);
                if (!f) {
                        err_set(e, ERR_FAILED, "two files of the name %s, with different digests",
                            first->filename);
                        simple_pass_over(page, e);
                        continue;
                }
                page->files[kept] = *f;
                if (f->digest.kind)
                        page->files[kept].weak_digest = NULL;
                kept++;
        }
        page->file_count = kept;
        if (kept == 0 && page->passed_over)
                return err_set(e, ERR_FAILED, "%s", page->passed_over_why);
        return 0;
}

enum form { FORM_JSON, FORM_HTML, FORM_UNKNOWN };

struct content_type {
        const char *name;
        enum form form;
        int named; /* it is said to be a page of the simple API */
};

static struct content_type judge_type(const char *type, const char *bytes, size_t len)
{
        static const struct content_type known[] = {
            {"application/vnd.pypi.simple.v1+json", FORM_JSON, 1},
            {"application/vnd.pypi.simple.v1+html", FORM_HTML, 1},
            {"application/vnd.pypi.simple.latest+json", FORM_JSON, 1},
            {"application/vnd.pypi.simple.latest+html", FORM_HTML, 1},
            {"application/json", FORM_JSON, 0},
            {"text/html", FORM_HTML, 0},
        };
        size_t n;

        type += strspn(type, " \t");
        n = strcspn(type, "; \t");
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
                if (strlen(known[i].name) == n && strncasecmp(type, known[i].name, n) == 0)
                        return known[i];
        if (n == 0) { /* a folder of files has no types */
                while (len && isspace((unsigned char)*bytes)) {
                        bytes++;
                        len--;
                }
                if (len && *bytes == '{')
                        return (struct content_type){"", FORM_JSON, 0};
                if (len && *bytes == '<')
                        return (struct content_type){"", FORM_HTML, 0};
        }
        return (struct content_type){"", FORM_UNKNOWN, 0};
}

int simple_parse(const char *content_type, const char *bytes, size_t len, const char *page_url,
    const char *project, struct simple_page *out, struct err *e)
{
        struct content_type type = judge_type(content_type, bytes, len);
        int ret = -1;

        *out = (struct simple_page){0};
        if (len > LIMIT_INDEX_PAGE) {
                err_set(e, ERR_FAILED, "it is larger than %d MiB", (int)(LIMIT_INDEX_PAGE / MIB));
                goto out;
        }
        switch (type.form) {
        case FORM_JSON:
                ret = simple_read_json(out, bytes, len, page_url, project, type.named, e);
                break;
        case FORM_HTML:
                ret = simple_read_html(out, bytes, len, page_url, type.named, e);
                break;
        case FORM_UNKNOWN:
                err_set(e, ERR_FAILED,
                    "its Content-Type is \"%s\", which is no package index page: check the upstream address",
                    content_type);
                break;
        }
        if (ret == 0)
                ret = finish(out, e);
out:
        if (ret < 0) {
                err_prefix(e, "project page of %s", project);
                simple_page_release(out);
        }
        return ret;
}
