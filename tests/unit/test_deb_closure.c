/* Closures of small archives: apt's choices, conflicts, and why something cannot be had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/buf.h"
#include "bundle/mem.h"
#include "mirror/deb/closure.h"
#include "mirror/deb/wish.h"

/* A stanza from "name version[; field: value]..."; each file is another one. */
static void add(struct universe *u, unsigned suite, int pin, const char *text)
{
        static unsigned number;
        struct buf stanza;
        struct err e = ERR_INIT;
        size_t name = strcspn(text, " "), version = strcspn(text + name + 1, ";");

        buf_init(&stanza, 10000);
        buf_addf(&stanza, "Package: %.*s\nVersion: %.*s\nArchitecture: amd64\nSHA256: %064x\n",
            (int)name, text, (int)version, text + name + 1, ++number);
        for (text += name + 1 + version; *text; text += strcspn(text, ";")) {
                text += 1 + strspn(text + 1, " ");
                buf_addf(&stanza, "%.*s\n", (int)strcspn(text, ";"), text);
        }
        if (universe_add(u, suite, pin, stanza.data, stanza.len, &e) < 0)
                fail_msg("%s: %s", stanza.data, e.msg);
        buf_release(&stanza);
}

static struct universe *build(const char *const *stanzas)
{
        struct universe *u = universe_new("amd64");

        for (; *stanzas; stanzas++)
                add(u, 0, 500, *stanzas);
        universe_settle(u);
        return u;
}

static void names_of(const struct universe *u, const struct closure *c, struct buf *out)
{
        const char *names[100];

        assert_true(c->count <= 100);
        for (size_t i = 0; i < c->count; i++) {
                size_t at = i;
                const char *name = universe_get(u, c->items[i].package)->name;

                for (; at && strcmp(names[at - 1], name) > 0; at--)
                        names[at] = names[at - 1];
                names[at] = name;
        }
        for (size_t i = 0; i < c->count; i++)
                buf_addf(out, "%s%s", i ? " " : "", names[i]);
}

/* wanted: the names of the closure, sorted; or "!" and a part of the reason why there is none. */
static void check_with(struct universe *u, const char *roots, bool recommends, const char *wanted)
{
        struct closure_options options = {recommends};
        uint32_t numbers[10];
        size_t count = 0;
        struct closure c;
        struct err e = ERR_INIT;
        struct buf out;
        char *copy = xstrdup(roots), *rest = copy, *name;
        int r;

        while ((name = strsep(&rest, " ")))
                numbers[count++] = universe_candidate(u, name);
        buf_init(&out, 10000);
        r = closure_solve(u, numbers, count, &options, &c, &e);
        if (*wanted == '!') {
                assert_int_equal(r, 0);
                if (!strstr(c.problem, wanted + 1))
                        fail_msg("\"%s\" does not say \"%s\"", c.problem, wanted + 1);
        } else {
                if (r == 0)
                        fail_msg("no solution: %s", c.problem);
                names_of(u, &c, &out);
                assert_string_equal(out.data, wanted);
        }
        closure_release(&c);
        buf_release(&out);
        free(copy);
}

static void check(const char *const *stanzas, const char *roots, const char *wanted)
{
        struct universe *u = build(stanzas);

        check_with(u, roots, true, wanted);
        universe_free(u);
}

#define ARCHIVE(...) ((const char *const[]){__VA_ARGS__, NULL})

static void dependencies(void **state)
{
        struct universe *u = build(ARCHIVE("a 1; Depends: b; Recommends: c; Suggests: d",
            "b 1; Pre-Depends: e (>= 2)", "c 1", "d 1", "e 1", "e 2", "f 1; Depends: a"));

        (void)state;
        check_with(u, "a", true, "a b c e");
        check_with(u, "a", false, "a b e");
        check_with(u, "b f", false, "a b e f");
        universe_free(u);
}

static void alternatives(void **state)
{
        (void)state;
        check(ARCHIVE("a 1; Depends: x | b | c", "b 1", "c 1"), "a", "a b");
        check(ARCHIVE("a 1; Depends: b | c", "b 1", "c 1"), "a c", "a c");
        check(ARCHIVE("a 1; Depends: b (>= 2) | c", "b 1", "c 1"), "a", "a c");
        /* the first one does not work out: its own dependency is missing */
        check(ARCHIVE("a 1; Depends: b | c", "b 1; Depends: x", "c 1"), "a", "a c");
        /* an alternative that comes by another way, but later, is too late, as with apt */
        check(ARCHIVE("a 1; Depends: b | c, c", "b 1", "c 1"), "a", "a b c");
}

