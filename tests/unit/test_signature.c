/* Signatures: stock minisign's bytes, every strictness, and the judgement of several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/base64.h"
#include "bundle/signature.h"
#include "minisign_vectors.h"

#define COMMENT "stream:plant-a\tseq:42"

static unsigned char hash[PREHASH_SIZE]; /* of the vectors' message */

static int set_up(void **state)
{
        (void)state;
        prehash(VECTOR_MESSAGE, strlen(VECTOR_MESSAGE), hash);
        return 0;
}

static struct public_key public_of(const char *text)
{
        struct public_key key;
        struct err e;

        assert_int_equal(public_key_parse(&key, text, strlen(text), &e), 0);
        return key;
}

/* A fresh key; *public gets its public half. */
static struct secret_key *fresh(struct public_key *public)
{
        struct secret_key *key = secret_key_generate();

        secret_key_public(key, public);
        return key;
}

static void sign(const struct secret_key *key, char out[SIGNATURE_TEXT])
{
        struct signature s;
        struct err e;

        assert_int_equal(signature_make(&s, key, hash, COMMENT, &e), 0);
        signature_format(&s, out);
}

static void refused(const char *text, size_t len, const char *says)
{
        struct signature s;
        struct err e = ERR_INIT;

        assert_int_equal(signature_parse(&s, text, len, &e), -1);
        if (e.code != ERR_REFUSED || !strstr(e.msg, says))
                fail_msg("\"%s\" does not say \"%s\"", e.msg, says);
}

static void same_bytes_as_stock(void **state)
{
        struct secret_key *key;
        struct signature s;
        struct err e;
        char text[SIGNATURE_TEXT];

        (void)state;
        key = secret_key_parse(VECTOR_CLEAR_KEY, strlen(VECTOR_CLEAR_KEY), NULL, &e);
        assert_non_null(key);
        assert_int_equal(signature_make(&s, key, hash, COMMENT, &e), 0);
        assert_int_equal(signature_format(&s, text), strlen(VECTOR_SIGNATURE));
        assert_string_equal(text, VECTOR_SIGNATURE);
        secret_key_free(key);
}

static void stock_signatures_verify(void **state)
{
        static const char *const pairs[][2] = {
            {VECTOR_SIGNATURE, VECTOR_CLEAR_PUB}, {VECTOR_PASSWORD_SIGNATURE, VECTOR_PASSWORD_PUB}};

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                struct public_key key = public_of(pairs[i][1]);
                struct signature s;
                struct err e;
                size_t which = 99;

                assert_int_equal(signature_parse(&s, pairs[i][0], strlen(pairs[i][0]), &e), 0);
                assert_int_equal(signature_verify(&s, hash, &key, 1, &which), SIGNATURE_GOOD);
                assert_int_equal(which, 0);
        }
}

static void round_trip(void **state)
{
        static char longest[LIMIT_TRUSTED_COMMENT + 1];
        static const char *const comments[] = {"", "a", "\t~ !", longest};
        struct public_key public;
        struct secret_key *key = fresh(&public);

        (void)state;
        memset(longest, 'c', sizeof longest - 1);
        for (size_t i = 0; i < 4; i++) {
                struct signature s, again;
                struct err e;
                char text[SIGNATURE_TEXT], text_again[SIGNATURE_TEXT];
                size_t which, len;

                assert_int_equal(signature_make(&s, key, hash, comments[i], &e), 0);
                len = signature_format(&s, text);
                assert_int_equal(len, strlen(text));
                assert_int_equal(signature_parse(&again, text, len, &e), 0);
                assert_string_equal(again.trusted_comment, comments[i]);
                signature_format(&again, text_again);
                assert_string_equal(text, text_again);
                assert_int_equal(
                    signature_verify(&again, hash, &public, 1, &which), SIGNATURE_GOOD);
        }
        secret_key_free(key);
}

static void unfit_comments(void **state)
{
        static char longer[LIMIT_TRUSTED_COMMENT + 2];
        static const char *const comments[] = {"a\nb", "\r", "\x1b[0m", "\x7f", "\xc3\xa4", longer};
        struct secret_key *key = secret_key_generate();

        (void)state;
        memset(longer, 'c', sizeof longer - 1);
        for (size_t i = 0; i < sizeof comments / sizeof *comments; i++) {
                struct signature s;
                struct err e = ERR_INIT;

                assert_int_equal(signature_make(&s, key, hash, comments[i], &e), -1);
                assert_int_equal(e.code, ERR_USAGE);
        }
        secret_key_free(key);
}

