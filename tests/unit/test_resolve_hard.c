/*
 * The resolver in worlds of real size. What a version needs is computed, not stored. Held against
 * numbers of steps, which no busy machine can change; the times are only printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "mirror/resolve.h"

/* Version v of a package with n versions is candidate n-1-v. A requirement is low << 16 | high,
 * versions low <= v < high. */
struct world {
        uint32_t versions;
        /* Puts what version v of a package needs into the sink. */
        void (*needs)(
            const struct world *w, uint32_t package, uint32_t v, struct resolve_sink *sink);
        uint64_t calls;
        char text[8][64];
        unsigned next_text;
};

static uint32_t between(uint32_t low, uint32_t high)
{
        return low << 16 | high;
}

static uint32_t any(const struct world *w)
{
        return between(0, w->versions);
}

static int world_candidates(void *p, uint32_t package, uint32_t *count, struct err *e)
{
        (void)package;
        (void)e;
        *count = ((struct world *)p)->versions;
        return 1;
}

static int world_dependencies(
    void *p, uint32_t package, uint32_t candidate, struct resolve_sink *sink, struct err *e)
{
        struct world *w = p;

        (void)e;
        w->calls++;
        w->needs(w, package, w->versions - 1 - candidate, sink);
        return 1;
}

static bool world_matches(void *p, uint32_t requirement, uint32_t package, uint32_t candidate)
{
        uint32_t v = ((struct world *)p)->versions - 1 - candidate;

        (void)package;
        return v >= requirement >> 16 && v < (requirement & 0xFFFF);
}

/* Real providers keep their texts; here the last few suffice. */
static char *world_text(struct world *w)
{
        return w->text[w->next_text++ % 8];
}

static const char *world_name(void *p, uint32_t package)
{
        static char names[2000][8];

        (void)p;
        snprintf(names[package], 8, "p%05u", package);
        return names[package];
}

static const char *world_version(void *p, uint32_t package, uint32_t candidate)
{
        char *text = world_text(p);

        (void)package;
        snprintf(text, 64, "%u", ((struct world *)p)->versions - 1 - candidate);
        return text;
}

static const char *world_requirement(void *p, uint32_t requirement)
{
        char *text = world_text(p);

        snprintf(text, 64, "something>=%u,<%u", requirement >> 16, requirement & 0xFFFF);
        return text;
}

static const struct resolve_provider provider = {
    .candidates = world_candidates,
    .dependencies = world_dependencies,
    .matches = world_matches,
    .name = world_name,
    .version = world_version,
    .requirement = world_requirement,
};

static double now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run(const char *title, struct world *w, struct resolve *r)
{
        struct err e = ERR_INIT;
        double start = now(), solved;
        int status = resolve_step(r, &e);
        struct resolve_stats s = resolve_get_stats(r);
        struct buf text;

        solved = now();
        buf_init(&text, LIMIT_RESOLVE_TEXT);
        if (status == RESOLVE_CONFLICT)
                resolve_explain(r, &text);
        print_message("# %s: %s%zu chosen, %.0f ms; %llu steps, %llu decisions, %llu refused, "
                      "%llu conflicts, %llu KiB, %llu asked; explained in %.0f ms, %zu bytes\n",
            title, status < 0 ? e.msg : "", resolve_count(r), (solved - start) * 1e3,
            (unsigned long long)s.steps, (unsigned long long)s.decisions,
            (unsigned long long)s.refused, (unsigned long long)s.conflicts,
            (unsigned long long)s.memory / 1024, (unsigned long long)w->calls,
            (now() - solved) * 1e3, text.len);
        if (text.len)
                print_message("# %.*s\n", 900, text.data);
        buf_release(&text);
        return status;
}

static uint32_t mixed(uint64_t a, uint64_t b, uint64_t c)
{
        uint64_t x = (a * 1000003 + b) * 1000003 + c;

        x ^= x >> 31;
        x *= UINT64_C(0x9E3779B97F4A7C15);
        x ^= x >> 29;
        x *= UINT64_C(0xBF58476D1CE4E5B9);
        return (uint32_t)(x >> 33);
}

/* 2,000 packages, 200 versions: each needs about five, the low numbers being popular, from about
 * its own age on, and some below the next "major version". */
static void needs_realistic(
    const struct world *w, uint32_t package, uint32_t v, struct resolve_sink *sink)
{
        for (uint32_t i = 0; i < mixed(package, i, 1) % 11; i++) {
                uint32_t span = package / (1 + mixed(package, i, 2) % 8) + 1;
                uint32_t other = mixed(package, i, 3) % span, low, high = w->versions;

                if (other == package)
                        continue;
                low = mixed(package, v / 10, i) % (v + 1);
                if (mixed(package, i, 4) % 4 == 0)
                        high = (v / 40 + 1) * 40;
                if (mixed(package, i, v / 20) % 60 == 0)
                        high = low + 1 + mixed(package, i, v) % 30;
                resolve_depends(sink, other, between(low, high < w->versions ? high : w->versions));
        }
}

static void test_realistic(void **state)
{
        struct world w = {.versions = 200, .needs = needs_realistic};

        (void)state;
        for (uint32_t seed = 0; seed < 8; seed++) {
                struct resolve *r = resolve_new(&provider, &w);

                for (uint32_t i = 0; i < 60; i++)
                        resolve_require(r, 1999 - mixed(seed, i, 7) % 2000, any(&w));
                int status = run("2000 x 200", &w, r);

                assert_int_equal(status, RESOLVE_DONE);
                assert_true(resolve_get_stats(r).steps < 50000);
                resolve_free(r);
        }
}

