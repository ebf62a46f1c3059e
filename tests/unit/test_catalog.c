/* The catalog's file: made once, of a known schema, and an error rather than a crash when damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"

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

static void made_once(void **state)
{
        struct catalog *c = NULL;
        char missing[100];
        struct err e;

        (void)state;
        refused(
            catalog_open(b.state_dir, CATALOG_CREATE, &c, &e), &e, ERR_FAILED, "is there already");
        snprintf(missing, sizeof missing, "%s/none", b.dir);
        refused(catalog_open(missing, CATALOG_WRITE, &c, &e), &e, ERR_USAGE, "dray init");
        refused(catalog_open(missing, CATALOG_READ, &c, &e), &e, ERR_USAGE, "dray init");
        refused(catalog_open(missing, CATALOG_CREATE, &c, &e), &e, ERR_FAILED, missing);
        assert_null(c);
        catalog_close(NULL);
        for (int mode = CATALOG_WRITE; mode <= CATALOG_READ; mode++) {
                must(catalog_open(b.state_dir, (enum catalog_mode)mode, &c, &e));
                assert_int_equal(catalog_check(c, &e), 1);
                catalog_close(c);
        }
}

/* Writes into the file itself; the catalog is closed meanwhile. */
static void patch(off_t at, const void *bytes, size_t len)
{
        int fd;

        catalog_close(b.catalog);
        b.catalog = NULL;
        fd = openat(b.state, "catalog.db", O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, bytes, len, at), len);
        close(fd);
}

/* PRAGMA user_version: bytes 60 to 63 of the file, big-endian (SQLite file format 1.3). */
static void schema_versions(void **state)
{
        static const unsigned char newer[] = {0, 0, 1, 0}, none[] = {0, 0, 0, 0};
        struct err e;

        (void)state;
        patch(60, newer, 4);
        for (int mode = CATALOG_WRITE; mode <= CATALOG_READ; mode++)
                refused(catalog_open(b.state_dir, (enum catalog_mode)mode, &b.catalog, &e), &e,
                    ERR_FAILED, "schema 256 was written by a newer dray");
        patch(60, none, 4);
        for (int mode = CATALOG_WRITE; mode <= CATALOG_READ; mode++)
                refused(catalog_open(b.state_dir, (enum catalog_mode)mode, &b.catalog, &e), &e,
                    ERR_FAILED, "restore state/catalog.db from a backup");
}

static void no_database(void **state)
{
        char garbage[8192];
        struct err e;

        (void)state;
        memset(garbage, 'x', sizeof garbage);
        patch(0, garbage, sizeof garbage);
        refused(catalog_open(b.state_dir, CATALOG_WRITE, &b.catalog, &e), &e, ERR_FAILED,
            "file is not a database");
        assert_int_equal(unlinkat(b.state, "catalog.db", 0), 0);
        assert_int_equal(close(openat(b.state, "catalog.db", O_CREAT | O_WRONLY, 0644)), 0);
        refused(catalog_open(b.state_dir, CATALOG_WRITE, &b.catalog, &e), &e, ERR_FAILED, "empty");
}

static int count(void *user, const unsigned char sha[SHA256_SIZE], uint64_t size, struct err *e)
{
        (void)sha;
        (void)size;
        (void)e;
        ++*(int *)user;
        return 0;
}

/* Asks for everything there is; the answers do not matter, a crash does. */
static int ask_everything(struct catalog *c)
{
        struct err e = ERR_INIT;
        struct record_rows *rows;
        struct record_totals t;
        struct generation g;
        struct record r;
        unsigned char sha[SHA256_SIZE] = {0};
        char *text = NULL, **names;
        size_t n;
        int failed = 0, seen = 0, added;

        failed += catalog_setting_get(c, "role", &text, &e) < 0;
        free(text);
        failed += catalog_setting_put(c, "role", "x", &e) < 0;
        failed += catalog_source_put(c, "other", "kind", &e) < 0;
        if (catalog_sources(c, &names, &n, &e) < 0)
                failed++;
        else
                catalog_names_free(names, n);
        failed += catalog_blob_has(c, sha, NULL, &e) < 0;
        failed += catalog_blob_put(c, sha, 1, &e) < 0;
        failed += catalog_blobs(c, count, &seen, &e) < 0;
        failed += catalog_blobs_unused(c, count, &seen, &e) < 0;
        failed += catalog_generation_last(c, &g, &e) < 0;
        failed += catalog_change_begin(c, &e) < 0;
        failed += catalog_state(c, 1, sha, &e) < 0;
        failed += catalog_totals(c, 1, NULL, &t, &e) < 0;
        for (int order = ORDER_PACKAGE; order <= ORDER_LINE; order++) {
                if (catalog_records(c, 1, NULL, NULL, (enum record_order)order, &rows, &e) < 0) {
                        failed++;
                        continue;
                }
                while ((n = (size_t)record_rows_next(rows, &r, NULL, &added, &e)) == 1)
                        ;
                failed += n != 0;
                record_rows_close(rows);
        }
        return failed;
}

