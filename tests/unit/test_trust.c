/* Trust lists: the threshold rule at every step, and one JSON text for one list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/trust.h"
#include "minisign_vectors.h"

#define KEY_A "RWRDXhbKh+fr8wLhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs"
#define KEY_A_OTHER_ID "RWTvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs"
#define KEY_A_TAIL "====================================================vz"
#define KEY_B "RWQRHvoDsBFHm3cUOq01WUJaBtUyZT+zY4K89UV/2D7NejfJK6QtWwRT"

static struct public_key a, a_other_id, b;

static int set_up(void **state)
{
        struct err e;

        (void)state;
        return public_key_parse(&a, KEY_A, strlen(KEY_A), &e) |
               public_key_parse(&a_other_id, KEY_A_OTHER_ID, strlen(KEY_A_OTHER_ID), &e) |
               public_key_parse(&b, KEY_B, strlen(KEY_B), &e);
}

static void usage(int result, const struct err *e, const char *says)
{
        assert_int_equal(result, -1);
        if (e->code != ERR_USAGE || !strstr(e->msg, says))
                fail_msg("\"%s\" does not say \"%s\"", e->msg, says);
}

static void names(void **state)
{
        static const char *const wrong[] = {"", "..", "a/b", "a b", "a\n", "\xc3\xa4", "nul"};
        static char longer[LIMIT_NAME + 2];
        struct trust t;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(trust_init(&t, "plant-a.2_x", &e), 0);
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
                usage(trust_init(&t, wrong[i], &e), &e, "stream");
        memset(longer, 'a', LIMIT_NAME + 1);
        usage(trust_init(&t, longer, &e), &e, "longer than 255");
        longer[LIMIT_NAME] = '\0';
        assert_int_equal(trust_init(&t, longer, &e), 0);
}

static void add_find_remove(void **state)
{
        struct trust t;
        struct err e = ERR_INIT;
        size_t matches;

        (void)state;
        assert_int_equal(trust_init(&t, "s", &e), 0);
        assert_null(trust_find(&t, &a));
        usage(trust_set_threshold(&t, 1, &e), &e, "0 keys");
        assert_int_equal(trust_add(&t, &b, "second", &e), 0);
        assert_int_equal(trust_add(&t, &a, "first", &e), 0);
        usage(trust_add(&t, &a_other_id, "again", &e), &e,
            "already has this key, as F3EBE787CA165E43");
        usage(trust_add(&t, &b, "again", &e), &e, "already");
        assert_int_equal(t.count, 2);
        assert_string_equal(t.keys[0].comment, "first"); /* 02... before 77... */
        assert_string_equal(trust_find(&t, &a_other_id)->comment, "first");
        assert_ptr_equal(trust_find_id(&t, b.id, &matches), &t.keys[1]);
        assert_int_equal(matches, 1);
        assert_null(trust_find_id(&t, a_other_id.id, &matches));
        assert_int_equal(matches, 0);

        usage(trust_set_threshold(&t, 0, &e), &e, "threshold");
        usage(trust_set_threshold(&t, 3, &e), &e, "threshold");
        assert_int_equal(trust_set_threshold(&t, 2, &e), 0);
        usage(trust_remove(&t, &a, &e), &e, "needs 2 signatures");
        assert_int_equal(trust_set_threshold(&t, 1, &e), 0);
        assert_int_equal(trust_remove(&t, &a, &e), 0);
        usage(trust_remove(&t, &a, &e), &e, "does not have this key");
        assert_string_equal(t.keys[0].comment, "second");
        usage(trust_remove(&t, &b, &e), &e, "would have 0 keys");
        assert_int_equal(t.count, 1);
}

static void comments(void **state)
{
        static char longer[LIMIT_TRUST_COMMENT + 2];
        struct trust t;
        struct err e = ERR_INIT;

        (void)state;
        memset(longer, 'c', LIMIT_TRUST_COMMENT + 1);
        assert_int_equal(trust_init(&t, "s", &e), 0);
        usage(trust_add(&t, &a, longer, &e), &e, "comment");
        usage(trust_add(&t, &a, "a\tb", &e), &e, "comment");
        usage(trust_add(&t, &a, "\x1b", &e), &e, "comment");
        longer[LIMIT_TRUST_COMMENT] = '\0';
        assert_int_equal(trust_add(&t, &a, longer, &e), 0);
}

