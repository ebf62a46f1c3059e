#include "liar.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct liar liar;

static int start(void **state)
{
        return liar_environment(state);
}

static int stop(void **state)
{
        (void)state;
        liar_stop(&liar);
        return 0;
}

/* Every test that needs the server begins with this, so that each is skipped by itself. */
static void need_server(void)
{
        if (!liar.pid)
                liar_start(&liar, NULL, NULL);
}

static void delivers(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/ok/1000000#fragment");
        d.request.expect_size = 1000000;
        download_run(&d);
        assert_ok(&d, 1000000);
        assert_int_equal(d.begins, 1);
        assert_int_equal(d.head.status, 200);
        assert_int_equal(d.head.body_size, 1000000);
        assert_int_equal(d.head.total_size, 1000000);
        assert_int_equal(d.head.offset, 0);
        assert_string_equal(d.type, "application/octet-stream");
        assert_string_equal(d.etag, "\"good\"");
        assert_string_equal(d.validator, "\"good\"");
        assert_int_equal(d.outcome.status, 200);
        assert_int_equal(d.outcome.tries, 1);
        download_release(&d);
}

static void delivers_without_a_length(void **state)
{
        static const char *const paths[] = {"/chunked/100000", "/close/100000", "/plain/100000"};

        (void)state;
        need_server();
        for (size_t i = 0; i < 3; i++) {
                struct download d;

                download_init(&d, &liar, "%s", paths[i]);
                d.request.expect_size = i ? 100000 : 0;
                download_run(&d);
                assert_ok(&d, 100000);
                assert_true(i ? d.head.body_size == 100000 : d.head.body_size == FETCH_UNKNOWN);
                assert_string_equal(d.validator, "");
                download_release(&d);
        }
}

static void delivers_nothing_when_there_is_nothing(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/ok/0");
        download_run(&d);
        assert_ok(&d, 0);
        assert_int_equal(d.begins, 1);
        download_release(&d);
}

static void reuses_connections_and_heeds_the_bound_per_host(void **state)
{
        struct fetch_options o = download_options();
        struct download d[60];
        char *peers[sizeof d / sizeof *d];
        size_t different = 0;
        struct fetch *f;
        struct buf log;

        (void)state;
        need_server();
        liar_log(&liar, &log);
        buf_release(&log);
        o.per_host = 3;
        f = download_open(&o);
        for (size_t i = 0; i < sizeof d / sizeof *d; i++) {
                download_init(&d[i], &liar, "/ok/%zu", i * 100);
                download_add(f, &d[i]);
        }
        assert_int_equal(fetch_busy(f), sizeof d / sizeof *d);
        download_finish(f);
        fetch_close(f);
        for (size_t i = 0; i < sizeof d / sizeof *d; i++) {
                assert_ok(&d[i], i * 100);
                download_release(&d[i]);
        }
        liar_log(&liar, &log);
        assert_int_equal(count_text(log.data, "\"user-agent\": \"dray/" DRAY_VERSION "\""), 60);
        for (char *p = log.data; (p = strstr(p, "\"peer\": ")); p++) {
                size_t i = 0;

                while (i < different && strncmp(peers[i], p, 14) != 0)
                        i++;
                if (i == different)
                        peers[different++] = p;
        }
        assert_int_equal(different, 3);
        buf_release(&log);
}

static void bounds_the_size(void **state)
{
        static const char *const paths[] = {"/ok/1001", "/chunked/1001", "/endless", "/close/1001"};
        struct download d;

        (void)state;
        need_server();
        for (size_t i = 0; i < 4; i++) {
                download_init(&d, &liar, "%s", paths[i]);
                d.request.max_size = 1000;
                download_run(&d);
                assert_failed(&d, false, "larger than the 1000 bytes");
                assert_true(d.body.len <= 1000);
                assert_int_equal(d.outcome.tries, 1);
                download_release(&d);
        }
        download_init(&d, &liar, "/ok/1000");
        d.request.max_size = 1000;
        download_run(&d);
        assert_ok(&d, 1000);
        download_release(&d);
}

