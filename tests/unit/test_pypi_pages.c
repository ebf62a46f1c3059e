/* From records to the pages of a Python source: what they list and promise, and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/registry.h"

struct list {
        const struct record *records;
        size_t count, at;
        const char *wanted; /* the page to keep */
        char *html;         /* what it says */
};

static int next_record(struct record_cursor *c, struct record *out, struct err *e)
{
        struct list *l = c->user;

        (void)e;
        if (l->at == l->count)
                return 0;
        *out = l->records[l->at++];
        return 1;
}

static int keep_page(
    struct page_sink *sink, const char *path, const void *bytes, size_t len, struct err *e)
{
        struct list *l = sink->user;

        (void)e;
        if (bytes && strcmp(path, l->wanted) == 0) {
                assert_null(l->html);
                l->html = xmalloc(len + 1);
                memcpy(l->html, bytes, len);
                l->html[len] = '\0';
        }
        return 0;
}

/* A wheel that could not be fetched leaves its metadata alone: its project has no page, so no line. */
static void test_metadata_alone_makes_no_project(void **state)
{
        const struct site_source site = {.name = "pypi", .base_url = ""};
        const struct record records[] = {
            {.source = "pypi",
                .package = "alone",
                .version = "1.0",
                .file = "alone-1.0-py3-none-any.whl.metadata",
                .meta = "{}"},
            {.source = "pypi",
                .package = "whole",
                .version = "1.0",
                .file = "whole-1.0-py3-none-any.whl",
                .meta = "{}"},
            {.source = "pypi",
                .package = "whole",
                .version = "1.0",
                .file = "whole-1.0-py3-none-any.whl.metadata",
                .meta = "{}"},
        };
        struct list l = {.records = records, .count = 3, .wanted = "simple/index.html"};
        struct record_cursor cursor = {&l, next_record};
        struct page_sink sink = {.user = &l, .page = keep_page};
        struct err e = ERR_INIT;
        const char *line;

        (void)state;
        assert_int_equal(registry_find("pypi")->source_pages(&site, &cursor, &sink, &e), 0);
        assert_non_null(l.html);
        assert_null(strstr(l.html, "alone"));
        line = strstr(l.html, "href=\"whole/\"");
        assert_non_null(line);
        assert_null(strstr(line + 1, "href=\"whole/\""));
        free(l.html);
}

/* The metadata that is held is of other bytes of that name, so it lies in another folder: no promise. */
static void test_metadata_of_another_wheel_is_not_promised(void **state)
{
        const struct site_source site = {.name = "pypi", .base_url = ""};
        const char *metas[] = {
            "{\"wheel\":\"2222222222222222222222222222222222222222222222222222222222222222\"}",
            "{\"wheel\":\"1111111111111111111111111111111111111111111111111111111111111111\"}"};
        struct record records[] = {
            {.source = "pypi",
                .package = "p",
                .version = "1.0",
                .file = "p-1.0-py3-none-any.whl",
                .meta =
                    "{\"core_metadata\":\"3333333333333333333333333333333333333333333333333333333333333333\"}"},
            {.source = "pypi",
                .package = "p",
                .version = "1.0",
                .file = "p-1.0-py3-none-any.whl.metadata"},
        };
        struct err e = ERR_INIT;

        (void)state;
        memset(records[0].sha256, 0x11, SHA256_SIZE);
        memset(records[1].sha256, 0x33, SHA256_SIZE);
        for (int own = 0; own < 2; own++) {
                struct list l = {.wanted = "simple/p/index.html"};
                struct page_sink sink = {.user = &l, .page = keep_page};

                records[1].meta = metas[own];
                assert_int_equal(
                    registry_find("pypi")->package_pages(&site, "p", records, 2, &sink, &e), 0);
                assert_non_null(l.html);
                assert_int_equal(strstr(l.html, "data-core-metadata") != NULL, own);
                free(l.html);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_metadata_alone_makes_no_project),
            cmocka_unit_test(test_metadata_of_another_wheel_is_not_promised)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
