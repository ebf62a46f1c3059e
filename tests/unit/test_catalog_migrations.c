/* A catalog of an older schema is brought up to date, and keeps what it knew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../../bundle/catalog_sql.h"
#include "box.h"
#include "bundle/catalog_stream.h"
#include "bundle/catalog_trust.h"

static struct box b;
static const char key[] = "RWRDXhbKh+fr8wLhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs";

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

static void run_sql(sqlite3 *db, const char *sql)
{
        char *why = NULL;

        if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
                fail_msg("%s: %s", sql, why);
}

/* The box's catalog becomes one of that schema, with these rows in it; then it is opened again. */
static void reopen_from(int version, const char *rows)
{
        char *path = xasprintf("%s/catalog.db", b.state_dir), *pragma;
        sqlite3 *db;
        struct err e;

        catalog_close(b.catalog);
        b.catalog = NULL;
        assert_int_equal(unlink(path), 0);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        for (int i = 0; i < version; i++)
                run_sql(db, catalog_migrations[i].sql);
        pragma = xasprintf("PRAGMA user_version = %d", version);
        run_sql(db, pragma);
        run_sql(db, rows);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        free(pragma);
        free(path);
        must(catalog_open(b.state_dir, CATALOG_WRITE, &b.catalog, &e));
        assert_int_equal(catalog_check(b.catalog, &e), 1);
}

static void versions_ascend(void **state)
{
        (void)state;
        for (int i = 0; i < catalog_migration_count; i++)
                assert_int_equal(catalog_migrations[i].version, i + 1);
}

static void every_older_schema_is_brought_up_to_date(void **state)
{
        (void)state;
        for (int version = 1; version <= catalog_migration_count; version++)
                reopen_from(version, "");
}

static void bundles_are_kept(void **state)
{
        struct bundle_row row;
        struct err e;

        (void)state;
        reopen_from(
            1, "INSERT INTO bundle VALUES('plant-a', 7, 1, 6, x'01', x'02', 9, 10, 11, 'f')");
        assert_int_equal(catalog_bundle_get(b.catalog, "plant-a", 0, &row, &e), 1);
        assert_int_equal(row.seq, 7);
        assert_int_equal(row.epoch, 1);
        assert_int_equal(row.base_seq, 6);
        assert_int_equal(row.generation, 9);
        assert_int_equal(row.done, 11);
        assert_string_equal(row.file, "f");
        assert_string_equal(row.sources, "");
        bundle_row_release(&row);
}

static void whom_it_trusted_is_trusted_still(void **state)
{
        char *rows = xasprintf("INSERT INTO trust VALUES('plant-a', "
                               "'{\"keys\":[{\"comment\":\"a \\\"host\\\"\",\"key\":\"%s\","
                               "\"valid_up_to_seq\":7}],\"stream\":\"plant-a\",\"threshold\":1}')",
            key);
        struct trust t;
        struct err e;

        (void)state;
        reopen_from(2, rows);
        must(catalog_trust_load(b.catalog, "plant-a", &t, &e));
        assert_int_equal(t.count, 1);
        assert_string_equal(t.keys[0].comment, "a \"host\"");
        assert_int_equal(t.keys[0].signs, TRUST_BOTH);
        assert_int_equal(t.keys[0].valid_up_to_seq, 7);
        assert_int_equal(t.list_threshold, 1);
        assert_int_equal(t.epoch, 1);
        assert_int_equal(t.number, 0);
        assert_int_equal(t.revoked_count, 1);
        assert_true(public_key_equal(&t.revoked[0].key, &t.keys[0].key));
        assert_int_equal(t.revoked[0].epoch, 1);
        assert_int_equal(t.revoked[0].valid_up_to_seq, 7);
        free(rows);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(versions_ascend),
            cmocka_unit_test_setup_teardown(
                every_older_schema_is_brought_up_to_date, set_up, tear_down),
            cmocka_unit_test_setup_teardown(bundles_are_kept, set_up, tear_down),
            cmocka_unit_test_setup_teardown(whom_it_trusted_is_trusted_still, set_up, tear_down),
        };

        return cmocka_run_group_tests_name("catalog_migrations", tests, NULL, NULL);
}
