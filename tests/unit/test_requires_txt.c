/* requires.txt of an .egg-info folder, into PEP 508. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/buf.h"
#include "bundle/err.h"
#include "mirror/pypi/requirement.h"
#include "mirror/pypi/requires_txt.h"

static int collect(void *user, const char *text, struct err *e)
{
        struct requirement r = {0};

        assert_int_equal(requirement_parse(&r, text, e), 0);
        requirement_release(&r);
        return buf_addf(user, "%s\n", text);
}

static void sections_become_markers(void **state)
{
        static const char text[] = "requests>=2\n\n# a comment\n[tls]\r\npyopenssl\n"
                                   "[:python_version < \"3\"]\nfutures\n[tls:os_name == \"nt\"]\n"
                                   "  wincertstore ; python_version > \"3\"";
        struct err e = ERR_INIT;
        struct buf out;

        (void)state;
        buf_init(&out, 4096);
        assert_int_equal(requires_txt_parse(text, sizeof text - 1, collect, &out, &e), 0);
        assert_string_equal(out.data,
            "requests>=2\n"
            "pyopenssl ; extra == \"tls\"\n"
            "futures ; (python_version < \"3\")\n"
            "wincertstore  ; ( python_version > \"3\") and (os_name == \"nt\") and extra == \"tls\"\n");
        buf_release(&out);
}

static int refuse(void *user, const char *text, struct err *e)
{
        (void)user;
        (void)text;
        return err_set(e, ERR_FAILED, "no");
}

static void an_error_ends_it(void **state)
{
        struct err e = ERR_INIT;
        char *longest = malloc(70000);

        (void)state;
        assert_int_equal(requires_txt_parse("a\nb", 3, refuse, NULL, &e), -1);
        assert_string_equal(e.msg, "no");
        memset(longest, 'a', 70000);
        assert_int_equal(requires_txt_parse(longest, 70000, refuse, NULL, &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
        assert_int_equal(requires_txt_parse("", 0, refuse, NULL, &e), 0);
        free(longest);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(sections_become_markers),
            cmocka_unit_test(an_error_ends_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
