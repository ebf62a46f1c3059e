#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "mirror/pypi/sdist.h"
#include "zip_build.h"

#define INFO "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"
#define PROJECT "[build-system]\nrequires = []\n"

struct member {
        const char *name, *content;
        const char *link; /* the target, when it is a symbolic link */
};

static void add_member(struct archive *a, const struct member *m)
{
        struct archive_entry *entry = archive_entry_new();
        size_t len = m->content ? strlen(m->content) : 0;

        archive_entry_set_pathname(entry, m->name);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_filetype(entry, m->link ? AE_IFLNK : AE_IFREG);
        if (m->link)
                archive_entry_set_symlink(entry, m->link);
        archive_entry_set_size(entry, (int64_t)len);
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        if (len)
                assert_int_equal(archive_write_data(a, m->content, len), len);
        archive_entry_free(entry);
}

/* An archive of the format that the name says. */
static FILE *make(const char *filename, const struct member *members)
{
        FILE *f = tmpfile();
        struct archive *a = archive_write_new();

        assert_non_null(f);
        if (strstr(filename, ".zip")) {
                struct zip_build z;

                zip_init(&z);
                for (; members->name; members++)
                        zip_add_text(&z, members->name, members->content ? members->content : "");
                zip_finish(&z, "");
                assert_int_equal(fwrite(z.out.data, 1, z.out.len, f), z.out.len);
                zip_release(&z);
                fflush(f);
                archive_write_free(a);
                return f;
        }
        archive_write_set_format_pax_restricted(a);
        if (strstr(filename, "gz"))
                archive_write_add_filter_gzip(a);
        else if (strstr(filename, "bz"))
                archive_write_add_filter_bzip2(a);
        else if (strstr(filename, "xz"))
                archive_write_add_filter_xz(a);
        assert_int_equal(archive_write_open_fd(a, fileno(f)), ARCHIVE_OK);
        for (; members->name; members++)
                add_member(a, members);
        assert_int_equal(archive_write_close(a), ARCHIVE_OK);
        archive_write_free(a);
        return f;
}

/* NULL: the file is not found. */
static void check(
    const char *filename, const struct member *members, const char *info, const char *project)
{
        FILE *f = make(filename, members);
        struct sdist s;
        struct err e;

        if (sdist_read(fileno(f), filename, &s, &e) < 0)
                fail_msg("%s", e.msg);
        assert_int_equal(s.has_pkg_info, info != NULL);
        assert_int_equal(s.has_pyproject, project != NULL);
        if (info)
                assert_string_equal(s.pkg_info.data, info);
        if (project)
                assert_string_equal(s.pyproject.data, project);
        sdist_release(&s);
        fclose(f);
}

static void refuse(const char *filename, FILE *f, const char *part)
{
        struct sdist s;
        struct err e = ERR_INIT;

        assert_int_equal(sdist_read(fileno(f), filename, &s, &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
        if (strncmp(e.msg, filename, strlen(filename)) != 0 || !strstr(e.msg, part))
                fail_msg("expected: %s\nfound: %s", part, e.msg);
        sdist_release(&s);
        fclose(f);
}

static const struct member whole[] = {{"foo-1.0/setup.py", "import os\n", NULL},
    {"foo-1.0/PKG-INFO", INFO, NULL}, {"foo-1.0/foo.egg-info/PKG-INFO", "not this", NULL},
    {"foo-1.0/pyproject.toml", PROJECT, NULL}, {"foo-1.0/tests/pyproject.toml", "nor this", NULL},
    {0}};

static void test_formats(void **state)
{
        static const char *const names[] = {"foo-1.0.tar.gz", "foo-1.0.tgz", "foo-1.0.tar",
            "foo-1.0.tar.bz2", "foo-1.0.tbz", "foo-1.0.tar.xz", "foo-1.0.txz", "foo-1.0.zip",
            "FOO-1.0.TAR.gz"};

        (void)state;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                check(names[i], whole, INFO, PROJECT);
}

static void test_where_the_files_lie(void **state)
{
        (void)state;
        check("a.tar.gz", (struct member[]){{"foo-1.0/setup.py", "x", NULL}, {0}}, NULL, NULL);
        check("a.tar.gz", (struct member[]){{"./foo-1.0/PKG-INFO", INFO, NULL}, {0}}, INFO, NULL);
        check("a.zip", (struct member[]){{"././foo-1.0/pyproject.toml", PROJECT, NULL}, {0}}, NULL,
            PROJECT);
        check("a.tar.gz", (struct member[]){{"a/b/PKG-INFO", INFO, NULL}, {0}}, NULL, NULL);
        check("a.tar.gz", (struct member[]){{"foo-1.0/pkg-info", INFO, NULL}, {0}}, NULL, NULL);
        /* without a top folder, what lies in folders is something else */
        check("a.tar.gz",
            (struct member[]){{"foo.egg-info/PKG-INFO", "not this", NULL}, {"PKG-INFO", INFO, NULL},
                {"bar.egg-info/PKG-INFO", "nor this", NULL}, {0}},
            INFO, NULL);
        check("a.zip",
            (struct member[]){{"pyproject.toml", PROJECT, NULL}, {"x/PKG-INFO", "no", NULL}, {0}},
            NULL, PROJECT);
}

static void test_ambiguous(void **state)
{
        const struct member twice[] = {
            {"foo-1.0/PKG-INFO", INFO, NULL}, {"foo-1.0/PKG-INFO", "other", NULL}, {0}};
        const struct member folders[] = {{"foo-1.0/pyproject.toml", PROJECT, NULL},
            {"bar-1.0/pyproject.toml", "other", NULL}, {0}};
        const struct member link[] = {{"foo-1.0/PKG-INFO", NULL, "/etc/passwd"}, {0}};

        (void)state;
        refuse("a.tar.gz", make("a.tar.gz", twice), "more than one PKG-INFO or pyproject.toml");
        refuse("a.zip", make("a.zip", twice), "more than one");
        refuse("a.tar", make("a.tar", folders), "more than one");
        refuse("a.tar.gz", make("a.tar.gz", link), "no regular file");
}

static void test_another_format(void **state)
{
        (void)state;
        refuse("a.tar.Z", make("a.tar", whole), "no sdist format");
        refuse("a.whl", make("a.zip", whole), "no sdist format");
        refuse(".zip", make("a.zip", whole), "no sdist format");
        refuse("a.zip", make("a.tar", whole), "no end record");
        refuse("a.tar.gz", make("a.zip", whole), "damaged");
        refuse("a.tar.gz", make("a.tar.xz", whole), "damaged");
        refuse("a.tar", make("a.tar.gz", whole), "damaged");
        refuse("a.tar.gz", tmpfile(), "damaged");
}

static void test_compressed_twice(void **state)
{
        FILE *inner = make("a.tar.gz", whole), *outer = tmpfile();
        struct archive *a = archive_write_new();
        struct archive_entry *entry = archive_entry_new();
        char bytes[4096];
        size_t n;

        (void)state;
        rewind(inner);
        n = fread(bytes, 1, sizeof bytes, inner);
        archive_write_set_format_raw(a);
        archive_write_add_filter_gzip(a);
        assert_int_equal(archive_write_open_fd(a, fileno(outer)), ARCHIVE_OK);
        archive_entry_set_filetype(entry, AE_IFREG);
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, bytes, n), n);
        archive_entry_free(entry);
        archive_write_close(a);
        archive_write_free(a);
        fclose(inner);
        refuse("a.tar.gz", outer, "compressed more than once");
}

