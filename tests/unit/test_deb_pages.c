/*
 * What a Debian source looks like in the site, from records alone: golden files for a small archive, and the
 * rules one by one. gpgv and apt judge the same pages in tests/e2e.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/hex.h"
#include "golden.h"
#include "mirror/deb/entry.h"
#include "mirror/deb/pages.h"
#include "mirror/openpgp.h"
#include "mirror/page.h"
#include "signer_fixture.h"

#define GOLDEN "tests/data/deb/pages"
#define DATE 1795348800

static struct box b;
static struct signer_fixture key;
static size_t signed_times;

/* -- records -- */

struct made {
        struct record record;
        char *meta, *file;
};

static struct made records[64];
static size_t record_count, next_record;

static struct deb_suite suites[] = {
    {.folder = "bookworm", .name = "oldstable", .codename = "bookworm"},
    {.folder = "bookworm-backports",
        .name = "oldstable-backports",
        .codename = "bookworm-backports",
        .not_automatic = true,
        .but_automatic_upgrades = true},
};

/* lists: "suite component architecture", separated by commas. */
static void make(struct deb_entry *entry, const char *package, const char *version,
    const char *lists, size_t suite_count)
{
        struct made *m = &records[record_count];
        struct deb_list parsed[16];
        char *text = xstrdup(lists), *rest = text, *one;
        struct buf meta;
        struct err e;

        entry->lists = parsed;
        while (*lists && (one = strsep(&rest, ","))) {
                struct deb_list *l = &parsed[entry->list_count++];

                l->suite = strsep(&one, " ");
                l->component = strsep(&one, " ");
                l->architecture = one;
        }
        entry->suites = suites;
        entry->suite_count = suite_count;
        buf_init(&meta, 1 << 20);
        must(deb_entry_format(entry, &meta, &e));
        m->meta = buf_take(&meta, NULL);
        m->file = xstrdup(strrchr(entry->path, '/') + 1);
        m->record = (struct record){.source = "debian",
            .package = package,
            .version = version,
            .file = m->file,
            .meta = m->meta,
            .size = 1000 + record_count};
        memset(m->record.sha256, (int)(0xa0 + record_count), SHA256_SIZE);
        record_count++;
        free(text);
}

static size_t suites_told = 2;

static void binary(
    const char *package, const char *version, const char *architecture, const char *lists)
{
        const char *colon = strchr(version, ':'); /* no file name has an epoch */
        char *path = xasprintf("pool/main/%c/%s/%s_%s_%s.deb", *package, package, package,
            colon ? colon + 1 : version, architecture);
        char *control = xasprintf("Package: %s\nVersion: %s\nArchitecture: %s\n"
                                  "Description: one line\n and .\n .\n another\n",
            package, version, architecture);
        struct deb_entry entry = {
            .kind = DEB_BINARY, .path = path, .architecture = architecture, .control = control};

        make(&entry, package, version, lists, suites_told);
        free(path);
        free(control);
}

/* -- the host's side -- */

static int next(struct record_cursor *c, struct record *out, struct err *e)
{
        (void)c;
        (void)e;
        if (next_record == record_count)
                return 0;
        *out = records[next_record++].record;
        return 1;
}

static int put_page(
    struct page_sink *sink, const char *path, const void *bytes, size_t len, struct err *e)
{
        (void)sink;
        assert_non_null(bytes);
        return fs_make_parents(b.state, path, e) < 0 ? -1
                                                     : fs_write_file(b.state, path, bytes, len, e);
}

static int place_page(struct page_sink *sink, const struct page *page, const char *path,
    enum page_stay stay, struct err *e)
{
        (void)sink;
        assert_int_equal(stay == PAGE_LINGERS, strstr(path, "/by-hash/") != NULL);
        return page_link(page, b.state, path, e);
}

static struct page *xz_page(
    struct page_sink *sink, const struct page *page, const char *path, struct err *e)
{
        (void)sink;
        assert_string_equal(path + strlen(path) - 3, ".xz");
        return page_xz(page, e);
}

