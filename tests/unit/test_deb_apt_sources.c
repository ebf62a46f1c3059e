/* apt's sources in both forms: what is in use, for which suite, signed by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/buf.h"
#include "mirror/deb/apt_sources.h"

static const char list[] =
    "# deb http://127.0.0.1/commented stable main\n"
    "deb http://127.0.0.1/debian bookworm main contrib # why\n"
    "deb-src http://127.0.0.1/debian bookworm main\n"
    "deb [ arch=amd64 signed-by=/k/a.gpg,/k/b.gpg ] https://127.0.0.1/x stable main\n"
    "deb\tfile:/srv/flat ./\n"
    "deb cdrom:[Disc]/ bookworm main\n"
    "deb [unclosed http://127.0.0.1/y stable main\n"
    "debx http://127.0.0.1/z stable main\n"
    "deb http://127.0.0.1/alone\n";

static const char stanzas[] = "# of Debian\n"
                              "Types: deb deb-src\n"
                              "URIs: http://127.0.0.1/debian\n"
                              "Suites: bookworm bookworm-updates\n"
                              "Components: main\n"
                              "Signed-By: /usr/share/keyrings/a.gpg\n"
                              "\n"
                              "Types: deb\n"
                              "Enabled: no\n"
                              "URIs: http://127.0.0.1/off\n"
                              "Suites: off\n"
                              "\n"
                              "Types: deb-src\n"
                              "URIs: http://127.0.0.1/src\n"
                              "Suites: src\n"
                              "\n"
                              "Types: deb\n"
                              "URIs: http://127.0.0.1/inline\n"
                              "Suites: own\n"
                              "Components: main\n"
                              "Signed-By:\n"
                              " -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
                              " .\n"
                              " abcd\n"
                              " -----END PGP PUBLIC KEY BLOCK-----\n";

static void write_out(const struct apt_sources *s, struct buf *out)
{
        for (size_t i = 0; i < s->count; i++) {
                const struct apt_source *source = &s->items[i];

                buf_addf(out, "%s %s", source->uri, source->suite);
                for (size_t k = 0; k < source->component_count; k++)
                        buf_addf(out, " %s", source->components[k]);
                buf_addf(out, " [%s]\n", source->signed_by);
        }
}

static void check(const char *file, const char *text, size_t len, const char *wanted)
{
        struct apt_sources s = {0};
        struct buf out;

        buf_init(&out, 10000);
        apt_sources_read(&s, file, text, len);
        write_out(&s, &out);
        assert_string_equal(out.data, wanted);
        buf_release(&out);
        apt_sources_release(&s);
}

static void one_line(void **state)
{
        (void)state;
        check("/etc/apt/sources.list", list, sizeof list - 1,
            "http://127.0.0.1/debian bookworm main contrib []\n"
            "https://127.0.0.1/x stable main [/k/a.gpg,/k/b.gpg]\n"
            "file:/srv/flat ./ []\n");
}

static void deb822(void **state)
{
        (void)state;
        check("debian.sources", stanzas, sizeof stanzas - 1,
            "http://127.0.0.1/debian bookworm main [/usr/share/keyrings/a.gpg]\n"
            "http://127.0.0.1/debian bookworm-updates main [/usr/share/keyrings/a.gpg]\n"
            "http://127.0.0.1/inline own main [-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abcd\n"
            " -----END PGP PUBLIC KEY BLOCK-----]\n");
        check("x.sources", "no stanza\n", 10, "");
}

static void found(void **state)
{
        struct apt_sources s = {0};

        (void)state;
        apt_sources_read(&s, "a.list", list, sizeof list - 1);
        assert_string_equal(
            apt_sources_find(&s, "bookworm", "contrib")->uri, "http://127.0.0.1/debian");
        assert_string_equal(apt_sources_find(&s, "bookworm", "contrib")->file, "a.list");
        assert_null(apt_sources_find(&s, "bookworm", "non-free"));
        assert_non_null(apt_sources_find(&s, "bookworm", NULL));
        assert_null(apt_sources_find(&s, "trixie", NULL));
        apt_sources_release(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(one_line), cmocka_unit_test(deb822), cmocka_unit_test(found)};

        return cmocka_run_group_tests_name("deb_apt_sources", tests, NULL, NULL);
}