static void holds_the_server_to_the_expected_size(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/ok/1001");
        d.request.expect_size = 1000;
        download_run(&d);
        assert_failed(&d, false, "the server has 1001 bytes where the index says 1000");
        assert_int_equal(d.begins, 0); /* nothing that a sink holds was given up for it */
        download_release(&d);

        download_init(&d, &liar, "/over/1000");
        d.request.expect_size = 1000;
        download_run(&d);
        assert_failed(&d, false, "more than the 1000 bytes that the index says");
        download_release(&d);

        download_init(&d, &liar, "/close/999");
        d.request.expect_size = 1000;
        download_run(&d);
        assert_failed(&d, true, "cut short: 999 of 1000 bytes came (5 tries)");
        download_release(&d);
}

static void tells_what_is_gone(void **state)
{
        static const long gone[] = {404, 410, 451};
        struct download d;

        (void)state;
        need_server();
        for (size_t i = 0; i < 3; i++) {
                download_init(&d, &liar, "/status/%ld", gone[i]);
                download_run(&d);
                assert_int_equal(d.outcome.result, FETCH_GONE);
                assert_int_equal(d.outcome.status, gone[i]);
                assert_int_equal(d.outcome.tries, 1);
                assert_int_equal(d.begins, 0);
                assert_non_null(strstr(d.outcome.err.msg, d.url));
                download_release(&d);
        }
        /* The page that comes with it need not be read to its end. */
        download_init(&d, &liar, "/endless-page");
        download_run(&d);
        assert_int_equal(d.outcome.result, FETCH_GONE);
        assert_int_equal(d.body.len, 0);
        download_release(&d);
}

static void gives_up_at_once_where_trying_is_useless(void **state)
{
        static const long final[] = {400, 401, 403, 407, 416, 501, 204, 206, 300, 304};
        struct buf log;

        (void)state;
        need_server();
        liar_log(&liar, &log);
        buf_release(&log);
        for (size_t i = 0; i < sizeof final / sizeof *final; i++) {
                struct download d;

                download_init(&d, &liar, "/status/%ld", final[i]);
                download_run(&d);
                assert_failed(&d, false, "");
                assert_int_equal(d.outcome.tries, 1);
                assert_int_equal(d.body.len, 0);
                download_release(&d);
        }
        liar_log(&liar, &log);
        assert_int_equal(count_text(log.data, "\"path\": \"/status/"), 10);
        buf_release(&log);
}

static void tries_again_what_may_pass(void **state)
{
        static const long passing[] = {408, 425, 429, 500, 502, 503, 504};
        struct download d;

        (void)state;
        need_server();
        for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
                download_init(&d, &liar, "/status/%ld/500?times=4", passing[i]);
                download_run(&d);
                assert_ok(&d, 500);
                assert_int_equal(d.outcome.tries, 5);
                download_release(&d);
        }
        download_init(&d, &liar, "/status/503?case=always");
        download_run(&d);
        assert_failed(&d, true, "503: the server has a fault of its own (5 tries)");
        assert_int_equal(d.outcome.status, 503);
        assert_int_equal(d.outcome.tries, 5);
        download_release(&d);
}

static uint64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void waits_as_long_as_the_server_says(void **state)
{
        struct fetch_options o = download_options();
        struct download d, other;
        uint64_t started;
        struct fetch *f;

        (void)state;
        need_server();
        /* The same host is left alone: a second request waits, too. */
        o.per_host = 1;
        f = download_open(&o);
        download_init(&d, &liar, "/status/429/100?times=1&retry-after=1");
        download_init(&other, &liar, "/ok/100?case=after-429");
        started = now_ms();
        download_add(f, &d);
        download_add(f, &other);
        download_finish(f);
        fetch_close(f);
        assert_ok(&d, 100);
        assert_ok(&other, 100);
        assert_true(now_ms() - started >= 1000);
        download_release(&d);
        download_release(&other);

        download_init(&d, &liar, "/status/503/100?times=1&retry-date=2");
        started = now_ms();
        download_run(&d);
        assert_ok(&d, 100);
        assert_in_range(now_ms() - started, 1000, 4000);
        download_release(&d);

        o.retry_after_max_ms = 100;
        download_init(&d, &liar, "/status/429/100?times=1&retry-after=86400");
        started = now_ms();
        download_run_with(&d, &o);
        assert_ok(&d, 100);
        assert_in_range(now_ms() - started, 100, 2000);
        download_release(&d);
}

