/* What is delivered, within which bounds, and what is refused. */
#include "liar.h"

static struct liar liar;

static int stop(void **state)
{
        (void)state;
        liar_stop(&liar);
        return 0;
}

static void need_server(void)
{
        liar_need(&liar);
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
            cmocka_unit_test(revalidates),
            cmocka_unit_test(decodes_documents_and_nothing_else),
            cmocka_unit_test(bounds_what_a_document_decodes_to),
            cmocka_unit_test(bounds_the_headers),
            cmocka_unit_test(follows_redirects),
            cmocka_unit_test(refuses_redirects_to_elsewhere),
            cmocka_unit_test(hands_over_error_pages_with_their_type),
            cmocka_unit_test(lets_sinks_refuse),
            cmocka_unit_test(takes_requests_from_callbacks),
            cmocka_unit_test(tells_everybody_when_closed),
            cmocka_unit_test(heeds_its_time_limit),
            cmocka_unit_test(refuses_unusable_requests),
        };

        return cmocka_run_group_tests(tests, liar_environment, stop);
}
