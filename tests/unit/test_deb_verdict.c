/* gpgv's status lines: which signatures count, and how each bad case is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mirror/deb/verdict.h"

#define PRIMARY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SUBKEY "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define G "[GNUPG:] "
#define NEW G "NEWSIG\n"
#define VALID_WITH(digest) \
        G "VALIDSIG " SUBKEY " 2026-11-28 1700000000 0 4 0 1 " digest " 01 " PRIMARY "\n"
#define VALID VALID_WITH("8")
#define GOOD NEW G "GOODSIG 1111222233334444 Example\n" VALID
#define UNKNOWN \
        NEW G "ERRSIG 5555666677778888 1 8 01 1700000000 9 CCCC\n" G "NO_PUBKEY 5555666677778888\n"

static void check(
    const char *status, const char *const *fingerprints, size_t count, const char *why)
{
        struct err e = ERR_INIT;
        int r = verdict_read(status, fingerprints, count, &e);

        if (r != (why ? -1 : 0) || (why && !strstr(e.msg, why)))
                fail_msg("%s\n%d: %s", status, r, e.msg);
        if (why)
                assert_int_equal(e.code, ERR_REFUSED);
}

static void verdicts(void **state)
{
        (void)state;
        check(GOOD, NULL, 0, NULL);
        check(UNKNOWN GOOD UNKNOWN, NULL, 0, NULL);
        check("", NULL, 0, "not signed");
        check(G "NODATA 4\n", NULL, 0, "not signed");
        check(UNKNOWN, NULL, 0, "not in the keyring (5555666677778888)");
        check(NEW G "BADSIG 1111222233334444 Example\n", NULL, 0, "bad signature");
        check(GOOD NEW G "BADSIG 1111222233334444 Example\n", NULL, 0, "bad signature");
        check(NEW G "BADSIG 1111222233334444 Example\n" GOOD, NULL, 0, "bad signature");
        check(NEW G "EXPKEYSIG 1111222233334444 Example\n" VALID, NULL, 0, "key that has expired");
        check(NEW G "REVKEYSIG 1111222233334444 Example\n" VALID, NULL, 0, "revoked");
        check(NEW G "EXPSIG 1111222233334444 Example\n" VALID, NULL, 0, "expired");
        check(NEW G "ERRSIG 5555666677778888 1 8 01 1700000000 4 CCCC\n", NULL, 0, "cannot check");
        check(NEW G "GOODSIG 1111222233334444 Example\n" VALID_WITH("2"), NULL, 0, "weak");
        check(NEW G "GOODSIG 1111222233334444 Example\n", NULL, 0, "not signed");
        check(VALID, NULL, 0, "not signed");
        /* what is not gpgv's own line is not looked at */
        check("GOODSIG 1111222233334444 Example\n" VALID, NULL, 0, "not signed");
        check(NEW G "GOODSIG 1111222233334444 Example\n" NEW VALID, NULL, 0, "not signed");
}

static void fingerprints(void **state)
{
        static const char *const primary[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
        static const char *const both[] = {"0000000000000000000000000000000000000000", SUBKEY};
        static const char *const other[] = {"0000000000000000000000000000000000000000"};

        (void)state;
        check(GOOD, primary, 1, NULL);
        check(GOOD, both, 2, NULL);
        check(GOOD, other, 1, "not among `fingerprints`");
        check(GOOD UNKNOWN, other, 1, "not in the keyring");
}

#define BEGIN "-----BEGIN PGP SIGNED MESSAGE-----\n"
#define BODY "Hash: SHA256\n\nOrigin: x\n- -----BEGIN PGP SIGNED MESSAGE-----\n"
#define SIGNATURE "-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n"

static void frames(void **state)
{
        static const struct {
                const char *text, *why;
        } cases[] = {
            {BEGIN BODY SIGNATURE, NULL},
            {BEGIN BODY SIGNATURE "\n \n", NULL},
            {"Origin: evil\n" BEGIN BODY SIGNATURE, "before"},
            {"\n" BEGIN BODY SIGNATURE, "before"},
            {BEGIN BODY SIGNATURE "x\n", "behind"},
            {BEGIN BODY SIGNATURE BEGIN BODY SIGNATURE, "behind"},
            {BEGIN BODY BEGIN BODY SIGNATURE, "two signed messages"},
            {BEGIN BODY, "no clearsigned message"},
            {"", "no clearsigned message"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct err e = ERR_INIT;
                int r = verdict_check_clearsigned(cases[i].text, strlen(cases[i].text), &e);

                if (r != (cases[i].why ? -1 : 0) || (cases[i].why && !strstr(e.msg, cases[i].why)))
                        fail_msg("%s\n%d: %s", cases[i].text, r, e.msg);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(verdicts),
            cmocka_unit_test(fingerprints),
            cmocka_unit_test(frames),
        };

        return cmocka_run_group_tests_name("deb_verdict", tests, NULL, NULL);
}
