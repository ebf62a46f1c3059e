/*
 * The pages of a whole source, through many generations and both trees: how they are dated, what lingers
 * and for how long, and that nothing else stays. The registry is made up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../mirror/site_pages.h"
#include "box.h"
#include "bundle/catalog_site.h"
#include "mirror/page.h"
#include "mirror/site_key.h"

static struct box b;
static struct mirror m;
static int trees[2];
static int64_t generation, last_date;
static char extra[64]; /* a page that is only written while it has a name */

/* "Release" says the date; "by-hash/N" is named by its content, the number of the last record. */
static int fake_pages(const struct site_source *site, struct record_cursor *all,
    struct page_sink *sink, struct err *e)
{
        struct page *p = page_new(sink->folder, e);
        char last[64] = "none", path[128], text[64];
        const struct signer *key;
        struct record r;
        int more, ret = -1;

        if (site->sign(site, &key, &last_date, e) < 0)
                goto out;
        while ((more = all->next(all, &r, e)) == 1)
                snprintf(last, sizeof last, "%s", r.file);
        snprintf(text, sizeof text, "%lld", (long long)last_date);
        snprintf(path, sizeof path, "by-hash/%s", last);
        if (!p || more < 0 || page_write(p, last, strlen(last), e) < 0 || page_end(p, e) < 0 ||
            sink->place(sink, p, "Packages", PAGE_STANDS, e) < 0 ||
            sink->place(sink, p, path, PAGE_LINGERS, e) < 0 ||
            sink->page(sink, "Release", text, strlen(text), e) < 0 ||
            (*extra && sink->page(sink, extra, "", 0, e) < 0))
                goto out;
        ret = 0;
out:
        page_free(p);
        return ret;
}

/* As one whose indexes are records: the same pages, but by-hash/N is a file that was linked. */
static int record_pages(const struct site_source *site, struct record_cursor *all,
    struct page_sink *sink, struct err *e)
{
        struct record r;
        char path[128];
        int more;

        (void)site;
        while ((more = all->next(all, &r, e)) == 1) {
                snprintf(path, sizeof path, "by-hash/%s", r.file);
                sink->linger(sink, path);
        }
        return more < 0 ? -1 : sink->page(sink, "Release", "", 0, e);
}

static const struct registry fake = {.kind = "fake", .source_pages = fake_pages};

static int set_up(void **state)
{
        struct err e;

        (void)state;
        setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
        box_open(&b);
        m = (struct mirror){.state = b.state, .catalog = b.catalog, .store = b.store};
        must(trees[0] = fs_make_dir(b.state, "site-a", &e));
        must(trees[1] = fs_make_dir(b.state, "site-b", &e));
        generation = 0;
        *extra = '\0';
        must(catalog_begin(b.catalog, &e));
        must(catalog_source_put(b.catalog, "s", "fake", &e));
        must(catalog_commit(b.catalog, &e));
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        close(trees[0]);
        close(trees[1]);
        box_close(&b);
        return 0;
}

/* The next generation: its only record is "file-N". */
static void change(int n)
{
        struct generation g;
        struct record r;
        char name[32];
        struct err e;

        snprintf(name, sizeof name, "file-%02d", n);
        must(catalog_begin(b.catalog, &e));
        must(catalog_change_begin(b.catalog, &e));
        r = box_file(&b, "s", "p", name, name, strlen(name));
        must(catalog_record_keep(b.catalog, &r, &e));
        must(catalog_source_settle(b.catalog, "s", &e));
        must(catalog_change_end(b.catalog, &g, &e));
        must(catalog_commit(b.catalog, &e));
        generation = g.id;
}

static void publish_as(const struct registry *registry, int tree, const char *settings)
{
        struct site_result result = {0};
        struct site_tree t = {.mirror = &m,
            .result = &result,
            .fd = trees[tree],
            .other = trees[!tree],
            .to = generation,
            .base_url = "",
            .settings = settings};
        struct err e;

        must(site_pages_write(&t, "s", registry, &e));
        site_key_free(t.key);
}

static void publish(int tree)
{
        publish_as(&fake, tree, "settings");
}

