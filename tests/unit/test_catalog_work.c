/* Documents, items, holes, selections and runs, as sync finds them again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/catalog_work.h"

static struct box b;
static int64_t clock_seconds;
static unsigned char blob[SHA256_SIZE];

/* In place of the C library's: the tests say what time it is. */
time_t time(time_t *out)
{
        if (out)
                *out = (time_t)clock_seconds;
        return (time_t)clock_seconds;
}

static int set_up(void **state)
{
        struct err e;

        (void)state;
        clock_seconds = 1000;
        box_open(&b);
        memset(blob, 0xbb, SHA256_SIZE);
        must(catalog_blob_put(b.catalog, blob, 42, &e));
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        box_close(&b);
        return 0;
}

static void put_document(const char *key, const char *source, uint64_t total, int gone)
{
        struct document_row row = {.key = key,
            .source = source,
            .url = "http://127.0.0.1/x",
            .etag = "\"e\"",
            .last_modified = "then",
            .content_type = "text/html",
            .size = 42,
            .offset = total ? 7 : 0,
            .total = total,
            .gone = gone};
        struct err e;

        if (!gone)
                memcpy(row.sha256, blob, SHA256_SIZE);
        must(catalog_document_put(b.catalog, &row, &e));
}

static int list_document(void *user, const struct document_row *row, struct err *e)
{
        (void)e;
        buf_addf(user, "%s ", row->key);
        return strcmp(row->key, "stop") == 0 ? 7 : 0;
}

static void documents_are(const char *source, int result, const char *wanted)
{
        struct buf out;
        struct err e;

        buf_init(&out, 1000);
        assert_int_equal(catalog_documents(b.catalog, source, list_document, &out, &e), result);
        assert_string_equal(out.data, wanted);
        buf_release(&out);
}

static int count_unused(
    void *user, const unsigned char sha[SHA256_SIZE], uint64_t size, struct err *e)
{
        (void)sha;
        (void)size;
        (void)e;
        ++*(int *)user;
        return 0;
}

static int unused(void)
{
        struct err e;
        int n = 0;

        assert_int_equal(catalog_blobs_unused(b.catalog, count_unused, &n, &e), 0);
        return n;
}

static void documents(void **state)
{
        static const unsigned char none[SHA256_SIZE];
        struct document_row row;
        struct err e;

        (void)state;
        assert_int_equal(catalog_document_get(b.catalog, "pypi", "k", &row, &e), 0);
        assert_int_equal(unused(), 1);
        put_document("k", "pypi", 0, 1);
        assert_int_equal(catalog_document_get(b.catalog, "pypi", "k", &row, &e), 1);
        assert_int_equal(row.gone, 1);
        assert_memory_equal(row.sha256, none, SHA256_SIZE);
        assert_int_equal(unused(), 1);
        put_document("k", "pypi", 100, 0);
        box_reopen(&b);
        assert_int_equal(catalog_document_get(b.catalog, "pypi", "k", &row, &e), 1);
        assert_string_equal(row.key, "k");
        assert_string_equal(row.source, "pypi");
        assert_string_equal(row.url, "http://127.0.0.1/x");
        assert_string_equal(row.etag, "\"e\"");
        assert_string_equal(row.last_modified, "then");
        assert_string_equal(row.content_type, "text/html");
        assert_memory_equal(row.sha256, blob, SHA256_SIZE);
        assert_int_equal(row.size, 42);
        assert_int_equal(row.offset, 7);
        assert_int_equal(row.total, 100);
        assert_int_equal(row.gone, 0);
        assert_int_equal(unused(), 0);
        refused(catalog_blob_forget(b.catalog, blob, &e), &e, ERR_FAILED, "catalog");
}

/* The log is begun anew while the row is in use: nothing holds a view of what was before. */
static void a_lent_row_does_not_hold_the_log(void **state)
{
        struct document_row row;
        struct stat st;
        struct err e;

        (void)state;
        put_document("k", "pypi", 0, 0);
        assert_int_equal(catalog_document_get(b.catalog, "pypi", "k", &row, &e), 1);
        for (int i = 0; i < 3000; i++)
                put_document(i % 2 ? "l" : "m", "pypi", 0, 0);
        assert_int_equal(fstatat(b.state, "catalog.db-wal", &st, 0), 0);
        assert_in_range(st.st_size, 1, 1200 * 4096);
        assert_string_equal(row.key, "k");
        assert_string_equal(row.content_type, "text/html");
}