static void virtual_names(void **state)
{
        (void)state;
        /* a real package goes before one that provides its name; the last one heard of before others */
        check(ARCHIVE("a 1; Depends: b", "p 1; Provides: b", "b 1"), "a", "a b");
        check(ARCHIVE("a 1; Depends: v", "p 1; Provides: v", "q 1; Provides: v"), "a", "a q");
        check(
            ARCHIVE("z 1; Suggests: q", "a 1; Depends: v", "p 1; Provides: v", "q 1; Provides: v"),
            "a", "a p");
        check(
            ARCHIVE("a 1; Depends: v", "p 1; Provides: v; Priority: important", "q 1; Provides: v"),
            "a", "a p");
        /* a version is satisfied by a version only */
        check(ARCHIVE("a 1; Depends: v (>= 1)", "p 1; Provides: v", "q 1; Provides: v (= 2)"), "a",
            "a q");
        check(ARCHIVE("a 1; Depends: v (>= 1)", "p 1; Provides: v"), "a", "!v (>= 1)");
}

static void architectures(void **state)
{
        (void)state;
        check(ARCHIVE("a 1; Depends: b:any", "b 1; Multi-Arch: allowed"), "a", "a b");
        check(ARCHIVE("a 1; Depends: b:any", "b 1; Multi-Arch: foreign"), "a", "!b:any");
        check(ARCHIVE("a 1; Depends: b:amd64", "b 1"), "a", "a b");
        check(ARCHIVE("a 1; Depends: b:arm64 | c", "b 1", "c 1"), "a", "a c");
}

static void conflicts(void **state)
{
        (void)state;
        check(ARCHIVE("a 1; Depends: b | c", "b 1; Conflicts: d", "c 1", "d 1"), "a d", "a c d");
        check(
            ARCHIVE("a 1; Depends: b | c", "b 1", "c 1", "d 1; Breaks: b (<< 2)"), "a d", "a c d");
        /* a package does not conflict with what it provides itself */
        check(ARCHIVE("a 1; Provides: m; Conflicts: m", "b 1; Provides: m"), "a", "a");
        check(ARCHIVE("a 1; Recommends: b", "b 1; Conflicts: a"), "a", "a");
        check(ARCHIVE("a 1; Depends: b, c", "b 1; Conflicts: c", "c 1"), "a",
            "!b 1 conflicts with c, which c 1 is");
        /* what is needed without a choice drives out what was chosen before */
        check(ARCHIVE("a 1; Depends: b, c", "b 1; Depends: g | c", "g 1; Conflicts: c", "c 1"), "a",
            "a b c");
}

static void reasons(void **state)
{
        (void)state;
        check(ARCHIVE("a 1; Depends: b", "b 1; Depends: x (>= 3) | y"), "a",
            "!b 1 needs x (>= 3) | y, which is in none of the suites");
        check(ARCHIVE("a 1; Depends: b", "b 1; Depends: x"), "a", "!a 1 needs b");
}

static void whys(void **state)
{
        struct universe *u =
            build(ARCHIVE("a 1; Depends: b (>= 1) | x", "b 2; Recommends: c", "c 1"));
        struct closure_options options = {true};
        uint32_t root = universe_candidate(u, "a");
        static const char *const wanted[] = {"", "a 1 needs b (>= 1) | x", "b 2 recommends c"};
        struct closure c;
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(closure_solve(u, &root, 1, &options, &c, &e), 1);
        assert_int_equal(c.count, 3);
        for (size_t i = 0; i < 3; i++) {
                struct buf why;

                buf_init(&why, 1000);
                closure_why(u, &c, i, &why);
                assert_string_equal(why.data, wanted[i]);
                buf_release(&why);
        }
        closure_release(&c);
        universe_free(u);
}

/* Which root is to blame, so that the others can be had. */
static void culprits(void **state)
{
        struct universe *u = build(ARCHIVE("a 1", "b 1; Conflicts: a", "c 1; Depends: x", "d 1"));
        const char *const names[] = {"d", "a", "b"};
        struct closure_options options = {true};
        uint32_t roots[3];
        struct closure c;
        struct err e = ERR_INIT;

        (void)state;
        for (size_t i = 0; i < 3; i++)
                roots[i] = universe_candidate(u, names[i]);
        assert_int_equal(closure_solve(u, roots, 3, &options, &c, &e), 0);
        assert_int_equal(c.culprit, 2);
        closure_release(&c);
        roots[0] = universe_candidate(u, "c");
        assert_int_equal(closure_solve(u, roots, 2, &options, &c, &e), 0);
        assert_int_equal(c.culprit, 0);
        closure_release(&c);
        universe_free(u);
}

