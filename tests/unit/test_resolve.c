/* The resolver against hand-made worlds (tests/data/resolve), and how it waits. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "resolve_universe.h"

/* ---- waiting */

/* Adds `count` lines made by a format with one number. */
static void add_lines(struct universe *u, const char *format, unsigned from, unsigned to)
{
        for (unsigned i = from; i < to; i++) {
                char *line = NULL, number[16];
                const char *at = format;
                struct buf b;

                buf_init(&b, 4096);
                snprintf(number, sizeof number, "%u", i);
                for (; *at; at++)
                        assert_int_equal(*at == '@' ? buf_adds(&b, number) : buf_addc(&b, *at), 0);
                line = buf_take(&b, NULL);
                universe_line(u, line);
                free(line);
                buf_release(&b);
        }
}

/* Sixty packages in three layers come in as many rounds as there are documents one behind
 * another, not one by one. */
static void test_ahead_is_wide(void **state)
{
        struct universe u = {.late = true, .seed = 1};
        struct err e = ERR_INIT;
        struct resolve *r;

        (void)state;
        add_lines(&u, "a@ 1: b@>=1", 0, 20);
        add_lines(&u, "b@ 2: c@", 0, 20);
        add_lines(&u, "c@ 7:", 0, 20);
        add_lines(&u, "ask a@", 0, 20);
        r = universe_resolver(&u);
        assert_int_equal(universe_run(&u, r, 1, &e), RESOLVE_DONE);
        assert_int_equal(resolve_count(r), 60);
        assert_int_equal(u.rounds, 6);
        assert_int_equal(u.most, 20);
        assert_int_equal(u.arrivals, 120);
        resolve_free(r);
        universe_release(&u);
}

/* While the first thing asked for does not come, all the rest does, to its end. */
static void test_ahead_is_deep(void **state)
{
        struct universe u = {.late = true, .seed = 1, .slow = "slow"};
        struct err e = ERR_INIT;
        struct resolve *r;

        (void)state;
        universe_line(&u, "slow 1:");
        universe_line(&u, "a 2: b<5");
        universe_line(&u, "a 1:");
        universe_line(&u, "b 9:");
        universe_line(&u, "b 4: c");
        universe_line(&u, "c 2 unusable: broken");
        universe_line(&u, "c 1: d");
        universe_line(&u, "d 1: e");
        universe_line(&u, "e 1:");
        universe_line(&u, "ask slow a");
        r = universe_resolver(&u);
        assert_int_equal(universe_run(&u, r, 1, &e), RESOLVE_DONE);
        assert_int_equal(u.before_slow, 11);
        assert_int_equal(u.arrivals, 13);
        resolve_free(r);
        universe_release(&u);
}

/* Two hundred versions are refused one by one; they are asked for in growing numbers. */
static void test_ahead_is_far(void **state)
{
        struct universe u = {.late = true, .seed = 1};
        struct err e = ERR_INIT;
        struct resolve *r;

        (void)state;
        add_lines(&u, "walk @: end==@", 1, 201);
        add_lines(&u, "end @:", 1, 201);
        universe_line(&u, "ask end==1 walk");
        r = universe_resolver(&u);
        assert_int_equal(universe_run(&u, r, 1, &e), RESOLVE_DONE);
        print_message("# %zu rounds\n", u.rounds);
        assert_true(u.rounds < 20);
        resolve_free(r);
        universe_release(&u);
}

static int broken_dependencies(
    void *p, uint32_t package, uint32_t candidate, struct resolve_sink *sink, struct err *e)
{
        (void)p;
        (void)package;
        (void)candidate;
        resolve_depends(sink, 0, 0);
        return err_set(e, ERR_FAILED, "the index is broken");
}

static void test_error(void **state)
{
        struct universe u = {0};
        struct resolve_provider broken = universe_provider;
        struct err e = ERR_INIT;
        struct resolve *r;

        (void)state;
        broken.dependencies = broken_dependencies;
        universe_line(&u, "a 1:");
        universe_line(&u, "ask a");
        r = resolve_new(&broken, &u);
        resolve_require(r, 0, 0);
        assert_int_equal(resolve_step(r, &e), -1);
        assert_string_equal(e.msg, "the index is broken");
        resolve_free(r);
        universe_release(&u);
}

static void test_nothing_asked(void **state)
{
        struct universe u = {0};
        struct err e = ERR_INIT;
        struct resolve *r = universe_resolver(&u);

        (void)state;
        assert_int_equal(resolve_step(r, &e), RESOLVE_DONE);
        assert_int_equal(resolve_step(r, &e), RESOLVE_DONE);
        assert_int_equal(resolve_count(r), 0);
        resolve_free(r);
        resolve_free(NULL);
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

/* The result in the form of the file's "=" and "|" lines; and the "?" lines, if the file has any. */
static void write_result(
    struct universe *u, struct resolve *r, int status, bool why, struct buf *out)
{
        char *lines[256] = {0};
        size_t count = 0;
        struct buf text;

        for (size_t i = 0; i < resolve_count(r); i++) {
                const struct resolve_choice *c = resolve_get(r, i);

                lines[count++] = xasprintf("= %s %s\n", u->packages[c->package].name,
                    u->packages[c->package].versions[c->candidate].text);
                if (!why)
                        continue;
                buf_init(&text, 4096);
                assert_int_equal(resolve_why(r, i, &text), 0);
                lines[count++] = xasprintf("? %s\n", text.data);
                buf_release(&text);
        }
        qsort(lines, count, sizeof lines[0], by_text);
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(buf_adds(out, lines[i]), 0);
                free(lines[i]);
        }
        if (status == RESOLVE_CONFLICT) {
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
        write_result(&u, r, status, strstr(text, "\n? ") != NULL, &got);
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
            cmocka_unit_test(test_ahead_is_wide),
            cmocka_unit_test(test_ahead_is_deep),
            cmocka_unit_test(test_ahead_is_far),
            cmocka_unit_test(test_error),
            cmocka_unit_test(test_nothing_asked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