static void fill(void)
{
        struct generation g;
        struct err e;
        char file[32];

        must(catalog_begin(b.catalog, &e));
        must(catalog_source_put(b.catalog, "s", "made-up", &e));
        must(catalog_change_begin(b.catalog, &e));
        for (int i = 0; i < 300; i++) {
                snprintf(file, sizeof file, "file-%d", i);
                struct record r = {.source = "s",
                    .package = "p",
                    .version = "1",
                    .file = file,
                    .size = 1,
                    .meta = "{}"};

                sha256(file, strlen(file), r.sha256);
                must(catalog_blob_put(b.catalog, r.sha256, 1, &e));
                must(catalog_record_add(b.catalog, &r, &e));
        }
        must(catalog_change_end(b.catalog, &g, &e));
        must(catalog_commit(b.catalog, &e));
}

/* A page of the file overwritten, each in turn: found, told, never a crash. */
static void damaged_pages(void **state)
{
        static unsigned char page[4096];
        struct buf whole;
        struct err e;
        int reported = 0, pages;

        (void)state;
        fill();
        catalog_close(b.catalog);
        b.catalog = NULL;
        buf_init(&whole, 16 * MIB);
        must(fs_read_file(b.state, "catalog.db", &whole, &e));
        pages = (int)(whole.len / sizeof page);
        assert_true(pages > 20);
        box_fill(page, sizeof page, 1, 256);
        for (int i = 1; i < pages; i++) {
                int sound;

                must(fs_write_file(b.state, "catalog.db", whole.data, whole.len, &e));
                patch(i * (off_t)sizeof page, page, sizeof page);
                if (catalog_open(b.state_dir, CATALOG_WRITE, &b.catalog, &e) < 0) {
                        reported++;
                        continue;
                }
                sound = catalog_check(b.catalog, &e);
                if (sound != 1)
                        reported++;
                ask_everything(b.catalog);
                catalog_close(b.catalog);
                b.catalog = NULL;
        }
        assert_int_equal(reported, pages - 1);
        buf_release(&whole);
}

/* The schema itself gone: every question is answered by an error. */
static void tables_are_gone(void **state)
{
        unsigned char page[16];
        struct err e;

        (void)state;
        /* page 1, after the file's header: a table leaf without cells (file format 1.6) */
        memset(page, 0, sizeof page);
        page[0] = 0x0d;
        page[5] = 0x10;
        patch(100, page, 8);
        must(catalog_open(b.state_dir, CATALOG_WRITE, &b.catalog, &e));
        assert_int_equal(ask_everything(b.catalog), 14);
        refused(catalog_setting_put(b.catalog, "a", "b", &e), &e, ERR_FAILED, "catalog:");
}

static void settings(void **state)
{
        char *value = NULL;
        struct err e;

        (void)state;
        assert_int_equal(catalog_setting_get(b.catalog, "role", &value, &e), 0);
        assert_null(value);
        must(catalog_setting_put(b.catalog, "role", "connected", &e));
        must(catalog_setting_put(b.catalog, "role", "isolated", &e));
        must(catalog_setting_put(b.catalog, "role", "isolated", &e));
        box_reopen(&b);
        assert_int_equal(catalog_setting_get(b.catalog, "role", &value, &e), 1);
        assert_string_equal(value, "isolated");
        free(value);
}

static void sources(void **state)
{
        char *kind = NULL, **names;
        size_t n;
        struct err e;

        (void)state;
        must(catalog_sources(b.catalog, &names, &n, &e));
        assert_int_equal(n, 0);
        catalog_names_free(names, n);
        assert_int_equal(catalog_source_kind(b.catalog, "b", &kind, &e), 0);
        must(catalog_source_put(b.catalog, "b", "npm", &e));
        must(catalog_source_put(b.catalog, "a", "pypi", &e));
        must(catalog_source_put(b.catalog, "b", "npm", &e));
        refused(catalog_source_put(b.catalog, "b", "deb", &e), &e, ERR_CHAIN, "another kind");
        assert_int_equal(catalog_source_kind(b.catalog, "b", &kind, &e), 1);
        assert_string_equal(kind, "npm");
        free(kind);
        must(catalog_sources(b.catalog, &names, &n, &e));
        assert_int_equal(n, 2);
        assert_string_equal(names[0], "a");
        assert_string_equal(names[1], "b");
        catalog_names_free(names, n);
}

static int stop_at(void *user, const unsigned char sha[SHA256_SIZE], uint64_t size, struct err *e)
{
        (void)sha;
        (void)size;
        (void)e;
        return ++*(int *)user == 2 ? 7 : 0;
}