static void revalidates(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/conditional");
        d.request.document = true;
        d.request.accept = "application/json";
        d.request.etag = "\"document-1\"";
        download_run(&d);
        assert_int_equal(d.outcome.result, FETCH_NOT_MODIFIED);
        assert_int_equal(d.outcome.err.code, ERR_NONE);
        assert_int_equal(d.begins, 0);
        assert_string_equal(d.etag, "\"document-1\"");
        download_release(&d);

        download_init(&d, &liar, "/conditional");
        d.request.last_modified = "Wed, 01 Jan 2020 00:00:00 GMT";
        download_run(&d);
        assert_int_equal(d.outcome.result, FETCH_NOT_MODIFIED);
        download_release(&d);

        download_init(&d, &liar, "/conditional");
        d.request.etag = "\"document-0\"";
        download_run(&d);
        assert_int_equal(d.outcome.result, FETCH_OK);
        assert_string_equal(d.body.data, "{\"document\": 1}\n");
        assert_string_equal(d.type, "application/json");
        download_release(&d);
}

static void decodes_documents_and_nothing_else(void **state)
{
        struct download d;
        struct buf log;

        (void)state;
        need_server();
        download_init(&d, &liar, "/gzip/100000");
        d.request.document = true;
        d.request.expect_size = 100000;
        download_run(&d);
        assert_ok(&d, 100000);
        assert_true(d.head.total_size == 100000);
        download_release(&d);

        liar_log(&liar, &log);
        buf_release(&log);
        download_init(&d, &liar, "/gzip/1000");
        download_run(&d);
        assert_ok(&d, 1000);
        download_release(&d);
        liar_log(&liar, &log);
        assert_int_equal(count_text(log.data, "\"accept-encoding\": \"identity\""), 1);
        buf_release(&log);

        /* Encoded although it was not asked for: the bytes as they are. */
        download_init(&d, &liar, "/gzip-bomb/1");
        download_run(&d);
        assert_int_equal(d.outcome.result, FETCH_OK);
        assert_memory_equal(d.body.data, "\x1f\x8b", 2);
        download_release(&d);
}

static void bounds_what_a_document_decodes_to(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/gzip-bomb/64");
        d.request.document = true;
        d.request.max_size = MIB;
        download_run(&d);
        assert_failed(&d, false, "larger than the 1048576 bytes");
        assert_true(d.body.len <= MIB);
        download_release(&d);
}

static void bounds_the_headers(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/header-flood");
        download_run(&d);
        assert_failed(&d, false, "headers");
        download_release(&d);
}

static void follows_redirects(void **state)
{
        struct download d;
        char want[512];

        (void)state;
        need_server();
        download_init(&d, &liar, "/redirect/3/500");
        download_run(&d);
        assert_ok(&d, 500);
        snprintf(want, sizeof want, "http://127.0.0.1:%u/redirect/0/500", liar.port);
        assert_string_equal(d.final_url, want);
        download_release(&d);

        download_init(&d, &liar, "/redirect/%d/500", LIMIT_REDIRECTS);
        download_run(&d);
        assert_ok(&d, 500);
        download_release(&d);

        download_init(&d, &liar, "/redirect-loop");
        download_run(&d);
        assert_failed(&d, false, "redirected more than 10 times");
        assert_non_null(strstr(d.outcome.err.msg, "/redirect-loop"));
        download_release(&d);
}

static void refuses_redirects_to_elsewhere(void **state)
{
        static const char *const bad[] = {
            "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"};
        struct fetch_options o = download_options();

        (void)state;
        need_server();
        o.allow_file = true; /* for the caller's own addresses, not a server's */
        for (size_t i = 0; i < 3; i++) {
                struct download d;

                download_init(&d, &liar, "/redirect-to?url=%s", bad[i]);
                download_run_with(&d, &o);
                assert_failed(&d, false, "neither http nor https: refused");
                assert_non_null(strstr(d.outcome.err.msg, bad[i]));
                assert_int_equal(d.begins, 0);
                download_release(&d);
        }
}

static void gives_up_the_slow(void **state)
{
        struct fetch_options o = download_options();
        struct download d;

        (void)state;
        need_server();
        o.low_speed_bytes = 1000;
        o.low_speed_seconds = 1;
        o.tries = 1;
        download_init(&d, &liar, "/stall/1000");
        download_run_with(&d, &o);
        assert_failed(&d, true, "stalled: slower than 1000 bytes a second for 1 s, 500 bytes in");
        assert_int_equal(d.outcome.bytes, 500);
        assert_string_equal(d.validator, "\"good\"");
        download_release(&d);

        download_init(&d, &liar, "/mute");
        download_run_with(&d, &o);
        assert_failed(&d, true, "stalled");
        download_release(&d);

        /* Never quite slow enough for that, but never done. */
        o = download_options();
        o.low_speed_bytes = 100;
        o.deadline_ms = 300;
        o.deadline_rate = 1000 * 1000;
        download_init(&d, &liar, "/slow/100000?rate=2000");
        download_run_with(&d, &o);
        assert_failed(&d, true, "too slow: ");
        assert_int_equal(d.outcome.tries, 1);
        assert_true(d.outcome.bytes > 0);
        download_release(&d);
}

