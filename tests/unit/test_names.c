/* Names from outside: what each kind of registry lets through, and what no host can bear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "mirror/names.h"

/* A made-up kind whose paths are the file names as they stand. */
static int plain_path(const struct record *r, struct buf *out, struct err *e)
{
        (void)e;
        return buf_adds(out, r->file);
}

static const struct registry made_up = {
    .kind = "made-up",
    .names = {.package = "-@/:", .version = ".", .file = ".-_~/: "},
    .path = plain_path,
};

static int check(const struct registry *registry, const char *package, const char *version,
    const char *file, struct err *e)
{
        struct record r = {"src", package, version, file, {0}, 1, "{}"};

        *e = (struct err)ERR_INIT;
        return names_check(registry, &r, e);
}

static void characters(void **state)
{
        struct err e;

        (void)state;
        must(check(&made_up, "a", "1", "a", &e));
        must(check(&made_up, "@A/z-9", "1.0", "A-z_9~.x", &e));
        refused(
            check(&made_up, "a b", "1", "a", &e), &e, ERR_REFUSED, "src/a: package \"a b\" holds");
        refused(check(&made_up, "a", "1+", "a", &e), &e, ERR_REFUSED, "version \"1+\" holds");
        refused(check(&made_up, "a", "1", "a\xc3\xa9", &e), &e, ERR_REFUSED, "file \"a");
        refused(check(&made_up, "a", "1", "a\x7f", &e), &e, ERR_REFUSED, "file \"a");
        refused(check(&made_up, "a", "1", "a\n", &e), &e, ERR_REFUSED, "file \"a");
        refused(check(&made_up, "a\xe2\x80\xae", "1", "a", &e), &e, ERR_REFUSED, "package \"a");
}

/* Each is fit for the made-up kind's characters, and hurts some host. */
static void hosts(void **state)
{
        static const char *const names[] = {"con", "CON", "nul.txt", "Aux.whl", "com1", "LPT9.x",
            "a.", "a. ", " a", ".a", "..", ".", "a:b", "x/../y", "x//y", "x/", "/x", "x/con/y",
            "x/prn.tar.gz", "x/y."};
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                refused(check(&made_up, "a", "1", names[i], &e), &e, ERR_REFUSED, "path ");
        refused(
            check(&made_up, "nul", "1", "a", &e), &e, ERR_REFUSED, "package \"nul\" is a device");
        refused(check(&made_up, "@x/con", "1", "a", &e), &e, ERR_REFUSED, "is a device");
        must(check(&made_up, "src:con", "1", "a", &e)); /* no path is made of it */
        must(check(&made_up, "console", "1", "x/com10/lpt.d", &e));
}

static void pypi(void **state)
{
        const struct registry *r = registry_find("pypi");
        struct err e;

        (void)state;
        must(check(r, "foo-bar", "1!2.0.post1+local.1",
            "foo_bar-1!2.0.post1+local.1-py3-none-any.whl", &e));
        must(check(r, "foo", "1.0", "foo-1.0.tar.gz", &e));
        refused(check(r, "Foo", "1.0", "foo-1.0.tar.gz", &e), &e, ERR_REFUSED, "no normalised");
        refused(check(r, "foo~", "1.0", "foo-1.0.tar.gz", &e), &e, ERR_REFUSED, "package \"foo~\"");
        refused(check(r, "foo", "1.0~", "foo-1.0.tar.gz", &e), &e, ERR_REFUSED, "version \"1.0~\"");
        refused(
            check(r, "foo", "1.0", "foo-1.0;x.tar.gz", &e), &e, ERR_REFUSED, "file \"foo-1.0;x");
        refused(
            check(r, "foo", "1.0", "foo-1.0'$(x).tar.gz", &e), &e, ERR_REFUSED, "file \"foo-1.0'");
        refused(check(r, "con", "1.0", "con-1.0.tar.gz", &e), &e, ERR_REFUSED, "device");
        refused(check(r, "foo", "1.0", "../foo-1.0.tar.gz", &e), &e, ERR_REFUSED, "file \"../foo");
}

static struct box b;

static void generation_of(const char *const *files, unsigned same_bytes)
{
        struct generation g;
        struct err e;

        box_open(&b);
        must(catalog_begin(b.catalog, &e));
        must(catalog_change_begin(b.catalog, &e));
        must(catalog_source_put(b.catalog, "python", "pypi", &e));
        for (unsigned i = 0; files[i]; i++) {
                struct record r =
                    box_file(&b, "python", "foo", files[i], "bytes", same_bytes ? 5 : i);

                must(catalog_record_add(b.catalog, &r, &e));
        }
        must(catalog_change_end(b.catalog, &g, &e));
        must(catalog_commit(b.catalog, &e));
}

static int check_generation(struct err *e)
{
        static char python[] = "python", absent[] = "absent";
        char *sources[] = {absent, python};

        *e = (struct err)ERR_INIT;
        return names_check_generation(b.catalog, 1, sources, 2, e);
}

