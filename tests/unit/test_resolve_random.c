/* The resolver against a search of all possibilities, and a plain greedy choice, in thousands of random worlds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "resolve_universe.h"

/* ---- random worlds */

/* Appends " pN..." to the line; most requirements are near the newest versions, as real ones are. */
static size_t random_requirement(
    uint64_t *seed, unsigned packages, unsigned versions, char *line, size_t len, size_t size)
{
        static const char *const signs[] = {">=", ">=", ">=", "<=", "<", ">", "==", "!="};
        unsigned package = universe_random(seed, packages);
        unsigned a = 1 + universe_random(seed, versions), b = 1 + universe_random(seed, versions);
        unsigned low = a < b ? a : b, high = a < b ? b : a;

        switch (universe_random(seed, 4)) {
        case 0:
                return len + (size_t)snprintf(line + len, size - len, " p%u", package);
        case 1:
                return len + (size_t)snprintf(
                                 line + len, size - len, " p%u>=%u,<%u", package, low, high + 1);
        default:
                return len + (size_t)snprintf(line + len, size - len, " p%u%s%u", package,
                                 signs[universe_random(seed, 8)], a);
        }
}

static void random_universe(struct universe *u, uint64_t seed)
{
        unsigned packages = 3 + universe_random(&seed, 4), most = 2 + universe_random(&seed, 4);
        unsigned needs = 1 + universe_random(&seed, 3);
        char line[512];
        size_t len;

        for (unsigned i = 0; i < packages; i++) {
                unsigned versions = universe_random(&seed, 40) ? most : 0;

                snprintf(line, sizeof line, "p%u ", i);
                universe_line(u, line);
                for (unsigned v = versions; v > 0; v--) {
                        len = (size_t)snprintf(line, sizeof line, "p%u %u:", i, v);
                        if (!universe_random(&seed, 15)) {
                                snprintf(line + len - 1, sizeof line - len, " unusable: broken");
                                universe_line(u, line);
                                continue;
                        }
                        for (unsigned k = universe_random(&seed, needs + 1); k > 0; k--)
                                len = random_requirement(
                                    &seed, packages, most, line, len, sizeof line);
                        universe_line(u, line);
                }
        }
        len = (size_t)snprintf(line, sizeof line, "ask");
        for (unsigned k = 1 + universe_random(&seed, 3); k > 0; k--)
                len = random_requirement(&seed, packages, most, line, len, sizeof line);
        universe_line(u, line);
}

/* ---- what is right, found by trying everything */

#define WORLD 8
#define ABSENT UINT32_MAX

static bool chosen_fits(const struct universe *u, const uint32_t *chosen, uint32_t requirement)
{
        const struct urequirement *q = &u->requirements[requirement];
        uint32_t candidate = chosen[q->package];

        return candidate != ABSENT &&
               universe_fits(q->text, u->packages[q->package].versions[candidate].text);
}

static bool chosen_valid(const struct universe *u, const uint32_t *chosen)
{
        for (size_t i = 0; i < u->asked_count; i++)
                if (!chosen_fits(u, chosen, u->asked[i]))
                        return false;
        for (size_t i = 0; i < u->package_count; i++) {
                const struct uversion *v;

                if (chosen[i] == ABSENT)
                        continue;
                v = &u->packages[i].versions[chosen[i]];
                if (v->unusable)
                        return false;
                for (size_t k = 0; k < v->need_count; k++)
                        if (!chosen_fits(u, chosen, v->needs[k]))
                                return false;
        }
        return true;
}

static bool search(const struct universe *u, uint32_t *chosen, size_t package)
{
        if (package == u->package_count)
                return chosen_valid(u, chosen);
        chosen[package] = ABSENT;
        if (search(u, chosen, package + 1))
                return true;
        for (uint32_t c = 0; c < u->packages[package].count; c++) {
                chosen[package] = c;
                if (search(u, chosen, package + 1))
                        return true;
        }
        return false;
}