static void grants_time_by_size(void **state)
{
        struct fetch_options o = download_options();
        struct download d;

        (void)state;
        need_server();
        o.deadline_ms = 1;
        o.deadline_rate = 1000;
        download_init(&d, &liar, "/slow/2000?rate=2000"); /* 1 s of the 2 s allowed */
        d.request.expect_size = 2000;
        download_run_with(&d, &o);
        assert_ok(&d, 2000);
        download_release(&d);
}

static void survives_resets(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/reset/100000?times=2");
        download_run(&d);
        assert_ok(&d, 100000);
        assert_int_equal(d.outcome.tries, 3);
        download_release(&d);

        download_init(&d, &liar, "/reset/100000?times=99");
        download_run(&d);
        assert_failed(&d, true, "(5 tries)");
        download_release(&d);
}

static void hands_over_error_pages_with_their_type(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/html");
        d.request.document = true;
        d.request.accept = "application/json";
        download_run(&d);
        assert_int_equal(d.outcome.result, FETCH_OK);
        assert_string_equal(d.type, "text/html");
        download_release(&d);
}

static void lets_sinks_refuse(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/ok/100000");
        d.refuse_at = 50000;
        download_run(&d);
        assert_failed(&d, false, "disk full");
        assert_non_null(strstr(d.outcome.err.msg, d.url));
        assert_int_equal(d.outcome.tries, 1);
        download_release(&d);

        download_init(&d, &liar, "/ok/100000");
        d.refuse_begin = true;
        download_run(&d);
        assert_failed(&d, false, "no, thanks");
        assert_int_equal(d.outcome.err.code, ERR_REFUSED);
        assert_int_equal(d.body.len, 0);
        download_release(&d);
}

struct chain {
        struct fetch *f;
        struct download d;
        unsigned left;
};

static void add_next(void *user, const struct fetch_outcome *outcome)
{
        struct chain *c = user;
        struct err e = ERR_INIT;

        assert_int_equal(outcome->result, FETCH_OK);
        if (c->left--)
                assert_int_equal(fetch_add(c->f, &c->d.request, &e), 0);
}

static void takes_requests_from_callbacks(void **state)
{
        struct fetch_options o = download_options();
        struct chain c = {.left = 20};

        (void)state;
        need_server();
        c.f = download_open(&o);
        download_init(&c.d, &liar, "/ok/100");
        c.d.request.on_begin = NULL;
        c.d.request.on_data = NULL;
        c.d.request.on_done = add_next;
        c.d.request.user = &c;
        download_add(c.f, &c.d);
        download_finish(c.f);
        assert_true(c.left == UINT32_MAX);
        fetch_close(c.f);
        download_release(&c.d);
}

static void tells_everybody_when_closed(void **state)
{
        struct fetch_options o = download_options();
        struct download d[4];
        struct fetch_progress p;
        struct fetch *f;
        struct err e = ERR_INIT;

        (void)state;
        need_server();
        o.in_flight = 2;
        f = download_open(&o);
        for (size_t i = 0; i < 4; i++) {
                download_init(&d[i], &liar, "/stall/%zu?q=secret", 1000 + i);
                download_add(f, &d[i]);
        }
        for (int i = 0; i < 100; i++) {
                assert_int_equal(fetch_run(f, 20, &e), 1);
                fetch_progress(f, &p);
                if (p.received == 1000)
                        break;
        }
        assert_int_equal(p.received, 1000);
        assert_int_equal(p.delivered, 1000);
        assert_int_equal(p.in_flight, 2);
        assert_int_equal(p.queued, 2);
        assert_int_equal(p.waiting, 0);
        assert_int_equal(p.done, 0);
        assert_int_equal(p.count, 2);
        assert_int_equal(p.item[0].bytes, 500);
        assert_int_equal(p.item[0].total + p.item[1].total, 2001);
        assert_int_equal(strlen(p.item[0].name), strlen("1000?..."));
        assert_null(strstr(p.item[0].url, "secret"));
        fetch_close(f);
        for (size_t i = 0; i < 4; i++) {
                assert_int_equal(d[i].done, 1);
                assert_failed(&d[i], true, "stopped before it was done");
                download_release(&d[i]);
        }
        assert_int_equal(d[0].outcome.bytes, 500);
        assert_string_equal(d[0].validator, "\"good\"");
        assert_int_equal(d[3].outcome.bytes, 0);
}

