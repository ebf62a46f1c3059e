/*
 * Any bytes to the readers of project pages; the first byte chooses the
 * Content-Type. What is accepted keeps the promises of simple.h.
 */
#include <assert.h>

#include "bundle/limit.h"
#include "bundle/utf8.h"
#include "mirror/pypi/simple.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *s)
{
        if (s)
                assert(utf8_valid(s, strlen(s)));
}

static void check_file(const struct simple_file *f, const struct simple_file *before)
{
        size_t len = strlen(f->filename);

        assert(len > 0 && len <= LIMIT_NAME && !strchr(f->filename, '/'));
        assert(strcmp(f->filename, "..") != 0 && strcmp(f->filename, ".") != 0);
        assert(!before || strcmp(before->filename, f->filename) < 0);
        assert(strstr(f->url, "://") && strlen(f->url) <= LIMIT_URL && !strchr(f->url, '#'));
        assert(f->size >= SIMPLE_NO_SIZE);
        assert(!(f->digest.kind && f->weak_digest));
        assert(f->has_core_metadata || !f->core_metadata.kind);
        check_text(f->requires_python);
        check_text(f->yanked);
        check_text(f->upload_time);
        check_text(f->weak_digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const types[] = {"application/vnd.pypi.simple.v1+json", "text/html",
            "application/vnd.pypi.simple.v1+html", "application/json", ""};
        struct simple_page page;
        struct err e = ERR_INIT;
        const char *type;

        if (size == 0)
                return 0;
        type = types[data[0] % (sizeof types / sizeof *types)];
        if (simple_parse(type, (const char *)data + 1, size - 1,
                "http://127.0.0.1:8080/simple/foo/", "foo", &page, &e) == 0) {
                for (size_t i = 0; i < page.file_count; i++)
                        check_file(&page.files[i], i ? &page.files[i - 1] : NULL);
        } else {
                assert(e.code == ERR_FAILED && *e.msg);
                assert(!page.files && !page.text.blocks);
        }
        simple_page_release(&page);
        return 0;
}
