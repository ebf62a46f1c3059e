/* Secrets go to the addresses that they are for, by the longest path, and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mirror/access.h"

static void found(void **state)
{
        static const struct {
                const char *url, *wanted;
        } cases[] = {
            {"https://npm.plant/a", "root"},
            {"https://npm.plant", "root"},
            {"https://NPM.plant:443/private", "private"},
            {"https://npm.plant/private/left/-/left-1.tgz", "private"},
            {"https://npm.plant/private/deep/x", "deep"},
            {"https://npm.plant/privateer/x", "root"},
            {"https://npm.plant/Private/x", "root"},
            {"https://npm.plant/private?x=/deep/", "private"},
            {"https://npm.plant:8443/x", "port"},
            {"https://npm.plant:8444/x", NULL},
            {"https://npm.plants/x", NULL},
            {"https://x.npm.plant/x", NULL},
            {"https://me:pw@npm.plant/x", NULL},
            {"https://npm.plant/x/../private/x", NULL},
            {"https://npm.plant/private/%2E%2e/x", NULL},
            {"http://npm.plant/private/x", NULL},
            {"http://npm.plant:8443/x", NULL},
            {"http://127.0.0.1:8080/x", "loopback"},
            {"http://127.0.0.1:8081/x", NULL},
            {"http://127.0.0.1.plant:8080/x", NULL},
            {"http://localhost/x", "named"},
            {"http://[::1]/x", "six"},
            {"file:///npm.plant/x", NULL},
            {"npm.plant/x", NULL},
        };
        struct access_list a = {0}, more = {0};

        (void)state;
        assert_null(access_find(&a, "https://npm.plant/"));
        assert_null(access_find(NULL, "https://npm.plant/"));
        access_add(&a, "//npm.plant/", "root");
        access_add(&a, "//npm.plant/private/", "private");
        access_add(&a, "//npm.plant/private/deep", "deep");
        access_add(&a, "//npm.plant/", "second");
        access_add(&more, "//npm.plant/", "third");
        access_add(&more, "//npm.plant:8443/", "port");
        access_add(&more, "//127.0.0.1:8080/", "loopback");
        access_add(&more, "//127.0.0.1.plant:8080/", "elsewhere");
        access_add(&more, "//localhost/", "named");
        access_add(&more, "//[::1]/", "six");
        access_add(&more, "no address", "nothing");
        access_take(&a, &more);
        assert_int_equal(more.count, 0);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *got = access_find(&a, cases[i].url);

                if (!got || !cases[i].wanted ? got != cases[i].wanted
                                             : strcmp(got, cases[i].wanted) != 0)
                        fail_msg("%s: %s", cases[i].url, got ? got : "nothing");
        }
        access_release(&a);
        access_release(&more);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(found)};

        return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
