/* What a bundle names is in it or in its base, or it is not signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/closure.h"
#include "forge.h"

#define SHA_0 "0000000000000000000000000000000000000000000000000000000000000000"

/* Generation 1 holds two files, one of a source that is not the stream's; generation 2 none of them. */
static struct sender from;

static int set_up(void **state)
{
        struct record held, other;
        struct err e;

        (void)state;
        sender_open(&from);
        must(catalog_source_put(from.box.catalog, "elsewhere", KIND, &e));
        sender_begin(&from);
        held = sender_put(&from, "held.whl", "held", 4);
        other = box_file(&from.box, "elsewhere", "package", "other.whl", "other", 5);
        must(catalog_record_add(from.box.catalog, &other, &e));
        sender_commit(&from);
        sender_begin(&from);
        sender_drop(&from, &held);
        sender_drop(&from, &other);
        sender_commit(&from);
        assert_int_equal(from.last.id, 2);
        must(catalog_scope(from.box.catalog, from.sources, 1, &e));
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        sender_close(&from);
        return 0;
}

/* A manifest that adds or removes a record of these bytes, and brings none of them. */
static int check(const char *bytes, const char *type, int64_t base_generation, struct err *e)
{
        char *record = forge_record("new.whl", bytes, strlen(bytes));
        struct forge f;
        struct err wrong;
        int ret;

        *e = (struct err)ERR_INIT;
        forge_open_empty(&f, NULL);
        buf_addf(&f.lines,
            "{\"audience\":\"\",\"base\":{\"manifest\":\"" SHA_0 "\",\"seq\":1,\"state\":\"" SHA_0
            "\"},\"epoch\":1,\"format\":\"dray-bundle-1\",\"holes\":[],\"issued\":"
            "\"2026-11-22T12:00:00Z\",\"next_by\":null,\"requires\":[],\"seq\":2,\"state\":\"" SHA_0
            "\",\"stream\":\"" STREAM "\",\"totals\":{\"added\":%d,\"blobs\":0,\"bytes\":0,"
            "\"packs\":0,\"removed\":%d,\"stored\":0},\"trust\":0,\"type\":\"header\"}\n"
            "{\"kind\":\"" KIND "\",\"name\":\"" SOURCE "\",\"type\":\"source\"}\n"
            "{\"record\":%s,\"type\":\"%s\"}\n",
            strcmp(type, "add") == 0, strcmp(type, "add") != 0, record, type);
        assert_int_equal(xz_encode(f.lines.data, f.lines.len, 0, &f.manifest, &wrong), 0);
        ret = closure_check(f.manifest.data, f.manifest.len, from.box.catalog, base_generation, e);
        forge_close(&f);
        free(record);
        return ret;
}

static void the_base_has_it(void **state)
{
        struct err e;

        (void)state;
        must(check("held", "add", 1, &e));
        must(check("nobody has it", "remove", 1, &e));
}

static void nobody_has_it(void **state)
{
        struct err e;

        (void)state;
        refused(check("never", "add", 1, &e), &e, ERR_REFUSED,
            SOURCE
            "/new.whl: its bytes would be neither in the bundle nor in its base; nothing was signed");
        refused(check("held", "add", 2, &e), &e, ERR_REFUSED, "nothing was signed");
        refused(check("held", "add", 0, &e), &e, ERR_REFUSED, "nothing was signed");
        refused(check("other", "add", 1, &e), &e, ERR_REFUSED, "nothing was signed");
}

/* What no reader would take is not signed either. */
static void a_manifest_that_cannot_be_read(void **state)
{
        struct err e;

        (void)state;
        refused(check("held", "added", 1, &e), &e, ERR_REFUSED, "manifest");
        refused(closure_check("no xz", 5, from.box.catalog, 1, &e), &e, ERR_REFUSED, "xz");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_base_has_it),
            cmocka_unit_test(nobody_has_it),
            cmocka_unit_test(a_manifest_that_cannot_be_read),
        };

        return cmocka_run_group_tests_name("closure", tests, set_up, tear_down);
}