static void not_two_of_a_name(void **state)
{
        static const char *const apart[] = {"foo-1.0-py3-none-any.whl", "foo-1.0-py2-none-any.whl",
            "foo-1.0.tar.gz", NULL},
                                 *const folded[] = {"foo-1.0-py3-none-any.whl",
                                     "Foo-1.0-py3-none-any.whl", NULL},
                                 *const unfit[] = {"foo-1.0~x.tar.gz", NULL};
        struct err e;

        (void)state;
        generation_of(apart, 1);
        must(check_generation(&e));
        box_close(&b);
        generation_of(folded, 0); /* other bytes: other paths */
        must(check_generation(&e));
        box_close(&b);
        generation_of(folded, 1);
        refused(check_generation(&e), &e, ERR_REFUSED,
            "python/foo-1.0-py3-none-any.whl: another file has this path, or one that differs in case");
        box_close(&b);
        generation_of(unfit, 1);
        refused(check_generation(&e), &e, ERR_REFUSED, "python/foo-1.0~x.tar.gz: file \"foo-1.0~x");
        box_close(&b);
}

#define INDEX(file, path) \
        { \
                "debian", "dists:stable", "1", file, {0}, 5, \
                    "{\"kind\":\"index\",\"path\":\"dists/stable/" path \
                    "\",\"suites\":{\"stable\":{}}}" \
        }

/* Two records' paths, which come in the order of their files. */
static int check_two(const struct record *first, const struct record *second, struct err *e)
{
        static char debian[] = "debian";
        char *sources[] = {debian};
        const struct record *records[] = {first, second};
        struct generation g;
        int ret;

        box_open(&b);
        if (catalog_begin(b.catalog, e) < 0 || catalog_change_begin(b.catalog, e) < 0 ||
            catalog_source_put(b.catalog, "debian", "deb", e) < 0 ||
            catalog_blob_put(b.catalog, first->sha256, 5, e) < 0)
                fail_msg("%s", e->msg);
        for (size_t i = 0; i < 2; i++)
                if (catalog_record_add(b.catalog, records[i], e) < 0)
                        fail_msg("%s", e->msg);
        if (catalog_change_end(b.catalog, &g, e) < 0 || catalog_commit(b.catalog, e) < 0)
                fail_msg("%s", e->msg);
        ret = names_check_generation(b.catalog, g.id, sources, 1, e);
        box_close(&b);
        return ret;
}

/* No host has a file and a folder of one name, nor of names that differ in case only. */
static void no_path_below_another(void **state)
{
        static const struct record file = INDEX("m", "main/m"), beside = INDEX("n", "main/n"),
                                   below = INDEX("n", "main/m/n"),
                                   far_below = INDEX("n", "main/M/a/b/n"),
                                   before = INDEX("a", "main/m/b/a");
        struct err e;

        (void)state;
        must(check_two(&file, &beside, &e));
        refused(check_two(&file, &below, &e), &e, ERR_REFUSED,
            "debian/n: its path lies below that of another file");
        refused(check_two(&file, &far_below, &e), &e, ERR_REFUSED, "debian/n: its path lies below");
        refused(
            check_two(&before, &file, &e), &e, ERR_REFUSED, "debian/m: another file has this path");
}

/* The set grows: what was put in before is still found. */
static void many(void **state)
{
        struct generation g;
        struct err e;
        char file[64];

        (void)state;
        box_open(&b);
        must(catalog_begin(b.catalog, &e));
        must(catalog_change_begin(b.catalog, &e));
        must(catalog_source_put(b.catalog, "python", "pypi", &e));
        for (unsigned i = 0; i < 3000; i++) {
                struct record r = {"python", "foo", "1.0", file, {1}, 5, "{}"};

                snprintf(file, sizeof file, "foo-1.0-%u-py3-none-any.whl", i);
                must(catalog_blob_put(b.catalog, r.sha256, 5, &e));
                must(catalog_record_add(b.catalog, &r, &e));
        }
        must(catalog_change_end(b.catalog, &g, &e));
        must(catalog_commit(b.catalog, &e));
        must(check_generation(&e));
        must(catalog_begin(b.catalog, &e));
        must(catalog_change_begin(b.catalog, &e));
        {
                struct record r = {
                    "python", "foo", "1.0", "FOO-1.0-0-py3-none-any.whl", {1}, 5, "{}"};

                must(catalog_record_add(b.catalog, &r, &e));
        }
        must(catalog_change_end(b.catalog, &g, &e));
        must(catalog_commit(b.catalog, &e));
        must(check_generation(&e)); /* the one before */
        {
                static char python[] = "python";
                char *sources[] = {python};

                refused(names_check_generation(b.catalog, g.id, sources, 1, &e), &e, ERR_REFUSED,
                    "differs in case only");
        }
        box_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(characters),
            cmocka_unit_test(hosts),
            cmocka_unit_test(pypi),
            cmocka_unit_test(not_two_of_a_name),
            cmocka_unit_test(no_path_below_another),
            cmocka_unit_test(many),
        };

        return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
