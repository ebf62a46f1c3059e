/* The log: what is written stays, and whatever is done to the file behind its back shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/audit.h"
#include "bundle/catalog_audit.h"
#include "bundle/person.h"

static struct box b;

static int set_up(void **state)
{
        (void)state;
        box_open(&b);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        box_close(&b);
        return 0;
}

static void append(const char *event, const char *text)
{
        struct audit_event ev = {.event = event, .stream = "plant-a", .seq = 7, .text = text};
        struct err e;

        must(audit_append(b.catalog, &ev, &e));
}

static int collect(
    void *user, int64_t n, const char *line, const unsigned char hash[SHA256_SIZE], struct err *e)
{
        (void)hash;
        (void)e;
        buf_addf(user, "%lld %s\n", (long long)n, line);
        return 0;
}

static void entries(void **state)
{
        unsigned char head[SHA256_SIZE], none[SHA256_SIZE] = {0}, manifest[SHA256_SIZE] = {0xab};
        struct audit_event bare = {
            .event = "review", .manifest = manifest, .text = "a\n\x1b[1m\xc3\xa9"};
        struct person me;
        struct buf out;
        struct err e;
        int64_t n;

        (void)state;
        must(audit_head(b.catalog, &n, head, &e));
        assert_int_equal(n, 0);
        assert_memory_equal(head, none, SHA256_SIZE);
        append("import", "one");
        must(audit_append(b.catalog, &bare, &e));
        must(audit_check(b.catalog, NULL, &n, head, &e));
        assert_int_equal(n, 2);
        buf_init(&out, 10000);
        must(audit_walk(b.catalog, 2, collect, &out, &e));
        person_now(&me);
        assert_non_null(strstr(out.data, "2 {\"at\":\"20"));
        assert_non_null(strstr(out.data, "\"event\":\"review\",\"manifest\":\"ab00"));
        assert_non_null(strstr(out.data, "\"seq\":0,\"stream\":\"\",\"text\":\"a??[1m??\""));
        assert_non_null(strstr(out.data, me.name));
        assert_null(strstr(out.data, "one"));
        buf_release(&out);
}

/* The entry falls with what it speaks of. */
static void within_a_transaction(void **state)
{
        unsigned char head[SHA256_SIZE];
        struct err e;
        int64_t n;

        (void)state;
        append("import", "one");
        must(catalog_begin(b.catalog, &e));
        append("import", "two");
        catalog_rollback(b.catalog);
        append("import", "another");
        must(audit_check(b.catalog, NULL, &n, head, &e));
        assert_int_equal(n, 2);
}

/* What somebody does with an editor: every `from` in the catalog's file becomes `to`, of the same length. */
static void edit(const char *from, const char *to)
{
        size_t len = strlen(from), n = 0;
        struct buf whole;
        struct err e;
        char *p;

        catalog_close(b.catalog);
        buf_init(&whole, 64 * MIB);
        must(fs_read_file(b.state, "catalog.db", &whole, &e));
        for (p = whole.data; (p = memmem(p, whole.len - (size_t)(p - whole.data), from, len));
             p++, n++)
                memcpy(p, to, len);
        assert_true(n > 0);
        must(fs_write_file(b.state, "catalog.db", whole.data, whole.len, &e));
        buf_release(&whole);
        must(catalog_open(b.state_dir, CATALOG_WRITE, &b.catalog, &e));
}

/* tests/e2e/60-gate.bats has what can be done with SQL. */
static void changes_show(void **state)
{
        static const struct {
                const char *from, *to;
        } cases[] = {
            {"two", "owt"},
            {"\"event\":\"refusal\"", "\"event\":\"imports\""},
            {"\"n\":2", "\"n\":3"},
            {"\"seq\":8,", "\"seq\":9,"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct audit_event second = {.event = "refusal", .seq = 8, .text = "two"};
                unsigned char head[SHA256_SIZE];
                struct err e;
                int64_t n;

                append("import", "one");
                must(audit_append(b.catalog, &second, &e));
                append("trust", "three");
                must(audit_check(b.catalog, NULL, &n, head, &e));
                edit(cases[i].from, cases[i].to);
                refused(
                    audit_check(b.catalog, NULL, &n, head, &e), &e, ERR_REFUSED, "entry 2 is not");
                box_close(&b);
                box_open(&b);
        }
}

static void a_noted_hash_must_be_there(void **state)
{
        unsigned char noted[SHA256_SIZE], head[SHA256_SIZE];
        struct err e;
        int64_t n;

        (void)state;
        must(audit_check(b.catalog, NULL, &n, noted, &e)); /* when there was nothing */
        append("import", "one");
        must(audit_check(b.catalog, noted, &n, head, &e));
        append("import", "two");
        must(audit_check(b.catalog, NULL, &n, noted, &e));
        append("import", "three");
        must(audit_check(b.catalog, noted, &n, head, &e));
        noted[5] ^= 1;
        refused(
            audit_check(b.catalog, noted, &n, head, &e), &e, ERR_REFUSED, "its end was cut off");
}

static int collect_review(void *user, const struct review_row *row, struct err *e)
{
        (void)e;
        buf_addf(user, "%lld %s %lld %s; ", (long long)row->uid, row->person, (long long)row->at,
            row->reason);
        return 0;
}

static void reviews(void **state)
{
        unsigned char manifest[SHA256_SIZE] = {1}, other[SHA256_SIZE] = {2};
        struct review_row row = {"alice", "ticket 1", 1000, 50},
                          again = {"alice", "ticket 2", 1000, 70}, bob = {"bob", "", 1001, 60};
        struct buf out;
        struct err e;

        (void)state;
        must(catalog_review_put(b.catalog, manifest, &row, &e));
        must(catalog_review_put(b.catalog, manifest, &bob, &e));
        must(catalog_review_put(b.catalog, manifest, &again, &e));
        buf_init(&out, 1000);
        must(catalog_reviews(b.catalog, manifest, collect_review, &out, &e));
        assert_string_equal(out.data, "1001 bob 60 ; 1000 alice 70 ticket 2; ");
        buf_reset(&out);
        must(catalog_reviews(b.catalog, other, collect_review, &out, &e));
        assert_int_equal(out.len, 0);
        buf_release(&out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(entries),
            TEST(within_a_transaction),
            TEST(changes_show),
            TEST(a_noted_hash_must_be_there),
            TEST(reviews),
        };

        return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