static void full(void **state)
{
        struct trust t;
        struct err e = ERR_INIT;
        struct public_key key = a;

        (void)state;
        assert_int_equal(trust_init(&t, "s", &e), 0);
        for (unsigned i = 0; i < LIMIT_TRUST_KEYS; i++) {
                key.bytes[0] = (unsigned char)(i * 37);
                assert_int_equal(trust_add(&t, &key, "", &e), 0);
        }
        for (size_t i = 1; i < t.count; i++)
                assert_true(memcmp(t.keys[i - 1].key.bytes, t.keys[i].key.bytes, 32) < 0);
        key.bytes[0] = 1;
        usage(trust_add(&t, &key, "", &e), &e, "full");
}

static void check(void **state)
{
        struct trust t;
        struct err e = ERR_INIT;
        struct verdict none = {.state = SIGNATURE_UNKNOWN_KEY};
        struct verdict one = {.state = SIGNATURE_GOOD, .signed_by = {true}};
        struct verdict both = {.state = SIGNATURE_GOOD, .signed_by = {true, true}};

        (void)state;
        memset(&t, 0, sizeof t);
        assert_int_equal(trust_check(&t, &none, 1, &e), -1); /* nor does a threshold of 0 */
        assert_int_equal(trust_init(&t, "s", &e), 0);
        assert_int_equal(trust_check(&t, &none, 1, &e), -1); /* no keys accept nothing */
        assert_int_equal(trust_add(&t, &a, "", &e), 0);
        assert_int_equal(trust_add(&t, &b, "", &e), 0);
        assert_int_equal(trust_check(&t, &none, 1, &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
        assert_int_equal(trust_check(&t, &one, 1, &e), 0);
        assert_int_equal(trust_set_threshold(&t, 2, &e), 0);
        assert_int_equal(trust_check(&t, &one, 1, &e), -1);
        assert_non_null(strstr(e.msg, "by 2 of its 2 trusted keys, and has 1"));
        assert_int_equal(trust_check(&t, &both, 1, &e), 0);

        t.keys[1].valid_up_to_seq = 7;
        assert_int_equal(trust_check(&t, &both, 7, &e), 0);
        assert_int_equal(trust_check(&t, &both, 8, &e), -1);
        assert_non_null(
            strstr(e.msg, "key 9B4711B003FA1E11 is revoked, it counts only up to bundle 7"));
        assert_int_equal(trust_check(&t, &both, UINT64_MAX, &e), -1);
        assert_int_equal(trust_set_threshold(&t, 1, &e), 0);
        assert_int_equal(trust_check(&t, &both, 8, &e), 0);
}

/* The threshold holds before anything is read; the limits by number once there is one. */
static void verify(void **state)
{
        struct signature_text texts[] = {
            {"one", VECTOR_SIGNATURE, strlen(VECTOR_SIGNATURE)},
            {"two", VECTOR_PASSWORD_SIGNATURE, strlen(VECTOR_PASSWORD_SIGNATURE)},
        };
        unsigned char hash[PREHASH_SIZE];
        struct trust t;
        struct verdict v;
        struct err e = ERR_INIT;

        (void)state;
        prehash(VECTOR_MESSAGE, strlen(VECTOR_MESSAGE), hash);
        assert_int_equal(trust_init(&t, "s", &e), 0);
        assert_int_equal(trust_verify(&t, texts, 2, hash, &v, &e), -1);
        assert_int_equal(v.state, SIGNATURE_UNKNOWN_KEY);
        assert_int_equal(trust_add(&t, &b, "", &e), 0);
        assert_int_equal(trust_add(&t, &a, "", &e), 0);
        assert_int_equal(trust_set_threshold(&t, 2, &e), 0);
        t.keys[0].valid_up_to_seq = 7;
        assert_int_equal(trust_verify(&t, texts, 0, hash, &v, &e), -1);
        assert_int_equal(v.state, SIGNATURE_ABSENT);
        assert_int_equal(trust_verify(&t, texts, 1, hash, &v, &e), -1);
        assert_int_equal(v.state, SIGNATURE_GOOD);
        assert_int_equal(e.code, ERR_REFUSED);
        assert_non_null(strstr(e.msg, "has 1"));
        assert_int_equal(trust_verify(&t, texts, 2, hash, &v, &e), 0);
        assert_int_equal(trust_check(&t, &v, 7, &e), 0);
        assert_int_equal(trust_check(&t, &v, 8, &e), -1);
        hash[9] ^= 1;
        assert_int_equal(trust_verify(&t, texts, 2, hash, &v, &e), -1);
        assert_int_equal(v.state, SIGNATURE_BAD);
}

/* A key that may sign bundles must not change the list with it, and the other way round. */
static void each_key_signs_only_what_it_may(void **state)
{
        struct signature_text texts[] = {
            {"one", VECTOR_SIGNATURE, strlen(VECTOR_SIGNATURE)},
            {"two", VECTOR_PASSWORD_SIGNATURE, strlen(VECTOR_PASSWORD_SIGNATURE)},
        };
        unsigned char hash[PREHASH_SIZE];
        struct trust t;
        struct verdict v;
        struct err e = ERR_INIT;

        (void)state;
        prehash(VECTOR_MESSAGE, strlen(VECTOR_MESSAGE), hash);
        assert_int_equal(trust_init(&t, "s", &e), 0);
        assert_int_equal(trust_add(&t, &a, "", &e), 0);
        usage(trust_set_use(&t, &t.keys[0], TRUST_LISTS, &e), &e, "signatures for its bundles");
        usage(trust_set_use(&t, &t.keys[0], TRUST_BUNDLES, &e), &e, "signatures for its lists");
        assert_int_equal(t.keys[0].signs, TRUST_BOTH);
        assert_int_equal(trust_add(&t, &b, "", &e), 0);
        assert_int_equal(trust_verify_list(&t, texts, 1, hash, &v, &e), 0);
        assert_int_equal(trust_set_use(&t, trust_find(&t, &a), TRUST_BUNDLES, &e), 0);
        assert_int_equal(trust_set_use(&t, trust_find(&t, &b), TRUST_LISTS, &e), 0);
        usage(trust_set_list_threshold(&t, 2, &e), &e, "threshold for lists has to be from 1 to 1");
        usage(trust_set_threshold(&t, 2, &e), &e, "threshold for bundles has to be from 1 to 1");

        assert_int_equal(trust_verify(&t, &texts[0], 1, hash, &v, &e), 0);
        assert_int_equal(trust_verify_list(&t, &texts[0], 1, hash, &v, &e), -1);
        assert_string_equal(e.cause, "too-few-signatures");
        assert_int_equal(trust_verify_list(&t, &texts[1], 1, hash, &v, &e), 0);
        assert_int_equal(trust_verify(&t, &texts[1], 1, hash, &v, &e), -1);
        assert_string_equal(e.cause, "too-few-signatures");
}

/* A revoked key keeps what it signed up to then, and signs no list any more. */
static void a_revoked_key_signs_nothing_new(void **state)
{
        struct signature_text text = {"one", VECTOR_SIGNATURE, strlen(VECTOR_SIGNATURE)};
        unsigned char hash[PREHASH_SIZE];
        struct trust t;
        struct verdict v;
        struct err e = ERR_INIT;

        (void)state;
        prehash(VECTOR_MESSAGE, strlen(VECTOR_MESSAGE), hash);
        assert_int_equal(trust_init(&t, "s", &e), 0);
        assert_int_equal(trust_add(&t, &a, "", &e), 0);
        assert_int_equal(trust_verify_list(&t, &text, 1, hash, &v, &e), 0);
        usage(trust_revoke(&t, &t.keys[0], 0, &e), &e, "from 1");
        assert_int_equal(trust_revoke(&t, &t.keys[0], 7, &e), 0);
        assert_int_equal(trust_active(&t, TRUST_BUNDLES), 0);
        assert_int_equal(trust_verify(&t, &text, 1, hash, &v, &e), 0);
        assert_int_equal(trust_check(&t, &v, 7, &e), 0);
        assert_int_equal(trust_check(&t, &v, 8, &e), -1);
        assert_string_equal(e.cause, "revoked-key");
        assert_int_equal(trust_verify_list(&t, &text, 1, hash, &v, &e), -1);
        assert_string_equal(e.cause, "revoked-key");
        assert_int_equal(trust_revoke(&t, &t.keys[0], 9, &e), 0); /* never raised */
        assert_int_equal(t.keys[0].valid_up_to_seq, 7);
        assert_int_equal(trust_revoke(&t, &t.keys[0], 3, &e), 0);
        assert_int_equal(t.keys[0].valid_up_to_seq, 3);
}

static const char canonical[] =
    "{\"epoch\":1,\"issued\":null,\"keys\":[{\"comment\":\"build host\",\"key\":\"" KEY_A "\","
    "\"signs\":\"both\",\"valid_up_to_seq\":41},"
    "{\"comment\":\"\",\"key\":\"" KEY_B "\",\"signs\":\"bundles\",\"valid_up_to_seq\":0}],"
    "\"list_threshold\":1,\"number\":0,\"previous\":null,\"stream\":\"plant-a\",\"threshold\":2}";

static void to_json(void **state)
{
        struct trust t, again;
        struct buf out, small;
        struct err e = ERR_INIT;

        (void)state;
        buf_init(&out, LIMIT_TRUST_JSON);
        buf_init(&small, 10);
        assert_int_equal(trust_init(&t, "plant-a", &e), 0);
        usage(trust_to_json(&t, &out, &e), &e, "no keys");
        assert_int_equal(trust_add(&t, &b, "", &e), 0);
        assert_int_equal(trust_add(&t, &a, "build host", &e), 0);
        assert_int_equal(trust_set_threshold(&t, 2, &e), 0);
        trust_find(&t, &a)->valid_up_to_seq = 41;
        assert_int_equal(trust_set_use(&t, trust_find(&t, &b), TRUST_BUNDLES, &e), 0);
        assert_int_equal(trust_to_json(&t, &out, &e), 0);
        assert_string_equal(out.data, canonical);
        assert_int_equal(trust_to_json(&t, &small, &e), -1);
        assert_int_equal(trust_from_json(&again, out.data, out.len, &e), 0);
        buf_reset(&out);
        assert_int_equal(trust_to_json(&again, &out, &e), 0);
        assert_string_equal(out.data, canonical);
        buf_release(&out);
        buf_release(&small);
}

#define ONE_FOR(comment, key, signs, up_to) \
        "{\"comment\":\"" comment "\",\"key\":\"" key "\",\"signs\":" signs \
        ",\"valid_up_to_seq\":" up_to "}"
#define ONE(comment, key, up_to) ONE_FOR(comment, key, "\"both\"", up_to)
#define PLACED(epoch, issued, keys, number, previous, rest) \
        "{\"epoch\":" epoch ",\"issued\":" issued ",\"keys\":[" keys "],\"list_threshold\":1," \
        "\"number\":" number ",\"previous\":" previous "," rest "}"
#define LIST(keys, rest) PLACED("1", "null", keys, "0", "null", rest)
#define REST "\"stream\":\"s\",\"threshold\":1"
#define TIME "\"2026-11-22T13:05:57Z\""
#define DIGEST "\"0a4eaea96713984a588213a7a141d9cd5d0163a843b64fdec1b714353caa8db0\""

static void strict_json(void **state)
{
        static const struct {
                const char *text, *says;
        } cases[] = {
            {"", "not a JSON object"},
            {"[]", "not a JSON object"},
            {LIST(ONE("", KEY_A, "0"), REST) "x", "not a JSON object"},
            {LIST(ONE("", KEY_A, "0"), REST) "\n", "not canonical"},
            {LIST(ONE("", KEY_A, "0"), "\"threshold\":1,\"stream\":\"s\""), "not canonical"},
            {LIST(ONE("", KEY_A, "0"), "\"stream\":\"s\", \"threshold\":1"), "not canonical"},
            {LIST(ONE("", KEY_A, "0"), REST ",\"threshold\":1"), "not a JSON object"},
            {LIST(ONE("", KEY_A, "0"), "\"stream\":\"s\""), "threshold"},
            {LIST(ONE("", KEY_A, "0"), REST ",\"x\":1"), "unknown key \"x\""},
            {LIST(ONE("", KEY_A, "0"), "\"stream\":\"s\",\"threshold\":0"), "threshold"},
            {LIST(ONE("", KEY_A, "0"), "\"stream\":\"s\",\"threshold\":2"), "threshold"},
            {LIST(ONE("", KEY_A, "0"), "\"stream\":\"s\",\"threshold\":-1"), "threshold"},
            {LIST(ONE("", KEY_A, "0"), "\"stream\":\"s\",\"threshold\":4294967297"), "threshold"},
            {LIST(ONE("", KEY_A, "0"), "\"stream\":\"s\",\"threshold\":1.0"), "not canonical"},
            {LIST(ONE("", KEY_A, "0"), "\"stream\":\"../s\",\"threshold\":1"), "stream"},
            {LIST("", REST), "0 keys"},
            {LIST("", "\"stream\":\"s\",\"threshold\":0"), "0 keys"},
            {"{\"keys\":{}," REST "}", "not an array"},
            {LIST(ONE_FOR("", KEY_A, "\"lists\"", "0"), REST), "threshold for bundles"},
            {LIST(ONE_FOR("", KEY_A, "\"bundles\"", "0"), REST), "threshold for lists"},
            {LIST(ONE_FOR("", KEY_A, "\"all\"", "0"), REST), "bundles, lists or both"},
            {LIST(ONE_FOR("", KEY_A, "null", "0"), REST), "not a string"},
            {PLACED("0", "null", ONE("", KEY_A, "0"), "0", "null", REST), "\"epoch\" is from 1"},
            {PLACED("3", TIME, ONE("", KEY_A, "0"), "2", DIGEST, REST), "to \"number\""},
            {PLACED("1", TIME, ONE("", KEY_A, "0"), "1000000", DIGEST, REST),
                "\"number\" is out of"},
            {PLACED("1", "\"1970-01-01T00:00:00Z\"", ONE("", KEY_A, "0"), "1", "null", REST),
                "no time"},
            {PLACED("1", "\"yesterday\"", ONE("", KEY_A, "0"), "1", "null", REST), "no time"},
            {PLACED("1", TIME, ONE("", KEY_A, "0"), "2", "\"0a\"", REST), "not a SHA-256"},
            {PLACED("1", TIME, ONE("", KEY_A, "0"), "2", "0", REST), "not a string"},
            {LIST("1", REST), "key 1 is not an object"},
            {LIST(ONE("", KEY_A, "-1"), REST), "out of range"},
            {LIST(ONE("", KEY_A, "\"1\""), REST), "not an integer"},
            {LIST(ONE("\\n", KEY_A, "0"), REST), "comment"},
            {LIST(ONE("\\u0000", KEY_A, "0"), REST), "NUL"},
            {LIST(ONE("", KEY_A "\\n", "0"), REST), "no public key's line"},
            {LIST(ONE("", "untrusted comment: x\\n" KEY_A, "0"), REST), "no public key's line"},
            {LIST(ONE("", "RW" KEY_A_TAIL, "0"), REST), "base64"},
            {LIST(ONE("", KEY_A, "0") "," ONE("", KEY_A_OTHER_ID, "0"), REST), "already has"},
            {LIST(ONE("", KEY_B, "0") "," ONE("", KEY_A, "0"), REST), "not sorted"},
            {LIST("{\"comment\":\"\",\"key\":\"" KEY_A "\",\"signs\":\"both\"}", REST),
                "valid_up_to_seq"},
            {LIST("{\"comment\":\"\",\"key\":\"" KEY_A
                  "\",\"signs\":\"both\",\"valid_up_to_seq\":0,\"x\":0}",
                 REST),
                "unknown key \"x\""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct trust t;
                struct err e = ERR_INIT;

                if (trust_from_json(&t, cases[i].text, strlen(cases[i].text), &e) == 0)
                        fail_msg("accepted: %s", cases[i].text);
                if (e.code != ERR_REFUSED || !strstr(e.msg, cases[i].says) ||
                    !strstr(e.msg, "trust list"))
                        fail_msg("\"%s\" does not say \"%s\"", e.msg, cases[i].says);
        }
}

static void too_large(void **state)
{
        char *text = test_malloc(LIMIT_TRUST_JSON + 1);
        struct trust t;
        struct err e = ERR_INIT;

        (void)state;
        memset(text, ' ', LIMIT_TRUST_JSON + 1);
        assert_int_equal(trust_from_json(&t, text, LIMIT_TRUST_JSON + 1, &e), -1);
        assert_non_null(strstr(e.msg, "too many"));
        test_free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(names),
            cmocka_unit_test(add_find_remove),
            cmocka_unit_test(comments),
            cmocka_unit_test(full),
            cmocka_unit_test(check),
            cmocka_unit_test(verify),
            cmocka_unit_test(each_key_signs_only_what_it_may),
            cmocka_unit_test(a_revoked_key_signs_nothing_new),
            cmocka_unit_test(to_json),
            cmocka_unit_test(strict_json),
            cmocka_unit_test(too_large),
        };

        return cmocka_run_group_tests_name("trust", tests, set_up, NULL);
}
