/* The resolver against hand-made worlds, and against a search of all possibilities in thousands of random ones. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "resolve_universe.h"

/* ---- random worlds */

static void random_requirement(
    uint64_t *seed, unsigned packages, unsigned versions, char *text, size_t size)
{
        static const char *const signs[] = {">=", "<=", "<", ">", "==", "!="};
        unsigned package = universe_random(seed, packages);
        unsigned a = 1 + universe_random(seed, versions), b = 1 + universe_random(seed, versions);

        switch (universe_random(seed, 4)) {
        case 0:
                snprintf(text, size, " p%u", package);
                return;
        case 1:
                snprintf(text, size, " p%u>=%u,<%u", package, a, b + 1);
                return;
        default:
                snprintf(text, size, " p%u%s%u", package, signs[universe_random(seed, 6)], a);
        }
}

static void random_universe(struct universe *u, uint64_t seed)
{
        unsigned packages = 2 + universe_random(&seed, 6), most = 1 + universe_random(&seed, 5);
        unsigned needs = 1 + universe_random(&seed, 3);

        for (unsigned i = 0; i < packages; i++) {
                unsigned versions =
                    universe_random(&seed, 12) ? 1 + universe_random(&seed, most) : 0;
                char line[512], need[64];

                snprintf(line, sizeof line, "p%u ", i);
                universe_line(u, line);
                for (unsigned v = versions; v > 0; v--) {
                        size_t len = (size_t)snprintf(line, sizeof line, "p%u %u:", i, v);

                        if (!universe_random(&seed, 12)) {
                                snprintf(line, sizeof line, "p%u %u unusable: broken", i, v);
                                universe_line(u, line);
                                continue;
                        }
                        for (unsigned k = universe_random(&seed, needs + 1); k > 0; k--) {
                                random_requirement(&seed, packages, most, need, sizeof need);
                                len += (size_t)snprintf(line + len, sizeof line - len, "%s", need);
                        }
                        universe_line(u, line);
                }
        }
        char line[256] = "ask", need[64];
        size_t len = 3;

        for (unsigned k = 1 + universe_random(&seed, 3); k > 0; k--) {
                random_requirement(&seed, packages, most, need, sizeof need);
                len += (size_t)snprintf(line + len, sizeof line - len, "%s", need);
        }
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

/* Is each choice the best that all requirements on it allow? So it must be where nothing was ever refused. */
static bool chosen_is_best(const struct universe *u, uint32_t *chosen)
{
        for (size_t i = 0; i < u->package_count; i++) {
                uint32_t mine = chosen[i];

                if (mine == ABSENT)
                        continue;
                for (uint32_t better = 0; better < mine; better++) {
                        bool fits = true;

                        for (size_t q = 0; q < u->asked_count; q++)
                                fits &= u->requirements[u->asked[q]].package != i ||
                                        universe_fits(u->requirements[u->asked[q]].text,
                                            u->packages[i].versions[better].text);
                        for (size_t k = 0; k < u->package_count; k++) {
                                if (chosen[k] == ABSENT || k == i)
                                        continue;
                                const struct uversion *v = &u->packages[k].versions[chosen[k]];

                                for (size_t n = 0; n < v->need_count; n++)
                                        fits &= u->requirements[v->needs[n]].package != i ||
                                                universe_fits(u->requirements[v->needs[n]].text,
                                                    u->packages[i].versions[better].text);
                        }
                        if (fits)
                                return false;
                }
        }
        return true;
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
        size_t solved, refused, smooth, late;
};

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

        if (smooth && !chosen_is_best(&u, chosen))
                goto out;

        u.late = true;
        u.seed = seed;
        late = universe_resolver(&u);
        if (universe_run(&u, late, 1 + (uint32_t)(seed % 3), &e) != status)
                goto out;
        read_choices(late, again);
        if (memcmp(chosen, again, sizeof chosen) || resolve_get_stats(late).steps != stats.steps)
                goto out;
        tally->solved += status == RESOLVE_DONE;
        tally->refused += status == RESOLVE_CONFLICT;
        tally->smooth += smooth;
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
        const uint64_t worlds = 6000;

        (void)state;
        for (uint64_t i = 1; i <= worlds; i++)
                assert_true(check_universe(i * UINT64_C(0x9E3779B97F4A7C15), &tally));
        print_message("# %zu solved, %zu without solution, %zu without any refusal, %zu late\n",
            tally.solved, tally.refused, tally.smooth, tally.late);
        /* The worlds must be worth something. */
        assert_true(tally.solved > worlds / 4 && tally.refused > worlds / 10);
        assert_true(tally.smooth > worlds / 20 && tally.late > worlds / 2);
}