static void cut_anywhere(void **state)
{
        (void)state;
        refused("", 0, "empty");
        for (size_t len = 1; len < strlen(VECTOR_SIGNATURE); len++)
                refused(VECTOR_SIGNATURE, len, "cut short");
}

/* Replaces the first `from` in the vector by `to`. */
static void replaced(const char *from, const char *to, const char *says)
{
        char text[2 * SIGNATURE_TEXT];
        const char *at = strstr(VECTOR_SIGNATURE, from);

        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - VECTOR_SIGNATURE), VECTOR_SIGNATURE, to,
            at + strlen(from));
        refused(text, strlen(text), says);
}

static void strict(void **state)
{
        static char long_comment[LIMIT_TRUSTED_COMMENT + 2], huge[LIMIT_SIGNATURE + 1];

        (void)state;
        memset(long_comment, 'c', sizeof long_comment - 1);
        refused(VECTOR_LEGACY_SIGNATURE, strlen(VECTOR_LEGACY_SIGNATURE), "legacy");
        refused(VECTOR_CLEAR_PUB, strlen(VECTOR_CLEAR_PUB), "cut short");
        refused(VECTOR_SIGNATURE "\n", strlen(VECTOR_SIGNATURE) + 1, "1 bytes follow");
        refused(VECTOR_SIGNATURE, strlen(VECTOR_SIGNATURE) + 1, "1 bytes follow"); /* the NUL */
        refused(VECTOR_SIGNATURE VECTOR_SIGNATURE, 2 * strlen(VECTOR_SIGNATURE), "bytes follow");
        memset(huge, '\n', sizeof huge);
        refused(huge, sizeof huge, "not a minisign signature");
        refused(huge, 4, "line 1 does not begin");
        replaced("untrusted comment: ", "untrusted comment:", "line 1");
        replaced("untrusted comment: ", "Untrusted comment: ", "line 1");
        replaced("\ntrusted comment: ", "\ntrusted comment:", "line 3");
        replaced("key\nRU", "key\r\nRU", "Windows line end");
        replaced("seq:42\n", "seq:42\r\n", "Windows line end");
        replaced("seq:42", "seq:\x1b[2J", "printable");
        replaced("seq:42", "seq:\xc2\x9b", "printable");
        replaced("minisign secret", "minisign\vsecret", "printable");
        replaced("seq:42", long_comment, "more than 4000");
        replaced("signature from minisign", long_comment, "more than 1000");
        replaced("\nRU", "\n RU", "line 2");
        replaced("\nRURD", "\nRVRD", "unknown algorithm");
        replaced("\nRU", "\nSU", "unknown algorithm");
        replaced("\nRU", "\nU", "line 2");
        replaced("==\n", "=\n", "line 4");
        replaced("==\n", "\n", "line 4");
}

/* Each single bit of what is signed, or signs. */
static void any_bit_counts(void **state)
{
        struct public_key key = public_of(VECTOR_CLEAR_PUB);
        struct signature good, s;
        struct err e;
        size_t which;

        (void)state;
        assert_int_equal(signature_parse(&good, VECTOR_SIGNATURE, strlen(VECTOR_SIGNATURE), &e), 0);
        for (unsigned bit = 0; bit < 8 * SIGNATURE_BYTES; bit += 3) {
                s = good;
                s.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
                assert_int_equal(signature_verify(&s, hash, &key, 1, &which), SIGNATURE_BAD);
                s = good;
                s.comment_bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
                assert_int_equal(signature_verify(&s, hash, &key, 1, &which), SIGNATURE_BAD);
        }
        for (size_t i = 0; i < strlen(good.trusted_comment); i++) {
                s = good;
                s.trusted_comment[i] ^= 1;
                assert_int_equal(signature_verify(&s, hash, &key, 1, &which), SIGNATURE_BAD);
        }
        s = good;
        s.trusted_comment[strlen(s.trusted_comment) - 1] = '\0';
        assert_int_equal(signature_verify(&s, hash, &key, 1, &which), SIGNATURE_BAD);
        for (unsigned i = 0; i < PREHASH_SIZE; i++) {
                hash[i] ^= 1;
                assert_int_equal(signature_verify(&good, hash, &key, 1, &which), SIGNATURE_BAD);
                hash[i] ^= 1;
        }
        assert_int_equal(signature_verify(&good, hash, &key, 1, &which), SIGNATURE_GOOD);
        assert_int_equal(signature_verify(&good, hash, &key, 0, &which), SIGNATURE_UNKNOWN_KEY);
}

