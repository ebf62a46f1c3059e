/* What a terminal shows, and what a log gets. The clock is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "mirror/download.h"
#include "mirror/fetch.h"
#include "mirror/progress.h"

static long long clock_ms;
static int seen_fd, real_stderr;
static struct fetch_progress snapshot;

int clock_gettime(clockid_t id, struct timespec *t)
{
        (void)id;
        t->tv_sec = clock_ms / 1000;
        t->tv_nsec = clock_ms % 1000 * 1000000;
        return 0;
}

void fetch_progress(struct fetch *f, struct fetch_progress *p)
{
        (void)f;
        *p = snapshot;
}

/* From here on stderr is `fd`; what arrives at `reader` is looked at. */
static void divert(int fd, int reader)
{
        fflush(stderr);
        real_stderr = dup(2);
        dup2(fd, 2);
        close(fd);
        seen_fd = reader;
        fcntl(reader, F_SETFL, O_NONBLOCK);
}

static void give_back(void)
{
        fflush(stderr);
        dup2(real_stderr, 2);
        close(real_stderr);
        close(seen_fd);
}

/* All that was shown since the last look. */
static const char *shown(void)
{
        static char text[4096];
        size_t len = 0;
        ssize_t n;

        fflush(stderr);
        while ((n = read(seen_fd, text + len, sizeof text - 1 - len)) > 0)
                len += (size_t)n;
        text[len] = '\0';
        return text;
}

static void use_a_pipe(void)
{
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        divert(ends[1], ends[0]);
}

static void use_a_terminal(unsigned short columns)
{
        struct winsize w = {.ws_row = 24, .ws_col = columns};
        int master, slave;

        if (access("/dev/pts/ptmx", F_OK) < 0) {
                print_message("skip: no terminals can be made here (/dev/pts)\n");
                skip();
        }
        assert_int_equal(openpty(&master, &slave, NULL, NULL, &w), 0);
        divert(slave, master);
        setenv("TERM", "xterm", 1);
}

/* A line every ten seconds, with no control characters; a phase is timed from its own start. */
static void a_log_gets_plain_lines(void **state)
{
        struct progress *p;

        (void)state;
        use_a_pipe();
        p = progress_new(0);
        clock_ms += 9999;
        progress_bytes(p, "packing", 1000, 4000);
        assert_string_equal(shown(), "");
        clock_ms += 1;
        progress_bytes(p, "packing", 1000, 4000);
        assert_string_equal(shown(), "dray: packing: 25% of 4.0 kB, 1.0 MB/s, 0:00 left\n");
        clock_ms += 9999;
        progress_bytes(p, "packing", 2000, 4000);
        assert_string_equal(shown(), "");
        clock_ms += 1;
        progress_bytes(p, "packing", 2000, 4000);
        assert_string_equal(shown(), "dray: packing: 50% of 4.0 kB, 199 B/s, 0:10 left\n");
        clock_ms += 10000;
        progress_bytes(p, "reading", 5000, 0); /* a new phase, of unknown size */
        assert_string_equal(shown(), "dray: reading: 5.0 kB, 0 B/s\n");
        progress_free(p);
        assert_string_equal(shown(), "");
        give_back();
}

static void quiet_is_quiet(void **state)
{
        struct progress *p;

        (void)state;
        use_a_pipe();
        p = progress_new(1);
        clock_ms += 60000;
        progress_bytes(p, "packing", 1, 2);
        progress_free(p);
        assert_string_equal(shown(), "");
        give_back();
}

/* Overall, and the slowest three; drawn over what was drawn, cut at the edge, and cleared. */
static void a_terminal_is_drawn_over(void **state)
{
        struct download_counts counts = {
            .files = 2, .failed = 1, .wanted = 10, .wanted_bytes = 10000};
        struct progress *p;

        (void)state;
        use_a_terminal(60);
        snapshot = (struct fetch_progress){.delivered = 2000,
            .waiting = 1,
            .count = 4,
            .item = {{.name = "a-1.0.whl", .bytes = 500, .total = 1000, .rate = 100},
                {.name = "b-1.0.whl", .bytes = 7, .total = FETCH_UNKNOWN, .tries = 2},
                {.name = "c-1.0.whl", .bytes = 1, .total = 2},
                {.name = "d-1.0.whl", .bytes = 1, .total = 2}}};
        p = progress_new(0);
        progress_fetch(p, "fetching", NULL, &counts);
        assert_string_equal(shown(), ""); /* too soon */
        clock_ms += 100;
        progress_fetch(p, "fetching", NULL, &counts);
        assert_string_equal(shown(),
            "fetching: 3 of 10 files, 2.0 kB of 10.0 kB, 20.0 kB/s, 0:00\r\n"
            "  a-1.0.whl  500 B of 1.0 kB, 100 B/s\r\n"
            "  b-1.0.whl  7 B, 0 B/s, try 3\r\n"
            "  c-1.0.whl  1 B of 2 B, 0 B/s");
        snapshot.count = 0;
        clock_ms += 100;
        progress_fetch(p, "fetching", NULL, &counts);
        assert_string_equal(shown(), "\r\x1b[K\x1b[1A\x1b[K\x1b[1A\x1b[K\x1b[1A\x1b[K"
                                     "fetching: 3 of 10 files, 2.0 kB of 10.0 kB, 10.0 kB/s, 0:00");
        progress_free(p);
        assert_string_equal(shown(), "\r\x1b[K");
        give_back();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_log_gets_plain_lines),
            cmocka_unit_test(quiet_is_quiet),
            cmocka_unit_test(a_terminal_is_drawn_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