static void documents_not_used_are_swept(void **state)
{
        struct document_row row;
        struct err e;

        (void)state;
        put_document("c", "pypi", 0, 0);
        put_document("a", "pypi", 0, 0);
        put_document("range", "pypi", 50, 0);
        put_document("b", "pypi", 0, 0);
        put_document("z", "npm", 0, 0);
        put_document("a", "npm", 0, 0); /* another source's row of the same page */
        documents_are("pypi", 0, "a b c ");
        for (int again = 0; again < 2; again++) {
                must(catalog_documents_begin(b.catalog, &e));
                must(catalog_document_use(b.catalog, "pypi", "c", &e));
                must(catalog_document_use(b.catalog, "pypi", "c", &e));
                must(catalog_document_use(b.catalog, "pypi", "none", &e));
                must(catalog_documents_sweep(b.catalog, "pypi", &e));
                documents_are("pypi", 0, "c ");
                documents_are("npm", 0, "a z ");
                assert_int_equal(catalog_document_get(b.catalog, "pypi", "range", &row, &e), 0);
        }
        must(catalog_documents_begin(b.catalog, &e)); /* forgets what was used before */
        must(catalog_documents_sweep(b.catalog, "pypi", &e));
        documents_are("pypi", 0, "");
        put_document("stop", "pypi", 0, 0);
        put_document("zoo", "pypi", 0, 0);
        documents_are("pypi", 7, "stop ");
}

static void put_item(const char *file, enum item_state item_state, const char *digest)
{
        struct item_row row = {.source = "pypi",
            .package = "p",
            .version = "1",
            .file = file,
            .url = "http://127.0.0.1/f",
            .digest = digest,
            .size = 42,
            .state = item_state,
            .tries = 3,
            .error = item_state == ITEM_FAILED ? "why" : "",
            .validator = "\"v\""};
        struct err e;

        if (item_state == ITEM_VERIFIED)
                memcpy(row.sha256, blob, SHA256_SIZE);
        must(catalog_item_put(b.catalog, &row, &e));
}

static int list_item(void *user, const struct item_row *row, struct err *e)
{
        (void)e;
        buf_addf(user, "%s:%d ", row->file, (int)row->state);
        return strcmp(row->file, "stop") == 0 ? 7 : 0;
}

static void open_items_are(int result, const char *wanted)
{
        struct buf out;
        struct err e;

        buf_init(&out, 1000);
        assert_int_equal(catalog_items_open(b.catalog, "pypi", list_item, &out, &e), result);
        assert_string_equal(out.data, wanted);
        buf_release(&out);
}

static void items(void **state)
{
        struct item_row row;
        unsigned char sha[SHA256_SIZE] = {0};
        uint64_t size = 0;
        struct err e;

        (void)state;
        assert_int_equal(catalog_item_get(b.catalog, "pypi", "p", "1", "f", &row, &e), 0);
        put_item("f", ITEM_FAILED, "sha256:aa");
        assert_int_equal(catalog_item_get(b.catalog, "pypi", "p", "1", "f", &row, &e), 1);
        assert_string_equal(row.file, "f");
        assert_string_equal(row.url, "http://127.0.0.1/f");
        assert_string_equal(row.error, "why");
        assert_string_equal(row.validator, "\"v\"");
        assert_int_equal(row.state, ITEM_FAILED);
        assert_int_equal(row.tries, 3);
        assert_int_equal(catalog_item_digest(b.catalog, "sha256:aa", sha, &size, &e), 0);
        assert_int_equal(unused(), 1);
        put_item("f", ITEM_VERIFIED, "sha256:aa");
        put_item("g", ITEM_WANTED, "sha256:bb");
        put_item("h", ITEM_GONE, "sha256:cc");
        put_item("a", ITEM_FAILED, "sha256:dd");
        assert_int_equal(unused(), 0);
        open_items_are(0, "a:2 g:0 h:3 ");
        assert_int_equal(catalog_item_digest(b.catalog, "sha256:aa", sha, &size, &e), 1);
        assert_memory_equal(sha, blob, SHA256_SIZE);
        assert_int_equal(size, 42);
        assert_int_equal(catalog_item_get(b.catalog, "pypi", "p", "1", "f", &row, &e), 1);
        must(catalog_items_begin(b.catalog, &e));
        must(catalog_item_use(b.catalog, &row, &e));
        must(catalog_items_sweep(b.catalog, "npm", &e));
        open_items_are(0, "a:2 g:0 h:3 ");
        must(catalog_items_sweep(b.catalog, "pypi", &e));
        open_items_are(0, "");
        assert_int_equal(catalog_item_get(b.catalog, "pypi", "p", "1", "f", &row, &e), 1);
        put_item("stop", ITEM_FAILED, "sha256:ee");
        put_item("z", ITEM_FAILED, "sha256:ee");
        open_items_are(7, "stop:2 ");
}

static int list_hole(void *user, const struct hole_row *row, struct err *e)
{
        (void)e;
        buf_addf(user, "%s/%s %s %lld; ", row->source, row->item, row->why, (long long)row->since);
        return strcmp(row->why, "stop") == 0 ? 7 : 0;
}

static void holes_are(const char *source, int result, const char *wanted)
{
        struct buf out;
        struct err e;

        buf_init(&out, 1000);
        assert_int_equal(catalog_holes(b.catalog, source, list_hole, &out, &e), result);
        assert_string_equal(out.data, wanted);
        buf_release(&out);
}

