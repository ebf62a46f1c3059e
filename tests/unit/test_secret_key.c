/* Secret keys: stock minisign's files open here, ours have its bytes, and damage is called damage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/base64.h"
#include "bundle/limit.h"
#include "bundle/secret.h"
#include "bundle/secret_key.h"
#include "minisign_vectors.h"

#define RAW 158
#define LINE (BASE64_SIZE(RAW) - 1)

static struct secret_key *parse(const char *text, const char *password, struct err *e)
{
        *e = (struct err)ERR_INIT;
        return secret_key_parse(text, strlen(text), password, e);
}

static void refused(const char *text, const char *password, enum err_code code, const char *says)
{
        struct err e;

        assert_null(parse(text, password, &e));
        if (e.code != code || !strstr(e.msg, says))
                fail_msg("code %d, \"%s\" does not say \"%s\"", (int)e.code, e.msg, says);
}

static void opens(const char *text, const char *password, const char *public_text)
{
        struct err e;
        struct secret_key *key = parse(text, password, &e);
        struct public_key public;
        char formatted[PUBLIC_KEY_TEXT];

        if (!key)
                fail_msg("%s", e.msg);
        secret_key_public(key, &public);
        public_key_format(&public, formatted);
        assert_string_equal(formatted, public_text);
        secret_key_free(key);
}

static void stock_keys_open(void **state)
{
        (void)state;
        opens(VECTOR_CLEAR_KEY, NULL, VECTOR_CLEAR_PUB);
        opens(VECTOR_CLEAR_KEY, "not needed", VECTOR_CLEAR_PUB);
        opens(VECTOR_ZERO_ID_KEY, NULL, VECTOR_ZERO_ID_PUB);
        opens(VECTOR_PASSWORD_KEY, VECTOR_PASSWORD, VECTOR_PASSWORD_PUB);
        opens(VECTOR_REMOVED_KEY, NULL, VECTOR_PASSWORD_PUB);
        opens(VECTOR_EMPTY_PASSWORD_KEY, "", VECTOR_EMPTY_PASSWORD_PUB);
}

static void is_encrypted(void **state)
{
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(
            secret_key_is_encrypted(VECTOR_CLEAR_KEY, strlen(VECTOR_CLEAR_KEY), &e), 0);
        assert_int_equal(
            secret_key_is_encrypted(VECTOR_REMOVED_KEY, strlen(VECTOR_REMOVED_KEY), &e), 0);
        assert_int_equal(
            secret_key_is_encrypted(VECTOR_PASSWORD_KEY, strlen(VECTOR_PASSWORD_KEY), &e), 1);
        assert_int_equal(e.code, ERR_NONE);
        assert_int_equal(
            secret_key_is_encrypted(VECTOR_CLEAR_PUB, strlen(VECTOR_CLEAR_PUB), &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
}

static void passwords(void **state)
{
        char longer[LIMIT_PASSWORD + 2];

        (void)state;
        refused(VECTOR_PASSWORD_KEY, "hunter3", ERR_FAILED, "wrong password");
        refused(VECTOR_PASSWORD_KEY, "", ERR_FAILED, "wrong password");
        refused(VECTOR_PASSWORD_KEY, NULL, ERR_USAGE, "protected by a password");
        memset(longer, 'x', sizeof longer - 1);
        longer[sizeof longer - 1] = '\0';
        refused(VECTOR_PASSWORD_KEY, longer, ERR_USAGE, "longer than");
}

static void other_files(void **state)
{
        (void)state;
        refused("", NULL, ERR_REFUSED, "untrusted comment");
        refused("untrusted comment: x\n", NULL, ERR_REFUSED, "212 characters");
        refused(VECTOR_CLEAR_PUB, NULL, ERR_REFUSED, "public key");
        refused(strchr(VECTOR_CLEAR_KEY, '\n') + 1, NULL, ERR_REFUSED, "untrusted comment");
        refused(VECTOR_CLEAR_KEY "x", NULL, ERR_REFUSED, "after the key");
        refused(VECTOR_SIGNATURE, NULL, ERR_REFUSED, "after the key");
}

/* The text of a key file whose raw bytes were changed by `change`. */
static void changed(
    const char *text, void (*change)(unsigned char *raw, size_t where), size_t where, char out[300])
{
        static const char comment[] = "untrusted comment: x\n";
        unsigned char raw[RAW];

        assert_int_equal(base64_decode(raw, RAW, strchr(text, '\n') + 1, LINE), 0);
        change(raw, where);
        memcpy(out, comment, sizeof comment);
        base64_encode(out + strlen(out), raw, RAW);
}

static void flip(unsigned char *raw, size_t where)
{
        raw[where] ^= 0x10;
}

static void headers(void **state)
{
        static const size_t at[] = {0, 1, 2, 3, 4, 5};
        char text[300];

        (void)state;
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
                changed(VECTOR_PASSWORD_KEY, flip, at[i], text);
                refused(text, VECTOR_PASSWORD, ERR_REFUSED, "not a minisign secret key");
        }
}

/* In the clear nothing but the random id goes unnoticed, and that only if there is no checksum. */
static void damage_in_the_clear(void **state)
{
        char text[300];

        (void)state;
        for (size_t at = 62; at < 126; at++) {
                changed(VECTOR_CLEAR_KEY, flip, at, text);
                refused(text, NULL, ERR_REFUSED, "damaged");
        }
        for (size_t at = 54; at < RAW; at++) {
                changed(VECTOR_REMOVED_KEY, flip, at, text);
                refused(text, NULL, ERR_REFUSED, "damaged");
        }
        changed(VECTOR_CLEAR_KEY, flip, 126, text);
        refused(text, NULL, ERR_REFUSED, "damaged");
}

