/* One value has one text, and a strict object gives each member once, or says what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/json.h"

static void canonical_text(void **state)
{
        static const char *const texts[] = {"{}", "{\"a\":1,\"b\":-2}",
            "{\"A\":{\"x\":[]},\"a\":[1,\"\",null,true,false,{}]}",
            "{\"\":9223372036854775807,\"z\":-9223372036854775808}",
            "{\"\xc3\xa4\":\"\xe2\x82\xac\xf0\x9f\x98\x80\x7f/\"}",
            "{\"a\":\"\\u0000\\u0001\\b\\t\\n\\f\\r\\u001F\\\"\\\\\"}"};
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
                json_t *v = json_parse_canonical("text", texts[i], strlen(texts[i]), &e);
                struct buf again;

                if (!v)
                        fail_msg("%s: %s", texts[i], e.msg);
                buf_init(&again, 1000);
                must(json_canonical(v, &again, &e));
                assert_string_equal(again.data, texts[i]);
                buf_release(&again);
                json_decref(v);
        }
}

static void other_texts_are_refused(void **state)
{
        static const char *const texts[] = {"", " ", "null", "1", "\"a\"", "[]", "[{}]", "{", "}",
            "{}{}", "{} ", " {}", "{}\n", "{ }", "{\"a\" :1}", "{\"a\":1,}", "{\"a\":1,\"a\":1}",
            "{\"b\":1,\"a\":1}", "{\"a\":1.0}", "{\"a\":[[1e2]]}", "{\"a\":01}", "{\"a\":+1}",
            "{\"a\":-0}", "{\"a\":9223372036854775808}", "{\"a\":\"\\u0041\"}", "{\"a\":\"\\/\"}",
            "{\"a\":\"\\u000a\"}", "{\"a\":\"\\u001f\"}", "{\"a\":\"\n\"}", "{\"a\":\"\xff\"}",
            "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\\ud800\"}",
            "{\"a\":nul}", "{'a':1}", "{\"a\":1}/**/", "\xef\xbb\xbf{}"};
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
                e = (struct err)ERR_INIT;
                if (json_parse_canonical("text", texts[i], strlen(texts[i]), &e))
                        fail_msg("accepted: %s", texts[i]);
                assert_int_equal(e.code, ERR_REFUSED);
                assert_memory_equal(e.msg, "text: not ", 10);
        }
        assert_null(json_parse_canonical("text", "{}\0", 3, &e)); /* the NUL counts */
}

/* Nesting without end is refused, not followed. */
static void deep_nesting(void **state)
{
        size_t depth = 100000, len = 5 + depth;
        char *text = xmalloc(len + 1);
        struct err e = ERR_INIT;

        (void)state;
        snprintf(text, len, "{\"a\":");
        memset(text + 5, '[', depth);
        assert_null(json_parse_canonical("text", text, len, &e));
        assert_int_equal(e.code, ERR_REFUSED);
        free(text);
}

static void writing_has_limits(void **state)
{
        json_t *v = json_pack("{s:[i,{s:f}]}", "a", 1, "b", 1.5);
        struct buf out;
        struct err e;

        (void)state;
        buf_init(&out, 1000);
        refused(json_canonical(v, &out, &e), &e, ERR_FAILED, "no floats");
        buf_release(&out);
        json_decref(v);
        buf_init(&out, 6);
        v = json_pack("{s:i}", "a", 1);
        refused(json_canonical(v, &out, &e), &e, ERR_FAILED, "longer than 6");
        buf_release(&out);
        json_decref(v);
}

#define SHA "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void strict_object(void **state)
{
        static const char text[] = "{\"n\":7,\"nul\":\"a\\u0000\",\"o\":{},\"s\":\"text\","
                                   "\"sha\":\"" SHA "\",\"zoo\":1}";
        struct json_reader r;
        unsigned char sha[SHA256_SIZE];
        uint64_t n;
        const char *s;
        struct err e = ERR_INIT;
        json_t *object = json_parse_canonical("text", text, strlen(text), &e);

        (void)state;
        assert_non_null(object);
        json_reader_init(&r, "thing", object);
        refused(
            json_take_size(&r, "n", 6, &n, &e), &e, ERR_REFUSED, "thing: \"n\" is out of range");
        json_reader_release(&r);
        json_reader_release(&r);

        json_reader_init(&r, "thing", json_parse_canonical("text", text, strlen(text), &e));
        must(json_take_size(&r, "n", 7, &n, &e));
        assert_int_equal(n, 7);
        refused(json_take_size(&r, "n", 7, &n, &e), &e, ERR_REFUSED, "\"n\" is missing");
        assert_null(json_take_string(&r, "nul", &e));
        assert_string_equal(e.msg, "thing: \"nul\" holds a NUL");
        assert_null(json_take_string(&r, "o", &e));
        assert_string_equal(e.msg, "thing: \"o\" is not a string");
        assert_null(json_take(&r, "s", JSON_ARRAY, &e));
        assert_string_equal(e.msg, "thing: \"s\" is not an array");
        assert_null(json_take(&r, "none", JSON_OBJECT, &e));
        assert_string_equal(e.msg, "thing: \"none\" is missing; it should be an object");
        assert_non_null(json_take(&r, "o", JSON_OBJECT, &e));
        s = json_take_string(&r, "s", &e);
        refused(json_take_sha256(&r, "zoo", sha, &e), &e, ERR_REFUSED, "not a string");
        must(json_take_sha256(&r, "sha", sha, &e));
        assert_int_equal(sha[31], 31);
        refused(json_done(&r, &e), &e, ERR_REFUSED, "thing: unknown key \"zoo\"");
        must(json_take_size(&r, "zoo", 1, &n, &e));
        must(json_done(&r, &e));
        assert_string_equal(s, "text"); /* still lives */
        json_reader_release(&r);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(canonical_text),
            cmocka_unit_test(other_texts_are_refused),
            cmocka_unit_test(deep_nesting),
            cmocka_unit_test(writing_has_limits),
            cmocka_unit_test(strict_object),
        };

        return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
