#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/jsonscan.h"

/* Skips one whole document; returns what jsonscan thinks of it. */
static int scan(const char *text, size_t len, struct err *e)
{
        /* Exactly as large as the text: a read past the end is seen by the sanitizer. */
        char *copy = xmalloc(len);
        struct jsonscan j;
        int r;

        if (len)
                memcpy(copy, text, len);
        jsonscan_init(&j, copy, len);
        r = jsonscan_skip(&j, e);
        if (r == 0)
                r = jsonscan_end(&j, e);
        jsonscan_release(&j);
        free(copy);
        return r;
}

static const char *const good[] = {"{}", "[]", " [ ] ", "0", "-0", "1.5e+10", "1E9", "\"\"", "true",
    "false", "null", "[1,2,[3,{\"a\":[]}]]", "{\"a\":1,\"a\":2}", "\"\\u00e9\\n\\/\\\\\\\"\"",
    "\"\\ud83d\\ude00\"", "\"\xc3\xa9 \xf0\x9f\x98\x80\"", "\r\n\t{ \"a\" : null }\n",
    "\"0123456789012345678901234567890123456789\""};

static const char *const bad[] = {"", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "{,}", "{\"a\"}",
    "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{1:1}", "[1 2]", "]", "}", "[}", "{]", "01",
    "-", "1.", ".5", "1e", "1e+", "+1", "0x1", "NaN", "tru", "nul", "truex", "nulll", "\"", "\"a",
    "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u123g\"", "\"\n\"", "\"\t\"", "\"\x80\"", "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "1 2", "{} {}", "[] x", "'a'",
    "\"a\\", "\"01234567\x01\"", "\"0123456\x80\""};

static void test_grammar(void **state)
{
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
                if (scan(good[i], strlen(good[i]), &e) < 0)
                        fail_msg("refused: %s: %s", good[i], e.msg);
        }
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                e = (struct err)ERR_INIT;
                if (scan(bad[i], strlen(bad[i]), &e) == 0)
                        fail_msg("accepted: %s", bad[i]);
                assert_int_equal(e.code, ERR_FAILED);
        }
}

/* The same lists, judged by jansson: they must not be our own idea of JSON. */
static void test_grammar_agrees_with_jansson(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
                json_t *v = json_loads(good[i], JSON_DECODE_ANY, NULL);

                assert_non_null(v);
                json_decref(v);
        }
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                assert_null(json_loads(bad[i], JSON_DECODE_ANY, NULL));
}

static void test_every_prefix_is_refused(void **state)
{
        const char *text = "{\"a\":[1.5e2,\"x\\u00e9\\n\xc3\xa9\",true,false,null],\"b\":{}}";
        struct err e;

        (void)state;
        for (size_t len = 0; len < strlen(text); len++)
                assert_int_equal(scan(text, len, &e), -1);
        assert_int_equal(scan(text, strlen(text), &e), 0);
}

static void check_string(const char *json, const char *expected)
{
        struct json_text t;
        struct jsonscan j;
        struct err e;

        jsonscan_init(&j, json, strlen(json));
        assert_int_equal(jsonscan_string(&j, &t, &e), 0);
        assert_int_equal(t.len, strlen(expected));
        assert_memory_equal(t.data, expected, t.len);
        assert_true(json_text_is(&t, expected));
        assert_int_equal(jsonscan_end(&j, &e), 0);
        jsonscan_release(&j);
}

