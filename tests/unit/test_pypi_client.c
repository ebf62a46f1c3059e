/* Where pip is told to look, as pip itself reads it: the environment, then its files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/mem.h"
#include "mirror/registry.h"
#include "mirror/upstream.h"

static char folder[32];

static char *in_folder(const char *name)
{
        return xasprintf("%s/%s", folder, name);
}

static void put(const char *name, const char *text)
{
        char *path = in_folder(name);
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
        free(path);
}

static int set_up(void **state)
{
        static const char *const folders[] = {"/home", "/home/.pip", "/home/pip", "/venv"};
        char *home, *xdg;

        (void)state;
        snprintf(folder, sizeof folder, "/tmp/dray-test-pip-XXXXXX"); /* one for each test */
        if (!mkdtemp(folder))
                return -1;
        for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
                char *path = in_folder(folders[i] + 1);

                if (mkdir(path, 0755) < 0)
                        return -1;
                free(path);
        }
        home = in_folder("home");
        xdg = in_folder("home");
        setenv("HOME", home, 1);
        setenv("XDG_CONFIG_HOME", xdg, 1);
        unsetenv("PIP_INDEX_URL");
        unsetenv("PIP_CERT");
        unsetenv("PIP_CONFIG_FILE");
        unsetenv("VIRTUAL_ENV");
        free(home);
        free(xdg);
        return 0;
}

static int tear_down(void **state)
{
        static const char *const names[] = {"one.conf", "venv/pip.conf", "home/pip/pip.conf",
            "home/.pip/pip.conf", "venv", "home/.pip", "home/pip", "home", ""};

        (void)state;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                char *path = in_folder(names[i]);

                remove(path);
                free(path);
        }
        return 0;
}

/* url and ca NULL: whatever the machine's own files say. */
static void finds(const char *url, const char *found, const char *ca)
{
        struct client c = {0};

        registry_find("pypi")->client(&c);
        if (url) {
                assert_non_null(c.url);
                assert_string_equal(c.url, url);
                assert_non_null(strstr(c.found, found));
        }
        if (ca) {
                assert_non_null(c.ca_file);
                assert_string_equal(c.ca_file, ca);
        }
        client_release(&c);
}

static void each_place_hides_those_behind_it(void **state)
{
        char *path;

        (void)state;
        put("home/.pip/pip.conf", "[global]\nindex-url = http://old.invalid/\ncert=/old.pem\n");
        finds("http://old.invalid/", "home/.pip/pip.conf", "/old.pem");
        put("home/pip/pip.conf", "[global]\nindex_url: http://user.invalid/\n");
        finds("http://user.invalid/", "home/pip/pip.conf", "/old.pem");
        put("venv/pip.conf", "[global]\nindex-url=http://venv.invalid/\n");
        path = in_folder("venv");
        setenv("VIRTUAL_ENV", path, 1);
        free(path);
        finds("http://venv.invalid/", "venv/pip.conf", "/old.pem");
        put("one.conf", "[global]\ncert = /one.pem\n");
        path = in_folder("one.conf");
        setenv("PIP_CONFIG_FILE", path, 1);
        free(path);
        finds("http://venv.invalid/", "venv/pip.conf", "/one.pem");
        setenv("PIP_CERT", "/env.pem", 1);
        setenv("PIP_INDEX_URL", "http://env.invalid/", 1);
        finds("http://env.invalid/", "PIP_INDEX_URL", "/env.pem");
        setenv("PIP_CERT", "", 1); /* empty is as if it were not there */
        setenv("PIP_INDEX_URL", "", 1);
        finds("http://venv.invalid/", "venv/pip.conf", "/one.pem");
}

static void the_file_is_read_as_pip_reads_it(void **state)
{
        char *path = in_folder("one.conf");

        (void)state;
        setenv("PIP_CONFIG_FILE", path, 1);
        free(path);
        put("one.conf", "[list]\nindex-url = http://not.invalid/\n"
                        "[global]\n# index-url = http://comment.invalid/\n"
                        "index-url-extra = http://longer.invalid/\n"
                        "index-url = http://first.invalid/\r\n"
                        "cert = /etc/our own/ca.pem \t\r\n");
        finds("http://first.invalid/", "one.conf", "/etc/our own/ca.pem");
        put("one.conf",
            "[global]\nindex-url = http://a.invalid/\n[install]\nindex-url = http://b.invalid/");
        finds("http://b.invalid/", "one.conf", NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(each_place_hides_those_behind_it, set_up, tear_down),
            cmocka_unit_test_setup_teardown(the_file_is_read_as_pip_reads_it, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
