/* The addresses a server listens on: which forms are understood, and the messages for the others. */
#include "httpd_fixture.h"

#include "mirror/httpd_listen.h"

static int open_one(struct httpd_listen *l, const char *address, struct err *e)
{
        return httpd_listen_open(l, &address, 1, e);
}

/* Whether a connection to the address is taken by the listening sockets. */
static bool reaches(int family, const char *address, unsigned port)
{
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), got;

        if (family == AF_INET) {
                inet_pton(AF_INET, address, &v4.sin_addr);
                got = connect(fd, (struct sockaddr *)&v4, sizeof v4);
        } else {
                inet_pton(AF_INET6, address, &v6.sin6_addr);
                got = connect(fd, (struct sockaddr *)&v6, sizeof v6);
        }
        close(fd);
        return got == 0;
}

static bool has_ipv6(void)
{
        struct httpd_listen l;
        struct err e = ERR_INIT;
        bool has = open_one(&l, "[::1]:0", &e) == 0;

        httpd_listen_close(&l);
        return has;
}

static void test_one_address(void **state)
{
        struct httpd_listen l;
        struct err e = ERR_INIT;
        char text[32];

        (void)state;
        assert_int_equal(open_one(&l, "127.0.0.1:0", &e), 0);
        assert_int_equal(l.count, 1);
        assert_true(l.port[0] > 0);
        snprintf(text, sizeof text, "127.0.0.1:%u", l.port[0]);
        assert_string_equal(l.address[0], text);
        assert_true(reaches(AF_INET, "127.0.0.1", l.port[0]));
        httpd_listen_close(&l);
        assert_int_equal(l.count, 0);
        httpd_listen_close(&l);
}

static void test_localhost_is_both_loopbacks(void **state)
{
        struct httpd_listen l;
        struct err e = ERR_INIT;

        (void)state;
        if (!has_ipv6())
                skip();
        assert_int_equal(open_one(&l, "localhost:0", &e), 0);
        assert_int_equal(l.count, 2);
        assert_int_equal(l.port[0], l.port[1]);
        assert_int_equal(l.address[1][0], '[');
        assert_true(reaches(AF_INET, "127.0.0.1", l.port[0]));
        assert_true(reaches(AF_INET6, "::1", l.port[0]));
        httpd_listen_close(&l);
}

static void test_every_address(void **state)
{
        static const char *const forms[] = {":0", "*:0"};
        struct httpd_listen l;
        struct err e = ERR_INIT;

        (void)state;
        for (int i = 0; i < 2; i++) {
                assert_int_equal(open_one(&l, forms[i], &e), 0);
                assert_int_equal(l.count, 1);
                assert_true(reaches(AF_INET, "127.0.0.1", l.port[0]));
                if (has_ipv6())
                        assert_true(reaches(AF_INET6, "::1", l.port[0]));
                httpd_listen_close(&l);
        }
}

static void test_several(void **state)
{
        static const char *const two[] = {"127.0.0.1:0", "127.0.0.2:0"};
        const char *many[LIMIT_HTTP_LISTEN + 1];
        struct httpd_listen l;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(httpd_listen_open(&l, two, 2, &e), 0);
        assert_int_equal(l.count, 2);
        httpd_listen_close(&l);
        for (int i = 0; i <= LIMIT_HTTP_LISTEN; i++)
                many[i] = "127.0.0.1:0";
        assert_int_equal(httpd_listen_open(&l, many, LIMIT_HTTP_LISTEN + 1, &e), -1);
        assert_int_equal(e.code, ERR_USAGE);
        assert_int_equal(l.count, 0);
}

static void test_not_an_address(void **state)
{
        static const char *const bad[] = {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
            "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80 ", "::1:8080", "[::1]", "[::1:8080",
            "example.invalid:8080", "127.0.0.256:80", "[127.0.0.1:80", "127.0.0.1:123456",
            "http://127.0.0.1:80"};

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                struct httpd_listen l;
                struct err e = ERR_INIT;

                if (open_one(&l, bad[i], &e) == 0)
                        print_error("taken: %s\n", bad[i]);
                assert_int_equal(e.code, ERR_USAGE);
                assert_int_equal(l.count, 0);
        }
}

static void test_port_in_use(void **state)
{
        struct httpd_listen l, again;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(open_one(&l, "127.0.0.1:0", &e), 0);
        assert_int_equal(open_one(&again, l.address[0], &e), -1);
        assert_int_equal(e.code, ERR_FAILED);
        assert_non_null(strstr(e.msg, "another program has this port"));
        httpd_listen_close(&l);
}

static void test_foreign_address(void **state)
{
        struct httpd_listen l;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(open_one(&l, "192.0.2.1:0", &e), -1);
        assert_non_null(strstr(e.msg, "does not have that address"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_one_address),
            cmocka_unit_test(test_localhost_is_both_loopbacks),
            cmocka_unit_test(test_every_address),
            cmocka_unit_test(test_several),
            cmocka_unit_test(test_not_an_address),
            cmocka_unit_test(test_port_in_use),
            cmocka_unit_test(test_foreign_address),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
