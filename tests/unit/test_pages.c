/*
 * Golden cases: tests/data/pypi/pages-<case>/ with files.json, {"project": name,
 * "files": [{the members of struct pages_file}]}, and the pages that must come
 * of it, index.html and index.v1_json. Each page is then read back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "golden.h"
#include "mirror/pypi/pages.h"
#include "simple_dump.h"

#define BASE "http://127.0.0.1:8080/pypi/"
#define D1 "1111111111111111111111111111111111111111111111111111111111111111"

static const char *text_of(const json_t *o, const char *name)
{
        return json_string_value(json_object_get(o, name));
}

static struct pages_file *read_files(const json_t *list, size_t *count)
{
        struct pages_file *files;

        *count = json_array_size(list);
        files = xcalloc(*count, sizeof *files);
        for (size_t i = 0; i < *count; i++) {
                const json_t *o = json_array_get(list, i);

                files[i] = (struct pages_file){.filename = text_of(o, "filename"),
                    .version = text_of(o, "version"),
                    .sha256 = text_of(o, "sha256"),
                    .size = (uint64_t)json_integer_value(json_object_get(o, "size")),
                    .requires_python = text_of(o, "requires_python"),
                    .core_metadata_sha256 = text_of(o, "core_metadata_sha256"),
                    .yanked = text_of(o, "yanked"),
                    .upload_time = text_of(o, "upload_time")};
        }
        return files;
}

static void same_text(const char *a, const char *b)
{
        assert_int_equal(a == NULL, b == NULL);
        if (a)
                assert_string_equal(a, b);
}

/* What is read from a page is what was written into it. html: that form does not hold everything. */
static void check_file(const struct simple_file *f, const struct pages_file *w, int html)
{
        char digest[SHA256_HEX];
        struct buf url;
        struct err e;

        assert_string_equal(f->filename, w->filename);
        hex_encode(digest, f->digest.value, SHA256_SIZE);
        assert_string_equal(digest, w->sha256);
        same_text(f->requires_python, w->requires_python);
        same_text(f->yanked, w->yanked);
        assert_int_equal(f->has_core_metadata, w->core_metadata_sha256 != NULL);
        if (w->core_metadata_sha256) {
                hex_encode(digest, f->core_metadata.value, SHA256_SIZE);
                assert_string_equal(digest, w->core_metadata_sha256);
        }
        if (!html) {
                assert_int_equal(f->size, w->size);
                same_text(f->upload_time, w->upload_time);
        }
        buf_init(&url, 10000);
        buf_adds(&url, BASE);
        assert_int_equal(pages_file_path(&url, w, &e), 0);
        assert_string_equal(f->url, url.data);
        buf_release(&url);
}

static void check_page(const struct buf *bytes, int html, const char *project,
    const struct pages_file *files, size_t count)
{
        const char *type = html ? "text/html" : "application/vnd.pypi.simple.v1+json";
        char *url = xasprintf(BASE "simple/%s/", project);
        struct simple_page page;
        struct err e;

        if (simple_parse(type, bytes->data, bytes->len, url, project, &page, &e) < 0)
                fail_msg("%s", e.msg);
        assert_int_equal(page.file_count, count);
        for (size_t i = 0; i < count; i++) {
                size_t k = 0;

                while (
                    k < page.file_count && strcmp(page.files[k].filename, files[i].filename) != 0)
                        k++;
                assert_true(k < page.file_count);
                check_file(&page.files[k], &files[i], html);
        }
        simple_page_release(&page);
        free(url);
}

static void write_page(
    struct buf *out, int html, const char *project, const struct pages_file *files, size_t count)
{
        struct err e = ERR_INIT;

        buf_init(out, (size_t)1 << 24);
        assert_int_equal(
            (html ? pages_project_html : pages_project_json)(out, project, files, count, &e), 0);
}

static void run_case(const char *folder)
{
        char *text = golden_read(folder, "files.json", NULL);
        json_t *root = json_loads(text, 0, NULL);
        const char *project = text_of(root, "project");
        size_t count;
        struct pages_file *files = read_files(json_object_get(root, "files"), &count);

        assert_non_null(root);
        for (int html = 0; html < 2; html++) {
                struct buf a, b;

                write_page(&a, html, project, files, count);
                golden_check(folder, html ? "index.html" : "index.v1_json", a.data, a.len);
                check_page(&a, html, project, files, count);
                /* in another order: the same bytes */
                for (size_t i = 0; i < count / 2; i++) {
                        struct pages_file f = files[i];

                        files[i] = files[count - 1 - i];
                        files[count - 1 - i] = f;
                }
                write_page(&b, html, project, files, count);
                assert_string_equal(a.data, b.data);
                buf_release(&a);
                buf_release(&b);
        }
        free(files);
        json_decref(root);
        free(text);
}

