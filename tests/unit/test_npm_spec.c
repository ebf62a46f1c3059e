#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/npm/integrity.h"
#include "mirror/npm/name.h"
#include "mirror/npm/npmrc.h"
#include "mirror/npm/platform.h"
#include "mirror/npm/spec.h"

static void assert_kind(const char *text, enum npm_spec_kind kind)
{
        struct npm_spec s;

        npm_spec_parse(&s, "name", text);
        if (s.kind != kind)
                fail_msg("%s is %s", text, npm_spec_kind_name(s.kind));
        npm_spec_release(&s);
}

static void kinds_of_specs(void **state)
{
        (void)state;
        assert_kind("", NPM_SPEC_RANGE);
        assert_kind("^1.2 || 3.x", NPM_SPEC_RANGE);
        assert_kind(" v1.2.3 ", NPM_SPEC_VERSION);
        assert_kind("latest", NPM_SPEC_TAG);
        assert_kind("npm:other@^1", NPM_SPEC_RANGE);
        assert_kind("npm:@s/other", NPM_SPEC_RANGE);
        assert_kind("npm:other@npm:third@1", NPM_SPEC_WRONG);
        assert_kind("github:a/b", NPM_SPEC_GIT);
        assert_kind("a/b#semver:^1", NPM_SPEC_GIT);
        assert_kind("git+https://h.invalid/a.git", NPM_SPEC_GIT);
        assert_kind("https://h.invalid/a.tgz", NPM_SPEC_URL);
        assert_kind("file:../a", NPM_SPEC_PATH);
        assert_kind("./a.tgz", NPM_SPEC_PATH);
        assert_kind("workspace:*", NPM_SPEC_WORKSPACE);
        assert_kind("a tag", NPM_SPEC_WRONG);
}

static void arguments(void **state)
{
        struct npm_spec s;
        struct err e = ERR_INIT;
        char *name;

        (void)state;
        assert_int_equal(npm_spec_parse_argument(&name, &s, "@types/node@20", &e), 0);
        assert_string_equal(name, "@types/node");
        assert_string_equal(s.text, "20");
        npm_spec_release(&s);
        free(name);
        assert_int_equal(npm_spec_parse_argument(&name, &s, "old@npm:react@16", &e), 0);
        assert_string_equal(name, "old");
        assert_string_equal(s.package, "react");
        npm_spec_release(&s);
        free(name);
        assert_int_equal(npm_spec_parse_argument(&name, &s, "a/b", &e), -1);
        assert_int_equal(e.code, ERR_USAGE);
        assert_int_equal(npm_spec_parse_argument(&name, &s, "", &e), -1);
}

static void names(void **state)
{
        static const char *const order[] = {
            "_a", "-a", ".a", "@a/b", "/a", "0a", "a", "a-b", "a.b", "ab", "b"};

        (void)state;
        assert_true(npm_name_is_valid("@types/node"));
        assert_true(npm_name_is_valid("JSONStream"));
        assert_false(npm_name_is_valid("../x"));
        assert_false(npm_name_is_valid("@a/../b"));
        assert_false(npm_name_is_valid("@a/.b"));
        assert_false(npm_name_is_valid("-"));
        assert_false(npm_name_is_valid("node_modules"));
        assert_false(npm_name_is_valid("a b"));
        for (size_t i = 0; i + 1 < sizeof order / sizeof *order; i++)
                assert_true(npm_name_collate(order[i], order[i + 1]) < 0);
        assert_true(npm_name_collate("a", "A") < 0);
        assert_true(npm_name_collate("A", "b") < 0);
        assert_int_equal(npm_name_collate("a", "a"), 0);
}

static bool takes(const char *os, const char *cpu, const char *libc, const char *lists)
{
        struct npm_platform p;
        struct err e = ERR_INIT;
        json_t *m = json_loads(lists, 0, NULL);
        bool t;

        assert_int_equal(npm_platform_init(&p, os, cpu, libc, NULL, &e), 0);
        t = npm_platform_takes(
            &p, json_object_get(m, "os"), json_object_get(m, "cpu"), json_object_get(m, "libc"));
        npm_platform_release(&p);
        json_decref(m);
        return t;
}

static void platforms(void **state)
{
        struct npm_platform p;
        struct err e = ERR_INIT;

        (void)state;
        assert_true(takes("linux", "x64", NULL, "{}"));
        assert_true(
            takes("linux", "x64", NULL, "{\"os\":[\"linux\",\"darwin\"],\"libc\":[\"glibc\"]}"));
        assert_false(takes("linux", "x64", "musl", "{\"libc\":[\"glibc\"]}"));
        assert_false(takes("darwin", "x64", NULL, "{\"libc\":[\"glibc\"]}"));
        assert_false(takes("win32", "x64", NULL, "{\"os\":[\"!win32\"]}"));
        assert_true(takes("linux", "x64", NULL, "{\"os\":[\"!win32\",\"!darwin\"]}"));
        assert_true(takes("linux", "x64", NULL, "{\"os\":\"linux\",\"cpu\":[\"any\"]}"));
        assert_false(takes("linux", "arm64", NULL, "{\"cpu\":[\"x64\"]}"));
        assert_int_equal(npm_platform_init(&p, "linus", "x64", NULL, NULL, &e), -1);
        assert_non_null(strstr(e.msg, "did you mean \"linux\""));
        assert_int_equal(npm_platform_init(&p, "darwin", "x64", "glibc", NULL, &e), -1);
        assert_int_equal(npm_platform_init(&p, "linux", "x64", NULL, "x", &e), -1);
}

static void strongest_integrity(void **state)
{
        struct stated_digest d;

        (void)state;
        assert_true(integrity_strongest("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= "
                                        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=?x",
            &d));
        assert_int_equal(d.kind, DIGEST_SHA256);
        assert_int_equal(d.value[0], 0xe3);
        assert_false(integrity_strongest("sha256-short md5-AAAA", &d));
        assert_true(integrity_shasum("da39a3ee5e6b4b0d3255bfef95601890afd80709", &d));
        assert_false(integrity_shasum("da39", &d));
}

static void configuration(void **state)
{
        struct npmrc rc = {0};

        (void)state;
        setenv("DRAY_TEST_HOST", "h.invalid", 1);
        npmrc_parse(&rc,
            "; a comment\n# registry=https://no.invalid/\n registry = \"https://${DRAY_TEST_HOST}/npm/\" \r\n"
            "@acme:registry=https://acme.invalid\nregistry=https://second.invalid/\n"
            "//x/:_authToken=${DRAY_TEST_HOST}\n//x/private:_auth=bWU6c2VjcmV0\n//x/:username=me\n//x/old/:_authToken=\n",
            "file");
        npmrc_parse(&rc,
            "registry=https://later.invalid/\n@acme:registry=z\n@b:registry=b\n//x/:_authToken=z\n",
            "other");
        assert_string_equal(rc.registry, "https://h.invalid/npm/");
        assert_string_equal(rc.found, "registry in file");
        assert_int_equal(rc.scope_count, 2);
        assert_string_equal(rc.scopes[0].url, "https://acme.invalid");
        assert_string_equal(access_find(&rc.access, "https://x/a"), "Bearer h.invalid");
        assert_string_equal(access_find(&rc.access, "https://x/private/a"), "Basic bWU6c2VjcmV0");
        assert_int_equal(rc.access.count, 2);
        npmrc_release(&rc);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(kinds_of_specs),
            cmocka_unit_test(arguments),
            cmocka_unit_test(names),
            cmocka_unit_test(platforms),
            cmocka_unit_test(strongest_integrity),
            cmocka_unit_test(configuration),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
