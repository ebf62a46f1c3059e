/* Who runs the program: sudo's caller counts where the kernel remembers no login, and for root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

/* SUDO_UID is sudo's word only where sudo made this process root. */
static void sudo_counts_for_root(void **state)
{
        struct person p;

        (void)state;
        if (kernel_remembers() || getuid() != 0)
                skip();
        unsetenv("SUDO_UID");
        person_now(&p);
        assert_int_equal(p.uid, 0);
        assert_true(p.shared);
        assert_true(*p.name);
        setenv("SUDO_UID", "4000000001", 1); /* nobody has that number */
        person_now(&p);
        assert_int_equal(p.uid, 4000000001);
        assert_false(p.shared);
        assert_string_equal(p.name, "4000000001");
        for (size_t i = 0; i < 5; i++) {
                static const char *const wrong[] = {"", "-1", "0x10", "1 ", "4294967295"};

                setenv("SUDO_UID", wrong[i], 1);
                person_now(&p);
                assert_int_equal(p.uid, 0);
        }
}

static int is_oneself(void)
{
        struct person p;

        if (getuid() == 0 && setuid(65534) < 0)
                return 0;
        setenv("SUDO_UID", "4000000001", 1);
        person_now(&p);
        return p.uid == (int64_t)getuid() && p.shared;
}

static void sudo_counts_for_nobody_else(void **state)
{
        int status;
        pid_t child;

        (void)state;
        if (kernel_remembers())
                skip();
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                _exit(is_oneself() ? 0 : 1);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(sudo_counts_for_root),
            cmocka_unit_test(sudo_counts_for_nobody_else),
        };

        return cmocka_run_group_tests_name("person", tests, NULL, NULL);
}