static void read_choices(const struct resolve *r, uint32_t *chosen)
{
        for (size_t i = 0; i < WORLD; i++)
                chosen[i] = ABSENT;
        for (size_t i = 0; i < resolve_count(r); i++) {
                const struct resolve_choice *c = resolve_get(r, i);
                size_t index;

                chosen[c->package] = c->candidate;
                assert_true(c->asked || c->parent < i);
                assert_int_equal(resolve_find(r, c->package, &index), 1);
                assert_int_equal(index, i);
        }
}

/* What the header promises where nothing conflicts, in the plainest way. */
struct greedy {
        bool allowed[WORLD][16];
        bool needed[WORLD];
        unsigned depth[WORLD], order[WORLD];
};

static unsigned greedy_left(const struct universe *u, const struct greedy *g, size_t package)
{
        unsigned left = 0;

        for (size_t c = 0; c < u->packages[package].count; c++)
                left += g->allowed[package][c];
        return left;
}

/* Returns false when nothing is left. */
static bool greedy_need(const struct universe *u, struct greedy *g, uint32_t requirement,
    unsigned depth, unsigned order)
{
        const struct urequirement *q = &u->requirements[requirement];

        g->needed[q->package] = true;
        if (depth < g->depth[q->package])
                g->depth[q->package] = depth;
        if (order < g->order[q->package])
                g->order[q->package] = order;
        for (size_t c = 0; c < u->packages[q->package].count; c++)
                g->allowed[q->package][c] &=
                    universe_fits(q->text, u->packages[q->package].versions[c].text);
        return greedy_left(u, g, q->package) > 0;
}

static bool greedy_before(const struct universe *u, const struct greedy *g, size_t a, size_t b)
{
        unsigned left_a = greedy_left(u, g, a), left_b = greedy_left(u, g, b);

        if ((left_a == 1) != (left_b == 1))
                return left_a == 1;
        if (g->depth[a] != g->depth[b])
                return g->depth[a] < g->depth[b];
        if (g->order[a] != g->order[b])
                return g->order[a] < g->order[b];
        if ((left_a < u->packages[a].count) != (left_b < u->packages[b].count))
                return left_a < u->packages[a].count;
        return strcmp(u->packages[a].name, u->packages[b].name) < 0;
}

/* Takes the best of each in turn; false as soon as anything speaks against one. */
static bool greedy(const struct universe *u, uint32_t *chosen)
{
        struct greedy g;

        memset(&g, 0xFF, sizeof g);
        memset(g.allowed, true, sizeof g.allowed);
        memset(g.needed, false, sizeof g.needed);
        for (size_t i = 0; i < WORLD; i++)
                chosen[i] = ABSENT;
        for (size_t i = 0; i < u->asked_count; i++)
                if (!greedy_need(u, &g, u->asked[i], 1, (unsigned)i))
                        return false;
        for (;;) {
                size_t next = WORLD;
                uint32_t best = 0;

                for (size_t i = 0; i < u->package_count; i++)
                        if (g.needed[i] && chosen[i] == ABSENT &&
                            (next == WORLD || greedy_before(u, &g, i, next)))
                                next = i;
                if (next == WORLD)
                        return true;
                while (!g.allowed[next][best])
                        best++;
                chosen[next] = best;
                const struct uversion *v = &u->packages[next].versions[best];

                if (v->unusable)
                        return false;
                for (size_t c = 0; c < 16; c++)
                        g.allowed[next][c] = c == best;
                for (size_t k = 0; k < v->need_count; k++)
                        if (!greedy_need(u, &g, v->needs[k], g.depth[next] + 1, UINT32_MAX))
                                return false;
        }
}

