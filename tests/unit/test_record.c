/* A record has one line, and what is written can be read back; nothing else can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/record.h"

#define SHA "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define LINE(file, meta, package, size, source, version) \
        "{\"file\":\"" file "\",\"meta\":" meta ",\"package\":\"" package "\",\"sha256\":\"" SHA \
        "\",\"size\":" size ",\"source\":\"" source "\",\"version\":\"" version "\"}"
#define GOOD LINE("a-1.0.whl", "{}", "a", "17", "pypi", "1.0")

static struct record example(void)
{
        struct record r = {.source = "pypi",
            .package = "a",
            .version = "1.0",
            .file = "a-1.0.whl",
            .size = 17,
            .meta = "{}"};

        for (unsigned i = 0; i < SHA256_SIZE; i++)
                r.sha256[i] = (unsigned char)i;
        return r;
}

static void check_round_trip(const struct record *r, const char *wanted)
{
        struct record_parsed p;
        struct buf line;
        struct err e;

        buf_init(&line, LIMIT_MANIFEST_LINE);
        must(record_format(r, &line, &e));
        if (wanted)
                assert_string_equal(line.data, wanted);
        must(record_parse(line.data, line.len, &p, &e));
        assert_string_equal(p.record.source, r->source);
        assert_string_equal(p.record.package, r->package);
        assert_string_equal(p.record.version, r->version);
        assert_string_equal(p.record.file, r->file);
        assert_string_equal(p.record.meta, r->meta);
        assert_memory_equal(p.record.sha256, r->sha256, SHA256_SIZE);
        assert_true(p.record.size == r->size);
        record_parsed_release(&p);
        assert_null(p.text);
        record_parsed_release(&p);
        buf_release(&line);
}

static void line_and_back(void **state)
{
        struct record r = example();

        (void)state;
        check_round_trip(&r, GOOD);
        r.meta = "{\"a\":[1,-2,null,true],\"b\":{\"c\":\"\xc3\xa4 \\n\\u0000\",\"d\":\"\"}}";
        check_round_trip(&r, NULL);
        r.meta = "{}";
        r.package = "@scope/name";
        r.version = "1:2.3~rc1-1+b2/x";
        check_round_trip(&r, NULL);
        r.version = "\"1.0\"\"2";
        check_round_trip(&r, NULL);
        r.size = 0;
        check_round_trip(&r, NULL);
        r.size = LIMIT_FILE;
        check_round_trip(&r, NULL);
}

static void parse_refuses(const char *line, const char *part)
{
        struct record_parsed p;
        struct err e;

        refused(record_parse(line, strlen(line), &p, &e), &e, ERR_REFUSED, part);
        record_parsed_release(&p);
}

static void only_the_canonical_line(void **state)
{
        static const char *const cases[][2] = {
            {"", "not a JSON object"},
            {"[]", "not a JSON object"},
            {"{}", "\"source\" is missing"},
            {GOOD " ", "canonical"},
            {" " GOOD, "canonical"},
            {GOOD "{}", "not a JSON object"},
            {LINE("a\\u002d1.0.whl", "{}", "a", "17", "pypi", "1.0"), "canonical"},
            {LINE("a", "{ }", "a", "17", "pypi", "1.0"), "canonical"},
            {LINE("a", "{}", "a", "17.0", "pypi", "1.0"), "canonical"},
            {LINE("a", "{\"x\":1.5}", "a", "17", "pypi", "1.0"), "canonical"},
            {LINE("a", "{\"b\":1,\"a\":2}", "a", "17", "pypi", "1.0"), "canonical"},
            {LINE("a", "{\"a\":1,\"a\":2}", "a", "17", "pypi", "1.0"), "not a JSON object"},
            {LINE("a", "{}", "a", "017", "pypi", "1.0"), "not a JSON object"},
            {LINE("a", "{}", "a", "1e1", "pypi", "1.0"), "canonical"},
            {LINE("a", "{}", "a", "-0", "pypi", "1.0"), "canonical"},
            {LINE("a", "[]", "a", "17", "pypi", "1.0"), "\"meta\" is not an object"},
            {LINE("a", "{}", "a", "\"17\"", "pypi", "1.0"), "\"size\" is not an integer"},
            {LINE("a", "{}", "a", "-1", "pypi", "1.0"), "out of range"},
            {LINE("a", "{}", "a", "34359738369", "pypi", "1.0"), "out of range"},
            {LINE("a", "{}", "a", "9223372036854775808", "pypi", "1.0"), "not a JSON object"},
            {"{\"file\":\"\xff\"}", "not a JSON object"},
            {LINE("a", "{}", "a", "17", "pypi", "1.0\",\"zoo\":\"x"), "unknown key \"zoo\""},
            {LINE("a", "{}", "a\",\"sha256\":\"b", "17", "pypi", "1"), "not a JSON object"},
            {LINE("a\\u0000b", "{}", "a", "17", "pypi", "1.0"), "holds a NUL"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                parse_refuses(cases[i][0], cases[i][1]);
}

static void every_key_is_needed(void **state)
{
        static const char *const keys[] = {
            "file", "meta", "package", "sha256", "size", "source", "version"};

        (void)state;
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
                /* renamed to something that sorts at the same place */
                char *line = xstrdup(GOOD), *at, quoted[16], part[40];

                snprintf(quoted, sizeof quoted, "\"%s\":", keys[i]);
                at = strstr(line, quoted) + strlen(quoted) - 3;
                *at = (char)(*at + 1);
                snprintf(part, sizeof part, "\"%s\" is missing", keys[i]);
                parse_refuses(line, part);
                free(line);
        }
}