static size_t lingering;

static void linger(struct page_sink *sink, const char *path)
{
        (void)sink;
        assert_non_null(strstr(path, "/by-hash/"));
        lingering++;
}

static int sign(
    const struct site_source *site, const struct signer **out, int64_t *date, struct err *e)
{
        (void)site;
        (void)e;
        signed_times++;
        *out = &key.signer;
        *date = DATE;
        return 0;
}

static int write_pages(const char *base_url, struct err *e)
{
        struct site_source site = {.name = "debian", .base_url = base_url, .sign = sign};
        struct page_sink sink = {.page = put_page,
            .place = place_page,
            .xz = xz_page,
            .linger = linger,
            .folder = store_temp_dir(b.store)};
        struct record_cursor cursor = {NULL, next};

        next_record = 0;
        return deb_source_pages(&site, &cursor, &sink, e);
}

static int set_up(void **state)
{
        static const unsigned char seed[crypto_sign_SEEDBYTES] = {1};

        (void)state;
        box_open(&b);
        signer_fixture_init(&key, seed, 1700000000);
        signed_times = lingering = 0;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        for (size_t i = 0; i < record_count; i++) {
                free(records[i].meta);
                free(records[i].file);
        }
        record_count = 0;
        box_close(&b);
        return 0;
}

/* -- the tests -- */

static char *read_page(const char *path, size_t *len)
{
        struct buf text;
        struct err e;
        int found;

        buf_init(&text, 1 << 20);
        must(found = fs_read_file(b.state, path, &text, &e));
        if (!found) {
                buf_release(&text);
                return NULL;
        }
        return buf_take(&text, len);
}

static void check_golden(const char *path, const char *golden)
{
        size_t len = 0;
        char *text = read_page(path, &len);

        assert_non_null(text);
        golden_check(GOLDEN, golden, text, len);
        free(text);
}

/* Release, where what liblzma makes of an index is its own affair. */
static void check_release(const char *path, const char *golden)
{
        size_t len = 0;
        char *text = read_page(path, &len), *rest = text, *line;
        struct buf masked;

        assert_non_null(text);
        buf_init(&masked, 1 << 20);
        while ((line = strsep(&rest, "\n"))) {
                size_t n = strlen(line);
                bool xz = n > 3 && strcmp(line + n - 3, ".xz") == 0;

                buf_addf(&masked, "%s%s", xz ? strrchr(line, ' ') : line, rest ? "\n" : "");
        }
        golden_check(GOLDEN, golden, masked.data, masked.len);
        buf_release(&masked);
        free(text);
}

/* Every line of a Release is true, and so is the name by hash. */
static void check_lines(const char *suite)
{
        char path[512], hex[SHA256_HEX], size[24], file[256], found[SHA256_HEX], counted[24];
        size_t len = 0, lines = 0;
        char *text, *rest, *line, *index;

        snprintf(path, sizeof path, "dists/%s/Release", suite);
        rest = text = read_page(path, &len);
        assert_non_null(text);
        while ((line = strsep(&rest, "\n"))) {
                if (sscanf(line, " %64[0-9a-f] %23s %255s", hex, size, file) != 3)
                        continue;
                snprintf(path, sizeof path, "dists/%s/%s", suite, file);
                index = read_page(path, &len);
                assert_non_null(index);
                snprintf(counted, sizeof counted, "%zu", len);
                assert_string_equal(size, counted);
                sha256_hex(index, len, found);
                assert_string_equal(found, hex);
                free(index);
                snprintf(strrchr(path, '/'), 100, "/by-hash/SHA256/%s", hex);
                index = read_page(path, &len);
                assert_non_null(index);
                sha256_hex(index, len, found);
                assert_string_equal(found, hex);
                free(index);
                lines++;
        }
        assert_true(lines >= 2);
        free(text);
}