static void blobs(void **state)
{
        unsigned char sha[SHA256_SIZE] = {9};
        uint64_t size = 0;
        struct err e;
        int seen = 0;

        (void)state;
        assert_int_equal(catalog_blob_has(b.catalog, sha, &size, &e), 0);
        for (unsigned char i = 0; i < 3; i++) {
                sha[0] = i;
                must(catalog_blob_put(b.catalog, sha, i * 1000000000000, &e));
                must(catalog_blob_put(b.catalog, sha, 5, &e)); /* the first size stays */
        }
        assert_int_equal(catalog_blob_has(b.catalog, sha, &size, &e), 1);
        assert_int_equal(size, 2000000000000);
        assert_int_equal(catalog_blobs(b.catalog, count, &seen, &e), 0);
        assert_int_equal(seen, 3);
        seen = 0;
        assert_int_equal(catalog_blobs(b.catalog, stop_at, &seen, &e), 7);
        assert_int_equal(seen, 2);
        must(catalog_blob_forget(b.catalog, sha, &e));
        must(catalog_blob_forget(b.catalog, sha, &e));
        assert_int_equal(catalog_blob_has(b.catalog, sha, NULL, &e), 0);
}

/* What was not committed is not there after a kill; a second writer waits and then is told. */
static void transactions(void **state)
{
        struct catalog *other;
        char *value = NULL;
        struct err e;

        (void)state;
        must(catalog_begin(b.catalog, &e));
        must(catalog_setting_put(b.catalog, "a", "1", &e));
        must(catalog_open(b.state_dir, CATALOG_READ, &other, &e));
        assert_int_equal(catalog_setting_get(other, "a", &value, &e), 0);
        must(catalog_commit(b.catalog, &e));
        assert_int_equal(catalog_setting_get(other, "a", &value, &e), 1);
        assert_string_equal(value, "1");
        free(value);
        catalog_close(other);
        must(catalog_begin(b.catalog, &e));
        refused(catalog_begin(b.catalog, &e), &e, ERR_FAILED, "within a transaction");
        must(catalog_setting_put(b.catalog, "a", "2", &e));
        box_reopen(&b);
        assert_int_equal(catalog_setting_get(b.catalog, "a", &value, &e), 1);
        assert_string_equal(value, "1");
        free(value);
        refused(catalog_commit(b.catalog, &e), &e, ERR_FAILED, "no transaction");
}

static off_t log_size(void)
{
        struct stat st;

        return fstatat(b.state, "catalog.db-wal", &st, 0) == 0 ? st.st_size : 0;
}

static void put(const char *value, int (*begin)(struct catalog *c, struct err *e))
{
        struct err e;

        must(begin(b.catalog, &e));
        must(catalog_setting_put(b.catalog, "a", value, &e));
        must(catalog_commit(b.catalog, &e));
}

/* What is light stays in the write-ahead log when the catalog is closed, which waits for the disk; not for ever. */
static void light(void **state)
{
        char *value = NULL, text[16];
        struct err e;

        (void)state;
        put("durable", catalog_begin);
        box_reopen(&b);
        assert_int_equal(log_size(), 0);
        for (int i = 0; i < 200; i++) {
                snprintf(text, sizeof text, "%d", i);
                put(text, catalog_begin_light);
                box_reopen(&b);
                assert_int_equal(catalog_setting_get(b.catalog, "a", &value, &e), 1);
                assert_string_equal(value, text);
                free(value);
                assert_true(log_size() < 70 * 4120);
                if (i == 0)
                        assert_true(log_size() > 0);
        }
        put("light", catalog_begin_light);
        put("durable", catalog_begin);
        box_reopen(&b);
        assert_int_equal(log_size(), 0);
        must(catalog_begin(b.catalog, &e));
        must(catalog_setting_put(b.catalog, "a", "under way", &e));
        assert_true(catalog_begin_light(b.catalog, &e) < 0);
        must(catalog_commit(b.catalog, &e));
}

/* Who may not write here reads by the files that a writer leaves, of which the log is empty. */
static void kept_for_readers(void **state)
{
        struct stat st;

        (void)state;
        put("durable", catalog_begin);
        catalog_close(b.catalog);
        b.catalog = NULL;
        assert_int_equal(fstatat(b.state, "catalog.db-wal", &st, 0), 0);
        assert_int_equal(st.st_size, 0);
        assert_int_equal(fstatat(b.state, "catalog.db-shm", &st, 0), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(made_once),
            TEST(schema_versions),
            TEST(no_database),
            TEST(damaged_pages),
            TEST(tables_are_gone),
            TEST(settings),
            TEST(sources),
            TEST(blobs),
            TEST(transactions),
            TEST(light),
            TEST(kept_for_readers),
        };

        return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
