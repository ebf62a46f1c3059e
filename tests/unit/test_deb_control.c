/* What a .deb says of itself: every form that dpkg writes, and what is wrong with the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mman.h>

#include "box.h"
#include "deb_build.h"
#include "mirror/deb/control.h"
#include "mirror/deb/entry.h"
#include "mirror/deb/identify.h"

#define CONTROL \
        "Package: hello\nSource: hello-src (2.0)\nVersion: 1:2.10-3\nArchitecture: amd64\n" \
        "Depends: libc6 (>= 2.34)\nDescription: greets\n people\n .\n twice\n"

static int file_of(const struct buf *bytes)
{
        struct err e;
        int fd = memfd_create("deb", MFD_CLOEXEC);

        assert_true(fd >= 0);
        must(fs_write(fd, bytes->data, bytes->len, &e));
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

static int read_deb(const struct buf *deb, struct deb_control *c, struct err *e)
{
        int fd = file_of(deb), ret;

        ret = deb_control_read(fd, c, e);
        close(fd);
        return ret;
}

static void is_refused(struct buf *deb, const char *part)
{
        struct deb_control c;
        struct err e;

        refused(read_deb(deb, &c, &e), &e, ERR_REFUSED, part);
        assert_null(c.package);
        buf_release(deb);
}

static void control_is_refused(const char *control, const char *part)
{
        struct buf deb;

        deb_build(&deb, ".gz", control);
        is_refused(&deb, part);
}

static void every_compression(void **state)
{
        static const char *const forms[] = {"", ".gz", ".xz", ".zst"};
        struct deb_control c;
        struct buf deb;
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
                deb_build(&deb, forms[i], CONTROL);
                must(read_deb(&deb, &c, &e));
                assert_string_equal(c.text.data, CONTROL);
                assert_string_equal(c.package, "hello");
                assert_string_equal(c.version, "1:2.10-3");
                assert_string_equal(c.architecture, "amd64");
                assert_string_equal(c.source, "hello-src");
                deb_control_release(&c);
                buf_release(&deb);
        }
}

static void blank_lines_around(void **state)
{
        struct deb_control c;
        struct buf deb;
        struct err e;

        (void)state;
        deb_build(&deb, ".xz", "\n\nPackage: ab\nVersion: 1\nArchitecture: all\n \n\n");
        must(read_deb(&deb, &c, &e));
        assert_string_equal(c.text.data, "Package: ab\nVersion: 1\nArchitecture: all\n");
        assert_string_equal(c.source, "ab");
        deb_control_release(&c);
        buf_release(&deb);
        deb_build(&deb, "", "Package: ab\nVersion: 1\nArchitecture: all");
        must(read_deb(&deb, &c, &e));
        assert_string_equal(c.text.data, "Package: ab\nVersion: 1\nArchitecture: all\n");
        deb_control_release(&c);
        buf_release(&deb);
}

static void unfit_control(void **state)
{
        (void)state;
        control_is_refused("", "not one stanza");
        control_is_refused("\n\n", "not one stanza");
        control_is_refused(CONTROL "\n" CONTROL, "not one stanza");
        control_is_refused("Package: ab\nVersion: 1\n", "lacks");
        control_is_refused(
            "Package: ab\nVersion: 1\nPackage: c\nArchitecture: all\n", "two fields");
        control_is_refused(
            "Package: ab\nVersion: 1\npackage: c\nArchitecture: all\n", "two fields");
        control_is_refused("Package:\nVersion: 1\nArchitecture: all\n", "unfit Package");
        control_is_refused("Package: ab\nVersion: 1\n 2\nArchitecture: all\n", "unfit Version");
        control_is_refused("Package: ../x\nVersion: 1\nArchitecture: all\n", "no package name");
        control_is_refused(
            "Package: ab\nSource: ../x\nVersion: 1\nArchitecture: all\n", "no package name");
        control_is_refused("no field\n", "no field");
}

static void a_nul(void **state)
{
        const struct deb_file file = {.name = "control",
            .text = "Package: ab\0c\nVersion: 1\nArchitecture: all\n",
            .len = 43};
        struct buf deb;

        (void)state;
        deb_build_files(&deb, ".gz", &file, 1);
        is_refused(&deb, "NUL");
}

static void odd_members(void **state)
{
        const struct deb_file twice[] = {
            {.name = "control", .text = CONTROL}, {.name = "./control", .text = CONTROL}};
        const struct deb_file link = {.name = "./control", .text = "elsewhere", .symlink = 1};
        const struct deb_file other = {.name = "./sub/control", .text = CONTROL};
        struct buf deb;

        (void)state;
        deb_build_files(&deb, ".gz", twice, 2);
        is_refused(&deb, "twice");
        deb_build_files(&deb, ".gz", &link, 1);
        is_refused(&deb, "no regular file");
        deb_build_files(&deb, ".gz", &other, 1);
        is_refused(&deb, "no control file");
}

static void own_members_are_passed_over(void **state)
{
        const struct deb_file file = {.name = "control", .text = CONTROL};
        struct deb_control c;
        struct buf deb, tar;
        struct err e;

        (void)state;
        deb_tar(&tar, ARCHIVE_FILTER_NONE, &file, 1);
        deb_begin(&deb);
        deb_member(&deb, "_note", "odd", 3);
        deb_member(&deb, "control.tar/", tar.data, tar.len);
        must(read_deb(&deb, &c, &e));
        assert_string_equal(c.package, "hello");
        deb_control_release(&c);
        buf_release(&deb);
        /* any other member in between is not */
        deb_begin(&deb);
        deb_member(&deb, "data.tar", "", 0);
        deb_member(&deb, "control.tar", tar.data, tar.len);
        is_refused(&deb, "second member is not control.tar");
        deb_begin(&deb);
        deb_member(&deb, "control.tar.lz", tar.data, tar.len);
        is_refused(&deb, "unknown way");
        deb_begin(&deb);
        deb_member(&deb, "control.tar.gz", tar.data, tar.len);
        is_refused(&deb, "not compressed as it says");
        buf_release(&tar);
}