/* Ids may collide: the key that made it decides, wherever in the list it stands. */
static void colliding_ids(void **state)
{
        struct public_key keys[3] = {public_of(VECTOR_PASSWORD_PUB), public_of(VECTOR_PASSWORD_PUB),
            public_of(VECTOR_CLEAR_PUB)};
        struct signature s;
        struct err e;
        size_t which = 99;

        (void)state;
        memcpy(keys[1].id, keys[2].id, KEY_ID_SIZE);
        assert_int_equal(signature_parse(&s, VECTOR_SIGNATURE, strlen(VECTOR_SIGNATURE), &e), 0);
        assert_int_equal(signature_verify(&s, hash, keys, 3, &which), SIGNATURE_GOOD);
        assert_int_equal(which, 2);
        assert_int_equal(signature_verify(&s, hash, keys, 2, &which), SIGNATURE_BAD);
        assert_int_equal(signature_verify(&s, hash, keys, 1, &which), SIGNATURE_UNKNOWN_KEY);
}

/* Confusion 1 of minisign: an ED signature, relabelled Ed, is one of the 64-byte digest. */
static void relabelled(void **state)
{
        unsigned char raw[74];
        char line[BASE64_SIZE(sizeof raw)], text[SIGNATURE_TEXT];
        const char *second = strchr(VECTOR_SIGNATURE, '\n') + 1;

        (void)state;
        assert_int_equal(base64_decode(raw, sizeof raw, second, sizeof line - 1), 0);
        raw[1] = 'd';
        base64_encode(line, raw, sizeof raw);
        snprintf(text, sizeof text, "untrusted comment: x\n%s%s", line, second + sizeof line - 1);
        refused(text, strlen(text), "legacy");
}

/* Confusion 2: the comment's signature, put in the place of the file's. */
static void comment_signature_as_a_file_signature(void **state)
{
        struct public_key key = public_of(VECTOR_CLEAR_PUB);
        unsigned char message[SIGNATURE_BYTES + sizeof COMMENT - 1], other[PREHASH_SIZE];
        struct signature s;
        struct err e;
        size_t which;

        (void)state;
        assert_int_equal(signature_parse(&s, VECTOR_SIGNATURE, strlen(VECTOR_SIGNATURE), &e), 0);
        memcpy(message, s.bytes, SIGNATURE_BYTES);
        memcpy(message + SIGNATURE_BYTES, COMMENT, sizeof COMMENT - 1);
        memcpy(s.bytes, s.comment_bytes, SIGNATURE_BYTES);
        prehash(message, sizeof message, other);
        assert_int_equal(signature_verify(&s, other, &key, 1, &which), SIGNATURE_BAD);
}

static struct signature_text text_of(const char *name, const char *text)
{
        return (struct signature_text){name, text, strlen(text)};
}

static void list_outcomes(void **state)
{
        struct public_key keys[2] = {public_of(VECTOR_CLEAR_PUB), public_of(VECTOR_PASSWORD_PUB)};
        struct public_key stranger;
        struct secret_key *strangers = fresh(&stranger);
        char strange[SIGNATURE_TEXT];
        struct signature_text texts[LIMIT_SIGNATURES + 1];
        struct verdict v;
        const bool *by = v.signed_by;
        struct err e = ERR_INIT;

        (void)state;
        memset(&v, 0xff, sizeof v);
        sign(strangers, strange);
        assert_int_equal(signatures_verify(texts, 0, hash, keys, 2, &v, &e), -1);
        assert_int_equal(v.state, SIGNATURE_ABSENT);
        assert_int_equal(e.code, ERR_REFUSED);
        assert_non_null(strstr(e.msg, "not signed"));
        assert_false(by[0] || by[1]);

        texts[0] = text_of("a", strange);
        assert_int_equal(signatures_verify(texts, 1, hash, keys, 2, &v, &e), -1);
        assert_int_equal(v.state, SIGNATURE_UNKNOWN_KEY);
        assert_int_equal(v.unknown, 1);
        assert_non_null(strstr(e.msg, "a: signed by key"));

        texts[1] = text_of("b", VECTOR_PASSWORD_SIGNATURE);
        e = (struct err)ERR_INIT;
        assert_int_equal(signatures_verify(texts, 2, hash, keys, 2, &v, &e), 0);
        assert_int_equal(v.state, SIGNATURE_GOOD);
        assert_int_equal(v.signers, 1);
        assert_int_equal(v.unknown, 1);
        assert_true(!by[0] && by[1]);

        texts[2] = text_of("c", VECTOR_SIGNATURE);
        assert_int_equal(signatures_verify(texts, 3, hash, keys, 2, &v, &e), 0);
        assert_int_equal(v.signers, 2);
        assert_true(by[0] && by[1]);

        for (size_t i = 0; i <= LIMIT_SIGNATURES; i++)
                texts[i] = text_of("many", VECTOR_SIGNATURE);
        assert_int_equal(signatures_verify(texts, LIMIT_SIGNATURES, hash, keys, 2, &v, &e), 0);
        assert_int_equal(v.signers, 1); /* the same signature again is no second signer */
        assert_int_equal(signatures_verify(texts, LIMIT_SIGNATURES + 1, hash, keys, 2, &v, &e), -1);
        assert_int_equal(v.state, SIGNATURE_BAD);
        secret_key_free(strangers);
}