/* Everything at once, all of it wanted. */
static void test_everything(void **state)
{
        struct world w = {.versions = 200, .needs = needs_realistic};
        struct resolve *r = resolve_new(&provider, &w);

        (void)state;
        for (uint32_t i = 0; i < 2000; i++)
                resolve_require(r, i, any(&w));
        assert_int_equal(run("all of 2000 x 200", &w, r), RESOLVE_DONE);
        assert_int_equal(resolve_count(r), 2000);
        resolve_free(r);
}

/* The cloud kit: SDK and CORE in lockstep, thousands of versions; ASYNC pins CORE far behind;
 * the oldest of ASYNC does not say anything. */
enum { SDK, CORE, ASYNC, FILES, TRANSFER, HTTP };

static void needs_cloud(
    const struct world *w, uint32_t package, uint32_t v, struct resolve_sink *sink)
{
        switch (package) {
        case SDK:
                resolve_depends(sink, CORE, between(v, v + 1));
                resolve_depends(sink, TRANSFER, any(w));
                break;
        case CORE:
                resolve_depends(
                    sink, HTTP, between(0, v > w->versions / 2 ? w->versions : w->versions / 2));
                break;
        case ASYNC:
                if (v >= 10)
                        resolve_depends(sink, CORE, between(v / 2, v / 2 + 1));
                else
                        resolve_depends(sink, CORE, any(w));
                break;
        case FILES:
                resolve_depends(sink, ASYNC, between(v > 20 ? v - 20 : 0, w->versions));
                break;
        case TRANSFER:
                resolve_depends(sink, CORE, between(0, w->versions));
                break;
        default:
                break;
        }
}

static void test_cloud(void **state)
{
        static const uint32_t asked[][3] = {
            {SDK, FILES, HTTP}, {FILES, SDK, HTTP}, {SDK, ASYNC, FILES}, {HTTP, SDK, ASYNC}};

        (void)state;
        for (size_t i = 0; i < 4; i++) {
                struct world w = {.versions = 5000, .needs = needs_cloud};
                struct resolve *r = resolve_new(&provider, &w);
                size_t at;

                for (int k = 0; k < 3; k++)
                        resolve_require(r, asked[i][k], any(&w));
                assert_int_equal(run("cloud kit, 5000 versions", &w, r), RESOLVE_DONE);
                assert_true(resolve_get_stats(r).steps < 10000);
                /* Not some ancient version. */
                assert_int_equal(resolve_find(r, ASYNC, &at), 1);
                assert_true(resolve_get(r, at)->candidate < 100);
                resolve_free(r);
        }
}

/* All versions of SDK have to be walked, and none fits. */
static void test_cloud_hopeless(void **state)
{
        struct world w = {.versions = 5000, .needs = needs_cloud};
        struct resolve *r = resolve_new(&provider, &w);

        (void)state;
        resolve_require(r, SDK, between(10, 5000));
        resolve_require(r, CORE, between(0, 10));
        assert_int_equal(run("cloud kit without solution", &w, r), RESOLVE_CONFLICT);
        assert_true(resolve_get_stats(r).steps < 20000);
        resolve_free(r);
}

/* A chain of packages in lockstep, and its end is held back: package i at v needs i+1 at v. */
static void needs_chain(
    const struct world *w, uint32_t package, uint32_t v, struct resolve_sink *sink)
{
        (void)w;
        if (package < 9)
                resolve_depends(sink, package + 1, between(v, v + 1));
}

static void test_chain(void **state)
{
        struct world w = {.versions = 1000, .needs = needs_chain};
        struct resolve *r = resolve_new(&provider, &w);

        (void)state;
        resolve_require(r, 0, any(&w));
        resolve_require(r, 9, between(0, 100));
        assert_int_equal(run("chain of 10 x 1000", &w, r), RESOLVE_DONE);
        assert_int_equal(resolve_get(r, 0)->candidate, 900);
        assert_true(resolve_get_stats(r).steps < 500000);
        resolve_free(r);
}

/* Seven pigeons, six holes, each hole for one: no method of this kind is quick at that, and nobody
 * would read its proof. */
enum { HOLES = 6 };

static void needs_hole(
    const struct world *w, uint32_t package, uint32_t v, struct resolve_sink *sink)
{
        (void)w;
        if (package > HOLES && v < HOLES)
                resolve_depends(sink, v, between(package - HOLES, package - HOLES + 1));
        else if (package > HOLES)
                resolve_unusable(sink, "there is no such hole");
}

static void test_pigeons(void **state)
{
        struct world w = {.versions = HOLES + 2, .needs = needs_hole};
        struct resolve *r = resolve_new(&provider, &w);

        (void)state;
        for (uint32_t i = 0; i <= HOLES; i++)
                resolve_require(r, HOLES + 1 + i, any(&w));
        assert_int_equal(run("pigeons", &w, r), RESOLVE_CONFLICT);
        resolve_free(r);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_realistic),
            cmocka_unit_test(test_everything),
            cmocka_unit_test(test_cloud),
            cmocka_unit_test(test_cloud_hopeless),
            cmocka_unit_test(test_chain),
            cmocka_unit_test(test_pigeons),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