static void print_universe(const struct universe *u, uint64_t seed)
{
        print_message("# seed %llu\n", (unsigned long long)seed);
        for (size_t i = 0; i < u->package_count; i++)
                for (size_t k = 0; k < u->packages[i].count; k++) {
                        const struct uversion *v = &u->packages[i].versions[k];

                        print_message("# %s %s%s:", u->packages[i].name, v->text,
                            v->unusable ? " unusable" : "");
                        for (size_t n = 0; n < v->need_count; n++)
                                print_message(" %s", u->requirements[v->needs[n]].text);
                        print_message("\n");
                }
        for (size_t i = 0; i < u->asked_count; i++)
                print_message("# ask %s\n", u->requirements[u->asked[i]].text);
}

struct tally {
        size_t solved, refused, smooth, hard, late;
};

/* Both tell the same, to its end. */
static bool check_explanation(struct resolve *r, struct resolve *late)
{
        const char *end = "there is no solution.", *list = "There is no solution, ";
        struct buf a, b;
        bool good;

        buf_init(&a, LIMIT_RESOLVE_TEXT);
        buf_init(&b, LIMIT_RESOLVE_TEXT);
        resolve_explain(r, &a);
        resolve_explain(late, &b);
        good = a.len > strlen(end) && !strcmp(a.data, b.data) &&
               (!strcmp(a.data + a.len - strlen(end), end) || !strncmp(a.data, list, strlen(list)));
        if (!good)
                print_message("# %s\n# %s\n", a.data, b.data);
        buf_release(&a);
        buf_release(&b);
        return good;
}

static bool check_universe(uint64_t seed, struct tally *tally)
{
        struct universe u = {0};
        struct err e = ERR_INIT;
        uint32_t chosen[WORLD], again[WORLD], brute[WORLD];
        bool good = false;
        struct resolve *r, *late = NULL;
        int status;

        random_universe(&u, seed);
        r = universe_resolver(&u);
        status = universe_run(&u, r, 1, &e);
        if (status < 0 || (status == RESOLVE_DONE) != search(&u, brute, 0))
                goto out;
        read_choices(r, chosen);
        if (status == RESOLVE_DONE && !chosen_valid(&u, chosen))
                goto out;
        struct resolve_stats stats = resolve_get_stats(r);
        bool smooth = status == RESOLVE_DONE && !stats.conflicts && !stats.refused;

        if (greedy(&u, brute) != smooth || (smooth && memcmp(chosen, brute, sizeof chosen) != 0))
                goto out;

        u.late = true;
        u.seed = seed;
        late = universe_resolver(&u);
        if (universe_run(&u, late, 1 + (uint32_t)(seed % 3), &e) != status)
                goto out;
        read_choices(late, again);
        if (memcmp(chosen, again, sizeof chosen) != 0 ||
            resolve_get_stats(late).steps != stats.steps)
                goto out;
        if (status == RESOLVE_CONFLICT && !check_explanation(r, late))
                goto out;
        tally->solved += status == RESOLVE_DONE;
        tally->refused += status == RESOLVE_CONFLICT;
        tally->smooth += smooth;
        tally->hard += status == RESOLVE_DONE && stats.conflicts > 0;
        tally->late += u.rounds > 1;
        good = true;
out:
        if (!good)
                print_universe(&u, seed);
        resolve_free(r);
        resolve_free(late);
        universe_release(&u);
        return good;
}

static void test_random(void **state)
{
        struct tally tally = {0};
        const uint64_t worlds = 4000;

        (void)state;
        for (uint64_t i = 1; i <= worlds; i++)
                assert_true(check_universe(i * UINT64_C(0x9E3779B97F4A7C15), &tally));
        print_message("# %zu solved (%zu by learning), %zu without solution, %zu without any "
                      "refusal, %zu late\n",
            tally.solved, tally.hard, tally.refused, tally.smooth, tally.late);
        /* The worlds must be worth something. */
        assert_true(tally.solved > worlds / 4 && tally.refused > worlds / 4);
        assert_true(tally.smooth > worlds / 20 && tally.hard > worlds / 100);
        assert_true(tally.late > worlds / 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_random),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