static void one_bad_spoils_all(void **state)
{
        struct public_key keys[2] = {public_of(VECTOR_CLEAR_PUB), public_of(VECTOR_PASSWORD_PUB)};
        static const char cut[] = "untrusted comment: x\n";
        struct signature_text texts[3] = {text_of("a", VECTOR_SIGNATURE),
            text_of("b", VECTOR_PASSWORD_SIGNATURE), text_of("c", cut)};
        struct verdict v;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(signatures_verify(texts, 3, hash, keys, 2, &v, &e), -1);
        assert_int_equal(v.state, SIGNATURE_BAD);
        assert_int_equal(v.culprit, 2);
        assert_int_equal(v.signers, 0);
        assert_false(v.signed_by[0] || v.signed_by[1]);
        assert_non_null(strstr(e.msg, "c: cut short"));

        texts[2] = text_of("c", VECTOR_LEGACY_SIGNATURE);
        assert_int_equal(signatures_verify(texts, 3, hash, keys, 2, &v, &e), -1);
        assert_int_equal(v.state, SIGNATURE_BAD);

        hash[0] ^= 1; /* another file */
        assert_int_equal(signatures_verify(texts, 2, hash, keys, 2, &v, &e), -1);
        hash[0] ^= 1;
        assert_int_equal(v.state, SIGNATURE_BAD);
        assert_int_equal(v.culprit, 0);
        assert_non_null(strstr(e.msg, "a: bad signature by key F3EBE787CA165E43"));
}

/* The same Ed25519 key under two ids, each with a good signature: one signer. */
static void two_ids_one_signer(void **state)
{
        struct public_key keys[2] = {public_of(VECTOR_CLEAR_PUB), public_of(VECTOR_ZERO_ID_PUB)};
        struct err e;
        struct secret_key *other =
            secret_key_parse(VECTOR_ZERO_ID_KEY, strlen(VECTOR_ZERO_ID_KEY), NULL, &e);
        char second[SIGNATURE_TEXT];
        struct signature_text texts[2];
        struct verdict v;

        (void)state;
        assert_non_null(other);
        sign(other, second);
        texts[0] = text_of("a", VECTOR_SIGNATURE);
        texts[1] = text_of("b", second);
        assert_int_equal(signatures_verify(texts, 2, hash, keys, 2, &v, &e), 0);
        assert_true(v.signed_by[0] && v.signed_by[1]);
        assert_int_equal(v.signers, 1);
        assert_int_equal(signatures_verify(texts + 1, 1, hash, keys, 2, &v, &e), 0);
        assert_true(!v.signed_by[0] && v.signed_by[1]);
        assert_int_equal(v.signers, 1);
        secret_key_free(other);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(same_bytes_as_stock),
            cmocka_unit_test(stock_signatures_verify),
            cmocka_unit_test(round_trip),
            cmocka_unit_test(unfit_comments),
            cmocka_unit_test(cut_anywhere),
            cmocka_unit_test(strict),
            cmocka_unit_test(any_bit_counts),
            cmocka_unit_test(colliding_ids),
            cmocka_unit_test(relabelled),
            cmocka_unit_test(comment_signature_as_a_file_signature),
            cmocka_unit_test(list_outcomes),
            cmocka_unit_test(one_bad_spoils_all),
            cmocka_unit_test(two_ids_one_signer),
        };

        return cmocka_run_group_tests_name("signature", tests, set_up, NULL);
}