static void digests_are_lower_case(void **state)
{
        char line[sizeof GOOD];
        char *sha;

        (void)state;
        memcpy(line, GOOD, sizeof GOOD);
        sha = strstr(line, "0a0b");
        sha[1] = 'A';
        parse_refuses(line, "not lower-case");
        sha[1] = 'g';
        parse_refuses(line, "not a SHA-256");
        memmove(sha, sha + 1, strlen(sha));
        parse_refuses(line, "not a SHA-256");
}

static const char *const bad_names[] = {"", ".", "..", ".hidden", "dot.", "a/b", "/", "a\\b", "a b",
    "a\tb", "a\nb", "a\x7f", "\x1b[2J", "caf\xc3\xa9", "a:b", "a*", "a?", "a\"b", "<", ">", "|",
    "con", "CON", "Con.txt", "prn", "aux.tar.gz", "NUL", "nul.", "com0", "COM1", "com9.whl", "lpt1",
    "LpT5.x.y"};
static const char *const good_names[] = {"a", "A", "_", "-", "~", "a..b", "console", "con1", "conx",
    "com", "com10", "comx", "lpt", "nul-1.0.whl", "aux_1.tgz", "a@b+c=d,e!1_%$#&'();[]{}^`.whl"};

static void names(void **state)
{
        char longest[LIMIT_NAME + 2];
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++)
                refused(name_check("what", bad_names[i], &e), &e, ERR_REFUSED, "what");
        for (size_t i = 0; i < sizeof good_names / sizeof *good_names; i++)
                must(name_check("what", good_names[i], &e));
        memset(longest, 'x', sizeof longest);
        longest[LIMIT_NAME + 1] = '\0';
        refused(name_check("what", longest, &e), &e, ERR_REFUSED, "longer than 255");
        longest[LIMIT_NAME] = '\0';
        must(name_check("what", longest, &e));
}

/* As many lines as there are names; field: which one is bad. */
static void check_field(const char **field, struct record *r, const char *name, const char *part)
{
        struct buf line;
        struct err e;

        *field = name;
        buf_init(&line, LIMIT_MANIFEST_LINE);
        refused(record_format(r, &line, &e), &e, ERR_REFUSED, part);
        assert_int_equal(line.len, 0);
        buf_release(&line);
}

