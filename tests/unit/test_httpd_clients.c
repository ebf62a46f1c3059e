/* The web server under pressure: slow and idle clients, no free place, a switch, a stop. */
#include "httpd_fixture.h"

#include <netinet/tcp.h>
#include <stdatomic.h>

static struct site site;

static int setup(void **state)
{
        (void)state;
        site_make(&site);
        site_put(&site, "site-a/small", "small");
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        site_remove(&site);
        return 0;
}

static int64_t now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A file of `mib` MiB, larger than what the kernel takes into its buffers when asked to. */
static void put_large(const char *path, size_t mib)
{
        size_t len = mib * 1024 * 1024;
        char *bytes = xmalloc(len);

        memset(bytes, 'L', len);
        site_put_bytes(&site, path, bytes, len);
        free(bytes);
}

/* A client that takes little at a time, so that an answer stays under way. */
static int dial_narrow(const struct httpd *h)
{
        struct sockaddr_in to = {.sin_family = AF_INET,
            .sin_port = htons((uint16_t)httpd_port(h)),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct timeval patience = {.tv_sec = 20};
        int size = 4096, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
        return fd;
}

/* Whether the server ends the connection; what arrives before that is thrown away. */
static bool ends_within(int fd, int ms)
{
        int64_t end = now_ms() + ms;
        struct timeval patience = {.tv_usec = 100000};
        char chunk[4096];

        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        while (now_ms() < end) {
                ssize_t n = recv(fd, chunk, sizeof chunk, 0);

                if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
                        return true;
        }
        return false;
}

struct notes {
        pthread_mutex_t lock;
        struct buf access;
        struct buf problems;
};

static void note_access(void *user, const struct httpd_access *a)
{
        struct notes *n = user;

        pthread_mutex_lock(&n->lock);
        httpd_access_line(&n->access, a);
        buf_addc(&n->access, '\n');
        pthread_mutex_unlock(&n->lock);
}

static void note_problem(void *user, const char *line)
{
        struct notes *n = user;

        pthread_mutex_lock(&n->lock);
        buf_addf(&n->problems, "%s\n", line);
        pthread_mutex_unlock(&n->lock);
}

static bool noted(struct notes *n, const char *text)
{
        bool found;

        pthread_mutex_lock(&n->lock);
        found = strstr(n->access.data, text) != NULL;
        pthread_mutex_unlock(&n->lock);
        return found;
}

static void test_silent_client_is_dropped(void **state)
{
        struct httpd *h =
            serve_with(&site, (struct httpd_options){.header_seconds = 1, .idle_seconds = 30});
        int fd = dial(h);

        (void)state;
        assert_true(ends_within(fd, 5000));
        close(fd);
        httpd_stop(h);
}

/* Each byte is activity, but the header does not come to an end. */
static void test_trickling_client_is_dropped(void **state)
{
        struct httpd *h =
            serve_with(&site, (struct httpd_options){.header_seconds = 1, .idle_seconds = 30});
        int fd = dial(h);
        bool ended = false;

        (void)state;
        say(fd, "GET /small HTTP/1.1\r\nHost: x\r\nX-Long: ");
        for (int i = 0; i < 50 && !ended; i++) {
                say(fd, "a");
                ended = ends_within(fd, 100);
        }
        assert_true(ended);
        close(fd);
        httpd_stop(h);
}

static void test_idle_client_is_dropped(void **state)
{
        struct httpd *h = serve_with(&site, (struct httpd_options){.idle_seconds = 1});
        int fd = dial(h);
        int64_t began;

        (void)state;
        say(fd, "GET /small HTTP/1.1\r\nHost: x\r\n\r\n");
        began = now_ms();
        assert_true(ends_within(fd, 8000));
        assert_true(now_ms() - began > 500);
        close(fd);
        httpd_stop(h);
}

/* Takes some bytes now and then: never idle for long, but never done either. */
static void test_slow_reader_is_dropped(void **state)
{
        struct notes n = {.lock = PTHREAD_MUTEX_INITIALIZER};
        struct httpd *h;
        bool ended = false;
        char chunk[16];
        int fd;

        (void)state;
        buf_init(&n.access, 10000);
        put_large("site-a/large", 16);
        h = serve_with(
            &site, (struct httpd_options){.slow_seconds = 2, .access = note_access, .user = &n});
        fd = dial_narrow(h);
        say(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        for (int i = 0; i < 100 && !ended; i++) {
                usleep(100000);
                assert_true(recv(fd, chunk, sizeof chunk, 0) > 0);
                ended = noted(&n, "incomplete");
        }
        assert_true(ended);
        close(fd);
        httpd_stop(h);
        buf_release(&n.access);
}

/* With all places taken a newcomer waits, and gets the place of the client that is idle longest. */
static void test_full_house(void **state)
{
        struct httpd *h = serve_with(&site, (struct httpd_options){.connections = 2});
        int idle[2];
        int64_t began;

        (void)state;
        for (int i = 0; i < 2; i++) {
                char chunk[1024];

                idle[i] = dial(h);
                say(idle[i], "GET /small HTTP/1.1\r\nHost: x\r\n\r\n");
                assert_true(recv(idle[i], chunk, sizeof chunk, 0) > 0);
                usleep(50000);
        }
        began = now_ms();
        for (int i = 0; i < 3; i++)
                expect_body(h, "/small", "small");
        assert_true(now_ms() - began < 5000);
        assert_true(ends_within(idle[0], 1000));
        close(idle[0]);
        close(idle[1]);
        httpd_stop(h);
}

/* Those that hold all places without asking, or half asked, give way to who asks. */
static void test_full_of_silent_clients(void **state)
{
        struct httpd *h =
            serve_with(&site, (struct httpd_options){.connections = 4, .header_seconds = 60});
        int fd[12];
        int64_t began = now_ms();

        (void)state;
        for (int i = 0; i < 12; i++) {
                fd[i] = dial(h);
                if (i % 2)
                        say(fd[i], "GET /small HTTP/1.1\r\nHo");
        }
        for (int i = 0; i < 3; i++)
                expect_body(h, "/small", "small");
        assert_true(now_ms() - began < 15000);
        for (int i = 0; i < 12; i++)
                close(fd[i]);
        httpd_stop(h);
}

/* Who is being answered is not cut off for those who wait. */
static void test_full_of_busy_clients(void **state)
{
        struct httpd *h = serve_with(&site, (struct httpd_options){.connections = 1});
        struct reply r;
        int busy, other;

        (void)state;
        put_large("site-a/large", 16);
        busy = dial_narrow(h);
        say(busy, "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        usleep(200000);
        other = dial(h);
        usleep(1500000);
        r = hear(busy);
        assert_int_equal(r.len, 16 * 1024 * 1024);
        reply_free(&r);
        close(other);
        httpd_stop(h);
}

/* Half a header and a closed connection: its place is free long before its time is up. */
static void test_client_that_closed_early_is_dropped(void **state)
{
        struct httpd *h = serve_with(&site, (struct httpd_options){.header_seconds = 60});
        int fd = dial(h), together = 1;

        (void)state;
        /* in one segment with its end, which the library then does not see */
        setsockopt(fd, IPPROTO_TCP, TCP_CORK, &together, sizeof together);
        say(fd, "GET /small HTTP/1.1\r\nHo");
        shutdown(fd, SHUT_WR);
        assert_true(ends_within(fd, 8000));
        close(fd);
        httpd_stop(h);
}

static void test_many_at_once(void **state)
{
        struct httpd *h = serve_with(&site, (struct httpd_options){.connections = 4});
        int fd[64];

        (void)state;
        for (int i = 0; i < 64; i++) {
                fd[i] = dial(h);
                say(fd[i], "GET /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        }
        for (int i = 0; i < 64; i++) {
                struct reply r = hear(fd[i]);

                assert_int_equal(r.status, 200);
                reply_free(&r);
        }
        httpd_stop(h);
}

/* --- the switch --- */

#define PAGE 300000

struct loop {
        struct httpd *h;
        const char *target;
        unsigned asked, old, new, other;
        atomic_bool *stop;
        pthread_t thread;
};

static void *ask_again(void *arg)
{
        struct loop *l = arg;

        while (!atomic_load(l->stop)) {
                struct reply r = ask(l->h, l->target);
                int kind = r.status == 200 && r.len == PAGE ? r.body[0] : '?';

                for (size_t i = 0; kind != '?' && i < r.len; i++)
                        if (r.body[i] != kind)
                                kind = '?';
                l->asked++;
                if (kind == 'A')
                        l->old++;
                else if (kind == 'B')
                        l->new ++;
                else
                        l->other++;
                reply_free(&r);
        }
        return NULL;
}

static void put_page(const char *path, int letter)
{
        char *bytes = xmalloc(PAGE);

        memset(bytes, letter, PAGE);
        site_put_bytes(&site, path, bytes, PAGE);
        free(bytes);
}

static void test_switch_under_load(void **state)
{
        struct httpd *h = serve(&site);
        atomic_bool stop = false;
        struct loop loops[] = {
            {.h = h, .target = "/page", .stop = &stop}, {.h = h, .target = "/dir/", .stop = &stop}};

        (void)state;
        put_page("site-a/page", 'A');
        put_page("site-b/page", 'B');
        put_page("site-a/dir/index.html", 'A');
        put_page("site-b/dir/index.html", 'B');
        for (int i = 0; i < 2; i++)
                assert_int_equal(pthread_create(&loops[i].thread, NULL, ask_again, &loops[i]), 0);
        for (int i = 0; i < 200; i++) {
                site_switch(&site, i % 2 ? "site-a" : "site-b");
                usleep(5000);
        }
        atomic_store(&stop, true);
        for (int i = 0; i < 2; i++) {
                pthread_join(loops[i].thread, NULL);
                assert_int_equal(loops[i].other, 0);
                assert_true(loops[i].old > 0);
                assert_true(loops[i].new > 0);
        }
        httpd_stop(h);
}

/* --- the stop --- */

struct stopping {
        struct httpd *h;
        unsigned cut;
};

static void *stop_server(void *arg)
{
        struct stopping *s = arg;

        s->cut = httpd_stop(s->h);
        return NULL;
}

static void test_stop_lets_a_download_finish(void **state)
{
        struct stopping s = {.h = serve_with(&site, (struct httpd_options){.grace_seconds = 20})};
        unsigned port = httpd_port(s.h);
        struct sockaddr_in to = {.sin_family = AF_INET,
            .sin_port = htons((uint16_t)port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        pthread_t thread;
        struct reply r;
        int fd = dial_narrow(s.h), other;

        (void)state;
        put_large("site-a/large", 16);
        say(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        usleep(200000);
        assert_int_equal(pthread_create(&thread, NULL, stop_server, &s), 0);
        usleep(300000);
        other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(other, (struct sockaddr *)&to, sizeof to), -1);
        assert_int_equal(errno, ECONNREFUSED);
        close(other);
        r = hear(fd);
        pthread_join(thread, NULL);
        assert_int_equal(r.status, 200);
        assert_int_equal(r.len, 16 * 1024 * 1024);
        assert_int_equal(s.cut, 0);
        reply_free(&r);
}

static void test_stop_answers_who_came_before(void **state)
{
        struct httpd *h = serve(&site);
        int fd[8];

        (void)state;
        for (int i = 0; i < 8; i++) {
                fd[i] = dial(h);
                say(fd[i], "GET /small HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        assert_int_equal(httpd_stop(h), 0);
        for (int i = 0; i < 8; i++) {
                struct reply r = hear(fd[i]);

                assert_int_equal(r.status, 200);
                reply_free(&r);
        }
}

static void test_stop_cuts_off_after_the_grace_time(void **state)
{
        struct httpd *h = serve_with(&site, (struct httpd_options){.grace_seconds = 1});
        int64_t began;
        int fd = dial_narrow(h);

        (void)state;
        put_large("site-a/large", 16);
        say(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        usleep(200000);
        began = now_ms();
        assert_int_equal(httpd_stop(h), 1);
        assert_true(now_ms() - began >= 900);
        assert_true(now_ms() - began < 5000);
        close(fd);
}

static void test_stop_does_not_wait_for_idle_clients(void **state)
{
        struct httpd *h = serve_with(&site, (struct httpd_options){.grace_seconds = 20});
        int fd = dial(h);
        char chunk[1024];
        int64_t began;

        (void)state;
        say(fd, "GET /small HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(recv(fd, chunk, sizeof chunk, 0) > 0);
        began = now_ms();
        assert_int_equal(httpd_stop(h), 0);
        assert_true(now_ms() - began < 2000);
        close(fd);
}

/* --- what the operator is told --- */

static void test_access_log(void **state)
{
        struct notes n = {.lock = PTHREAD_MUTEX_INITIALIZER};
        struct httpd *h;
        struct reply r;
        const char *p;
        int fd;

        (void)state;
        buf_init(&n.access, 100000);
        buf_init(&n.problems, 100000);
        h = serve_with(&site,
            (struct httpd_options){.access = note_access, .problem = note_problem, .user = &n});
        expect_body(h, "/small?q=1", "small");
        expect_status(h, "/\x1b[31m\"\\\xff", 400);
        site_symlink(&site, "small", "site-a/link");
        expect_status(h, "/link", 404);
        fd = dial(h);
        say(fd, "GET /small HTTP/1.1\r\n\r\n"); /* refused by the library: no Host */
        r = hear(fd);
        reply_free(&r);
        httpd_stop(h);
        p = n.access.data;
        assert_int_equal(strncmp(p, "127.0.0.1 \"GET /small?q=1\" 200 5 ", 33), 0);
        assert_non_null(strstr(p, "\n127.0.0.1 \"GET /\\x1B[31m\\x22\\x5C\\xFF\" 400 16 "));
        assert_non_null(strstr(p, "\n127.0.0.1 \"GET /link\" 404 14 "));
        assert_non_null(strstr(p, "\n127.0.0.1 \"- /small\" 400 0 "));
        assert_null(strchr(p, '\x1b'));
        assert_string_equal(n.problems.data,
            "/link is a symbolic link, which is not served: publish the site again\n");
        buf_release(&n.access);
        buf_release(&n.problems);
}

static void test_access_log_of_a_broken_download(void **state)
{
        struct notes n = {.lock = PTHREAD_MUTEX_INITIALIZER};
        struct httpd *h;
        int fd;

        (void)state;
        buf_init(&n.access, 100000);
        put_large("site-a/large", 16);
        h = serve_with(&site, (struct httpd_options){.access = note_access, .user = &n});
        fd = dial_narrow(h);
        say(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        usleep(200000);
        close(fd);
        usleep(200000);
        httpd_stop(h);
        assert_non_null(strstr(n.access.data, "\"GET /large\" 200 16777216 "));
        assert_non_null(strstr(n.access.data, "ms incomplete\n"));
        buf_release(&n.access);
}

static void test_access_line_is_one_line(void **state)
{
        struct httpd_access a = {.peer = "::1",
            .method = "GET\n",
            .target = "/a\r\nb\x7f\t",
            .status = 200,
            .bytes = 18446744073709551615u,
            .ms = 3,
            .complete = false};
        struct buf line;

        (void)state;
        buf_init(&line, 1000);
        assert_int_equal(httpd_access_line(&line, &a), 0);
        assert_string_equal(line.data,
            "::1 \"GET\\x0A /a\\x0D\\x0Ab\\x7F\\x09\" 200 18446744073709551615 3ms incomplete");
        buf_release(&line);
        buf_init(&line, 10);
        assert_int_equal(httpd_access_line(&line, &a), -1);
        buf_release(&line);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_silent_client_is_dropped),
            cmocka_unit_test(test_trickling_client_is_dropped),
            cmocka_unit_test(test_idle_client_is_dropped),
            cmocka_unit_test(test_slow_reader_is_dropped),
            cmocka_unit_test(test_full_house),
            cmocka_unit_test(test_full_of_silent_clients),
            cmocka_unit_test(test_full_of_busy_clients),
            cmocka_unit_test(test_client_that_closed_early_is_dropped),
            cmocka_unit_test(test_many_at_once),
            cmocka_unit_test(test_switch_under_load),
            cmocka_unit_test(test_stop_lets_a_download_finish),
            cmocka_unit_test(test_stop_answers_who_came_before),
            cmocka_unit_test(test_stop_cuts_off_after_the_grace_time),
            cmocka_unit_test(test_stop_does_not_wait_for_idle_clients),
            cmocka_unit_test(test_access_log),
            cmocka_unit_test(test_access_log_of_a_broken_download),
            cmocka_unit_test(test_access_line_is_one_line),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
