/* Parts of files: what is asked for, what is kept, and when to start afresh. */
#include "liar.h"

#include <sys/stat.h>

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

static void clear_log(void)
{
        struct buf log;

        liar_log(&liar, &log);
        buf_release(&log);
}

static void assert_log(const char *part, unsigned times)
{
        struct buf log;

        liar_log(&liar, &log);
        if (count_text(log.data, part) != times)
                fail_msg("not %u times %s in %s", times, part, log.data);
        buf_release(&log);
}

static void goes_on_where_it_broke_off(void **state)
{
        struct download d;

        (void)state;
        need_server();
        download_init(&d, &liar, "/cut/1000?times=3");
        d.request.expect_size = 1000;
        download_run(&d);
        assert_ok(&d, 1000);
        assert_int_equal(d.begins, 4);
        assert_int_equal(d.keep[0], 0);
        assert_int_equal(d.keep[1], 500);
        assert_int_equal(d.keep[2], 750);
        assert_int_equal(d.keep[3], 875);
        assert_int_equal(d.head.status, 206);
        assert_int_equal(d.head.offset, 875);
        assert_int_equal(d.head.body_size, 125);
        assert_int_equal(d.head.total_size, 1000);
        download_release(&d);

        clear_log();
        download_init(&d, &liar, "/cut-chunked/1000");
        download_run(&d);
        assert_ok(&d, 1000);
        assert_int_equal(d.keep[1], 500);
        download_release(&d);
        assert_log("\"range\": \"bytes=500-\",\n   \"if-range\": \"\\\"good\\\"\"", 1);
}

static void starts_afresh_where_nothing_vouches(void **state)
{
        static const char *const paths[] = {"/cut-plain/1000?times=2", "/cut-changed/1000?times=2"};
        struct download d;

        (void)state;
        need_server();
        for (size_t i = 0; i < 2; i++) {
                download_init(&d, &liar, "%s", paths[i]);
                download_run(&d);
                assert_ok(&d, 1000);
                assert_int_equal(d.begins, 3);
                assert_int_equal(d.keep[1], 0);
                assert_int_equal(d.keep[2], 0);
                download_release(&d);
        }
        /* A document is decoded on the way: there is no place in it to go on from. */
        download_init(&d, &liar, "/cut/1000?case=document");
        d.request.document = true;
        download_run(&d);
        assert_ok(&d, 1000);
        assert_int_equal(d.keep[1], 0);
        download_release(&d);
}

static void hands_back_what_a_later_run_can_use(void **state)
{
        struct fetch_options o = download_options();
        struct download d;

        (void)state;
        need_server();
        o.tries = 1;
        download_init(&d, &liar, "/cut/1000?times=99");
        download_run_with(&d, &o);
        assert_failed(&d, true, "cut short");
        assert_int_equal(d.outcome.bytes, 500);
        assert_string_equal(d.validator, "\"good\"");
        download_release(&d);

        download_init(&d, &liar, "/cut-plain/1000?times=99");
        download_run_with(&d, &o);
        assert_failed(&d, true, "cut short");
        assert_int_equal(d.outcome.bytes, 0);
        download_release(&d);
}

/* As a later run would: the sink holds the first `have` bytes. */
static void hold(struct download *d, size_t have, const char *validator)
{
        for (size_t i = 0; i < have; i++)
                buf_addc(&d->body, (char)(i % 251));
        d->request.resume_have = have;
        d->request.resume_validator = validator;
}

static void resumes(void **state)
{
        static const struct {
                const char *path, *validator;
                uint64_t keep;
                long status;
        } cases[] = {
            {"/ok/1000", "\"good\"", 400, 206},
            {"/ok/1000", "Wed, 01 Jan 2020 00:00:00 GMT", 400, 206},
            {"/ok/1000", NULL, 400, 206},
            {"/dated/1000", "Wed, 01 Jan 2020 00:00:00 GMT", 400, 206},
            {"/ok/1000", "\"older\"", 0, 200},
            {"/no-range/1000", "\"good\"", 0, 200},
            {"/bad-range/1000", "\"good\"", 0, 200},
            {"/ok/400", "\"good\"", 0, 200}, /* nothing is left to ask for: 416 */
            {"/ok/300", "\"good\"", 0, 200},
        };

        (void)state;
        need_server();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct download d;

                download_init(&d, &liar, "%s", cases[i].path);
                hold(&d, 400, cases[i].validator);
                download_run(&d);
                assert_ok(&d, strtoul(strrchr(cases[i].path, '/') + 1, NULL, 10));
                assert_int_equal(d.begins, 1);
                assert_int_equal(d.keep[0], cases[i].keep);
                assert_int_equal(d.head.status, cases[i].status);
                download_release(&d);
        }
}

