/* Who runs the program: sudo's caller counts where the kernel remembers no login. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bundle/person.h"

static int kernel_remembers(void)
{
        char line[32] = "";
        FILE *f = fopen("/proc/self/loginuid", "r");
        int known = f && fgets(line, sizeof line, f) && strncmp(line, "4294967295", 10) != 0;

        if (f)
                fclose(f);
        return known;
}

static void who(void **state)
{
        struct person p;

        (void)state;
        if (kernel_remembers())
                skip();
        unsetenv("SUDO_UID");
        person_now(&p);
        assert_int_equal(p.uid, getuid());
        assert_true(*p.name);
        setenv("SUDO_UID", "4000000001", 1); /* nobody has that number */
        person_now(&p);
        assert_int_equal(p.uid, 4000000001);
        assert_string_equal(p.name, "4000000001");
        for (size_t i = 0; i < 5; i++) {
                static const char *const wrong[] = {"", "-1", "0x10", "1 ", "4294967295"};

                setenv("SUDO_UID", wrong[i], 1);
                person_now(&p);
                assert_int_equal(p.uid, getuid());
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(who),
        };

        return cmocka_run_group_tests_name("person", tests, NULL, NULL);
}