/* A record that could not be read back must not get into a catalog. */
static void format_refuses_what_parse_would(void **state)
{
        static const char *const bad_texts[] = {"", "a b", "a\n", "\x7f", "caf\xc3\xa9", "a\\b"};
        static const char *const bad_sources[] = {"", "-a", "_a", "A", "aB", "a b", "a/b", "..",
            "a.", "nul", "com1.x", "index.html",
            "x23456789x123456789x123456789x123456789x123456789x123456789x12345"};
        struct record r;
        char longer[LIMIT_NAME + 2];

        (void)state;
        for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++) {
                r = example();
                check_field(&r.file, &r, bad_names[i], "record: file");
        }
        for (size_t i = 0; i < sizeof bad_sources / sizeof *bad_sources; i++) {
                r = example();
                check_field(&r.source, &r, bad_sources[i], "record: source");
        }
        for (size_t i = 0; i < sizeof bad_texts / sizeof *bad_texts; i++) {
                r = example();
                check_field(&r.package, &r, bad_texts[i], "record: package");
                r = example();
                check_field(&r.version, &r, bad_texts[i], "record: version");
        }
        memset(longer, 'x', sizeof longer);
        longer[LIMIT_NAME + 1] = '\0';
        r = example();
        check_field(&r.package, &r, longer, "record: package");
        r = example();
        r.size = LIMIT_FILE + 1;
        check_field(&r.package, &r, "a", "size");
}

/* The same names in a line that somebody else wrote. */
static void parse_refuses_names(void **state)
{
        (void)state;
        parse_refuses(LINE("a/b", "{}", "a", "17", "pypi", "1.0"), "record: file \"a/b\"");
        parse_refuses(LINE("..", "{}", "a", "17", "pypi", "1.0"), "record: file");
        parse_refuses(LINE("NuL.whl", "{}", "a", "17", "pypi", "1.0"), "device");
        parse_refuses(LINE("a\\u001B[m", "{}", "a", "17", "pypi", "1.0"), "record: file");
        parse_refuses(LINE("a", "{}", "a", "17", "../pypi", "1.0"), "record: source");
        parse_refuses(LINE("a", "{}", "a", "17", "PyPI", "1.0"), "record: source");
        parse_refuses(LINE("a", "{}", "a", "17", "con", "1.0"), "device");
        parse_refuses(LINE("a", "{}", "a", "17", "index.html", "1.0"), "the site's own page");
        parse_refuses(LINE("a", "{}", "a", "17", "pypi", ""), "record: version is empty");
        parse_refuses(LINE("a", "{}", "a b", "17", "pypi", "1.0"), "record: package");
        parse_refuses(LINE("a", "{}", "a\\\\b", "17", "pypi", "1.0"), "record: package");
}

static void format_refuses_bad_metadata(void **state)
{
        static const char *const bad[] = {
            "", "[]", "1", "{", "{ }", "{\"a\":1.5}", "{\"b\":1,\"a\":1}", "{}\n"};
        struct record r = example();
        struct buf line;
        struct err e;

        (void)state;
        buf_init(&line, LIMIT_MANIFEST_LINE);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                r.meta = bad[i];
                refused(record_format(&r, &line, &e), &e, ERR_REFUSED, "record metadata");
        }
        buf_release(&line);
        buf_init(&line, 50);
        r.meta = "{}";
        refused(record_format(&r, &line, &e), &e, ERR_FAILED, "longer than 50");
        buf_release(&line);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(line_and_back),
            cmocka_unit_test(only_the_canonical_line),
            cmocka_unit_test(every_key_is_needed),
            cmocka_unit_test(digests_are_lower_case),
            cmocka_unit_test(names),
            cmocka_unit_test(format_refuses_what_parse_would),
            cmocka_unit_test(parse_refuses_names),
            cmocka_unit_test(format_refuses_bad_metadata),
        };

        return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