static void heeds_its_time_limit(void **state)
{
        struct fetch_options o = download_options();
        struct err e = ERR_INIT;
        struct download d;
        struct fetch *f;
        uint64_t started;

        (void)state;
        need_server();
        f = download_open(&o);
        assert_int_equal(fetch_run(f, -1, &e), 0); /* nothing to do */
        download_init(&d, &liar, "/mute?case=limit");
        download_add(f, &d);
        started = now_ms();
        assert_int_equal(fetch_run(f, 0, &e), 1);
        assert_int_equal(fetch_run(f, 100, &e), 1);
        assert_in_range(now_ms() - started, 100, 1000);
        fetch_close(f);
        download_release(&d);
}

static void refuses_unusable_requests(void **state)
{
        static const struct fetch_request bad[] = {
            {.url = "ftp://h/x"},
            {.url = "h/x"},
            {.url = "file:///etc/passwd"},
            {.url = "http://h/a\r\nb"},
            {.url = "http://h/x", .accept = "a\r\nX: y"},
            {.url = "http://h/x", .etag = "\"a\nb\""},
            {.url = "http://h/x", .last_modified = "\n"},
            {.url = "http://h/x", .authorization = "Bearer a\rb"},
            {.url = "http://h/x", .resume_have = 1, .resume_validator = "\x7f"},
            {.url = "http://h/x", .document = true, .resume_have = 1},
            {.url = "http://h/x", .document = true, .range = FETCH_PART, .range_size = 1},
            {.url = "http://h/x", .range = FETCH_SUFFIX},
            {.url = "http://h/x", .range = FETCH_PART, .range_size = 1, .resume_have = 1},
        };
        struct fetch_options o = download_options();
        struct fetch *f = download_open(&o);

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct err e = ERR_INIT;

                if (fetch_add(f, &bad[i], &e) == 0)
                        fail_msg("accepted number %zu", i);
                assert_int_equal(e.code, ERR_FAILED);
        }
        assert_int_equal(fetch_busy(f), 0);
        fetch_close(f);
        fetch_close(NULL);
}

/* A port of this machine where nobody listens. */
static unsigned dead_port(void)
{
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof a;
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
        close(fd);
        return ntohs(a.sin_port);
}

static void gives_up_a_dead_host_for_all(void **state)
{
        struct fetch_options o = download_options();
        struct liar nobody = {.scheme = "http", .port = dead_port()};
        struct download d[200], good;
        unsigned tried = 0;
        struct fetch *f;
        uint64_t started;

        (void)state;
        need_server();
        f = download_open(&o);
        for (size_t i = 0; i < 200; i++) {
                download_init(&d[i], &nobody, "/x/%zu", i);
                download_add(f, &d[i]);
        }
        download_init(&good, &liar, "/ok/100?case=beside");
        download_add(f, &good);
        started = now_ms();
        download_finish(f);
        assert_true(now_ms() - started < 3000);
        assert_ok(&good, 100);
        for (size_t i = 0; i < 200; i++) {
                assert_failed(&d[i], true, "no connection");
                assert_non_null(strstr(d[i].outcome.err.msg, d[i].url));
                tried += d[i].outcome.tries;
        }
        assert_true(tried <= 8 + 5); /* the first rush, and one at a time after it */
        /* It is asked again for the next request. */
        download_release(&d[0]);
        download_init(&d[0], &nobody, "/x");
        download_add(f, &d[0]);
        download_finish(f);
        assert_int_equal(d[0].outcome.tries, 5);
        fetch_close(f);
        for (size_t i = 0; i < 200; i++)
                download_release(&d[i]);
        download_release(&good);
}

