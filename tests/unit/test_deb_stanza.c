/* Stanzas as Packages, Release and apt's .sources have them; what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/deb/stanza.h"

#define TEXT \
        "Package: hello\n" \
        "# a comment\n" \
        "Version:2.10-3\n" \
        "Description: example\n" \
        " more\n" \
        "\t.\n" \
        "Empty:\n" \
        "depends:  libc6 (>= 2.34) \r\n"

static void fields_in_order(void **state)
{
        static const char *const names[] = {
            "Package", "Version", "Description", "Empty", "Depends"};
        static const char *const values[] = {
            "hello", "2.10-3", "example\n more\n\t.", "", "libc6 (>= 2.34)"};
        struct stanza_reader r;
        struct stanza_field f;
        struct err e = ERR_INIT;
        size_t n = 0, covered = 0;

        (void)state;
        stanza_first(&r, TEXT, strlen(TEXT));
        while (stanza_next(&r, &f, &e) == 1) {
                assert_true(stanza_is(&f, names[n]));
                assert_int_equal(f.value_len, strlen(values[n]));
                assert_memory_equal(f.value, values[n], f.value_len);
                covered += f.lines_len;
                n++;
        }
        assert_int_equal(e.code, ERR_NONE);
        assert_int_equal(n, 5);
        assert_int_equal(covered, strlen(TEXT) - strlen("# a comment\n"));
        assert_false(stanza_is(&f, "Depend"));
        assert_false(stanza_is(&f, "Dependsx"));
        assert_int_equal(stanza_get(TEXT, strlen(TEXT), "VERSION", &f, &e), 1);
        assert_memory_equal(f.value, "2.10-3", 6);
        assert_int_equal(stanza_get(TEXT, strlen(TEXT), "Source", &f, &e), 0);
}

static void refused(void **state)
{
        static const char *const bad[] = {" no field\n", "A: b\n\nC: d\n", "A: b\n \n c\n", "A b\n",
            ": b\n", "-A: b\n", "A: b\nC", "\tA: b\n"};

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct stanza_reader r;
                struct stanza_field f;
                struct err e = ERR_INIT;
                int more;

                stanza_first(&r, bad[i], strlen(bad[i]));
                while ((more = stanza_next(&r, &f, &e)) == 1)
                        ;
                assert_int_equal(more, -1);
                assert_int_equal(e.code, ERR_REFUSED);
        }
        {
                struct stanza_reader r;
                struct stanza_field f;
                struct err e = ERR_INIT;

                stanza_first(&r, "A: b\0c\n", 7);
                assert_int_equal(stanza_next(&r, &f, &e), -1);
        }
}

static void several(void **state)
{
        static const char text[] = "\n \nA: 1\nB: 2\n\t\nC: 3";
        size_t start, end, len = sizeof text - 1;

        (void)state;
        end = stanza_end(text, len, &start);
        assert_int_equal(start, 3);
        assert_memory_equal(text + start, "A: 1\nB: 2\n", end - start);
        assert_int_equal(end, 13);
        end = stanza_end(text + 13, len - 13, &start);
        assert_int_equal(start, 2);
        assert_int_equal(end, len - 13);
        end = stanza_end("\n\n", 2, &start);
        assert_int_equal(start, 2);
        assert_int_equal(end, 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(fields_in_order),
            cmocka_unit_test(refused),
            cmocka_unit_test(several),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
