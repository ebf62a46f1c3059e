/* Public keys: byte for byte what stock minisign writes; nothing that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/base64.h"
#include "bundle/key.h"
#include "bundle/limit.h"
#include "minisign_vectors.h"

static int parse(struct public_key *key, const char *text, struct err *e)
{
        *e = (struct err)ERR_INIT;
        return public_key_parse(key, text, strlen(text), e);
}

static void refused(const char *text, const char *says)
{
        struct public_key key;
        struct err e;

        assert_int_equal(parse(&key, text, &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
        if (!strstr(e.msg, says))
                fail_msg("\"%s\" does not say \"%s\"", e.msg, says);
}

static void round_trip(void **state)
{
        static const char *const files[] = {
            VECTOR_CLEAR_PUB, VECTOR_PASSWORD_PUB, VECTOR_ZERO_ID_PUB};

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                struct public_key key, again;
                char text[PUBLIC_KEY_TEXT], line[PUBLIC_KEY_LINE];
                struct err e;

                assert_int_equal(parse(&key, files[i], &e), 0);
                assert_int_equal(public_key_format(&key, text), strlen(files[i]));
                assert_string_equal(text, files[i]);
                public_key_line(&key, line);
                assert_memory_equal(line, strchr(files[i], '\n') + 1, PUBLIC_KEY_LINE - 1);
                assert_int_equal(parse(&again, line, &e), 0);
                assert_memory_equal(&key, &again, sizeof key);
        }
}

static void line_ends(void **state)
{
        static const char *const texts[] = {
            "untrusted comment: x\nRWTvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs",
            "untrusted comment: x\r\nRWTvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs\r\n",
            "untrusted comment: \nRWTvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs\n",
            "RWTvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs\n",
        };

        (void)state;
        for (size_t i = 0; i < 4; i++) {
                struct public_key key;
                struct err e;
                char id[KEY_ID_TEXT];

                assert_int_equal(parse(&key, texts[i], &e), 0);
                key_id_format(id, key.id);
                assert_string_equal(id, "0003456789ABCDEF");
        }
}

static void not_a_key(void **state)
{
        (void)state;
        refused("", "not a minisign public key");
        refused("untrusted comment: x\n", "not a minisign public key");
        refused("untrusted comment: x", "not a minisign public key");
        refused("\nRWTvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs\n", "after the key");
        refused(VECTOR_CLEAR_PUB "more\n", "after the key");
        refused(VECTOR_CLEAR_PUB "\n", "after the key");
        refused(VECTOR_CLEAR_KEY, "secret key");
        refused(VECTOR_SIGNATURE, "after the key");
        refused("untrusted comment: x\n"
                "RWTvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSK\n",
            "base64");
        refused("RWTvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs=", "base64");
        refused("REQvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs", "algorithm");
}

static void too_long(void **state)
{
        char *text = test_calloc(1, LIMIT_KEY_FILE + 2);
        struct public_key key;
        struct err e = ERR_INIT;

        (void)state;
        memset(text, 'A', LIMIT_KEY_FILE + 1);
        assert_int_equal(public_key_parse(&key, text, LIMIT_KEY_FILE + 1, &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
        assert_non_null(strstr(e.msg, "4097 bytes"));
        test_free(text);
}

/* Small order, or off the curve: a signature under such a "key" proves nothing. */
static void weak_key(void **state)
{
        unsigned char raw[42] = "Ed12345678";
        char line[BASE64_SIZE(sizeof raw)];

        (void)state;
        raw[10] = 1; /* the neutral element */
        base64_encode(line, raw, sizeof raw);
        refused(line, "damaged");
        memset(raw + 10, 0, 32);
        base64_encode(line, raw, sizeof raw);
        refused(line, "damaged");
        memset(raw + 10, 0xff, 32);
        base64_encode(line, raw, sizeof raw);
        refused(line, "damaged");
}

static void ids(void **state)
{
        static const unsigned char id[] = {0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x03, 0};
        static const char *const wrong[] = {"", "0x12", "12345678901234567", "12 ", "-1", "g"};
        unsigned char out[KEY_ID_SIZE];

        (void)state;
        assert_int_equal(key_id_parse(out, "3456789ABCDEF"), 0);
        assert_memory_equal(out, id, sizeof id);
        assert_int_equal(key_id_parse(out, "0003456789abcdef"), 0);
        assert_memory_equal(out, id, sizeof id);
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
                assert_int_equal(key_id_parse(out, wrong[i]), -1);
}

static void equality_is_of_the_key_not_the_id(void **state)
{
        struct public_key a, b;
        struct err e;

        (void)state;
        assert_int_equal(parse(&a, VECTOR_CLEAR_PUB, &e), 0);
        assert_int_equal(parse(&b, VECTOR_ZERO_ID_PUB, &e), 0);
        assert_memory_not_equal(a.id, b.id, KEY_ID_SIZE);
        assert_true(public_key_equal(&a, &b));
        assert_int_equal(parse(&b, VECTOR_PASSWORD_PUB, &e), 0);
        memcpy(b.id, a.id, KEY_ID_SIZE);
        assert_false(public_key_equal(&a, &b));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(round_trip),
            cmocka_unit_test(line_ends),
            cmocka_unit_test(not_a_key),
            cmocka_unit_test(too_long),
            cmocka_unit_test(weak_key),
            cmocka_unit_test(ids),
            cmocka_unit_test(equality_is_of_the_key_not_the_id),
        };

        return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
