/* Content types by name, and the choice among the variants of an index by Accept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/media_type.h"

#define OCTETS "application/octet-stream"
#define TEXT "text/plain; charset=utf-8"
#define HTML "text/html; charset=utf-8"
#define V1_JSON "application/vnd.pypi.simple.v1+json"
#define V1_HTML "application/vnd.pypi.simple.v1+html"

static void test_types_of_the_sites(void **state)
{
        static const struct {
                const char *path, *type;
        } cases[] = {
            {"pypi/files/ab/a-1.0-py3-none-any.whl", "application/zip"},
            {"a-1.0-py3-none-any.whl.metadata", TEXT},
            {"a-1.0.tar.gz", "application/gzip"},
            {"a-1.0.zip", "application/zip"},
            {"simple/a/index.html", HTML},
            {"simple/a/index.v1_json", V1_JSON},
            {"npm/left/-/left-1.0.0.tgz", "application/gzip"},
            {"npm/left/index.json", "application/json"},
            {"debian/pool/main/h/hello_2.10-3_amd64.deb", "application/vnd.debian.binary-package"},
            {"debian/dists/b/main/binary-amd64/Packages", TEXT},
            {"debian/dists/b/main/binary-amd64/Packages.gz", "application/gzip"},
            {"debian/dists/b/main/binary-amd64/Packages.xz", "application/x-xz"},
            {"debian/dists/b/InRelease", TEXT},
            {"debian/dists/b/Release", TEXT},
            {"debian/dists/b/Release.gpg", OCTETS},
            {"crates/dl/serde-1.0.0.crate", "application/gzip"},
            {"crates/index/config.json", "application/json"},
            {"crates/index/se/rd/serde", OCTETS},
            {"go/example.invalid/m/@v/list", TEXT},
            {"go/example.invalid/m/@v/v1.0.0.info", "application/json"},
            {"go/example.invalid/m/@v/v1.0.0.mod", TEXT},
            {"go/example.invalid/m/@v/v1.0.0.zip", "application/zip"},
            {"go/example.invalid/m/@latest", "application/json"},
            {"maven/g/a/1/a-1.jar", "application/java-archive"},
            {"maven/g/a/1/a-1.pom", "application/xml"},
            {"maven/g/a/1/a-1.pom.sha1", TEXT},
            {"maven/g/a/maven-metadata.xml", "application/xml"},
            {"maven/g/a/1/a-1.jar.asc", TEXT},
            {"style.css", "text/css; charset=utf-8"},
            {"UPPER.ZIP", "application/zip"},
            {"a.zip/noextension", OCTETS},
            {"noextension", OCTETS},
            {"ends.", OCTETS},
            {"", OCTETS},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                assert_string_equal(media_type_of(cases[i].path), cases[i].type);
}

/* A table that is searched by halves and not sorted loses rows without a sign. */
static void test_every_extension_is_found(void **state)
{
        static const char *const known[] = {"aar", "asc", "bz2", "crate", "css", "deb", "dsc",
            "egg", "gif", "gz", "htm", "html", "ico", "info", "jar", "jpg", "js", "json", "jsonl",
            "klib", "lz4", "lzma", "md", "md5", "metadata", "minisig", "mod", "module", "pdf",
            "png", "pom", "provenance", "pub", "sha1", "sha256", "sha512", "svg", "tar", "tgz",
            "toml", "txt", "udeb", "v1_json", "war", "wasm", "whl", "xml", "xz", "zip", "zst"};

        (void)state;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
                char name[32];

                snprintf(name, sizeof name, "x.%s", known[i]);
                assert_string_not_equal(media_type_of(name), OCTETS);
        }
}