/* The three files are of one text; tests/unit/test_openpgp.c and gpgv look at the signatures. */
static void check_signed(const char *suite)
{
        struct buf clear, detached;
        char path[256];
        size_t len = 0;
        char *text;
        struct err e;

        buf_init(&clear, 1 << 20);
        buf_init(&detached, 1 << 20);
        snprintf(path, sizeof path, "dists/%s/Release", suite);
        text = read_page(path, &len);
        must(openpgp_clearsign(&key.signer, text, len, DATE, &clear, &e));
        must(openpgp_detached(&key.signer, text, len, DATE, &detached, &e));
        free(text);
        snprintf(path, sizeof path, "dists/%s/InRelease", suite);
        text = read_page(path, &len);
        assert_string_equal(text, clear.data);
        free(text);
        snprintf(path, sizeof path, "dists/%s/Release.gpg", suite);
        text = read_page(path, &len);
        assert_string_equal(text, detached.data);
        free(text);
        buf_release(&clear);
        buf_release(&detached);
}

static void check_absent(const char *path)
{
        size_t len;

        assert_null(read_page(path, &len));
}

static void a_small_archive(void **state)
{
        struct err e;

        (void)state;
        binary("app", "1.0-1", "amd64", "bookworm main amd64");
        binary("app", "1.1-1~bpo12+1", "amd64", "bookworm-backports main amd64");
        binary("app", "1.0-1", "arm64", "bookworm main arm64");
        binary("data", "2:3.0", "all", "bookworm main amd64,bookworm main arm64");
        binary("firmware", "1", "all", "bookworm non-free-firmware amd64");
        must(write_pages("http://mirror.plant/", &e));
        check_golden("dists/bookworm/main/binary-amd64/Packages", "bookworm.main.amd64");
        check_golden("dists/bookworm/main/binary-arm64/Packages", "bookworm.main.arm64");
        check_golden("dists/bookworm-backports/main/binary-amd64/Packages", "backports.main.amd64");
        check_release("dists/bookworm/Release", "bookworm.Release");
        check_release("dists/bookworm-backports/Release", "backports.Release");
        check_lines("bookworm");
        check_lines("bookworm-backports");
        check_golden("apt.sources", "apt.sources");
        check_golden("site-key.asc", "site-key.asc");
        check_absent("dists/bookworm/main/source/Sources");
        check_signed("bookworm");
        assert_int_equal(signed_times, 1);
}

/* Every combination of suite, component and architecture is there, of nothing too. */
static void every_index_is_there(void **state)
{
        static const char *const folders[] = {"main/binary-amd64", "main/binary-arm64",
            "contrib/binary-amd64", "contrib/binary-arm64"};
        struct err e;

        (void)state;
        binary("app", "1", "amd64", "bookworm main amd64");
        binary("tool", "1", "arm64", "bookworm contrib arm64");
        must(write_pages("", &e));
        for (size_t i = 0; i < 2; i++) {
                check_lines(suites[i].folder);
                for (size_t k = 0; k < sizeof folders / sizeof *folders; k++) {
                        char path[256];
                        size_t len;
                        char *text;

                        snprintf(path, sizeof path, "dists/%s/%s/Packages", suites[i].folder,
                            folders[k]);
                        text = read_page(path, &len);
                        assert_non_null(text);
                        free(text);
                }
        }
}

static void source(const char *file, const char *version, const char *control)
{
        char *path = xasprintf("pool/main/h/hello/%s", file);
        struct deb_entry entry = {
            .kind = DEB_SOURCE, .path = path, .architecture = "", .control = control};

        make(&entry, "src:hello", version, "bookworm main source", 1);
        free(path);
}

