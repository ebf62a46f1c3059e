/* Two sets of records, and what is told of their difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/changes.h"

static struct changes c;

static int set_up(void **state)
{
        (void)state;
        c = (struct changes){0};
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        changes_release(&c);
        return 0;
}

static void add(int sign, const char *source, const char *package, const char *version, int file)
{
        char name[32];
        struct record r = {source, package, version, name, {0}, 10, "{}"};
        struct err e = ERR_INIT;

        snprintf(name, sizeof name, "file-%d", file);
        assert_int_equal(changes_add(&c, &r, sign, &e), 0);
}

/* How many records of each package the old set has. */
static int held(
    void *user, const char *source, const char *package, uint64_t *records, struct err *e)
{
        (void)user;
        (void)source;
        (void)e;
        *records = strcmp(package, "kept") == 0 ? 3 : 1;
        return 0;
}

static const struct package_change *find(const char *package)
{
        for (size_t i = 0; i < c.count; i++)
                if (strcmp(c.packages[i].package, package) == 0)
                        return &c.packages[i];
        return NULL;
}

static void kinds_without_a_mirror(void **state)
{
        struct err e = ERR_INIT;

        (void)state;
        add(1, "b", "new", "1", 1);
        add(1, "b", "new", "1", 2);
        add(-1, "a", "old", "1", 1);
        add(-1, "a", "moved", "1", 1);
        add(1, "a", "moved", "2", 2);
        add(1, "a", "same", "1", 1);
        add(-1, "a", "same", "1", 1);
        assert_int_equal(changes_settle(&c, NULL, NULL, &e), 0);
        assert_int_equal(c.count, 3);
        assert_string_equal(c.packages[0].package, "moved");
        assert_int_equal(c.packages[0].kind, PACKAGE_CHANGED);
        assert_int_equal(c.packages[1].kind, PACKAGE_REMOVED);
        assert_string_equal(c.packages[2].source, "b");
        assert_int_equal(c.packages[2].kind, PACKAGE_ADDED);
        assert_int_equal(c.packages[2].files_added, 2);
        assert_int_equal(c.packages[2].bytes_added, 20);
        assert_int_equal(changes_count(&c, NULL, PACKAGE_ADDED), 1);
        assert_int_equal(changes_count(&c, "b", PACKAGE_CHANGED), 0);
}

static void kinds_beside_what_is_held(void **state)
{
        struct err e = ERR_INIT;

        (void)state;
        add(1, "a", "kept", "2", 1);  /* beside three that stay */
        add(-1, "a", "gone", "1", 1); /* the only one */
        assert_int_equal(changes_settle(&c, held, NULL, &e), 0);
        assert_int_equal(find("kept")->kind, PACKAGE_CHANGED);
        assert_int_equal(find("gone")->kind, PACKAGE_REMOVED);
        changes_release(&c);
        add(-1, "a", "kept", "1", 1); /* two stay */
        assert_int_equal(changes_settle(&c, held, NULL, &e), 0);
        assert_int_equal(find("kept")->kind, PACKAGE_CHANGED);
}

/* Both sets are given whole: what stays tells changed from added and removed. */
static void kinds_of_whole_sets(void **state)
{
        struct record r = {"a", "dropped", "1", "file-1", {0}, 10, "{}"};
        struct err e = ERR_INIT;

        (void)state;
        add(-1, "a", "same", "1", 1);
        add(1, "a", "same", "1", 1);
        add(-1, "a", "grows", "1", 1);
        add(1, "a", "grows", "1", 1);
        add(1, "a", "grows", "2", 2);
        add(-1, "a", "shrinks", "1", 1);
        add(-1, "a", "shrinks", "2", 2);
        add(1, "a", "shrinks", "1", 1);
        add(1, "a", "fresh", "1", 1);
        add(-1, "z", "same", "1", 1);
        add(1, "z", "same", "1", 1);
        /* the old set has it, less what goes from there: in neither */
        add(-1, "a", "dropped", "1", 1);
        assert_int_equal(changes_drop(&c, &r, -1, &e), 0);
        assert_int_equal(changes_settle(&c, NULL, NULL, &e), 0);
        assert_int_equal(c.count, 3);
        assert_int_equal(find("grows")->kind, PACKAGE_CHANGED);
        assert_int_equal(find("shrinks")->kind, PACKAGE_CHANGED);
        assert_int_equal(find("fresh")->kind, PACKAGE_ADDED);
}

static void add_bytes(
    int sign, const char *version, const char *file, unsigned char byte, const char *meta)
{
        struct record r = {"a", "p", version, file, {byte}, 10, meta};
        struct err e = ERR_INIT;

        assert_int_equal(changes_add(&c, &r, sign, &e), 0);
}

/* Only where version and file are the same, and the bytes are not. */
static void other_bytes(void **state)
{
        struct err e = ERR_INIT;
        json_t *v, *versions;

        (void)state;
        add_bytes(-1, "1", "a", 1, "{}");
        add_bytes(1, "1", "a", 1, "{\"yanked\":true}");
        add_bytes(-1, "2", "b", 1, "{}");
        add_bytes(1, "2", "b", 2, "{}");
        add_bytes(-1, "2", "c", 1, "{}");
        add_bytes(1, "2", "c", 3, "{}");
        add_bytes(-1, "3", "latest", 1, "{}");
        add_bytes(1, "4", "latest", 2, "{}");
        add_bytes(1, "5", "a", 2, "{}");
        assert_int_equal(changes_settle(&c, NULL, NULL, &e), 0);
        assert_int_equal(find("p")->files_replaced, 2);
        v = changes_json(&c);
        versions = json_object_get(
            json_array_get(json_object_get(json_array_get(v, 0), "changed"), 0), "other_bytes");
        assert_int_equal(json_array_size(versions), 1);
        assert_string_equal(json_string_value(json_array_get(versions, 0)), "2");
        json_decref(v);
}

static void as_json(void **state)
{
        struct err e = ERR_INIT;
        json_t *v;
        char *text;

        (void)state;
        add(1, "a", "p", "2", 3);
        add(1, "a", "p", "2", 4);
        add(-1, "a", "p", "1", 1);
        assert_int_equal(changes_settle(&c, NULL, NULL, &e), 0);
        v = changes_json(&c);
        text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
        assert_string_equal(text,
            "[{\"added\":[],\"changed\":[{\"bytes_added\":20,\"files_added\":2,\"files_removed\":1,"
            "\"from\":[\"1\"],\"never_seen\":false,\"other_bytes\":[],\"package\":\"p\",\"to\":[\"2\"]}],\"name\":\"a\","
            "\"removed\":[]}]");
        free(text);
        json_decref(v);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(kinds_without_a_mirror),
            TEST(kinds_beside_what_is_held),
            TEST(kinds_of_whole_sets),
            TEST(other_bytes),
            TEST(as_json),
        };

        return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