static void keeps_what_it_has_until_the_answer_fits(void **state)
{
        static const char *const paths[] = {
            "/html", "/status/404", "/status/503?case=keep", "/redirect-loop", "/chunked/401"};
        struct download d;

        (void)state;
        need_server();
        for (size_t i = 0; i < 4; i++) {
                download_init(&d, &liar, "%s", paths[i]);
                hold(&d, 400, "\"good\"");
                d.request.expect_size = 1000;
                download_run(&d);
                assert_int_not_equal(d.outcome.result, FETCH_OK);
                assert_int_equal(d.begins, 0);
                assert_content(&d, 0, 400);
                assert_int_equal(d.outcome.bytes, i == 2 ? 400 : 0);
                download_release(&d);
        }
}

/* What came with other bytes does not vouch for these. */
static void forgets_the_validator_of_what_was_dropped(void **state)
{
        struct download d;

        (void)state;
        need_server();
        clear_log();
        download_init(&d, &liar, "/cut-plain/1000?case=validator");
        hold(&d, 400, "\"good\"");
        download_run(&d);
        assert_ok(&d, 1000);
        assert_int_equal(d.begins, 2);
        download_release(&d);
        assert_log("\"if-range\"", 1);
}

static void part_of(
    struct download *d, const char *path, enum fetch_range kind, uint64_t at, uint64_t size)
{
        download_init(d, &liar, "%s", path);
        d->request.range = kind;
        d->request.range_offset = at;
        d->request.range_size = size;
}

static void fetches_parts(void **state)
{
        static const struct {
                const char *path;
                enum fetch_range kind;
                uint64_t at, size, from, len;
        } cases[] = {
            {"/ok/1000", FETCH_PART, 100, 50, 100, 50},
            {"/ok/1000", FETCH_PART, 0, 1, 0, 1},
            {"/ok/1000", FETCH_PART, 950, 100, 950, 50},
            {"/ok/1000", FETCH_PART, 950, 0, 950, 50},
            {"/ok/1000", FETCH_PART, 950, UINT64_MAX, 950, 50},
            {"/ok/1000", FETCH_SUFFIX, 0, 30, 970, 30},
            {"/ok/1000", FETCH_SUFFIX, 0, 3000, 0, 1000},
            {"/cut/1000?case=part", FETCH_PART, 100, 50, 100, 50},
            {"/cut/1000?case=suffix&times=2", FETCH_SUFFIX, 0, 30, 970, 30},
            {"/cut-changed/1000?case=part", FETCH_PART, 100, 50, 100, 50},
        };

        (void)state;
        need_server();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct download d;

                part_of(&d, cases[i].path, cases[i].kind, cases[i].at, cases[i].size);
                d.request.expect_size = 1000;
                d.request.max_size = cases[i].len;
                download_run(&d);
                if (d.outcome.result != FETCH_OK)
                        fail_msg("%zu: %s", i, d.outcome.err.msg);
                assert_content(&d, cases[i].from, cases[i].len);
                assert_int_equal(d.head.status, 206);
                assert_int_equal(d.head.offset - d.head.keep, cases[i].from);
                assert_int_equal(d.head.total_size, 1000);
                assert_int_equal(d.outcome.bytes, cases[i].len);
                download_release(&d);
        }
}

static void sees_through_wrong_parts(void **state)
{
        struct download d;

        (void)state;
        need_server();
        part_of(&d, "/bad-range/1000", FETCH_PART, 100, 50);
        download_run(&d);
        assert_failed(&d, false, "another part (bytes 1-999/1000)");
        download_release(&d);

        part_of(&d, "/ok/1000", FETCH_PART, 100, 50);
        d.request.max_size = 49;
        download_run(&d);
        assert_failed(&d, false, "larger than the 49 bytes");
        download_release(&d);

        part_of(&d, "/ok/1000", FETCH_PART, 100, 50);
        d.request.expect_size = 999;
        download_run(&d);
        assert_failed(&d, false, "has 1000 bytes where the index says 999");
        download_release(&d);

        part_of(&d, "/ok/1000", FETCH_PART, 1000, 50);
        download_run(&d);
        assert_failed(&d, false, "416");
        download_release(&d);

        /* The whole file instead of a part: taken when there is room for it. */
        part_of(&d, "/no-range/1000", FETCH_SUFFIX, 0, 30);
        download_run(&d);
        assert_ok(&d, 1000);
        assert_int_equal(d.head.status, 200);
        assert_int_equal(d.head.offset, 0);
        download_release(&d);

        part_of(&d, "/no-range/1000", FETCH_SUFFIX, 0, 30);
        d.request.max_size = 30;
        download_run(&d);
        assert_failed(&d, false, "ignores Range and would send 1000 bytes");
        assert_int_equal(d.begins, 0);
        download_release(&d);
}

