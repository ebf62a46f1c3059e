/* A bad address, host or file stops nothing that can be had otherwise; what is missing says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "box.h"
#include "mirror/download.h"

#define REFUSED "ftp://files.test/a.tgz" /* of no kind that is fetched */

static struct box b;
static struct mirror m;
static struct wanted_list list;
static struct download_counts counts;
static char good[128], absent[128];

static int set_up(void **state)
{
        (void)state;
        setenv("no_proxy", "*", 1);
        box_open(&b);
        m = (struct mirror){.state = b.state, .catalog = b.catalog, .store = b.store};
        list = (struct wanted_list){0};
        counts = (struct download_counts){0};
        snprintf(good, sizeof good, "file://%s/good", b.dir);
        snprintf(absent, sizeof absent, "file://%s/absent", b.dir);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        wanted_release(&list);
        box_close(&b);
        return 0;
}

/* One more file, with these bytes; of a source of its own, for another may have the same. */
static void want(const char *url, const char *bytes, int local)
{
        struct wanted_file file = {
            .record = {.package = "a", .version = "1", .file = "a.tgz", .meta = "{}"},
            .digest = {.kind = DIGEST_SHA256},
            .url = url,
            .local = local,
            .why = "you asked for it"};
        char source[32];

        sha256(bytes, strlen(bytes), file.digest.value);
        snprintf(source, sizeof source, "source%zu", list.count);
        wanted_add(&list, source, &file);
}

static void make_good(void)
{
        struct err e;
        int dir;

        must(dir = fs_open_dir(AT_FDCWD, b.dir, &e));
        must(fs_write_file(dir, "good", "good", 4, &e));
        close(dir);
}

static void run(void)
{
        struct fetch_options o = {.in_flight = 1, .tries = 1, .allow_file = true};
        struct download *d = NULL;
        struct fetch *f;
        struct err e = ERR_INIT;

        f = fetch_open(&o, &e);
        assert_non_null(f);
        must(download_all(&m, f, &list, &counts, NULL, NULL, &d, &e));
        fetch_close(f);
        download_free(d);
}

static void is_held(size_t i)
{
        if (!list.items[i].held)
                fail_msg("item %zu is not held: %s", i, list.items[i].error);
        assert_null(list.items[i].error);
}

static void is_missing(size_t i, const char *part)
{
        const char *error = list.items[i].error;

        if (list.items[i].held || !error || !strstr(error, part))
                fail_msg("item %zu: \"%s\" should say \"%s\"", i, error ? error : "(none)", part);
}

static void refused_addresses(void **state)
{
        (void)state;
        make_good();
        want(REFUSED, "good", 0);
        want(REFUSED, "good", 0);
        want(good, "good", 0);
        want(REFUSED, "good", 0);
        run();
        is_missing(0, "ftp");
        is_missing(1, "ftp");
        is_held(2);
        is_held(3);
        assert_int_equal(counts.failed, 2);
        assert_int_equal(counts.files, 1);
}

/* What waited for a file that could not be had is asked for at each address, down to the last. */
static void refused_addresses_behind_a_failure(void **state)
{
        (void)state;
        make_good();
        want(absent, "good", 0);
        want(good, "good", 0);
        want(REFUSED, "good", 0);
        want(absent, "lost", 0);
        want(REFUSED, "lost", 0);
        run();
        is_missing(0, "absent");
        is_held(1);
        is_missing(2, "ftp");
        is_missing(3, "absent");
        is_missing(4, "ftp");
        assert_int_equal(counts.failed, 4);
}

/* An address that nobody answers at, and that nobody else is given. */
static int dead_host(char *url, size_t size)
{
        struct sockaddr_in at = {
            .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
        socklen_t len = sizeof at;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
        snprintf(url, size, "http://127.0.0.1:%d/a.tgz", ntohs(at.sin_port));
        return fd;
}

static void a_host_that_is_given_up(void **state)
{
        char dead[64];
        int fd = dead_host(dead, sizeof dead);

        (void)state;
        make_good();
        want(dead, "first", 0);
        want(dead, "good", 0);
        want(good, "good", 0);
        want(dead, "good", 0);
        want(dead, "lost", 0);
        want(dead, "lost", 0);
        run();
        close(fd);
        is_missing(0, dead);
        is_missing(1, "given up with its host");
        is_held(2);
        is_missing(3, "given up with its host");
        is_missing(4, "given up with its host");
        is_missing(5, "given up with its host");
        assert_int_equal(counts.failed, 5);
}

static void local_files(void **state)
{
        char here[80], file[80];

        (void)state;
        snprintf(here, sizeof here, "%s", b.dir);
        snprintf(file, sizeof file, "%s/good", b.dir);
        make_good();
        want(here, "a folder", 1);
        want("/nowhere/a.tgz", "not there", 1);
        want(file, "other bytes", 1);
        want(file, "good", 1);
        run();
        is_missing(0, here);
        is_missing(0, "Is a directory");
        is_missing(1, "/nowhere/a.tgz");
        is_missing(2, "wrong sha256");
        is_held(3);
        assert_int_equal(counts.failed, 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(refused_addresses, set_up, tear_down),
            cmocka_unit_test_setup_teardown(refused_addresses_behind_a_failure, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_host_that_is_given_up, set_up, tear_down),
            cmocka_unit_test_setup_teardown(local_files, set_up, tear_down),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
