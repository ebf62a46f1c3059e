/*
 * Any text as a request target: what is accepted can be opened beneath the
 * site without a further look, and a redirect stays on this server.
 */
#include <assert.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/http_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every name: not empty, no leading dot, no control character. */
static void check_names(const struct http_path *p)
{
        assert(p->len <= LIMIT_PATH);
        assert(strlen(p->text) == p->len);
        for (size_t i = 0; i < p->len; i++) {
                unsigned char c = (unsigned char)p->text[i];
                int starts = i == 0 || p->text[i - 1] == '/';

                assert(c >= 0x20 && c != 0x7f);
                assert(!starts || (c != '.' && c != '/'));
        }
        assert(p->len == 0 || p->text[p->len - 1] != '/');
        assert(p->len > 0 || p->directory);
}

static void check_redirect(const char *target)
{
        struct buf b;

        buf_init(&b, 3 * LIMIT_PATH + 8);
        if (http_path_redirect(&b, target) == 0) {
                assert(b.len > 0 && b.data[b.len - 1] == '/');
                assert(b.data[0] != '/' || b.len == 1);
                assert(!strstr(b.data, "//"));
                for (size_t i = 0; i < b.len; i++)
                        assert(b.data[i] > 0x20 && b.data[i] < 0x7f);
                if (strchr(b.data, ':'))
                        assert(strncmp(b.data, "./", 2) == 0);
        }
        buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *target = xstrndup((const char *)data, size);
        struct http_path p;

        if (http_path_parse(&p, target) == HTTP_PATH_OK) {
                check_names(&p);
                check_redirect(target);
        }
        free(target);
        return 0;
}
