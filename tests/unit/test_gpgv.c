/* gpgv's answers about good, bad and foreign signatures; armored and plain keyrings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "golden.h"
#include "mirror/dearmor.h"
#include "mirror/gpgv.h"

#define SAMPLE "tests/data/openpgp/sample"

static struct key_text key;
static char *text, *clearsigned, *detached;
static size_t text_len, clearsigned_len, detached_len;

static int set_up(void **state)
{
        (void)state;
        key.bytes = golden_read(SAMPLE, "key.asc", &key.len);
        text = golden_read(SAMPLE, "text", &text_len);
        clearsigned = golden_read(SAMPLE, "text.asc", &clearsigned_len);
        detached = golden_read(SAMPLE, "text.sig", &detached_len);
        return key.bytes && text && clearsigned && detached ? 0 : -1;
}

static void check(struct signed_text signed_text, const char *wanted, int has_body)
{
        struct gpgv_answer a;
        struct err e = ERR_INIT;

        signed_text.keys = &key;
        signed_text.key_count = 1;
        if (gpgv_run(&signed_text, &a, &e) < 0)
                fail_msg("%s", e.msg);
        if (!strstr(a.status.data, wanted))
                fail_msg("no %s in:\n%s", wanted, a.status.data);
        if (has_body) {
                /* clearsigned, blanks at the ends of lines are not part of the text */
                assert_int_equal(strncmp(a.body.data, "Origin: dray\n", 13), 0);
                assert_non_null(strstr(a.body.data, "\n- dashed\nblanks"));
                assert_null(strstr(a.body.data, "BEGIN PGP SIGNED"));
        }
        gpgv_answer_release(&a);
        gpgv_answer_release(&a);
}

static void good(void **state)
{
        (void)state;
        check((struct signed_text){.bytes = clearsigned, .len = clearsigned_len},
            "[GNUPG:] VALIDSIG ", 1);
        check((struct signed_text){.bytes = text,
                  .len = text_len,
                  .signature = detached,
                  .signature_len = detached_len},
            "[GNUPG:] VALIDSIG ", 1);
}

static void bad(void **state)
{
        char *changed = xstrndup(clearsigned, clearsigned_len);
        char *at = strstr(changed, "\n\n");

        (void)state;
        at[2] ^= 1;
        check(
            (struct signed_text){.bytes = changed, .len = clearsigned_len}, "[GNUPG:] BADSIG ", 0);
        check((struct signed_text){.bytes = text, .len = text_len}, "[GNUPG:] NODATA ", 0);
        check((struct signed_text){.bytes = text,
                  .len = text_len - 1,
                  .signature = detached,
                  .signature_len = detached_len},
            "[GNUPG:] BADSIG ", 0);
        free(changed);
}

static void no_keys(void **state)
{
        struct signed_text t = {.bytes = text, .len = text_len};
        struct gpgv_answer a;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(gpgv_run(&t, &a, &e), -1);
        assert_int_equal(e.code, ERR_USAGE);
}

static void plain_keyring(void **state)
{
        struct key_text armored = key;
        struct err e = ERR_INIT;
        struct buf plain;

        buf_init(&plain, LIMIT_KEYRING);
        assert_int_equal(armor_decode_keyring(key.bytes, key.len, &plain, &e), 0);
        assert_false(armor_is_keyring(plain.data, plain.len));
        assert_true(armor_is_keyring(key.bytes, key.len));
        key = (struct key_text){plain.data, plain.len};
        good(state);
        key = armored;
        buf_release(&plain);
}

static void armor(void **state)
{
#define HEAD "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
#define TAIL "-----END PGP PUBLIC KEY BLOCK-----\n"
        static const struct {
                const char *in, *out; /* NULL: refused */
        } cases[] = {
            {"x\n" HEAD "Comment: a\r\n\r\nYWJj\r\nZGVm\r\n=abcd\r\n" TAIL "y", "abcdef"},
            {HEAD "\nYWI=\n" TAIL HEAD "\nYw==\n=0000\n" TAIL, "abc"},
            {HEAD "\nYWJj\n", NULL},
            {HEAD "\nYWJ\n" TAIL, NULL},
            {HEAD "\n????\n" TAIL, NULL},
            {"nothing", ""},
        };
        struct err e;
        struct buf out;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int r;

                e = (struct err)ERR_INIT;
                buf_init(&out, 100);
                r = armor_decode_keyring(cases[i].in, strlen(cases[i].in), &out, &e);
                assert_int_equal(r, cases[i].out ? 0 : -1);
                if (cases[i].out)
                        assert_string_equal(out.data, cases[i].out);
                buf_release(&out);
        }
#undef HEAD
#undef TAIL
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(good),
            cmocka_unit_test(bad),
            cmocka_unit_test(no_keys),
            cmocka_unit_test(plain_keyring),
            cmocka_unit_test(armor),
        };

        return cmocka_run_group_tests_name("gpgv", tests, set_up, NULL);
}