static void pins_and_suites(void **state)
{
        static const char *const suites[] = {"stable", "backports"};
        struct universe *u = universe_new("amd64");
        struct wish w;
        struct err e = ERR_INIT;
        uint32_t found[4];

        (void)state;
        add(u, 0, 500, "a 1.0");
        add(u, 0, 500, "a 1.2");
        add(u, 1, 100, "a 2.0");
        universe_settle(u);
        assert_string_equal(universe_get(u, universe_candidate(u, "a"))->version, "1.2");
        assert_int_equal(wish_parse(&w, "a", &e), 0);
        assert_int_equal(wish_find(&w, u, suites, 2, found, 4), 3);
        assert_string_equal(universe_get(u, found[0])->version, "1.2");
        assert_string_equal(universe_get(u, found[1])->version, "1.0");
        wish_release(&w);
        assert_int_equal(wish_parse(&w, "a/backports", &e), 0);
        assert_int_equal(wish_find(&w, u, suites, 2, found, 1), 1);
        assert_string_equal(universe_get(u, found[0])->version, "2.0");
        wish_release(&w);
        assert_int_equal(wish_parse(&w, "a:amd64=1.*", &e), 0);
        assert_true(wish_is_for(&w, "amd64") && !wish_is_for(&w, "arm64"));
        assert_int_equal(wish_find(&w, u, suites, 2, found, 1), 2);
        assert_string_equal(universe_get(u, found[0])->version, "1.2");
        wish_release(&w);
        universe_free(u);
}

static void tasks_and_exclusion(void **state)
{
        struct universe *u = universe_new("amd64");
        struct wish w;
        struct err e = ERR_INIT;
        uint32_t found[4];

        (void)state;
        universe_exclude(u, "b");
        add(u, 0, 500, "a 1; Depends: b; Task: desktop, web");
        add(u, 0, 500, "b 1; Depends: c");
        add(u, 0, 500, "c 1; Task: web-server");
        universe_settle(u);
        assert_int_equal(wish_parse(&w, "web^", &e), 0);
        assert_int_equal(wish_find(&w, u, NULL, 0, found, 4), 1);
        assert_string_equal(universe_get(u, found[0])->name, "a");
        wish_release(&w);
        check_with(u, "a", true, "a b");
        assert_true(universe_get(u, universe_candidate(u, "b"))->excluded);
        universe_free(u);
}

static void bad_wishes(void **state)
{
        static const char *const bad[] = {
            "", "a b", "a=", "a/", "a:", "a^=1", "web^/x", "-a", "a>=1", "A B", "a=1 2"};
        struct wish w;
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                e = (struct err)ERR_INIT;
                if (wish_parse(&w, bad[i], &e) != -1)
                        fail_msg("taken: %s", bad[i]);
                assert_int_equal(e.code, ERR_USAGE);
        }
}

static void bad_stanzas(void **state)
{
        static const char *const bad[] = {"Package: a\n", "Package: a\nVersion: 1\n",
            "Version: 1\nArchitecture: amd64\n", "Package: a\nVersion: x\nArchitecture: amd64\n",
            "Package: a\nVersion: 1\nArchitecture: amd64\nSHA256: 00\n",
            ("Package: a\nVersion: 1\nArchitecture: amd64\n"
             "SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nDepends: b (\n"),
            "nonsense"};
        struct universe *u = universe_new("amd64");

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct err e = ERR_INIT;

                assert_int_equal(universe_add(u, 0, 500, bad[i], strlen(bad[i]), &e), -1);
                assert_int_equal(e.code, ERR_REFUSED);
        }
        universe_settle(u);
        assert_int_equal(universe_end(u), UNIVERSE_FIRST);
        universe_free(u);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(dependencies),
            cmocka_unit_test(alternatives),
            cmocka_unit_test(virtual_names),
            cmocka_unit_test(architectures),
            cmocka_unit_test(conflicts),
            cmocka_unit_test(reasons),
            cmocka_unit_test(whys),
            cmocka_unit_test(culprits),
            cmocka_unit_test(pins_and_suites),
            cmocka_unit_test(tasks_and_exclusion),
            cmocka_unit_test(bad_wishes),
            cmocka_unit_test(bad_stanzas),
        };

        return cmocka_run_group_tests_name("deb_closure", tests, NULL, NULL);
}