/* What has been missing for a week is told so, also when the reason changes meanwhile. */
static void holes_keep_since(void **state)
{
        struct err e;

        (void)state;
        must(catalog_holes_begin(b.catalog, &e));
        must(catalog_hole_put(b.catalog, "pypi", "x", "503", &e));
        must(catalog_hole_put(b.catalog, "pypi", "y", "404", &e));
        must(catalog_holes_end(b.catalog, "pypi", &e));
        must(catalog_holes_begin(b.catalog, &e));
        must(catalog_hole_put(b.catalog, "npm", "x\033[2J", "1", &e)); /* as it can be shown */
        must(catalog_holes_end(b.catalog, "npm", &e));
        holes_are("pypi", 0, "pypi/x 503 1000; pypi/y 404 1000; ");
        clock_seconds = 2000;
        must(catalog_holes_begin(b.catalog, &e));
        must(catalog_hole_put(b.catalog, "pypi", "z", "new", &e));
        must(catalog_hole_put(b.catalog, "pypi", "x", "502", &e));
        must(catalog_hole_put(b.catalog, "pypi", "x", "second reason", &e)); /* the first counts */
        must(catalog_holes_end(b.catalog, "pypi", &e));
        box_reopen(&b);
        holes_are("pypi", 0, "pypi/x 502 1000; pypi/z new 2000; ");
        holes_are(NULL, 0, "npm/x?[2J 1 1000; pypi/x 502 1000; pypi/z new 2000; ");
        must(catalog_holes_begin(b.catalog, &e));
        must(catalog_hole_put(b.catalog, "pypi", "w", "stop", &e));
        must(catalog_hole_put(b.catalog, "pypi", "x", "1", &e));
        must(catalog_holes_end(b.catalog, "pypi", &e));
        holes_are("pypi", 7, "pypi/w stop 2000; ");
        must(catalog_holes_begin(b.catalog, &e));
        must(catalog_holes_end(b.catalog, "pypi", &e));
        holes_are(NULL, 0, "npm/x?[2J 1 1000; ");
}

static void selections(void **state)
{
        unsigned char inputs[SHA256_SIZE], back[SHA256_SIZE];
        struct err e;

        (void)state;
        assert_int_equal(catalog_selection_get(b.catalog, "pypi", back, &e), 0);
        for (int i = 1; i < 3; i++) {
                memset(inputs, i, SHA256_SIZE);
                must(catalog_selection_put(b.catalog, "pypi", inputs, &e));
                assert_int_equal(catalog_selection_get(b.catalog, "pypi", back, &e), 1);
                assert_memory_equal(back, inputs, SHA256_SIZE);
        }
        assert_int_equal(catalog_selection_get(b.catalog, "npm", back, &e), 0);
        must(catalog_selection_forget(b.catalog, "pypi", &e));
        must(catalog_selection_forget(b.catalog, "pypi", &e));
        assert_int_equal(catalog_selection_get(b.catalog, "pypi", back, &e), 0);
}

static void facts(void **state)
{
        char *value = NULL;
        struct err e;

        (void)state;
        assert_int_equal(catalog_fact_get(b.catalog, "debian", "date", &value, &e), 0);
        must(catalog_fact_put(b.catalog, "debian", "date", "1", &e));
        must(catalog_fact_put(b.catalog, "debian", "date", "2", &e));
        must(catalog_fact_put(b.catalog, "other", "date", "3", &e));
        assert_int_equal(catalog_fact_get(b.catalog, "debian", "date", &value, &e), 1);
        assert_string_equal(value, "2");
        free(value);
        must(catalog_facts_sweep(b.catalog, "debian", &e));
        assert_int_equal(catalog_fact_get(b.catalog, "debian", "date", &value, &e), 0);
        assert_int_equal(catalog_fact_get(b.catalog, "other", "date", &value, &e), 1);
        free(value);
}

static int list_run(void *user, const struct run_row *row, struct err *e)
{
        (void)e;
        buf_addf(user, "%s %lld-%lld %lld %s; ", row->command, (long long)row->started,
            (long long)row->ended, (long long)row->exit, row->summary);
        return 0;
}

static void runs(void **state)
{
        int64_t first, second;
        struct buf out;
        struct err e;

        (void)state;
        must(catalog_run_begin(b.catalog, "sync", &first, &e));
        clock_seconds = 1005;
        must(catalog_run_begin(b.catalog, "import", &second, &e));
        assert_int_not_equal(first, second);
        must(catalog_run_end(b.catalog, first, 5, "holes", &e));
        buf_init(&out, 1000);
        assert_int_equal(catalog_runs(b.catalog, 10, list_run, &out, &e), 0);
        assert_string_equal(out.data, "import 1005-0 -1 ; sync 1000-1005 5 holes; ");
        buf_reset(&out);
        assert_int_equal(catalog_runs(b.catalog, 1, list_run, &out, &e), 0);
        assert_string_equal(out.data, "import 1005-0 -1 ; ");
        buf_release(&out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(documents),
            TEST(a_lent_row_does_not_hold_the_log),
            TEST(documents_not_used_are_swept),
            TEST(items),
            TEST(holes_keep_since),
            TEST(selections),
            TEST(facts),
            TEST(runs),
        };

        return cmocka_run_group_tests_name("catalog_work", tests, NULL, NULL);
}
