/* Bundles, the sources of streams, trust lists and trees, as the catalog remembers them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/catalog_stream.h"

static struct box b;

static int set_up(void **state)
{
        (void)state;
        box_open(&b);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        box_close(&b);
        return 0;
}

static void put(const char *stream, int64_t seq, int64_t done, const char *file)
{
        struct bundle_row row = {.epoch = 3,
            .seq = seq,
            .base_seq = seq - 1,
            .generation = seq * 10,
            .issued = 1795348800 + seq,
            .done = done};
        struct err e;

        memset(row.state, (int)seq, SHA256_SIZE);
        memset(row.manifest, (int)(100 + seq), SHA256_SIZE);
        row.stream = xstrdup(stream);
        row.file = xstrdup(file);
        must(catalog_bundle_put(b.catalog, &row, &e));
        bundle_row_release(&row);
        bundle_row_release(&row);
}

static void check(const char *stream, int64_t asked, int64_t seq, int64_t done, const char *file)
{
        unsigned char wanted[SHA256_SIZE];
        struct bundle_row row;
        struct err e;

        assert_int_equal(catalog_bundle_get(b.catalog, stream, asked, &row, &e), 1);
        assert_string_equal(row.stream, stream);
        assert_int_equal(row.seq, seq);
        assert_int_equal(row.epoch, 3);
        assert_int_equal(row.base_seq, seq - 1);
        assert_int_equal(row.generation, seq * 10);
        assert_int_equal(row.issued, 1795348800 + seq);
        assert_int_equal(row.done, done);
        memset(wanted, (int)seq, SHA256_SIZE);
        assert_memory_equal(row.state, wanted, SHA256_SIZE);
        memset(wanted, (int)(100 + seq), SHA256_SIZE);
        assert_memory_equal(row.manifest, wanted, SHA256_SIZE);
        if (file)
                assert_string_equal(row.file, file);
        else
                assert_null(row.file);
        bundle_row_release(&row);
}

static int list(void *user, const struct bundle_row *row, struct err *e)
{
        struct buf *out = user;

        (void)e;
        buf_addf(out, "%s %lld;", row->stream, (long long)row->seq);
        return row->seq == 99 ? 7 : 0;
}

static void bundles(void **state)
{
        struct bundle_row row;
        struct buf out;
        struct err e;

        (void)state;
        buf_init(&out, 1000);
        assert_int_equal(catalog_bundle_get(b.catalog, "a", 0, &row, &e), 0);
        assert_null(row.stream);
        assert_int_equal(catalog_bundles(b.catalog, NULL, list, &out, &e), 0);
        assert_string_equal(out.data, "");
        put("a", 2, 0, NULL);
        put("a", 10, 5, "a/10");
        put("a", 9, 5, "a/9");
        put("b", 1, 5, "b/1");
        put("a", 2, 7, "done"); /* over the first */
        box_reopen(&b);
        check("a", 0, 10, 5, "a/10");
        check("a", 2, 2, 7, "done");
        check("b", 0, 1, 5, "b/1");
        put("b", 2, 0, NULL);
        check("b", 0, 2, 0, NULL);
        assert_int_equal(catalog_bundle_get(b.catalog, "a", 3, &row, &e), 0);
        assert_int_equal(catalog_bundles(b.catalog, NULL, list, &out, &e), 0);
        assert_string_equal(out.data, "a 2;a 9;a 10;b 1;b 2;");
        buf_reset(&out);
        assert_int_equal(catalog_bundles(b.catalog, "b", list, &out, &e), 0);
        assert_string_equal(out.data, "b 1;b 2;");
        put("a", 99, 0, NULL);
        buf_reset(&out);
        assert_int_equal(catalog_bundles(b.catalog, NULL, list, &out, &e), 7);
        assert_string_equal(out.data, "a 2;a 9;a 10;a 99;");
        buf_release(&out);
}

static void names_are(char **names, size_t n, const char *wanted)
{
        struct buf out;

        buf_init(&out, 1000);
        for (size_t i = 0; i < n; i++)
                buf_addf(&out, "%s ", names[i]);
        assert_string_equal(out.data, wanted);
        buf_release(&out);
        catalog_names_free(names, n);
}

static void a_source_comes_by_one_stream(void **state)
{
        char **names;
        size_t n;
        struct err e;

        (void)state;
        must(catalog_source_put(b.catalog, "pypi", "pypi", &e));
        must(catalog_source_put(b.catalog, "debian", "deb", &e));
        refused(catalog_stream_source_put(b.catalog, "a", "none", &e), &e, ERR_FAILED, "catalog");
        must(catalog_stream_source_put(b.catalog, "a", "pypi", &e));
        must(catalog_stream_source_put(b.catalog, "a", "pypi", &e));
        must(catalog_stream_source_put(b.catalog, "a", "debian", &e));
        refused(catalog_stream_source_put(b.catalog, "b", "pypi", &e), &e, ERR_CHAIN,
            "source pypi already comes to this mirror by stream a; it cannot come by b too");
        must(catalog_stream_sources(b.catalog, "a", &names, &n, &e));
        names_are(names, n, "debian pypi ");
        must(catalog_stream_sources(b.catalog, "b", &names, &n, &e));
        names_are(names, n, "");
}

static void trust(void **state)
{
        char *json = NULL, **names;
        size_t n;
        struct err e;

        (void)state;
        assert_int_equal(catalog_trust_get(b.catalog, "a", &json, &e), 0);
        must(catalog_trust_put(b.catalog, "b", "{}", &e));
        must(catalog_trust_put(b.catalog, "a", "{}", &e));
        must(catalog_trust_put(b.catalog, "a", "{\"x\":1}", &e));
        assert_int_equal(catalog_trust_get(b.catalog, "a", &json, &e), 1);
        assert_string_equal(json, "{\"x\":1}");
        free(json);
        must(catalog_trust_streams(b.catalog, &names, &n, &e));
        names_are(names, n, "a b ");
}

static void trees(void **state)
{
        int64_t generation = 5;
        char *settings = NULL;
        struct err e;

        (void)state;
        assert_int_equal(catalog_tree_get(b.catalog, "a", &generation, &settings, &e), 0);
        assert_int_equal(generation, -1);
        assert_null(settings);
        must(catalog_tree_put(b.catalog, "a", 7, "x", &e));
        must(catalog_tree_put(b.catalog, "a", -1, "y", &e));
        must(catalog_tree_put(b.catalog, "b", 3, "", &e));
        assert_int_equal(catalog_tree_get(b.catalog, "a", &generation, &settings, &e), 1);
        assert_int_equal(generation, -1);
        assert_string_equal(settings, "y");
        free(settings);
        assert_int_equal(catalog_tree_get(b.catalog, "b", &generation, &settings, &e), 1);
        assert_int_equal(generation, 3);
        free(settings);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(bundles),
            TEST(a_source_comes_by_one_stream),
            TEST(trust),
            TEST(trees),
        };

        return cmocka_run_group_tests_name("catalog_stream", tests, NULL, NULL);
}