/* With the right password: damaged id, public key or checksum is told from a wrong password. */
static void damage_under_a_password(void **state)
{
        static const size_t told[] = {54, 61, 94, 125, 126, 157};
        static const size_t untold[] = {6, 62, 93};
        char text[300];

        (void)state;
        for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
                changed(VECTOR_PASSWORD_KEY, flip, told[i], text);
                refused(text, VECTOR_PASSWORD, ERR_REFUSED, "damaged minisign secret key");
        }
        for (size_t i = 0; i < sizeof untold / sizeof *untold; i++) {
                changed(VECTOR_PASSWORD_KEY, flip, untold[i], text);
                refused(text, VECTOR_PASSWORD, ERR_FAILED, "or the secret key file is damaged");
        }
}

static void set_top(unsigned char *raw, size_t where)
{
        raw[where] = 0xff;
}

static void set_zero(unsigned char *raw, size_t where)
{
        memset(raw + where, 0, 8);
}

static void more_memory(unsigned char *raw, size_t where)
{
        static const unsigned char one_more[8] = {1, 0, 0, 0x40}; /* 1 GiB and a byte */

        memcpy(raw + where, one_more, 8);
}

/* A crafted file must not cost anything: a limit of 16 EiB would abort if it were tried. */
static void caps_before_work(void **state)
{
        char text[300];

        (void)state;
        changed(VECTOR_PASSWORD_KEY, set_top, 45, text);
        refused(text, VECTOR_PASSWORD, ERR_REFUSED, "limits are");
        changed(VECTOR_PASSWORD_KEY, set_top, 53, text);
        refused(text, VECTOR_PASSWORD, ERR_REFUSED, "limits are");
        refused(text, NULL, ERR_REFUSED, "limits are");
        changed(VECTOR_PASSWORD_KEY, more_memory, 46, text);
        refused(text, VECTOR_PASSWORD, ERR_REFUSED, "limits are");
        changed(VECTOR_PASSWORD_KEY, set_zero, 38, text);
        refused(text, VECTOR_PASSWORD, ERR_REFUSED, "less work");
        changed(VECTOR_PASSWORD_KEY, set_zero, 46, text);
        refused(text, VECTOR_PASSWORD, ERR_REFUSED, "less work");
}

static void format_in_the_clear(void **state)
{
        struct err e;
        struct secret_key *key = parse(VECTOR_CLEAR_KEY, NULL, &e);
        char *text;

        (void)state;
        assert_non_null(key);
        text = secret_key_format(key, NULL, NULL, &e);
        assert_string_equal(text, VECTOR_CLEAR_KEY);
        secret_free(text);
        secret_key_free(key);
}

static void generate_and_protect(void **state)
{
        struct secret_key *key = secret_key_generate(), *other = secret_key_generate();
        struct public_key a, b;
        char public_text[PUBLIC_KEY_TEXT];
        struct err e = ERR_INIT;
        char *text, *again;

        (void)state;
        secret_key_public(key, &a);
        secret_key_public(other, &b);
        assert_false(public_key_equal(&a, &b));
        assert_memory_not_equal(a.id, b.id, KEY_ID_SIZE);
        public_key_format(&a, public_text);

        text = secret_key_format(key, "p", &scrypt_cost_least, &e);
        again = secret_key_format(key, "p", &scrypt_cost_least, &e);
        assert_non_null(text);
        assert_non_null(again);
        assert_string_not_equal(text, again); /* the salt */
        assert_int_equal(strlen(text), strlen(VECTOR_PASSWORD_KEY));
        assert_int_equal(secret_key_is_encrypted(text, strlen(text), &e), 1);
        opens(text, "p", public_text);
        refused(text, "q", ERR_FAILED, "wrong password");
        secret_free(text);
        secret_free(again);
        secret_key_free(key);
        secret_key_free(other);
        secret_key_free(NULL);
}

static void unfit_protection(void **state)
{
        static const struct scrypt_cost too_much = {1 << 20, LIMIT_SCRYPT_MEMORY + 1};
        struct secret_key *key = secret_key_generate();
        struct err e = ERR_INIT;
        char longer[LIMIT_PASSWORD + 2] = "";

        (void)state;
        memset(longer, 'x', sizeof longer - 1);
        assert_null(secret_key_format(key, longer, &scrypt_cost_least, &e));
        assert_int_equal(e.code, ERR_USAGE);
        assert_null(secret_key_format(key, "p", &too_much, &e));
        secret_key_free(key);
}

static void default_cost_is_minisigns(void **state)
{
        (void)state;
        assert_int_equal(scrypt_cost_default.operations, 33554432);
        assert_int_equal(scrypt_cost_default.memory, 1073741824);
        assert_true(scrypt_cost_default.operations <= LIMIT_SCRYPT_OPS);
        assert_true(scrypt_cost_default.memory <= LIMIT_SCRYPT_MEMORY);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(stock_keys_open),
            cmocka_unit_test(is_encrypted),
            cmocka_unit_test(passwords),
            cmocka_unit_test(other_files),
            cmocka_unit_test(headers),
            cmocka_unit_test(damage_in_the_clear),
            cmocka_unit_test(damage_under_a_password),
            cmocka_unit_test(caps_before_work),
            cmocka_unit_test(format_in_the_clear),
            cmocka_unit_test(generate_and_protect),
            cmocka_unit_test(unfit_protection),
            cmocka_unit_test(default_cost_is_minisigns),
        };

        return cmocka_run_group_tests_name("secret_key", tests, NULL, NULL);
}