static bool has(int tree, const char *path)
{
        char full[128];

        snprintf(full, sizeof full, "s/%s", path);
        return faccessat(trees[tree], full, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool has_file(int tree, int n)
{
        char path[64];

        snprintf(path, sizeof path, "by-hash/file-%02d", n);
        return has(tree, path);
}

/* Whatever the tree: the last sets' pages are there, no older one is. */
static void lingering(void **state)
{
        (void)state;
        for (int n = 1; n <= 3 * SITE_LINGER; n++) {
                int tree = n % 2;

                change(n);
                publish(tree);
                for (int old = 1; old <= n; old++)
                        assert_int_equal(has_file(tree, old), n - old <= SITE_LINGER);
                assert_true(has(tree, "Packages"));
        }
}

/* A tree that was behind, or made anew, has them too. */
static void a_tree_anew(void **state)
{
        struct err e;

        (void)state;
        for (int n = 1; n <= 4; n++) {
                change(n);
                publish(0);
        }
        publish(1);
        for (int n = 1; n <= 4; n++)
                assert_true(has_file(1, n));
        must(fs_remove_tree(trees[0], "s", &e));
        publish(0);
        for (int n = 1; n <= 4; n++)
                assert_true(has_file(0, n));
        /* both lost: what lingered cannot be had again, which is no failure */
        must(fs_remove_tree(trees[0], "s", &e));
        must(fs_remove_tree(trees[1], "s", &e));
        publish(0);
        assert_true(has_file(0, 4));
        assert_false(has_file(0, 3));
}

/* Publishing the same again counts for nothing. */
static void the_same_again(void **state)
{
        (void)state;
        change(1);
        publish(0);
        change(2);
        for (int i = 1; i < 10; i++)
                publish(i % 2);
        assert_true(has_file(0, 1) && has_file(1, 1));
}

/* A record's file, which the tree links and unlinks by itself, lingers in the same way. */
static void files_of_records(void **state)
{
        static const struct registry records = {.kind = "records", .source_pages = record_pages};

        (void)state;
        for (int n = 1; n <= 3 * SITE_LINGER; n++) {
                int tree = n % 2;
                char path[64];
                struct err e;

                change(n);
                for (int old = 1; old < n; old++) {
                        snprintf(path, sizeof path, "s/by-hash/file-%02d", old);
                        if (n - old == 2) /* the last that this tree was told to link */
                                unlinkat(trees[tree], path, 0);
                }
                publish_as(&records, tree, "settings");
                snprintf(path, sizeof path, "s/by-hash/file-%02d", n);
                must(fs_make_parents(trees[tree], path, &e));
                must(fs_write_file(trees[tree], path, path, strlen(path), &e));
                for (int old = 1; old <= n; old++)
                        assert_int_equal(has_file(tree, old), n - old <= SITE_LINGER);
        }
}

static void what_is_not_written_again_goes(void **state)
{
        (void)state;
        snprintf(extra, sizeof extra, "suite/deep/Release");
        change(1);
        publish(0);
        publish(1);
        assert_true(has(0, "suite/deep/Release"));
        *extra = '\0';
        change(2);
        publish(0);
        assert_false(has(0, "suite"));
        change(3);
        publish(1);
        assert_false(has(1, "suite"));
        assert_true(has(1, "Release"));
}

static int count_page(void *user, const char *path, int lingers, int64_t age, struct err *e)
{
        (void)path;
        (void)lingers;
        (void)age;
        (void)e;
        ++*(int *)user;
        return 0;
}

/* What is remembered does not grow. */
static void forgetting(void **state)
{
        int count = 0;
        struct err e;

        (void)state;
        for (int n = 1; n <= 30; n++) {
                change(n);
                publish(n % 2);
        }
        must(catalog_pages(b.catalog, "s", count_page, &count, &e));
        /* the rows of sets are not shown, and go with them */
        assert_int_equal(count, 2 + SITE_LINGER + 3);
}

static void dates(void **state)
{
        int64_t first, second;

        (void)state;
        change(1);
        publish(0);
        first = last_date;
        assert_int_equal(first, 1700000000);
        publish(1); /* both trees show the same */
        assert_int_equal(last_date, first);
        change(2);
        publish(0);
        second = last_date;
        assert_int_equal(second, first + 1); /* within the same second */
        setenv("SOURCE_DATE_EPOCH", "1600000000", 1);
        change(1); /* the same records as once before, and the clock went back */
        publish(1);
        assert_int_equal(last_date, second + 1);
        setenv("SOURCE_DATE_EPOCH", "1800000000", 1);
        publish(0);
        assert_int_equal(last_date, second + 1);
        change(3);
        publish(1);
        assert_int_equal(last_date, 1800000000);
        publish_as(&fake, 0, "another address"); /* other pages of the same records */
        assert_int_equal(last_date, 1800000001);
}

static void a_new_key_is_a_new_date(void **state)
{
        struct err e;

        (void)state;
        change(1);
        publish(0);
        must(site_key_replace(&m, &e));
        publish(1);
        assert_int_equal(last_date, 1700000001);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(lingering, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_tree_anew, set_up, tear_down),
            cmocka_unit_test_setup_teardown(the_same_again, set_up, tear_down),
            cmocka_unit_test_setup_teardown(files_of_records, set_up, tear_down),
            cmocka_unit_test_setup_teardown(what_is_not_written_again_goes, set_up, tear_down),
            cmocka_unit_test_setup_teardown(forgetting, set_up, tear_down),
            cmocka_unit_test_setup_teardown(dates, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_new_key_is_a_new_date, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