static void test_quality(void **state)
{
        static const struct {
                const char *accept, *type;
                unsigned quality;
                enum media_match match;
        } cases[] = {
            {"text/html", "text/html", 1000, MEDIA_MATCH_NAMED},
            {"TEXT/HTML", "text/html", 1000, MEDIA_MATCH_NAMED},
            {"text/*;q=0.5", "text/html", 500, MEDIA_MATCH_MAJOR},
            {"*/*;q=0.1", "text/html", 100, MEDIA_MATCH_ANY},
            {"text/*;q=0.3, text/html;q=0.7, */*;q=1", "text/html", 700, MEDIA_MATCH_NAMED},
            {"*/*, text/*;q=0", "text/html", 0, MEDIA_MATCH_MAJOR},
            {"text/html;q=0", "text/html", 0, MEDIA_MATCH_NAMED},
            {"text/html;q=0.001", "text/html", 1, MEDIA_MATCH_NAMED},
            {"text/html;q=0.0005", "text/html", 0, MEDIA_MATCH_NAMED},
            {"text/html;q=1.000", "text/html", 1000, MEDIA_MATCH_NAMED},
            {"text/html;q=7", "text/html", 1000, MEDIA_MATCH_NAMED},
            {"text/html;q=.2", "text/html", 200, MEDIA_MATCH_NAMED},
            {"text/html ; Q=0.4", "text/html", 400, MEDIA_MATCH_NAMED},
            {"text/html;level=1;q=0.4", "text/html", 400, MEDIA_MATCH_NAMED},
            {"text/html;x=\"a,b;q=0.1\";q=0.4", "text/html", 400, MEDIA_MATCH_NAMED},
            {"a/b;x=\"\\\",text/html", "text/html", 0, MEDIA_MATCH_NONE},
            {",,, text/html ,,", "text/html", 1000, MEDIA_MATCH_NAMED},
            {"text/htmlx", "text/html", 0, MEDIA_MATCH_NONE},
            {"text/htm", "text/html", 0, MEDIA_MATCH_NONE},
            {"text", "text/html", 0, MEDIA_MATCH_NONE},
            {"*", "text/html", 0, MEDIA_MATCH_NONE},
            {"*/html", "text/html", 0, MEDIA_MATCH_NONE},
            {"texts/*", "text/html", 0, MEDIA_MATCH_NONE},
            {"", "text/html", 0, MEDIA_MATCH_NONE},
            {";;;,;", "text/html", 0, MEDIA_MATCH_NONE},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                enum media_match match;
                unsigned quality = media_accept_quality(cases[i].accept, cases[i].type, &match);

                if (quality != cases[i].quality || match != cases[i].match)
                        print_error("Accept: %s\n", cases[i].accept);
                assert_int_equal(quality, cases[i].quality);
                assert_int_equal(match, cases[i].match);
        }
}

/* The bits of the variants whose files are named. */
static uint32_t holding(const char *const *files)
{
        size_t count;
        const struct media_variant *v = media_variants(&count);
        uint32_t present = 0;

        for (; *files; files++)
                for (size_t i = 0; i < count; i++)
                        if (strcmp(v[i].file, *files) == 0)
                                present |= (uint32_t)1 << i;
        return present;
}

static void expect_choice(uint32_t present, const char *accept, const char *file, const char *type)
{
        const struct media_variant *v = media_variant_choose(accept, present);

        assert_non_null(v);
        if (strcmp(v->file, file) != 0 || strcmp(v->type, type) != 0)
                print_error("Accept: %s\n", accept ? accept : "(none)");
        assert_string_equal(v->file, file);
        assert_string_equal(v->type, type);
}

static void test_choice_of_python_clients(void **state)
{
        uint32_t both = holding((const char *const[]){"index.html", "index.v1_json", NULL});
        uint32_t page = holding((const char *const[]){"index.html", NULL});
        const char *pip = V1_JSON ", " V1_HTML "; q=0.1, text/html; q=0.01";

        (void)state;
        expect_choice(both, pip, "index.v1_json", V1_JSON);
        expect_choice(page, pip, "index.html", V1_HTML);
        expect_choice(both, V1_HTML, "index.html", V1_HTML);
        expect_choice(both, "application/vnd.pypi.simple.latest+json", "index.v1_json", V1_JSON);
        expect_choice(both, "application/vnd.pypi.simple.latest+html", "index.html", V1_HTML);
        expect_choice(both, V1_JSON ", text/html", "index.html", HTML);
        expect_choice(both, V1_JSON ", */*", "index.v1_json", V1_JSON);
        expect_choice(both, V1_JSON ";q=0, text/html;q=0.1", "index.html", HTML);
}

static void test_choice_of_others(void **state)
{
        uint32_t npm = holding((const char *const[]){"index.html", "index.json", NULL});
        uint32_t json = holding((const char *const[]){"index.json", NULL});
        uint32_t all =
            holding((const char *const[]){"index.html", "index.json", "index.v1_json", NULL});

        (void)state;
        expect_choice(npm, "application/json", "index.json", "application/json");
        expect_choice(npm,
            "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*",
            "index.html", HTML);
        expect_choice(all, NULL, "index.html", HTML);
        expect_choice(all, "", "index.html", HTML);
        expect_choice(all, "*/*", "index.html", HTML);
        expect_choice(all, "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8",
            "index.html", HTML);
        expect_choice(
            all, "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "index.html", HTML);
        expect_choice(all, "image/png", "index.html", HTML); /* never 406 */
        expect_choice(all, "text/html;q=0", "index.html", HTML);
        expect_choice(npm, "application/json;q=0", "index.html", HTML);
        expect_choice(all, "application/*", "index.v1_json", V1_JSON);
        expect_choice(json, "text/html", "index.json", "application/json");
        assert_null(media_variant_choose("*/*", 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_types_of_the_sites),
            cmocka_unit_test(test_every_extension_is_found),
            cmocka_unit_test(test_quality),
            cmocka_unit_test(test_choice_of_python_clients),
            cmocka_unit_test(test_choice_of_others),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