/* ---- golden cases: tests/data/resolve/<case>, see resolve_universe.h */

static char *read_file(const char *path)
{
        FILE *f = fopen(path, "r");
        char *text = xcalloc(1, 1 << 20);

        assert_non_null(f);
        assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
        fclose(f);
        return text;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The result in the form of the file's "=" and "|" lines. */
static void write_result(struct universe *u, struct resolve *r, int status, struct buf *out)
{
        char *lines[256];
        size_t count = 0;

        for (size_t i = 0; i < resolve_count(r); i++) {
                const struct resolve_choice *c = resolve_get(r, i);

                lines[count++] = xasprintf("= %s %s\n", u->packages[c->package].name,
                    u->packages[c->package].versions[c->candidate].text);
        }
        qsort(lines, count, sizeof lines[0], by_text);
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(buf_adds(out, lines[i]), 0);
                free(lines[i]);
        }
        if (status == RESOLVE_CONFLICT) {
                struct buf text;

                buf_init(&text, LIMIT_RESOLVE_TEXT);
                resolve_explain(r, &text);
                for (char *line = text.data; *line;) {
                        size_t len = strcspn(line, "\n");

                        assert_int_equal(buf_addf(out, "| %.*s\n", (int)len, line), 0);
                        line += len + (line[len] == '\n');
                }
                buf_release(&text);
        }
}

static bool check_golden(const char *name)
{
        char *path = xasprintf("tests/data/resolve/%s", name);
        char *text = read_file(path);
        struct universe u = {0};
        struct err e = ERR_INIT;
        struct buf expected, got;
        struct resolve *r;
        int status;
        bool same;

        buf_init(&expected, 1 << 20);
        buf_init(&got, 1 << 20);
        universe_parse(&u, text);
        u.late = true;
        u.seed = 1;
        if (u.line_count && u.lines[0][0] == '=')
                qsort(u.lines, u.line_count, sizeof u.lines[0], by_text);
        for (size_t i = 0; i < u.line_count; i++)
                assert_int_equal(buf_addf(&expected, "%s\n", u.lines[i]), 0);
        r = universe_resolver(&u);
        status = universe_run(&u, r, 2, &e);
        if (status < 0)
                print_message("# %s: %s\n", name, e.msg);
        write_result(&u, r, status, &got);
        same = !strcmp(expected.data, got.data);
        if (!same)
                print_message("# %s: expected\n%s# got\n%s", name, expected.data, got.data);
        resolve_free(r);
        buf_release(&expected);
        buf_release(&got);
        universe_release(&u);
        free(text);
        free(path);
        return same;
}

static void test_golden(void **state)
{
        DIR *d = opendir("tests/data/resolve");
        size_t cases = 0, wrong = 0;

        (void)state;
        assert_non_null(d);
        for (struct dirent *entry; (entry = readdir(d));) {
                if (entry->d_name[0] == '.')
                        continue;
                cases++;
                wrong += !check_golden(entry->d_name);
        }
        closedir(d);
        assert_true(cases > 0);
        assert_int_equal(wrong, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_golden),
            cmocka_unit_test(test_random),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