static void test_golden(void **state)
{
        (void)state;
        golden_each("pypi", "pages-", run_case);
}

static void test_root_pages(void **state)
{
        const char *const projects[] = {"zope.interface", "attrs", "a<b", "attrs"};
        struct buf out;
        struct err e;

        (void)state;
        buf_init(&out, 10000);
        assert_int_equal(pages_root_html(&out, projects, 4, &e), 0);
        assert_string_equal(out.data,
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\">"
            "<meta name=\"pypi:repository-version\" content=\"1.0\"><title>Simple index</title></head><body>\n"
            "<a href=\"a%3Cb/\">a&lt;b</a><br>\n"
            "<a href=\"attrs/\">attrs</a><br>\n"
            "<a href=\"zope.interface/\">zope.interface</a><br>\n"
            "</body></html>\n");
        buf_reset(&out);
        assert_int_equal(pages_root_json(&out, projects, 2, &e), 0);
        assert_string_equal(out.data, "{\"meta\":{\"api-version\":\"1.1\"},\"projects\":[\n"
                                      "{\"name\":\"attrs\"},\n{\"name\":\"zope.interface\"}\n]}\n");
        buf_reset(&out);
        assert_int_equal(pages_root_json(&out, NULL, 0, &e), 0);
        assert_string_equal(out.data, "{\"meta\":{\"api-version\":\"1.1\"},\"projects\":[\n]}\n");
        buf_release(&out);
}

/* Text from outside must not break out of its place. */
static void test_hostile_text(void **state)
{
        const struct pages_file f = {.filename = "a\"><script>&'.zip",
            .version = "1\"\\\n",
            .sha256 = D1,
            .requires_python = "\xff\"></a>\t",
            .yanked = "\\\"\x01\n\xe2\x82"};
        struct buf out;
        struct err e;
        json_t *root;

        (void)state;
        buf_init(&out, 10000);
        assert_int_equal(pages_project_html(&out, "a<b", &f, 1, &e), 0);
        assert_non_null(strstr(out.data, "/a%22%3E%3Cscript%3E%26%27.zip#sha256=" D1 "\""));
        assert_non_null(
            strstr(out.data, " data-requires-python=\"\xef\xbf\xbd&quot;&gt;&lt;/a&gt; \""));
        assert_non_null(strstr(out.data, ">a&quot;&gt;&lt;script&gt;&amp;'.zip</a>"));
        assert_null(strstr(out.data, "<script"));
        buf_reset(&out);
        assert_int_equal(pages_project_json(&out, "a<b", &f, 1, &e), 0);
        root = json_loads(out.data, 0, NULL);
        assert_non_null(root);
        assert_string_equal(text_of(json_array_get(json_object_get(root, "files"), 0), "yanked"),
            "\\\"\x01\n\xef\xbf\xbd\xef\xbf\xbd");
        assert_string_equal(
            json_string_value(json_array_get(json_object_get(root, "versions"), 0)), "1\"\\\n");
        json_decref(root);
        buf_release(&out);
}

static void test_maximum(void **state)
{
        const struct pages_file f = {.filename = "a.zip", .version = "1", .sha256 = D1};
        const char *name = "a";

        (void)state;
        for (size_t max = 0; max < 230; max += 5) {
                struct err e = ERR_INIT;
                struct buf out;

                buf_init(&out, max);
                assert_int_equal(pages_project_html(&out, "a", &f, 1, &e), -1);
                assert_int_equal(e.code, ERR_FAILED);
                buf_reset(&out);
                assert_int_equal(pages_project_json(&out, "a", &f, 1, &e), -1);
                buf_reset(&out);
                assert_int_equal(max < 60 ? pages_root_json(&out, &name, 1, &e) : -1, -1);
                buf_reset(&out);
                assert_int_equal(max < 160 ? pages_root_html(&out, &name, 1, &e) : -1, -1);
                buf_release(&out);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_golden),
            cmocka_unit_test(test_root_pages),
            cmocka_unit_test(test_hostile_text),
            cmocka_unit_test(test_maximum),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
