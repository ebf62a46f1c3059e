#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "mirror/pypi/reference.h"

static void classifies(void **state)
{
        static const struct {
                const char *text;
                enum reference_kind kind;
        } cases[] = {
            {"foo", REFERENCE_INDEX},
            {"foo>=1 ; x == 'a/b'", REFERENCE_INDEX},
            {"foo>=1/2", REFERENCE_INDEX},
            {"foo==1.0.zip", REFERENCE_INDEX},
            {"foo[a]@https://example.invalid/x.whl", REFERENCE_INDEX},
            {"foo @ file:///x.whl", REFERENCE_INDEX},
            {"foo~=1.0", REFERENCE_INDEX},
            {"", REFERENCE_INDEX},
            {"https://example.invalid/x.whl", REFERENCE_URL},
            {"HTTP://example.invalid/x", REFERENCE_URL},
            {"git+ssh://git@example.invalid/x.git#egg=x", REFERENCE_VCS},
            {"git+https://example.invalid/x@v1 ; os_name == 'nt'", REFERENCE_VCS},
            {"file:///x.whl", REFERENCE_PATH},
            {"./x", REFERENCE_PATH},
            {".", REFERENCE_PATH},
            {"../x[extra]", REFERENCE_PATH},
            {"/x", REFERENCE_PATH},
            {"~/x", REFERENCE_PATH},
            {"dir/x", REFERENCE_PATH},
            {"x-1.0-py3-none-any.whl", REFERENCE_PATH},
            {"x-1.0.tar.gz[extra]", REFERENCE_PATH},
            {"C:\\x", REFERENCE_PATH},
            {"c:/x", REFERENCE_PATH},
            {"dir\\x", REFERENCE_PATH},
            {"\\\\host\\x", REFERENCE_PATH},
            {"\\", REFERENCE_INDEX},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                if (reference_classify(cases[i].text) != cases[i].kind)
                        fail_msg("%s", cases[i].text);
        assert_int_equal(reference_address_kind("./x"), REFERENCE_PATH);
        assert_int_equal(reference_address_kind("hg+http://example.invalid"), REFERENCE_VCS);
}

static void joins(void **state)
{
        static const char *const cases[][3] = {
            {"a.txt", "b.txt", "b.txt"},
            {"dir/a.txt", "b.txt", "dir/b.txt"},
            {"dir/a.txt", "../b.txt", "dir/../b.txt"},
            {"/a.txt", "b.txt", "/b.txt"},
            {"dir/a.txt", "/b.txt", "/b.txt"},
            {"dir/a.txt", "http://example.invalid/b.txt", "http://example.invalid/b.txt"},
            {"http://example.invalid/d/a.txt", "b.txt", "http://example.invalid/d/b.txt"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                char *joined = reference_join(cases[i][0], cases[i][1]);

                assert_string_equal(joined, cases[i][2]);
                free(joined);
        }
}

static void hides_passwords(void **state)
{
        static const char *const cases[][2] = {
            {"-i https://u:p@example.invalid/x@y", "-i https://***@example.invalid/x@y"},
            {"git+ssh://git@example.invalid/x", "git+ssh://***@example.invalid/x"},
            {"http://a@b:c@d/ http://e@f", "http://***@d/ http://***@f"},
            {"http://x/a@b", "http://x/a@b"},
            {"http://u:p@", "http://***@"},
            {"a  \t b", "a b"},
            {"0123456789012345678901234567890123456789+",
                "0123456789012345678901234567890123456789..."},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                char *text = reference_presentable(cases[i][0], 40);

                assert_string_equal(text, cases[i][1]);
                free(text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(classifies),
            cmocka_unit_test(joins),
            cmocka_unit_test(hides_passwords),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