/* file:// */

static char *local_file(size_t size)
{
        char *path = xstrdup("/tmp/dray-test-XXXXXX");
        int fd = mkstemp(path);

        assert_true(fd >= 0);
        for (size_t i = 0; i < size; i++) {
                unsigned char byte = (unsigned char)(i % 251);

                assert_int_equal(write(fd, &byte, 1), 1);
        }
        close(fd);
        return path;
}

static void download_file(struct download *d, const char *path)
{
        download_init(d, &liar, "/unused");
        snprintf(d->url, sizeof d->url, "file://%s", path);
}

static void run_file(struct download *d)
{
        struct fetch_options o = download_options();

        o.allow_file = true;
        download_run_with(d, &o);
}

static void reads_local_files(void **state)
{
        char *path = local_file(3000), *odd = xasprintf("%s#1", path);
        struct download d;

        (void)state;
        liar.scheme = "http";
        download_file(&d, path);
        d.request.expect_size = 3000;
        run_file(&d);
        assert_ok(&d, 3000);
        assert_int_equal(d.head.status, 200);
        download_release(&d);

        assert_int_equal(rename(path, odd), 0);
        download_file(&d, path);
        snprintf(d.url, sizeof d.url, "file://%s%%231", path);
        run_file(&d);
        assert_ok(&d, 3000);
        download_release(&d);
        assert_int_equal(rename(odd, path), 0);

        download_file(&d, path);
        d.request.range = FETCH_SUFFIX;
        d.request.range_size = 10;
        run_file(&d);
        assert_content(&d, 2990, 10);
        download_release(&d);

        download_file(&d, path);
        d.request.range = FETCH_PART;
        d.request.range_offset = 100;
        d.request.range_size = 10;
        run_file(&d);
        assert_content(&d, 100, 10);
        download_release(&d);

        download_file(&d, path);
        hold(&d, 1000, NULL);
        run_file(&d);
        assert_ok(&d, 3000);
        assert_int_equal(d.keep[0], 1000);
        download_release(&d);

        download_file(&d, path);
        hold(&d, 1000, "Wed, 01 Jan 2020 00:00:00 GMT");
        run_file(&d);
        assert_ok(&d, 3000);
        assert_int_equal(d.keep[0], 0);
        download_release(&d);

        download_file(&d, path);
        d.request.expect_size = 2999;
        run_file(&d);
        assert_failed(&d, false, "has 3000 bytes where the index says 2999");
        download_release(&d);
        unlink(path);
        free(path);
        free(odd);
}

static void keep_date(void *user, const struct fetch_outcome *outcome)
{
        download_done(user, outcome);
        snprintf(((struct download *)user)->validator, 64, "%s", outcome->last_modified);
}

static void revalidates_local_files(void **state)
{
        char *path = local_file(10), date[64];
        struct download d;

        (void)state;
        download_file(&d, path);
        d.request.on_done = keep_date;
        run_file(&d);
        snprintf(date, sizeof date, "%s", d.validator);
        download_release(&d);

        download_file(&d, path);
        d.request.last_modified = date;
        run_file(&d);
        assert_int_equal(d.outcome.result, FETCH_NOT_MODIFIED);
        assert_int_equal(d.begins, 0);
        download_release(&d);

        download_file(&d, path);
        d.request.last_modified = "Wed, 01 Jan 2020 00:00:00 GMT";
        run_file(&d);
        assert_ok(&d, 10);
        download_release(&d);
        unlink(path);
        free(path);
}

static void misses_local_files(void **state)
{
        struct download d;

        (void)state;
        download_file(&d, "/nonexistent/x");
        run_file(&d);
        assert_int_equal(d.outcome.result, FETCH_GONE);
        download_release(&d);

        download_file(&d, "/tmp");
        run_file(&d);
        assert_failed(&d, false, "not a regular file");
        download_release(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(goes_on_where_it_broke_off),
            cmocka_unit_test(starts_afresh_where_nothing_vouches),
            cmocka_unit_test(hands_back_what_a_later_run_can_use),
            cmocka_unit_test(resumes),
            cmocka_unit_test(keeps_what_it_has_until_the_answer_fits),
            cmocka_unit_test(forgets_the_validator_of_what_was_dropped),
            cmocka_unit_test(fetches_parts),
            cmocka_unit_test(sees_through_wrong_parts),
            cmocka_unit_test(reads_local_files),
            cmocka_unit_test(revalidates_local_files),
            cmocka_unit_test(misses_local_files),
        };

        return cmocka_run_group_tests(tests, liar_environment, stop);
}
