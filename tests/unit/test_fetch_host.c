/* The order in which hosts are served, and how hard; no network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/fetch_host.h"
#include "mirror/fetch_wait.h"

static struct fetch_hosts hosts(void)
{
        return (struct fetch_hosts){
            .in_flight = 16, .per_host = 4, .tries = 3, .backoff_ms = 1000, .backoff_max_ms = 1000};
}

static struct transfer *enter(struct fetch_hosts *h, const char *url)
{
        struct fetch_request r = {.url = url};
        struct err e = ERR_INIT;
        struct transfer *t = transfer_new(&r, &(struct fetch_options){.allow_file = true}, &e);

        assert_non_null(t);
        assert_int_equal(host_enter(h, t, &e), 0);
        host_queue(h, t);
        return t;
}

/* Ends whatever is left, and checks that nothing is. */
static void release(struct fetch_hosts *h, struct transfer **t, size_t count)
{
        while (host_any(h))
                ;
        for (size_t i = 0; i < count; i++) {
                host_leave(h, t[i], 1000000);
                transfer_free(t[i]);
        }
        for (int i = 0; i < FETCH_HOST_BUCKETS; i++)
                assert_null(h->bucket[i]);
        assert_null(h->ring);
        assert_null(h->ring_last);
        assert_int_equal(h->queued, 0);
        fetch_hosts_release(h);
}

static unsigned start_all(struct fetch_hosts *h, uint64_t now)
{
        unsigned count = 0;

        while (host_next(h, now))
                count++;
        return count;
}

static void serves_hosts_in_turn(void **state)
{
        static const char *const order[] = {"/1", "/4", "/6", "/2", "/5", "/3"};
        struct fetch_hosts h = hosts();
        struct transfer *t[6];

        (void)state;
        t[0] = enter(&h, "http://a/1");
        t[1] = enter(&h, "http://A:80/2");
        t[2] = enter(&h, "http://a/3");
        t[3] = enter(&h, "http://b/4");
        t[4] = enter(&h, "http://b/5");
        t[5] = enter(&h, "https://b/6");
        for (size_t i = 0; i < 6; i++) {
                struct transfer *next = host_next(&h, 0);

                assert_non_null(next);
                assert_string_equal(strrchr(next->r.url, '/'), order[i]);
        }
        assert_null(host_next(&h, 0));
        release(&h, t, 6);
}

static void bounds_each_host(void **state)
{
        struct fetch_hosts h = hosts();
        struct transfer *t[40];

        (void)state;
        for (size_t i = 0; i < 40; i++)
                t[i] = enter(&h, "http://a/");
        assert_int_equal(start_all(&h, 0), 4);
        host_ended(t[0]->host);
        assert_int_equal(start_all(&h, 0), 1);
        /* One connection carries all: no bound but the whole program's. */
        host_ended(t[0]->host);
        host_answered(t[0]->host, true);
        assert_int_equal(start_all(&h, 0), 16 - 3);
        release(&h, t, 40);
}

static void eases_off_and_recovers(void **state)
{
        struct fetch_hosts h = hosts();
        struct transfer *t[40];
        struct fetch_host *host;

        (void)state;
        for (size_t i = 0; i < 40; i++)
                t[i] = enter(&h, "http://a/");
        host = t[0]->host;
        assert_int_equal(start_all(&h, 10), 4);
        for (size_t i = 0; i < 4; i++) {
                host_ended(host);
                host_refused(&h, host, 10, 20 + i, 500);
        }
        assert_null(host_next(&h, 100));
        assert_int_equal(host_wake(&h, 100), 523);
        assert_int_equal(host_cooling(&h, 100), 36);
        assert_int_equal(host_cooling(&h, 523), 0);
        /* Four refusals of one rush count as one: 4 became 2. */
        assert_int_equal(start_all(&h, 523), 2);
        host_ended(host);
        host_refused(&h, host, 523, 600, 0);
        host_ended(host);
        assert_int_equal(start_all(&h, 600), 1);
        for (unsigned want = 1; want <= 3; want++)
                for (unsigned i = 0; i < want; i++) {
                        host_ended(host);
                        host_answered(host, false);
                        start_all(&h, 700);
                }
        assert_int_equal(host->in_flight, 4);
        release(&h, t, 40);
}

static void asks_the_unreachable_less_and_less(void **state)
{
        struct fetch_hosts h = hosts();
        struct transfer *t[40];
        struct fetch_host *host;
        uint64_t now = 10;
        unsigned count = 0;

        (void)state;
        for (size_t i = 0; i < 40; i++)
                t[i] = enter(&h, "http://a/");
        host = t[0]->host;
        assert_int_equal(start_all(&h, now), 4);
        now = 20;
        for (size_t i = 0; i < 4; i++) {
                host_ended(host);
                host_unreached(&h, host, 10, now, "dead");
        }
        assert_int_equal(host->failures, 1);
        for (unsigned failures = 2; failures <= 3; failures++) {
                assert_null(host_next_lost(&h));
                now += 1001;
                assert_int_equal(start_all(&h, now), 1);
                host_ended(host);
                host_unreached(&h, host, now, now + 1, "still dead");
                assert_int_equal(host->failures, failures);
        }
        assert_string_equal(host->reason, "still dead");
        while (host_next_lost(&h))
                count++;
        assert_int_equal(count, 34);
        assert_int_equal(h.queued, 0);
        release(&h, t, 40);
}

static void forgets_a_failure_when_answered(void **state)
{
        struct fetch_hosts h = hosts();
        struct transfer *t[8];

        (void)state;
        for (size_t i = 0; i < 8; i++)
                t[i] = enter(&h, "http://a/");
        assert_int_equal(start_all(&h, 0), 4);
        host_ended(t[0]->host);
        host_unreached(&h, t[0]->host, 0, 1, "dead");
        host_ended(t[0]->host);
        host_answered(t[0]->host, false);
        assert_int_equal(start_all(&h, 5000), 2);
        release(&h, t, 8);
}

static void waits_in_order_of_time(void **state)
{
        static struct transfer t[1000];
        struct fetch_wait w = {0};
        uint64_t last = 0;
        unsigned seed = 1, taken = 0;

        (void)state;
        assert_null(fetch_wait_first(&w));
        assert_null(fetch_wait_take(&w));
        for (size_t i = 0; i < 1000; i++) {
                seed = seed * 1103515245u + 12345u;
                t[i].due_ms = seed % 500 + 1;
                fetch_wait_put(&w, &t[i]);
        }
        while (fetch_wait_first(&w)) {
                struct transfer *first = fetch_wait_first(&w);

                assert_ptr_equal(fetch_wait_take(&w), first);
                assert_true(first->due_ms >= last);
                last = first->due_ms;
                first->due_ms = 0; /* seen */
                taken++;
        }
        assert_int_equal(taken, 1000);
        for (size_t i = 0; i < 1000; i++)
                assert_int_equal(t[i].due_ms, 0);
        fetch_wait_release(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(serves_hosts_in_turn),
            cmocka_unit_test(bounds_each_host),
            cmocka_unit_test(eases_off_and_recovers),
            cmocka_unit_test(asks_the_unreachable_less_and_less),
            cmocka_unit_test(forgets_a_failure_when_answered),
            cmocka_unit_test(waits_in_order_of_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
