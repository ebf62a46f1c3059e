/* The metadata of a Debian record: written, read back, and held against what a bundle may claim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/deb/entry.h"

#define CONTROL "Package: hello\nVersion: 1:2.10-3\nArchitecture: amd64\nDescription: example\n"
#define LISTS "[\"bookworm main amd64\",\"bookworm-updates main amd64\"]"
#define SUITES \
        "{\"bookworm\":{\"codename\":\"bookworm\",\"name\":\"oldstable\"}," \
        "\"bookworm-updates\":{\"not_automatic\":true}}"
#define POOL "pool/main/h/hello/hello_2.10-3_amd64.deb"
#define META(control, lists, path, suites) \
        "{\"architecture\":\"amd64\",\"control\":\"" control \
        "\",\"kind\":\"binary\",\"lists\":" lists ",\"path\":\"" path "\",\"suites\":" suites "}"
#define JSON_CONTROL \
        "Package: hello\\nVersion: 1:2.10-3\\nArchitecture: amd64\\nDescription: example\\n"

static const struct record hello = {.source = "debian",
    .package = "hello",
    .version = "1:2.10-3",
    .file = "hello_2.10-3_amd64.deb",
    .meta = META(JSON_CONTROL, LISTS, POOL, SUITES)};

static void written_and_read(void **state)
{
        struct deb_list lists[] = {{"bookworm-updates", "main", "amd64"},
            {"bookworm", "main", "amd64"}, {"bookworm-updates", "main", "amd64"}};
        struct deb_suite suites[] = {{"bookworm-updates", "", "", true, false},
            {"bookworm", "oldstable", "bookworm", false, false}};
        struct deb_entry out, entry = {.kind = DEB_BINARY,
                                  .path = POOL,
                                  .architecture = "amd64",
                                  .control = CONTROL,
                                  .lists = lists,
                                  .list_count = 3,
                                  .suites = suites,
                                  .suite_count = 2};
        struct err e = ERR_INIT;
        struct buf meta;

        (void)state;
        buf_init(&meta, LIMIT_MANIFEST_LINE);
        assert_int_equal(deb_entry_format(&entry, &meta, &e), 0);
        assert_string_equal(meta.data, hello.meta);
        buf_release(&meta);

        assert_int_equal(deb_entry_parse(&hello, &out, &e), 0);
        assert_int_equal(out.kind, DEB_BINARY);
        assert_string_equal(out.control, CONTROL);
        assert_string_equal(out.architecture, "amd64");
        assert_int_equal(out.list_count, 2);
        assert_string_equal(out.lists[0].suite, "bookworm");
        assert_string_equal(out.lists[1].suite, "bookworm-updates");
        assert_string_equal(out.lists[1].component, "main");
        assert_string_equal(out.lists[1].architecture, "amd64");
        assert_int_equal(out.suite_count, 2);
        assert_string_equal(out.suites[0].name, "oldstable");
        assert_string_equal(out.suites[0].codename, "bookworm");
        assert_true(out.suites[1].not_automatic);
        assert_false(out.suites[1].but_automatic_upgrades);
        assert_string_equal(out.suites[1].codename, "");
        deb_entry_release(&out);

        buf_init(&meta, LIMIT_PATH);
        assert_int_equal(deb_entry_path(&hello, &meta, &e), 0);
        assert_string_equal(meta.data, POOL);
        buf_release(&meta);
}

static void text_of_another_encoding(void **state)
{
        struct deb_list list = {"bookworm", "main", "amd64"};
        struct deb_suite suite = {"bookworm", "", "", false, false};
        struct deb_entry entry = {.kind = DEB_BINARY,
            .path = POOL,
            .architecture = "amd64",
            .control = "Maintainer: J\xf6rg\n",
            .lists = &list,
            .list_count = 1,
            .suites = &suite,
            .suite_count = 1};
        struct err e = ERR_INIT;
        struct buf meta;

        (void)state;
        buf_init(&meta, LIMIT_MANIFEST_LINE);
        assert_int_equal(deb_entry_format(&entry, &meta, &e), 0);
        assert_non_null(strstr(meta.data, "J\xef\xbf\xbdrg"));
        buf_release(&meta);
}

static void refuse(struct record r, const char *why)
{
        struct deb_entry out;
        struct err e = ERR_INIT;

        assert_int_equal(deb_entry_parse(&r, &out, &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
        if (!strstr(e.msg, why))
                fail_msg("\"%s\" does not say \"%s\"", e.msg, why);
        assert_null(out.lists);
}

static struct record with_meta(const char *meta)
{
        struct record r = hello;

        r.meta = meta;
        return r;
}

static void paths_refused(void **state)
{
        static const char *const bad[] = {
            META(JSON_CONTROL, LISTS, "../pool/hello_2.10-3_amd64.deb", SUITES),
            META(JSON_CONTROL, LISTS, "pool/../../hello_2.10-3_amd64.deb", SUITES),
            META(JSON_CONTROL, LISTS, "/pool/hello_2.10-3_amd64.deb", SUITES),
            META(JSON_CONTROL, LISTS, "pool//hello_2.10-3_amd64.deb", SUITES),
            META(JSON_CONTROL, LISTS, "pool/.x/hello_2.10-3_amd64.deb", SUITES),
            META(JSON_CONTROL, LISTS, "pool/a:b/hello_2.10-3_amd64.deb", SUITES),
            META(JSON_CONTROL, LISTS, "pool/hello_2.10-3_amd64.deb/", SUITES)};
        struct record r = hello;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                refuse(with_meta(bad[i]), "path");
        refuse(with_meta(META(JSON_CONTROL, LISTS, "dists/hello_2.10-3_amd64.deb", SUITES)),
            "is not its place");
        r.file = "other_2.10-3_amd64.deb";
        refuse(r, "is not its place");
}

static void lists_refused(void **state)
{
        (void)state;
        refuse(with_meta(META(JSON_CONTROL, "[\"bookworm main\"]", POOL, SUITES)), "lists are not");
        refuse(with_meta(META(JSON_CONTROL, "[\"bookworm main amd64 x\"]", POOL, SUITES)),
            "lists are not");
        refuse(with_meta(META(JSON_CONTROL,
                   "[\"bookworm-updates main amd64\",\"bookworm main amd64\"]", POOL, SUITES)),
            "not sorted");
        refuse(with_meta(META(JSON_CONTROL, "[]", POOL, SUITES)), "no index lists it");
        refuse(with_meta(META(JSON_CONTROL, "[\"trixie main amd64\"]", POOL, SUITES)),
            "nothing of suite trixie");
        refuse(
            with_meta(META(JSON_CONTROL, "[\"bookworm ../x amd64\"]", POOL, SUITES)), "component");
        refuse(with_meta(META(JSON_CONTROL, "[\"bookworm main ../x\"]", POOL, SUITES)),
            "no architecture");
        refuse(
            with_meta(META(JSON_CONTROL, "[\"../x main amd64\"]", POOL, "{\"../x\":{}}")), "suite");
        refuse(with_meta(META(JSON_CONTROL, "[\"bookworm main amd64\"]", POOL,
                   "{\"bookworm\":{\"codename\":\"a\\nOrigin: b\"}}")),
            "codename");
}

static void control_refused(void **state)
{
#define WITH(control) with_meta(META(control, LISTS, POOL, SUITES))
        struct record r = hello;

        (void)state;
        refuse(WITH(JSON_CONTROL "\\nPackage: evil\\n"), "no field");
        refuse(WITH(JSON_CONTROL " \\n"), "blank line");
        refuse(WITH(JSON_CONTROL "Filename: pool/x\\n"), "Filename in its control data");
        refuse(WITH(JSON_CONTROL "sha256: 00\\n"), "sha256 in its control data");
        refuse(WITH(JSON_CONTROL "Version: 1:2.10-3\\n"), "have no Version");
        refuse(WITH("Package: hello\\nVersion: 1:2.10-3\\nArchitecture: amd64"), "no end");
        refuse(WITH("Package: hello\\nVersion: 1:2.10-3\\nArchitecture: all\\n"),
            "its Architecture is not amd64");
        refuse(WITH(""), "no end");
        r.package = "other";
        refuse(r, "its Package is not other");
        r.package = "src:hello";
        refuse(r, "no package name");
        r = hello;
        r.version = "2";
        refuse(r, "its Version is not 2");
#undef WITH
}

static void sources_and_indexes(void **state)
{
        struct record dsc = {.source = "debian",
            .package = "src:hello",
            .version = "2.10-3",
            .file = "hello_2.10-3.dsc",
            .meta =
                "{\"control\":\"Package: hello\\nVersion: 2.10-3\\n\",\"kind\":\"source\","
                "\"lists\":[\"bookworm main source\"],"
                "\"path\":\"pool/main/h/hello/hello_2.10-3.dsc\",\"suites\":{\"bookworm\":{}}}"};
        struct record index = {.source = "debian",
            .package = "dists:bookworm",
            .version = "20261107T101637Z",
            .file = "InRelease",
            .meta = "{\"kind\":\"index\",\"path\":\"dists/bookworm/InRelease\","
                    "\"suites\":{\"bookworm\":{}}}"};
        struct deb_entry out;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(deb_entry_parse(&dsc, &out, &e), 0);
        assert_int_equal(out.kind, DEB_SOURCE);
        deb_entry_release(&out);
        assert_int_equal(deb_entry_parse(&index, &out, &e), 0);
        assert_int_equal(out.kind, DEB_INDEX);
        assert_string_equal(out.suites[0].folder, "bookworm");
        deb_entry_release(&out);
        dsc.package = "hello";
        refuse(dsc, "no source package");
        index.package = "dists:sid";
        refuse(index, "of which suite");
        refuse(with_meta("{}"), "what kind");
        refuse(with_meta("[]"), "no JSON object");
}

static void pool_paths(void **state)
{
        static const struct {
                const char *upstream, *path;
        } cases[] = {
            {"pool/updates/main/h/hello/hello_1_amd64.deb",
                "pool/updates/main/h/hello/hello_1_amd64.deb"},
            {"./hello_1_amd64.deb", "pool/main/libh/libhello/hello_1_amd64.deb"},
            {"./pool/x/hello_1_amd64.deb", "pool/x/hello_1_amd64.deb"},
            {"dists/stable/hello_1_amd64.deb", "pool/main/libh/libhello/hello_1_amd64.deb"},
            {"pool/../../hello_1_amd64.deb", "pool/main/libh/libhello/hello_1_amd64.deb"},
            {"hello_1_amd64.deb", "pool/main/libh/libhello/hello_1_amd64.deb"},
        };
        struct err e = ERR_INIT;
        struct buf out;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                buf_init(&out, LIMIT_PATH);
                assert_int_equal(deb_pool_path(&out, cases[i].upstream, "main", "libhello", &e), 0);
                assert_string_equal(out.data, cases[i].path);
                buf_release(&out);
        }
        buf_init(&out, LIMIT_PATH);
        assert_int_equal(deb_pool_path(&out, "pool/a/..", "main", "hello", &e), -1);
        buf_release(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(written_and_read),
            cmocka_unit_test(text_of_another_encoding),
            cmocka_unit_test(paths_refused),
            cmocka_unit_test(lists_refused),
            cmocka_unit_test(control_refused),
            cmocka_unit_test(sources_and_indexes),
            cmocka_unit_test(pool_paths),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
