/* What [policy] of dray.toml lets in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/policy.h"

#define NOW 1800000000
#define DAY 86400

static struct config *parse(const char *text)
{
        struct err e = ERR_INIT;
        struct config *c = config_parse("dray.toml", text, strlen(text), &e);

        if (!c)
                fail_msg("%s", e.msg);
        return c;
}

static void refused_text(const char *text, const char *part)
{
        struct err e = ERR_INIT;

        assert_null(config_parse("dray.toml", text, strlen(text), &e));
        assert_int_equal(e.code, ERR_USAGE);
        if (!strstr(e.msg, part))
                fail_msg("\"%s\" should say \"%s\"", e.msg, part);
}

static void reading(void **state)
{
        struct config *c = parse(
                          "[policy]\nwarn_age = \"7d\"\nmax_age = \"2w\"\nmax_size = \"1 KiB\"\n"
                          "review = true\n[[policy.source]]\nname = \"pypi\"\nallow = []\n"
                          "[[policy.source]]\nname = \"npm\"\ndeny = [\"a\", \"b*\"]\n"),
                      *none = parse("");

        (void)state;
        assert_int_equal(c->policy.warn_age, 7 * DAY);
        assert_int_equal(c->policy.max_age, 14 * DAY);
        assert_int_equal(c->policy.max_size, 1024);
        assert_true(c->policy.review);
        assert_int_equal(c->policy.source_count, 2);
        assert_true(c->policy.sources[0].has_allow);
        assert_false(c->policy.sources[1].has_allow);
        assert_string_equal(c->policy.sources[1].deny.items[1].text, "b*");
        assert_int_equal(none->policy.max_age, 0);
        config_free(c);
        config_free(none);
        refused_text("[policy]\nmaxage = \"7d\"\n", "did you mean `max_age`");
        refused_text("[policy]\nmax_age = 7\n", "`max_age` is a string like");
        refused_text("[policy]\nmax_size = \"big\"\n", "`max_size` is one of");
        refused_text("[policy]\nreview = 1\n", "review");
        refused_text("[policy]\nsource = 1\n", "[[policy.source]]");
        refused_text("[[policy]]\n", "write [policy]");
        refused_text("[policy]\n[[policy.source]]\nallow = []\n", "name");
        refused_text("[policy]\n[[policy.source]]\nname = \"a\"\nallowed = []\n", "`allow`");
}

/* A pattern that no name can fit would let everything in, silently. */
static void patterns_that_fit_nothing(void **state)
{
        static const char *const wrong[][2] = {{"six>=1", "holds a character that no name has"},
            {"six 1.0", "holds a character that no name has"}, {"six==1.0", "no name has"},
            {"s\\\\ix", "no name has"}, {"s\xc3\xads", "no name has"},
            {"six@1.0", "holds a version"}, {"[six", "has a [ without its ]"},
            {"six[", "has a [ without its ]"}, {"[a]six[!]", "has a [ without its ]"}},
                                 *const right[] = {"six", "S?x_*", "[!a-c]x", "[]]x", "@acme/*",
                                     "*@acme/x", "src:web", "g++", "a.b", "JSONStream"};
        char text[200];

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                snprintf(text, sizeof text,
                    "[policy]\n[[policy.source]]\nname = \"a\"\ndeny = [\"ok\", \"%s\"]\n",
                    wrong[i][0]);
                refused_text(text, wrong[i][1]);
                refused_text(text, "dray.toml:4:15: `deny` takes");
        }
        for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
                snprintf(text, sizeof text,
                    "[policy]\n[[policy.source]]\nname = \"a\"\nallow = [\"%s\"]\n", right[i]);
                config_free(parse(text));
        }
}

static int record_of(const struct config *c, const struct registry *registry, const char *source,
    const char *package)
{
        struct record r = {source, package, "1", "f", {0}, 1, "{}"};
        struct err e = ERR_INIT;
        int ret = policy_check_record(&c->policy, registry, &r, &e);

        if (ret < 0)
                assert_int_equal(e.code, ERR_POLICY);
        return ret;
}

static int record(const struct config *c, const char *source, const char *package)
{
        return record_of(c, NULL, source, package);
}

static void names(void **state)
{
        struct config *c = parse("[policy]\n[[policy.source]]\nname = \"pypi\"\n"
                                 "allow = [\"num*\", \"six\", \"acme-*\"]\ndeny = [\"numb\"]\n"
                                 "reserved = [\"acme-[ab]*\"]\n");

        (void)state;
        assert_int_equal(record(c, "pypi", "numpy"), 0);
        assert_int_equal(record(c, "pypi", "six"), 0);
        assert_int_equal(record(c, "pypi", "sixx"), -1);
        assert_int_equal(record(c, "pypi", "numb"), -1);
        assert_int_equal(record(c, "pypi", "NUMB"), -1);
        assert_int_equal(record(c, "pypi", "acme-core"), 0);
        assert_int_equal(record(c, "pypi", "acme-base"), -1);
        assert_int_equal(record(c, "other", "anything"), 0);
        config_free(c);
}

/* A pattern takes a name in whatever case it comes. */
static void case_is_no_way_around(void **state)
{
        struct config *c = parse("[policy]\n[[policy.source]]\nname = \"npm\"\n"
                                 "deny = [\"numb\"]\nreserved = [\"@acme/*\"]\n");

        (void)state;
        assert_int_equal(record(c, "npm", "numb"), -1);
        assert_int_equal(record(c, "npm", "NuMB"), -1);
        assert_int_equal(record(c, "npm", "@ACME/core"), -1);
        assert_int_equal(record(c, "npm", "numbers"), 0);
        config_free(c);
}

