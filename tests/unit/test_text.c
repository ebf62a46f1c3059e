/* Free text: what a person may write, and nothing that plays tricks on who reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/limit.h"
#include "bundle/text.h"

static void takes_what_people_write(void **state)
{
        static const char *const fit[] = {"", "plant A, control network", "Werk S\303\274d",
            "\xe5\xb7\xa5\xe5\xa0\xb4", "\"quotes\" \\ <b> & ~", "\xc2\xa0", "\xe2\x80\xa7"};
        struct err e = ERR_INIT;

        (void)state;
        for (size_t i = 0; i < sizeof fit / sizeof *fit; i++)
                assert_int_equal(text_check("audience", fit[i], &e), 0);
}

static void refuses_what_changes_the_line(void **state)
{
        static const char *const unfit[] = {"a\nb", "\x1b[2J", "tab\there", "\x7f", "\302\2332J",
            "a\342\200\256b", "\xe2\x80\xa8", "\xe2\x81\xa6", "\xe2\x80\x8f"};

        (void)state;
        for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) {
                struct err e = ERR_INIT;

                assert_int_equal(text_check("audience", unfit[i], &e), -1);
                assert_int_equal(e.code, ERR_REFUSED);
                assert_non_null(strstr(e.msg, "audience holds a control character"));
        }
}

/* Over-long forms and surrogates are another spelling of what is refused. */
static void refuses_what_is_no_utf8(void **state)
{
        static const char *const none[] = {"\340\202\2332J", "\355\240\200", "\360\200\202\233",
            "\364\220\200\200", "\377", "cut \342\200"};

        (void)state;
        for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
                struct err e = ERR_INIT;
                char text[16];

                assert_int_equal(text_check("audience", none[i], &e), -1);
                assert_non_null(strstr(e.msg, "audience is not UTF-8 at byte"));
                snprintf(text, sizeof text, "%s", none[i]);
                text_clean(text);
                assert_int_equal(text_check("audience", text, &e), 0);
        }
}

static void has_a_limit(void **state)
{
        char text[LIMIT_NAME + 2];
        struct err e = ERR_INIT;

        (void)state;
        memset(text, 'a', sizeof text);
        text[LIMIT_NAME] = '\0';
        assert_int_equal(text_check("audience", text, &e), 0);
        text[LIMIT_NAME] = 'a';
        text[LIMIT_NAME + 1] = '\0';
        assert_int_equal(text_check("audience", text, &e), -1);
        assert_non_null(strstr(e.msg, "longer than 255 bytes"));
}

static void cleans_what_is_shown(void **state)
{
        static const struct {
                const char *text, *shown;
        } cases[] = {{"", ""}, {"Werk S\303\274d", "Werk S\303\274d"},
            {"\033[31mX\033[2J", "?[31mX?[2J"}, {"a\nb\177", "a?b?"}, {"\302\2332J", "?2J"},
            {"\2332J", "?2J"}, {"evil\342\200\256gpj.dray", "evil?gpj.dray"},
            {"cut \342\200", "cut ??"}};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char text[64];
                struct err e;

                snprintf(text, sizeof text, "%s", cases[i].text);
                text_clean(text);
                assert_string_equal(text, cases[i].shown);
                err_set(&e, ERR_FAILED, "%s", cases[i].text);
                assert_string_equal(e.msg, cases[i].shown);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(takes_what_people_write),
            cmocka_unit_test(refuses_what_changes_the_line),
            cmocka_unit_test(refuses_what_is_no_utf8),
            cmocka_unit_test(has_a_limit),
            cmocka_unit_test(cleans_what_is_shown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