static void test_truncated(void **state)
{
        struct member large[] = {{"foo-1.0/PKG-INFO", INFO, NULL}, {"foo-1.0/x", NULL, NULL}, {0}};
        char *text = xmalloc(200001);

        (void)state;
        srandom(1);
        for (size_t i = 0; i < 200000; i++)
                text[i] = (char)('a' + random() % 26);
        text[200000] = '\0';
        large[1].content = text;
        for (int k = 0; k < 2; k++) {
                const char *name = k ? "a.tar.gz" : "a.tar";
                FILE *f = make(name, large);

                assert_int_equal(ftruncate(fileno(f), 50000), 0);
                refuse(name, f, "damaged");
        }
        free(text);
}

static void test_too_large(void **state)
{
        struct member large[] = {{"foo-1.0/PKG-INFO", NULL, NULL}, {0}};
        char *text = xmalloc(LIMIT_METADATA + 2);

        (void)state;
        memset(text, 'x', LIMIT_METADATA + 1);
        text[LIMIT_METADATA + 1] = '\0';
        large[0].content = text;
        refuse("a.tar.gz", make("a.tar.gz", large), "larger than 16 MiB");
        refuse("a.zip", make("a.zip", large), "larger than allowed");
        text[LIMIT_METADATA] = '\0';
        check("a.tar.gz", large, text, NULL);
        check("a.zip", large, text, NULL);
        free(text);
}

/* A header that promises more than any sdist has is refused before it is read over. */
static void test_content_limit(void **state)
{
        static const char magic[8] = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
        char header[512] = "foo-1.0/huge";
        unsigned sum = 8 * ' ';
        FILE *f = tmpfile();

        (void)state;
        memcpy(header + 100, "0000644", 8);
        memcpy(header + 108, "0000000", 8);
        memcpy(header + 116, "0000000", 8);
        snprintf(header + 124, 13, "%012llo", (unsigned long long)LIMIT_ARCHIVE_CONTENT + 1);
        memcpy(header + 136, "00000000000", 12);
        header[156] = '0';
        memcpy(header + 257, magic, sizeof magic);
        for (size_t i = 0; i < sizeof header; i++)
                sum += (unsigned char)header[i];
        snprintf(header + 148, 8, "%06o", sum);
        header[155] = ' ';
        assert_int_equal(fwrite(header, 1, sizeof header, f), sizeof header);
        fflush(f);
        refuse("a.tar", f, "holds more than 16 GiB");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_formats),
            cmocka_unit_test(test_where_the_files_lie),
            cmocka_unit_test(test_ambiguous),
            cmocka_unit_test(test_another_format),
            cmocka_unit_test(test_compressed_twice),
            cmocka_unit_test(test_truncated),
            cmocka_unit_test(test_too_large),
            cmocka_unit_test(test_content_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