/* What a registry's own records are called beside: "src:web" is web's, an index is nobody's. */
static void names_that_people_know(void **state)
{
        const struct registry *deb = registry_find("deb");
        struct config *c = parse("[policy]\n[[policy.source]]\nname = \"debian\"\n"
                                 "allow = [\"web\", \"src:tool\"]\ndeny = [\"openssl\"]\n"
                                 "reserved = [\"acme-*\"]\n");

        (void)state;
        assert_int_equal(record_of(c, deb, "debian", "src:web"), 0);
        assert_int_equal(record_of(c, deb, "debian", "src:tool"), 0);
        assert_int_equal(record_of(c, deb, "debian", "tool"), -1);
        assert_int_equal(record_of(c, deb, "debian", "src:other"), -1);
        assert_int_equal(record_of(c, deb, "debian", "src:openssl"), -1);
        assert_int_equal(record_of(c, deb, "debian", "src:acme-base"), -1);
        assert_int_equal(record_of(c, deb, "debian", "dists:stable"), 0);
        config_free(c);
}

static int denies(const char *pattern, const char *kind, const char *package)
{
        char text[200];
        struct config *c;
        int ret;

        snprintf(text, sizeof text, "[policy]\n[[policy.source]]\nname = \"a\"\ndeny = [\"%s\"]\n",
            pattern);
        c = parse(text);
        ret = record_of(c, registry_find(kind), "a", package) < 0;
        config_free(c);
        return ret;
}

/* One name of Python's may be written in many ways, of which records have one. */
static void each_way_of_writing_a_name(void **state)
{
        static const char *const same[] = {"acme_core", "Acme_Core", "acme.core", "ACME-CORE",
            "acme._-core", "acme_*", "ac?e_core", "acme[_.]core", "acme[a._-]core", "acme[_!]core",
            "acme[]_]core", "acme[!a-z]core", "ac[l-n]e_core"};

        (void)state;
        for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
                if (!denies(same[i], "pypi", "acme-core"))
                        fail_msg("%s does not take acme-core", same[i]);
                assert_false(denies(same[i], "pypi", "acmecore"));
                assert_false(denies(same[i], "pypi", "acmexcore"));
        }
        assert_true(denies("acme[!_]core", "pypi", "acmexcore"));
        assert_false(denies("acme[!_]core", "pypi", "acme-core"));
        /* to npm these are two */
        assert_false(denies("acme_core", "npm", "acme-core"));
        assert_true(denies("acme_core", "npm", "acme_core"));
}

static int check(const struct config *c, const struct manifest *m, int64_t now, struct err *e)
{
        const struct policy_time t = {.now = now};

        return policy_check_bundle(&c->policy, m, &t, e);
}

static char *warning_of(const struct config *c, const struct manifest *m, int64_t now)
{
        const struct policy_time t = {.now = now};

        return policy_warning(&c->policy, m, &t);
}

static void age_and_size(void **state)
{
        struct config *c =
            parse("[policy]\nwarn_age = \"7d\"\nmax_age = \"2w\"\nmax_size = 1000\n");
        struct manifest m = {.issued = NOW, .totals = {.bytes = 1000}};
        struct err e = ERR_INIT;
        char *warning;

        (void)state;
        assert_int_equal(check(c, &m, NOW, &e), 0);
        assert_null(warning_of(c, &m, NOW + 7 * DAY));
        warning = warning_of(c, &m, NOW + 7 * DAY + 1);
        assert_non_null(warning);
        free(warning);
        assert_int_equal(check(c, &m, NOW + 14 * DAY, &e), 0);
        assert_int_equal(check(c, &m, NOW + 14 * DAY + 1, &e), -1);
        assert_int_equal(e.code, ERR_POLICY);
        m.totals.bytes = 1001;
        assert_int_equal(check(c, &m, NOW, &e), -1);
        assert_int_equal(e.code, ERR_POLICY);
        config_free(c);
}

/* No age can be told of what is dated in the future: told always, refused if age counts. */
static void the_future(void **state)
{
        struct config *c = parse("[policy]\nmax_age = \"2w\"\n"), *none = parse("");
        struct manifest m = {.issued = NOW + DAY};
        const struct policy_time behind = {NOW - 1, 1};
        struct err e = ERR_INIT;
        char *warning;

        (void)state;
        assert_int_equal(check(c, &m, NOW, &e), 0);
        assert_null(warning_of(none, &m, NOW));
        assert_int_equal(check(none, &m, NOW - 1, &e), 0);
        warning = warning_of(none, &m, NOW - 1);
        assert_non_null(warning);
        assert_non_null(strstr(warning, "ahead by this machine's clock"));
        free(warning);
        assert_int_equal(policy_check_bundle(&c->policy, &m, &behind, &e), -1);
        assert_int_equal(e.code, ERR_POLICY);
        assert_string_equal(e.cause, "policy-future");
        assert_non_null(strstr(e.msg, "ahead by the latest import here"));
        config_free(c);
        config_free(none);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(reading),
            cmocka_unit_test(patterns_that_fit_nothing),
            cmocka_unit_test(names),
            cmocka_unit_test(each_way_of_writing_a_name),
            cmocka_unit_test(case_is_no_way_around),
            cmocka_unit_test(names_that_people_know),
            cmocka_unit_test(age_and_size),
            cmocka_unit_test(the_future),
        };

        return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