/* Records 0 and 1 are the tarballs; the .dsc names them as the site holds them, or not. */
static void source_package(const char *second_size)
{
        char first[SHA256_HEX], second[SHA256_HEX], *control;

        source("hello_1-1.debian.tar.xz", "1-1", "");
        source("hello_1.orig.tar.gz", "1", "");
        hex_encode(first, records[0].record.sha256, SHA256_SIZE);
        hex_encode(second, records[1].record.sha256, SHA256_SIZE);
        control =
            xasprintf("Package: hello\nVersion: 1-1\nChecksums-Sha256:\n"
                      " %s 1000 hello_1-1.debian.tar.xz\n %s %s hello_1.orig.tar.gz\nFormat: 3.0\n",
                first, second, second_size);
        source("hello_1-1.dsc", "1-1", control);
        free(control);
}

static void complete_source_package(void **state)
{
        struct err e;

        (void)state;
        source_package("1001");
        binary("app", "1", "amd64", "bookworm main amd64");
        must(write_pages("", &e));
        check_golden("dists/bookworm/main/source/Sources", "bookworm.main.source");
        check_release("dists/bookworm/Release", "source.Release");
        check_lines("bookworm");
        check_golden("apt.sources", "source.apt.sources");
}

/* A Sources stanza promises every file: with one that is another, there is none. */
static void incomplete_source_package(void **state)
{
        size_t len = 1;
        char *text;
        struct err e;

        (void)state;
        source_package("1002");
        binary("app", "1", "amd64", "bookworm main amd64,bookworm main source");
        must(write_pages("", &e));
        text = read_page("dists/bookworm/main/source/Sources", &len);
        assert_non_null(text);
        assert_null(strstr(text, "hello"));
        free(text);
}

static void upstreams_own_indexes(void **state)
{
        struct deb_entry entry = {.kind = DEB_INDEX,
            .path = "dists/bookworm/InRelease",
            .architecture = "",
            .control = ""};
        struct err e;

        (void)state;
        suites_told = 1;
        binary("app", "1", "amd64", "bookworm main amd64");
        suites_told = 2;
        make(&entry, "dists:bookworm", "20261107T101637Z", "", 1);
        entry.path = "dists/bookworm/main/binary-amd64/by-hash/SHA256/"
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        make(&entry, "dists:bookworm", "20261107T101637Z", "", 1);
        must(write_pages("", &e));
        assert_int_equal(lingering, 1);
        check_absent("dists/bookworm/Release");
        check_absent("dists/bookworm/main/binary-amd64/Packages");
        check_absent("site-key.asc");
        check_golden("apt.sources", "upstream.apt.sources");
        assert_int_equal(signed_times, 0); /* so no key is made */
}

static void nothing_at_all(void **state)
{
        struct err e;

        (void)state;
        must(write_pages("", &e));
        check_absent("apt.sources");
        assert_int_equal(signed_times, 0);
}

static void too_many_indexes(void **state)
{
        struct err e;

        (void)state;
        for (int i = 0; i < 26; i++) {
                char lists[64];

                snprintf(lists, sizeof lists, "bookworm c%d a%d", i, i);
                binary("app", "1", "all", lists);
        }
        refused(write_pages("", &e), &e, ERR_FAILED, "2 suites with ");
}

static void damaged_record(void **state)
{
        struct err e;

        (void)state;
        binary("app", "1", "amd64", "bookworm main amd64");
        records[0].record.package = "another";
        refused(write_pages("", &e), &e, ERR_REFUSED, "its Package is not another");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(a_small_archive, set_up, tear_down),
            cmocka_unit_test_setup_teardown(every_index_is_there, set_up, tear_down),
            cmocka_unit_test_setup_teardown(complete_source_package, set_up, tear_down),
            cmocka_unit_test_setup_teardown(incomplete_source_package, set_up, tear_down),
            cmocka_unit_test_setup_teardown(upstreams_own_indexes, set_up, tear_down),
            cmocka_unit_test_setup_teardown(nothing_at_all, set_up, tear_down),
            cmocka_unit_test_setup_teardown(too_many_indexes, set_up, tear_down),
            cmocka_unit_test_setup_teardown(damaged_record, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