static void asks_a_host_that_refuses_for_less(void **state)
{
        struct fetch_options o = download_options();
        struct download d[40];
        struct fetch *f;

        (void)state;
        need_server();
        o.in_flight = 16;
        o.per_host = 16;
        o.tries = 8;
        f = download_open(&o);
        for (size_t i = 0; i < 40; i++) {
                download_init(&d[i], &liar, "/status/429/%zu?times=2&case=many", i);
                download_add(f, &d[i]);
        }
        download_finish(f);
        fetch_close(f);
        for (size_t i = 0; i < 40; i++) {
                assert_ok(&d[i], i);
                download_release(&d[i]);
        }
}

static void works_through_a_proxy(void **state)
{
        struct download d;
        struct buf log;
        char proxy[64];

        (void)state;
        need_server();
        liar_log(&liar, &log);
        buf_release(&log);
        snprintf(proxy, sizeof proxy, "http://user:geheim@127.0.0.1:%u", liar.port);
        setenv("http_proxy", proxy, 1);
        download_init(&d, &liar, "/unused");
        d.request.url = "http://mirror.example.invalid/ok/100";
        download_run(&d);
        assert_ok(&d, 100);
        download_release(&d);
        setenv("no_proxy", "127.0.0.1", 1);
        liar_log(&liar, &log);
        assert_non_null(strstr(log.data, "\"path\": \"http://mirror.example.invalid/ok/100\""));
        assert_non_null(strstr(log.data, "\"proxy-authorization\": \"Basic dXNlcjpnZWhlaW0=\""));
        buf_release(&log);

        snprintf(proxy, sizeof proxy, "http://user:geheim@127.0.0.1:%u", dead_port());
        setenv("http_proxy", proxy, 1);
        unsetenv("no_proxy");
        download_init(&d, &liar, "/ok/100");
        download_run(&d);
        assert_failed(&d, true, "no connection");
        assert_null(strstr(d.outcome.err.msg, "geheim"));
        download_release(&d);
        unsetenv("http_proxy");
}

static void does_not_resolve(void **state)
{
        struct download d;

        (void)state;
        download_init(&d, &liar, "/unused");
        d.request.url = "http://user:geheim@mirror.example.invalid/x";
        download_run(&d);
        assert_failed(&d, true, "http://mirror.example.invalid/x: the host's name is not known");
        assert_null(strstr(d.outcome.err.msg, "geheim"));
        assert_non_null(strstr(d.outcome.err.msg, "resolve host: mirror.example.invalid"));
        download_release(&d);

        /* libcurl's words are dropped where they hold what may be the password. */
        download_init(&d, &liar, "/unused");
        d.request.url = "http://user:mirror@mirror.example.invalid/x";
        download_run(&d);
        assert_failed(&d, true, "the host's name is not known");
        assert_null(strstr(d.outcome.err.msg, "resolve host: mirror.example.invalid"));
        download_release(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(delivers),
            cmocka_unit_test(delivers_without_a_length),
            cmocka_unit_test(delivers_nothing_when_there_is_nothing),
            cmocka_unit_test(reuses_connections_and_heeds_the_bound_per_host),
            cmocka_unit_test(bounds_the_size),
            cmocka_unit_test(holds_the_server_to_the_expected_size),
            cmocka_unit_test(tells_what_is_gone),
            cmocka_unit_test(gives_up_at_once_where_trying_is_useless),
            cmocka_unit_test(tries_again_what_may_pass),
            cmocka_unit_test(waits_as_long_as_the_server_says),
            cmocka_unit_test(revalidates),
            cmocka_unit_test(decodes_documents_and_nothing_else),
            cmocka_unit_test(bounds_what_a_document_decodes_to),
            cmocka_unit_test(bounds_the_headers),
            cmocka_unit_test(follows_redirects),
            cmocka_unit_test(refuses_redirects_to_elsewhere),
            cmocka_unit_test(gives_up_the_slow),
            cmocka_unit_test(grants_time_by_size),
            cmocka_unit_test(survives_resets),
            cmocka_unit_test(hands_over_error_pages_with_their_type),
            cmocka_unit_test(lets_sinks_refuse),
            cmocka_unit_test(takes_requests_from_callbacks),
            cmocka_unit_test(tells_everybody_when_closed),
            cmocka_unit_test(heeds_its_time_limit),
            cmocka_unit_test(refuses_unusable_requests),
            cmocka_unit_test(gives_up_a_dead_host_for_all),
            cmocka_unit_test(asks_a_host_that_refuses_for_less),
            cmocka_unit_test(works_through_a_proxy),
            cmocka_unit_test(does_not_resolve),
        };

        return cmocka_run_group_tests(tests, start, stop);
}