static void test_strings(void **state)
{
        (void)state;
        check_string("\"\"", "");
        check_string("\"plain\"", "plain");
        check_string("\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\te\"", "a\"b\\c/d\b\f\n\r\te");
        check_string(
            "\"\\u0041\\u00e9\\u20ac\\ud83d\\uDE00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
        check_string("\"\xc3\xa9tude\"", "\xc3\xa9tude");
        check_string("\"half \\ud83d pair\"", "half \xef\xbf\xbd pair");
        check_string("\"half \\ude00 pair\"", "half \xef\xbf\xbd pair");
        check_string("\"1.0.0\\u0000-x\"", "1.0.0\xef\xbf\xbd-x");
        check_string("\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                                           "A");
}

/* Each byte that a string may not hold, at each place of a long one: the quick path must see all of them. */
static void test_no_byte_slips_through(void **state)
{
        static const unsigned char odd[] = {
            0x00, 0x01, 0x0a, 0x1f, 0x80, 0xbf, 0xc0, 0xc1, 0xf5, 0xff};
        char text[40];
        struct err e;

        (void)state;
        for (size_t at = 1; at < sizeof text - 1; at++) {
                for (size_t k = 0; k < sizeof odd; k++) {
                        memset(text, 'x', sizeof text);
                        text[0] = text[sizeof text - 1] = '"';
                        text[at] = (char)odd[k];
                        assert_int_equal(scan(text, sizeof text, &e), -1);
                }
                memset(text, 'x', sizeof text);
                text[0] = text[at] = '"';
                assert_int_equal(scan(text, at + 1, &e), 0);
                assert_int_equal(scan(text, at + 2, &e), at + 2 == sizeof text + 1 ? 0 : -1);
        }
}

static int integer(const char *json, int64_t *out)
{
        struct jsonscan j;
        struct err e;
        int r;

        jsonscan_init(&j, json, strlen(json));
        r = jsonscan_integer(&j, out, &e);
        jsonscan_release(&j);
        return r;
}

static void test_integers(void **state)
{
        int64_t v;

        (void)state;
        assert_int_equal(integer("0", &v), 0);
        assert_true(v == 0);
        assert_int_equal(integer("-12", &v), 0);
        assert_true(v == -12);
        assert_int_equal(integer("9223372036854775807", &v), 0);
        assert_true(v == INT64_MAX);
        assert_int_equal(integer("-9223372036854775808", &v), 0);
        assert_true(v == INT64_MIN);
        assert_int_equal(integer("9223372036854775808", &v), -1);
        assert_int_equal(integer("-9223372036854775809", &v), -1);
        assert_int_equal(integer("1.0", &v), -1);
        assert_int_equal(integer("1e3", &v), -1);
        assert_int_equal(integer("\"1\"", &v), -1);
}

static void test_depth(void **state)
{
        char text[2 * LIMIT_JSON_DEPTH + 2];
        struct err e;

        (void)state;
        memset(text, '[', LIMIT_JSON_DEPTH);
        memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
        assert_int_equal(scan(text, 2 * LIMIT_JSON_DEPTH, &e), 0);
        memset(text, '[', LIMIT_JSON_DEPTH + 1);
        memset(text + LIMIT_JSON_DEPTH + 1, ']', LIMIT_JSON_DEPTH + 1);
        assert_int_equal(scan(text, 2 * LIMIT_JSON_DEPTH + 2, &e), -1);
        assert_non_null(strstr(e.msg, "nested too deeply"));
}

static void test_walk(void **state)
{
        const char *text = "{\"a\": [1, 2], \"b\\u0021\": {\"c\": \"d\"}, \"e\": null}";
        struct json_text key, value;
        struct jsonscan j;
        struct err e;
        int64_t v;

        (void)state;
        jsonscan_init(&j, text, strlen(text));
        assert_int_equal(jsonscan_peek(&j), JSON_IS_OBJECT);
        assert_int_equal(jsonscan_object(&j, &e), 0);
        assert_int_equal(jsonscan_key(&j, &key, &e), 1);
        assert_true(json_text_is(&key, "a"));
        assert_int_equal(jsonscan_array(&j, &e), 0);
        for (int64_t i = 1; i <= 2; i++) {
                assert_int_equal(jsonscan_element(&j, &e), 1);
                assert_int_equal(jsonscan_integer(&j, &v, &e), 0);
                assert_true(v == i);
        }
        assert_int_equal(jsonscan_element(&j, &e), 0);
        assert_int_equal(jsonscan_key(&j, &key, &e), 1);
        assert_true(json_text_is(&key, "b!"));
        assert_int_equal(jsonscan_object(&j, &e), 0);
        assert_int_equal(jsonscan_key(&j, &key, &e), 1);
        assert_int_equal(jsonscan_string(&j, &value, &e), 0);
        assert_true(json_text_is(&value, "d"));
        assert_int_equal(jsonscan_key(&j, &key, &e), 0);
        assert_int_equal(jsonscan_key(&j, &key, &e), 1);
        assert_int_equal(jsonscan_peek(&j), JSON_IS_NULL);
        assert_int_equal(jsonscan_skip(&j, &e), 0);
        assert_int_equal(jsonscan_key(&j, &key, &e), 0);
        assert_int_equal(jsonscan_end(&j, &e), 0);
        jsonscan_release(&j);
}

static void test_errors_name_the_place(void **state)
{
        struct err e;

        (void)state;
        assert_int_equal(scan("{\n \"a\": tru}", 12, &e), -1);
        assert_string_equal(e.msg, "JSON line 2, column 7: no value begins like this");
        assert_int_equal(scan("[1", 2, &e), -1);
        assert_string_equal(e.msg, "JSON line 1, column 3: expected ',' or ']' in an array");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_grammar),
            cmocka_unit_test(test_grammar_agrees_with_jansson),
            cmocka_unit_test(test_every_prefix_is_refused),
            cmocka_unit_test(test_strings),
            cmocka_unit_test(test_no_byte_slips_through),
            cmocka_unit_test(test_integers),
            cmocka_unit_test(test_depth),
            cmocka_unit_test(test_walk),
            cmocka_unit_test(test_errors_name_the_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
