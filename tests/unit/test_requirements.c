#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/requirements.h"

#define DIGITS64 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

/* What include finds: name, text, ..., NULL. */
struct files {
        const char *const *list;
};

static int read_one(void *user, const char *path, char **text, size_t *len, struct err *e)
{
        const struct files *files = user;

        for (const char *const *file = files->list; file && *file; file += 2) {
                if (strcmp(file[0], path) != 0)
                        continue;
                *text = xstrdup(file[1]);
                *len = strlen(*text);
                return 0;
        }
        return err_set(e, ERR_FAILED, "%s is not there", path);
}

static const char *environment(void *user, const char *name)
{
        (void)user;
        if (strcmp(name, "TOKEN") == 0)
                return "s3cret";
        return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static int parse_with(
    struct requirements *r, const char *text, const char *const *list, struct err *e)
{
        struct files files = {list};
        struct requirements_reader in = {read_one, environment, &files};

        return requirements_parse(r, "req.txt", text, strlen(text), &in, e);
}

static void parse(struct requirements *r, const char *text)
{
        struct err e = ERR_INIT;

        if (parse_with(r, text, NULL, &e) < 0)
                fail_msg("%s", e.msg);
}

static void assert_refused(const char *text, const char *message)
{
        struct requirements r;
        struct err e = ERR_INIT;

        assert_int_equal(parse_with(&r, text, NULL, &e), -1);
        if (strncmp(e.msg, message, strlen(message)) != 0)
                fail_msg("%s", e.msg);
        assert_null(r.entries);
}

static void keeps_lines_apart(void **state)
{
        struct requirements r;

        (void)state;
        parse(&r,
            "# first\n\nFoo >=1 # why\r\n  bar[x]==2 ; os_name == 'nt'\r#\nbaz\\\n>=\\\n  3 \\\n  # end\nqux");
        assert_int_equal(r.entry_count, 4);
        assert_string_equal(r.entries[0].requirement.name, "foo");
        assert_int_equal(r.entries[0].line, 3);
        assert_string_equal(r.entries[1].requirement.name, "bar");
        assert_int_equal(r.entries[1].line, 4);
        assert_non_null(r.entries[1].requirement.marker);
        assert_string_equal(r.entries[2].requirement.name, "baz");
        assert_int_equal(r.entries[2].line, 6);
        assert_int_equal(r.entries[2].requirement.specifier.count, 1);
        assert_int_equal(r.entries[3].line, 10);
        assert_string_equal(r.entries[3].file, "req.txt");
        assert_false(r.entries[3].constraint);
        assert_int_equal(r.note_count, 0);
        assert_int_equal(r.files.count, 1);
        requirements_release(&r);
        requirements_release(&r);
}

static void takes_hashes(void **state)
{
        struct requirements r;

        (void)state;
        parse(&r, "foo==1 \\\n    --hash=sha256:" DIGITS64
                  " \\\n    --hash sha512:" DIGITS64 DIGITS64 "\n    # via bar\nbar\n");
        assert_int_equal(r.entry_count, 2);
        assert_int_equal(r.entries[0].hash_count, 2);
        assert_int_equal(r.entries[0].hashes[0].kind, DIGEST_SHA256);
        assert_memory_equal(r.entries[0].hashes[0].value, "\x00\x11\x22", 3);
        assert_int_equal(r.entries[0].hashes[1].kind, DIGEST_SHA512);
        assert_int_equal(r.entries[0].hashes[1].value[63], 0xff);
        assert_int_equal(r.entries[1].hash_count, 0);
        assert_true(requirements_needs_hashes(&r));
        requirements_release(&r);
        parse(&r, "foo");
        assert_false(requirements_needs_hashes(&r));
        requirements_release(&r);
}

static void refuses_wrong_hashes(void **state)
{
        (void)state;
        assert_refused(
            "foo --hash=sha256", "req.txt:1: \"foo --hash=sha256\": --hash is not of the form");
        assert_refused(
            "foo --hash=sha1:00", "req.txt:1: \"foo --hash=sha1:00\": --hash must be sha256");
        assert_refused(
            "foo --hash=sha3:00", "req.txt:1: \"foo --hash=sha3:00\": --hash must be sha256");
        assert_refused("\nfoo --hash=sha256:00",
            "req.txt:2: \"foo --hash=sha256:00\": --hash has a wrong number of digits");
        assert_refused("foo\n--hash=sha256:" DIGITS64, "req.txt:2: \"--hash=sha256:0011");
}

static void takes_options(void **state)
{
        struct requirements r;

        (void)state;
        parse(&r, "-i http://127.0.0.1/one\n--index-url=http://127.0.0.1/two\n"
                  "--extra-index-url http://127.0.0.1/x --extra-index-url 'http://127.0.0.1/y z'\n"
                  "-f./dir\n--find-links \"other dir\"\n--pre\n--prefer-binary\n--require-hashes\n"
                  "--trusted-host example.invalid:80\n--no-index\n--extra http://127.0.0.1/z\n");
        assert_string_equal(r.index_url, "http://127.0.0.1/two");
        assert_int_equal(r.extra_index_urls.count, 3);
        assert_string_equal(r.extra_index_urls.list[1], "http://127.0.0.1/y z");
        assert_int_equal(r.find_links.count, 2);
        assert_string_equal(r.find_links.list[0], "./dir");
        assert_string_equal(r.find_links.list[1], "other dir");
        assert_true(r.pre && r.prefer_binary && r.require_hashes && r.no_index);
        assert_true(requirements_needs_hashes(&r));
        assert_int_equal(r.trusted_hosts.count, 1);
        assert_int_equal(r.note_count, 0);
        requirements_release(&r);
}

static void quotes_as_a_shell_does(void **state)
{
        struct requirements r;

        (void)state;
        parse(&r,
            "-f \"a\\\"b\\\\c\\d 'e'\"\n-f 'a\\b \"c\"'\n-f a\\ b\\\\c'd'\"e\"f\n-f \"\"x ''\n"
            "--install-option x --global-option=y --config-settings z -Cz\n");
        assert_int_equal(r.find_links.count, 4);
        assert_string_equal(r.find_links.list[0], "a\"b\\c\\d 'e'");
        assert_string_equal(r.find_links.list[1], "a\\b \"c\"");
        assert_string_equal(r.find_links.list[2], "a b\\cdef");
        assert_string_equal(r.find_links.list[3], "x");
        assert_int_equal(r.note_count, 5); /* the lonely '' and four without effect */
        requirements_release(&r);
}

static void decides_formats_in_order(void **state)
{
        struct requirements r;

        (void)state;
        parse(&r, "--no-binary Foo_x,bar\n--only-binary bar,,baz\n");
        assert_int_equal(r.no_binary.count, 1);
        assert_string_equal(r.no_binary.list[0], "foo-x");
        assert_int_equal(r.only_binary.count, 2);
        requirements_release(&r);
        parse(&r, "--no-binary foo\n--only-binary=:all:\n--no-binary foo\n");
        assert_string_equal(r.only_binary.list[0], ":all:");
        assert_string_equal(r.no_binary.list[0], "foo");
        requirements_release(&r);
        parse(&r, "--only-binary=:all:\n--only-binary :none:,x\n");
        assert_int_equal(r.only_binary.count, 1);
        assert_string_equal(r.only_binary.list[0], "x");
        requirements_release(&r);
}

static void refuses_wrong_options(void **state)
{
        (void)state;
        assert_refused(
            "--frobnicate", "req.txt:1: \"--frobnicate\": option \"--frobnicate\" is not known");
        assert_refused(
            "--index-url", "req.txt:1: \"--index-url\": option --index-url needs a value");
        assert_refused("-r", "req.txt:1: \"-r\": option -r needs a value");
        assert_refused("--pre=1", "req.txt:1: \"--pre=1\": option --pre takes no value");
        assert_refused("--no", "req.txt:1: \"--no\": option \"--no\" is cut too short");
        assert_refused("-f 'x", "req.txt:1: \"-f 'x\": a quote is not closed");
        assert_refused("-x", "req.txt:1: \"-x\": option \"-x\" is not known");
        assert_refused("foo --frobnicate", "req.txt:1: \"foo --frobnicate\": option");
}

static void reads_other_files(void **state)
{
        static const char *const files[] = {"sub/a.txt", "a\n-r b.txt\n-c ../c.txt\n-e .\n",
            "sub/b.txt", "b\n", "sub/../c.txt", "c<2\n-r d.txt\n", "sub/../d.txt", "d\n", NULL};
        struct requirements r;
        struct err e = ERR_INIT;

        (void)state;
        if (parse_with(&r, "x\n-r sub/a.txt\ny\n", files, &e) < 0)
                fail_msg("%s", e.msg);
        assert_int_equal(r.entry_count, 6);
        assert_string_equal(r.entries[1].requirement.name, "a");
        assert_string_equal(r.entries[1].file, "sub/a.txt");
        assert_int_equal(r.entries[1].line, 1);
        assert_string_equal(r.entries[2].requirement.name, "b");
        assert_true(r.entries[3].constraint); /* c */
        assert_string_equal(r.entries[3].file, "sub/../c.txt");
        assert_false(r.entries[4].constraint); /* d: -r in a -c asks for it, says pip */
        assert_string_equal(r.entries[5].requirement.name, "y");
        assert_string_equal(r.entries[5].file, "req.txt");
        assert_int_equal(r.entries[5].line, 3);
        assert_int_equal(r.files.count, 5);
        assert_int_equal(r.note_count, 1);
        assert_non_null(strstr(r.notes[0].message, "sub/a.txt:4: \"-e .\" cannot be mirrored"));
        requirements_release(&r);
}

static void refuses_wrong_files(void **state)
{
        static const char *const loop[] = {"a.txt", "-r b.txt", "b.txt", "\n-c a.txt", NULL};
        static const char *const wrong[] = {"a.txt", "\nfoo bar", NULL};
        static const char *const many[] = {"a.txt", "", NULL};
        struct requirements r;
        struct err e = ERR_INIT;
        struct buf b;

        (void)state;
        assert_int_equal(parse_with(&r, "-r a.txt", loop, &e), -1);
        assert_string_equal(
            e.msg, "b.txt:2: \"-c a.txt\": this file is being read already: it includes itself");
        assert_int_equal(parse_with(&r, "-r a.txt", wrong, &e), -1);
        assert_string_equal(e.msg,
            "a.txt:2: \"foo bar\": column 5 of \"foo bar\": expected a version specifier such as "
            ">=1.0, \"@\", \";\" or the end");
        assert_refused("-r nowhere.txt", "req.txt:1: \"-r nowhere.txt\": nowhere.txt is not there");
        assert_int_equal(requirements_parse(&r, "x", "-r y", 4, NULL, &e), -1);
        assert_non_null(strstr(e.msg, "cannot be read from here"));
        buf_init(&b, 100000);
        for (int i = 0; i <= LIMIT_INCLUDES; i++)
                buf_adds(&b, "-r a.txt\n");
        assert_int_equal(parse_with(&r, b.data, many, &e), -1);
        assert_non_null(strstr(e.msg, "too many files"));
        buf_release(&b);
}

static int read_deeper(void *user, const char *path, char **text, size_t *len, struct err *e)
{
        int *depth = user;

        (void)path;
        (void)e;
        *text = xasprintf("-r %d.txt\n", ++*depth);
        *len = strlen(*text);
        return 0;
}

static void bounds_depth_and_size(void **state)
{
        int depth = 0;
        struct requirements_reader in = {.include = read_deeper, .user = &depth};
        struct requirements r;
        struct err e = ERR_INIT;
        char *large = xmalloc(LIMIT_REQUIREMENTS + 1);

        (void)state;
        assert_int_equal(requirements_parse(&r, "0", "-r x", 4, &in, &e), -1);
        assert_non_null(strstr(e.msg, "too many files"));
        assert_int_equal(depth, LIMIT_INCLUDE_DEPTH);
        memset(large, '\n', LIMIT_REQUIREMENTS + 1);
        assert_int_equal(requirements_parse(&r, "0", large, LIMIT_REQUIREMENTS + 1, &in, &e), -1);
        assert_non_null(strstr(e.msg, "too large"));
        assert_int_equal(requirements_parse(&r, "0", large, LIMIT_REQUIREMENTS, &in, &e), 0);
        requirements_release(&r);
        free(large);
}

static void reports_what_is_elsewhere(void **state)
{
        static const struct {
                const char *line;
                enum requirements_note_kind kind;
        } cases[] = {
            {"-e git+https://u:p@example.invalid/x#egg=x", REQUIREMENTS_EDITABLE},
            {"--editable=.", REQUIREMENTS_EDITABLE},
            {"git+https://example.invalid/x", REQUIREMENTS_VCS},
            {"https://example.invalid/x.whl --hash=sha256:00", REQUIREMENTS_URL},
            {"./dist/x.whl", REQUIREMENTS_PATH},
            {"foo @ git+https://example.invalid/x ; os_name == 'nt'", REQUIREMENTS_VCS},
            {"foo @ https://example.invalid/x", REQUIREMENTS_URL},
            {"foo @ file:///x", REQUIREMENTS_PATH},
            {"foo --index-url x", REQUIREMENTS_IGNORED},
            {"--pre foo", REQUIREMENTS_IGNORED},
            {"--use-feature=x", REQUIREMENTS_IGNORED},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                char *text = xasprintf("\n%s\n", cases[i].line);
                struct requirements r;

                parse(&r, text);
                assert_int_equal(r.note_count, 1);
                assert_int_equal(r.notes[0].kind, cases[i].kind);
                assert_int_equal(r.notes[0].line, 2);
                assert_int_equal(strncmp(r.notes[0].message, "req.txt:2: \"", 12), 0);
                assert_null(strstr(r.notes[0].message, "u:p"));
                assert_int_equal(r.entry_count, strncmp(cases[i].line, "foo --", 6) == 0);
                assert_int_equal(
                    r.notes[0].requirement.name != NULL, strncmp(cases[i].line, "foo @", 5) == 0);
                requirements_release(&r);
                free(text);
        }
}

static void reports_what_a_comment_swallows(void **state)
{
        struct requirements r;

        (void)state;
        parse(&r, "foo  # why \\\nbar\nbaz # x\\\n\n");
        assert_int_equal(r.entry_count, 2);
        assert_string_equal(r.entries[1].requirement.name, "baz");
        assert_int_equal(r.note_count, 1);
        assert_int_equal(r.notes[0].line, 2);
        assert_int_equal(r.notes[0].kind, REQUIREMENTS_IGNORED);
        requirements_release(&r);
}

static void shows_no_secret(void **state)
{
        struct requirements r;
        struct err e = ERR_INIT;

        (void)state;
        parse(&r,
            "--index-url https://${TOKEN}@example.invalid/\nbar @ https://example.invalid/${TOKEN}\n");
        assert_string_equal(r.index_url, "https://s3cret@example.invalid/");
        assert_int_equal(r.note_count, 1);
        assert_non_null(strstr(r.notes[0].message, "${TOKEN}"));
        assert_null(strstr(r.notes[0].message, "s3cret"));
        assert_string_equal(r.notes[0].requirement.url, "https://example.invalid/s3cret");
        requirements_release(&r);
        assert_int_equal(parse_with(&r, "foo @ https://${TOKEN} x", NULL, &e), -1);
        assert_null(strstr(e.msg, "s3cret"));
        assert_int_equal(parse_with(&r, "-r ${TOKEN}.txt", NULL, &e), -1);
        assert_null(strstr(e.msg, "s3cret"));
        parse(&r, "--find-links ${UNSET}/${EMPTY}\n");
        assert_string_equal(r.find_links.list[0], "${UNSET}/${EMPTY}");
        assert_int_equal(r.note_count, 2);
        requirements_release(&r);
}

static const char *large_value(void *user, const char *name)
{
        (void)name;
        return user;
}

static void bounds_what_variables_bring(void **state)
{
        char *value = xmalloc(LIMIT_REQUIREMENTS);
        struct requirements_reader in = {.environment = large_value, .user = value};
        struct requirements r;
        struct err e = ERR_INIT;

        (void)state;
        memset(value, 'x', LIMIT_REQUIREMENTS - 1);
        value[LIMIT_REQUIREMENTS - 1] = '\0';
        assert_int_equal(requirements_parse(&r, "f", "-i ${A}", 7, &in, &e), -1);
        assert_string_equal(e.msg, "f:1: \"-i ${A}\": too long once its ${...} are filled in");
        assert_int_equal(requirements_parse(&r, "f", "-i${A}", 6, &in, &e), -1);
        value[LIMIT_REQUIREMENTS - 3] = '\0';
        assert_int_equal(requirements_parse(&r, "f", "-i${A}", 6, &in, &e), 0);
        assert_int_equal(strlen(r.index_url), LIMIT_REQUIREMENTS - 3);
        requirements_release(&r);
        free(value);
}

static void reads_what_windows_writes(void **state)
{
        static const char utf16[] = "\xff\xfe"
                                    "f\0o\0o\0=\0=\0"
                                    "1\0\r\0\n\0#\0\x3d\xd8\x00\xde\n\0b\0";
        static const char big[] = "\xfe\xff"
                                  "\0f\0\n";
        struct requirements r;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(requirements_parse(&r, "x", utf16, sizeof utf16 - 1, NULL, &e), 0);
        assert_int_equal(r.entry_count, 2);
        assert_string_equal(r.entries[0].requirement.name, "foo");
        assert_string_equal(r.entries[1].requirement.name, "b");
        assert_int_equal(r.entries[1].line, 3);
        requirements_release(&r);
        assert_int_equal(requirements_parse(&r, "x", big, sizeof big - 1, NULL, &e), 0);
        assert_int_equal(r.entry_count, 1);
        requirements_release(&r);
        assert_int_equal(
            requirements_parse(&r, "x",
                "\xff\xfe-\0i\0\x7f\0\x80\0\xff\x07\x00\x08\xff\xff\x00\xd8\x00\xdc\xff\xdb\xff\xdf",
                24, NULL, &e),
            0);
        assert_string_equal(r.index_url,
            "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
        requirements_release(&r);
        parse(&r, "\xef\xbb\xbf"
                  "foo\n");
        assert_int_equal(r.entry_count, 1);
        requirements_release(&r);
        assert_int_equal(requirements_parse(&r, "x",
                             "\xff\xfe"
                             "a",
                             3, NULL, &e),
            -1);
        assert_int_equal(requirements_parse(&r, "x", "\xff\xfe\x00\xdc", 4, NULL, &e), -1);
        assert_int_equal(requirements_parse(&r, "x", "\xff\xfe\x00\xd8", 4, NULL, &e), -1);
        assert_int_equal(requirements_parse(&r, "x", "a\0b", 3, NULL, &e), -1);
        assert_string_equal(e.msg, "x: holds a NUL byte, so it is no text file");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(keeps_lines_apart),
            cmocka_unit_test(takes_hashes),
            cmocka_unit_test(refuses_wrong_hashes),
            cmocka_unit_test(takes_options),
            cmocka_unit_test(quotes_as_a_shell_does),
            cmocka_unit_test(decides_formats_in_order),
            cmocka_unit_test(refuses_wrong_options),
            cmocka_unit_test(reads_other_files),
            cmocka_unit_test(refuses_wrong_files),
            cmocka_unit_test(bounds_depth_and_size),
            cmocka_unit_test(reports_what_is_elsewhere),
            cmocka_unit_test(reports_what_a_comment_swallows),
            cmocka_unit_test(shows_no_secret),
            cmocka_unit_test(bounds_what_variables_bring),
            cmocka_unit_test(reads_what_windows_writes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
