/* Release files: what they say, what is refused in them, and of which suite they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mirror/deb/release.h"

#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEAD \
        "Origin: Example\nSuite: oldstable\nCodename: bookworm\n" \
        "Architectures: all amd64\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n"

static void everything(void **state)
{
        static const char text[] =
            HEAD "Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC\n"
                 "Acquire-By-Hash: yes\nNotAutomatic: yes\n"
                 "ButAutomaticUpgrades: yes\n"
                 "No-Support-for-Architecture-all: Packages\n"
                 "MD5Sum:\n d41d8cd98f00b204e9800998ecf8427e 0 main/x\n"
                 "SHA256:\n " HASH "      12 main/binary-amd64/Packages.xz\n " HASH
                 " 0 main/binary-amd64/Packages\n " HASH " 0 ../../etc/x\n";
        struct release r;
        struct err e = ERR_INIT;
        const struct release_file *f;

        (void)state;
        assert_int_equal(release_parse(&r, text, sizeof text - 1, &e), 0);
        assert_string_equal(r.suite, "oldstable");
        assert_string_equal(r.codename, "bookworm");
        assert_int_equal(r.date, 1783764997);
        assert_true(r.has_valid_until);
        assert_int_equal(r.valid_until - r.date, 7 * 86400);
        assert_true(r.by_hash && r.all_in_each && r.not_automatic && r.but_automatic_upgrades);
        assert_int_equal(r.file_count, 2);
        f = release_find(&r, "main/binary-amd64/Packages.xz");
        assert_non_null(f);
        assert_int_equal(f->size, 12);
        assert_int_equal(f->sha256[0], 0xe3);
        assert_null(release_find(&r, "main/x"));
        assert_null(release_find(&r, "../../etc/x"));
        assert_true(release_has_architecture(&r, "amd64"));
        assert_false(release_has_architecture(&r, "amd"));
        assert_true(release_is_of(&r, "bookworm") && release_is_of(&r, "oldstable"));
        assert_true(release_is_of(&r, "bookworm/updates"));
        assert_false(release_is_of(&r, "book") || release_is_of(&r, "trixie/updates") ||
                     release_is_of(&r, "bookworm-updates") || release_is_of(&r, ""));
        release_release(&r);
}

static void refused(void **state)
{
        static const char *const bad[] = {"", "Date: Sat, 11 Jul 2026 10:16:37 UTC\n",
            "SHA256:\n " HASH " 0 x\n", "Date: yesterday\nSHA256:\n " HASH " 0 x\n",
            HEAD "SHA256:\n 12 0 x\n", HEAD "SHA256:\n " HASH " x x\n",
            HEAD "SHA256:\n " HASH " 0\n", HEAD "SHA256:\n " HASH " 0 x y\n",
            HEAD "SHA256:\n " HASH " 0 x\nSHA256:\n " HASH " 0 y\n",
            HEAD "Valid-Until: never\nSHA256:\n " HASH " 0 x\n", "no stanza at all"};

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct release r;
                struct err e = ERR_INIT;

                if (release_parse(&r, bad[i], strlen(bad[i]), &e) != -1)
                        fail_msg("taken: %s", bad[i]);
                assert_int_equal(e.code, ERR_REFUSED);
                assert_null(r.files);
        }
}

static void dates(void **state)
{
        static const struct {
                const char *text;
                int64_t seconds; /* -1: refused */
        } cases[] = {
            {"Thu, 01 Jan 1970 00:00:00 UTC", 0},
            {"Sat, 11 Jul 2026 10:16:37 UTC", 1783764997},
            {"Sat, 11 Jul 2026 10:16:37 +0000", 1783764997},
            {"Sat, 11 Jul 2026 10:16:37 GMT", 1783764997},
            {"Thu,  1 Jan 1970 00:00:07 Z", 7},
            {"1 Jan 1970 00:00:07 UTC", 7},
            {"Sat, 11 Jul 2026 10:16:37 +0200", -1},
            {"Sat, 31 Feb 2026 10:16:37 UTC", -1},
            {"Sat, 11 Jul 2026 25:16:37 UTC", -1},
            {"Sat, 11 Jul 26 10:16:37 UTC", -1},
            {"Sat, 11 Jux 2026 10:16:37 UTC", -1},
            {"Sat, 11 Jul 2026 10:16:37", -1},
            {"Sat, 11 Jul 2026 10:16:37 UTC and so on and on and on and on and on", -1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int64_t seconds = -1;
                int r = release_date(cases[i].text, strlen(cases[i].text), &seconds);

                if (r != (cases[i].seconds < 0 ? -1 : 0) || (r == 0 && seconds != cases[i].seconds))
                        fail_msg("%s: %lld", cases[i].text, (long long)seconds);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(everything),
            cmocka_unit_test(refused),
            cmocka_unit_test(dates),
        };

        return cmocka_run_group_tests_name("deb_release", tests, NULL, NULL);
}