static void no_deb(void **state)
{
        struct buf deb;

        (void)state;
        buf_init(&deb, 1000);
        buf_adds(&deb, "PK\3\4 this is something else");
        is_refused(&deb, "no ar archive");
        buf_init(&deb, 1000);
        buf_adds(&deb, "!<arch>\n");
        deb_member(&deb, "debian-binary", "3.0\n", 4);
        is_refused(&deb, "format is not 2.0");
        buf_init(&deb, 1000);
        buf_adds(&deb, "!<arch>\n");
        deb_member(&deb, "control.tar", "2.0\n", 4);
        is_refused(&deb, "not debian-binary");
}

/* Cut anywhere before the end of the control member. */
static void cut_short(void **state)
{
        struct buf deb, cut;
        size_t whole;

        (void)state;
        deb_build(&deb, ".xz", CONTROL);
        whole = deb.len - 60; /* less the header of data.tar */
        if (deb.data[whole - 1] == '\n')
                whole--; /* padding */
        for (size_t len = 0; len < whole; len++) {
                buf_init(&cut, deb.len);
                buf_add(&cut, deb.data, len);
                is_refused(&cut, "");
        }
        buf_release(&deb);
}

static void too_large(void **state)
{
        size_t huge = (size_t)LIMIT_DEB_CONTROL_TAR + 1;
        struct deb_file files[] = {{.name = "./templates", .len = huge}};
        static const char *const forms[] = {".gz", ".xz", ".zst"};
        char *zeros = calloc(1, huge);
        struct buf deb;

        (void)state;
        assert_non_null(zeros);
        files[0].text = zeros;
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
                deb_build_files(&deb, forms[i], files, 1);
                assert_true(deb.len < 1000000);
                is_refused(&deb, forms[i][1] == 'x' ? "control data" : "larger than 64 MiB");
        }
        files[0].name = "./control";
        files[0].len = (size_t)LIMIT_DEB_CONTROL + 1;
        deb_build_files(&deb, ".gz", files, 1);
        is_refused(&deb, "larger than 256 KiB");
        free(zeros);
        deb_begin(&deb);
        buf_addf(
            &deb, "%-16s%-12d%-6d%-6d%-8s%-10s`\n", "control.tar", 0, 0, 0, "100644", "9999999999");
        is_refused(&deb, "larger than 64 MiB");
}

/* -- the identity of a record's file -- */

static int identify(const char *package, const char *version, const char *architecture,
    const char *control, struct err *why)
{
        struct deb_list list = {"bookworm", "main", "amd64"};
        struct deb_suite suite = {.folder = "bookworm", .name = "", .codename = ""};
        char stanza[256];
        struct deb_entry entry = {.kind = DEB_BINARY,
            .path = "pool/x.deb",
            .architecture = architecture,
            .control = stanza,
            .lists = &list,
            .list_count = 1,
            .suites = &suite,
            .suite_count = 1};
        struct record r = {.source = "s", .package = package, .version = version, .file = "x.deb"};
        struct buf deb, meta;
        struct err e;
        int fd, ret;

        snprintf(stanza, sizeof stanza, "Package: %s\nVersion: %s\nArchitecture: %s\n", package,
            version, architecture);
        buf_init(&meta, 65536);
        must(deb_entry_format(&entry, &meta, &e));
        r.meta = meta.data;
        deb_build(&deb, ".xz", control);
        fd = file_of(&deb);
        ret = deb_identify(&r, fd, NULL, why);
        close(fd);
        buf_release(&deb);
        buf_release(&meta);
        return ret;
}

static void identity(void **state)
{
        struct err e;

        (void)state;
        must(identify("hello", "1:2.10-3", "amd64", CONTROL, &e));
        refused(identify("hell", "1:2.10-3", "amd64", CONTROL, &e), &e, ERR_REFUSED,
            "inside it is hello 1:2.10-3 (amd64)");
        refused(identify("hello", "2.10-3", "amd64", CONTROL, &e), &e, ERR_REFUSED,
            "inside it is hello 1:2.10-3 (amd64)");
        refused(identify("hello", "1:2.10-3", "all", CONTROL, &e), &e, ERR_REFUSED,
            "inside it is hello 1:2.10-3 (amd64)");
        refused(identify("hello", "1:2.10-3", "amd64", "", &e), &e, ERR_REFUSED, "not one stanza");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_compression),
            cmocka_unit_test(blank_lines_around),
            cmocka_unit_test(unfit_control),
            cmocka_unit_test(a_nul),
            cmocka_unit_test(odd_members),
            cmocka_unit_test(own_members_are_passed_over),
            cmocka_unit_test(no_deb),
            cmocka_unit_test(cut_short),
            cmocka_unit_test(too_large),
            cmocka_unit_test(identity),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
