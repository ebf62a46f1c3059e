/* What is tried again, when, how often, and for how long. */
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
            cmocka_unit_test(gives_up_at_once_where_trying_is_useless),
            cmocka_unit_test(tries_again_what_may_pass),
            cmocka_unit_test(waits_as_long_as_the_server_says),
            cmocka_unit_test(gives_up_the_slow),
            cmocka_unit_test(grants_time_by_size),
            cmocka_unit_test(survives_resets),
            cmocka_unit_test(gives_up_a_dead_host_for_all),
            cmocka_unit_test(asks_a_host_that_refuses_for_less),
            cmocka_unit_test(does_not_resolve),
        };

        return cmocka_run_group_tests(tests, liar_environment, stop);
}
