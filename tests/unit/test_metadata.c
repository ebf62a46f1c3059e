/*
 * Golden cases: tests/data/pypi/metadata-<case>/ with METADATA and expect (its
 * fields as text, metadata_dump.h, or "error: ...").
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/limit.h"
#include "golden.h"
#include "metadata_dump.h"

static void dump(const char *bytes, size_t len, struct buf *out)
{
        /* Exactly as large as the text: a read past the end is seen by the sanitizer. */
        char *copy = xmalloc(len);
        struct metadata m;
        struct err e = ERR_INIT;

        if (len)
                memcpy(copy, bytes, len);
        buf_init(out, (size_t)1 << 24);
        if (metadata_parse(copy, len, &m, &e) < 0) {
                buf_addf(out, "error: %s\n", e.msg);
                assert_int_equal(e.code, ERR_FAILED);
                assert_null(m.text.blocks);
        } else {
                dump_metadata(out, &m);
        }
        metadata_release(&m);
        free(copy);
}

static void run_case(const char *folder)
{
        size_t len = 0;
        char *bytes = golden_read(folder, "METADATA", &len);
        struct buf out;

        assert_non_null(bytes);
        dump(bytes, len, &out);
        golden_check(folder, "expect", out.data, out.len);
        buf_release(&out);
        free(bytes);
}

static void test_golden(void **state)
{
        (void)state;
        golden_each("pypi", "metadata-", run_case);
}

static void check(const char *text, const char *part)
{
        struct buf out;

        dump(text, strlen(text), &out);
        if (!strstr(out.data, part))
                fail_msg("%s\nexpected: %s\nfound: %s", text, part, out.data);
        buf_release(&out);
}

#define HEAD "Metadata-Version: 2.1\nName: a\nVersion: 1\n"

static void test_errors(void **state)
{
        (void)state;
        check("", "error: Metadata-Version is missing");
        check("Name: a\nVersion: 1\n", "error: Metadata-Version is missing");
        check("Metadata-Version: 2.1\nVersion: 1\n", "error: Name is missing");
        check("Metadata-Version: 2.1\nName:\nVersion: 1\n", "error: Name is missing");
        check("Metadata-Version: 2.1\nName: a\n", "error: Version is missing");
        check("\n" HEAD, "error: Metadata-Version is missing");
        check("<html>" HEAD, "error: Metadata-Version is missing");
        check("Metadata-Version: 3.0\nName: a\nVersion: 1\n", "error: Metadata-Version is 3.0");
        check("Metadata-Version: 0.9\nName: a\nVersion: 1\n", "error: Metadata-Version is 0.9");
        check("Metadata-Version: two\nName: a\nVersion: 1\n", "not of the form 2.N");
        check("Metadata-Version: 2.\nName: a\nVersion: 1\n", "not of the form 2.N");
        check("Metadata-Version: 2.1.1\nName: a\nVersion: 1\n", "not of the form 2.N");
        check("Metadata-Version: 2.+1\nName: a\nVersion: 1\n", "not of the form 2.N");
        check(HEAD "Name: b\n", "error: Name is stated twice: \"a\" and \"b\"");
        check(HEAD "requires-python: >3\nRequires-Python: >2\n", "is stated twice");
        check(HEAD "Requires-Dist: \xff\n", "error: Requires-Dist is not UTF-8");
        check(HEAD "Requires-Dist: a\x1b[m\n", "error: Requires-Dist holds a control character");
}

static void test_what_is_let_pass(void **state)
{
        (void)state;
        check(HEAD "Name: a\n", "Name: a\n");
        check(HEAD "Author: J\xf6rg\nRequires-Dist: b\n", "Requires-Dist: b\n");
        check(HEAD ": x\nRequires-Dist: b\n", "Requires-Dist: b\n");
        check("\xef\xbb\xbf" HEAD "Requires-Dist: b", "Requires-Dist: b\n");
        check(" x\n" HEAD "Requires-Dist: b", "Requires-Dist: b\n");
        check(
            "Metadata-Version: 1.0\r\nName: a\r\nVersion: 1\r\nRequires-Dist: b ;\r\n  x\r\n\r\nName: c",
            "Requires-Dist: b ; x\n");
        check(
            HEAD "Requires-Dist:b\n\tc\n \n d\nDynamic: x\n", "Requires-Dist: b c d\nDynamic: x\n");
        check(HEAD "Requires-Dist: a\tb\n", "Requires-Dist: a\tb\n");
        check("Metadata-Version: 2.99\nName: a\nVersion: 1\n", "Metadata-Version: 2.99\n");
}

static void test_where_headers_end(void **state)
{
        struct buf out;

        (void)state;
        dump(HEAD "\nRequires-Dist: b\n", strlen(HEAD "\nRequires-Dist: b\n"), &out);
        assert_null(strstr(out.data, "Requires-Dist"));
        buf_release(&out);
        dump(HEAD "no header\nRequires-Dist: b\n", strlen(HEAD "no header\nRequires-Dist: b\n"),
            &out);
        assert_null(strstr(out.data, "Requires-Dist"));
        buf_release(&out);
}

static void test_sdist_trust(void **state)
{
        (void)state;
        check("Metadata-Version: 2.1\nName: a\nVersion: 1\n", "hold: no");
        check("Metadata-Version: 1.2\nName: a\nVersion: 1\n", "hold: no");
        check("Metadata-Version: 2.2\nName: a\nVersion: 1\n", "hold: yes");
        check("Metadata-Version: 2.10\nName: a\nVersion: 1\n", "hold: yes");
        check(
            "Metadata-Version: 2.2\nName: a\nVersion: 1\nDynamic: Requires-Python\n", "hold: yes");
        check("Metadata-Version: 2.2\nName: a\nVersion: 1\nDynamic: requires-dist\n", "hold: no");
        check(
            "Metadata-Version: 2.2\nName: a\nVersion: 1\nDynamic: Version\nDynamic: Requires-Dist\n",
            "hold: no");
}

static void test_size(void **state)
{
        char *big = xmalloc(LIMIT_METADATA + 1);
        struct buf out;

        (void)state;
        memset(big, 'x', LIMIT_METADATA + 1);
        memcpy(big, HEAD "\n", sizeof HEAD);
        dump(big, LIMIT_METADATA + 1, &out);
        assert_non_null(strstr(out.data, "error: larger than 16 MiB"));
        buf_release(&out);
        dump(big, LIMIT_METADATA, &out);
        assert_non_null(strstr(out.data, "Name: a"));
        buf_release(&out);
        free(big);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_golden),
            cmocka_unit_test(test_errors),
            cmocka_unit_test(test_what_is_let_pass),
            cmocka_unit_test(test_where_headers_end),
            cmocka_unit_test(test_sdist_trust),
            cmocka_unit_test(test_size),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
