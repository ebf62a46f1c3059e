/*
 * The lines of a manifest. One that is accepted is what its header sums up, is
 * written as it was read, and its blobs either tile the packs or are refused.
 */
#include <assert.h>
#include <stdint.h>

#include "bundle/limit.h"
#include "bundle/manifest_parse.h"
#include "bundle/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(const char *text, size_t size, struct manifest *m, struct err *e)
{
        struct manifest_parser p;
        int ret = 0;

        manifest_parser_init(&p, m, NULL, NULL);
        while (ret == 0 && size) {
                const char *end = memchr(text, '\n', size);
                size_t len = end ? (size_t)(end - text) : size;

                ret = manifest_parser_line(&p, text, len, e);
                text += len + !!end;
                size -= len + !!end;
        }
        if (ret == 0)
                ret = manifest_parser_end(&p, e);
        manifest_parser_release(&p);
        return ret;
}

/* All but the records. */
static void same_text(const struct manifest *m, const char *text, size_t size)
{
        struct err e = ERR_INIT;
        struct buf out;

        buf_init(&out, 64 * MIB);
        assert(manifest_format_header(m, &out, &e) == 0);
        for (size_t i = 0; i < m->source_count; i++)
                assert(manifest_format_source(&m->sources[i], &out, &e) == 0);
        for (size_t i = 0; i < m->pack_count; i++)
                assert(manifest_format_pack(&m->packs[i], &out, &e) == 0);
        for (size_t i = 0; i < m->blob_count; i++)
                assert(manifest_format_blob(m, i, &out, &e) == 0);
        assert(out.len <= size + 1 && memcmp(out.data, text, out.len < size ? out.len : size) == 0);
        buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct manifest m = {0};
        struct blob_sink sink = {0};
        struct unpack *u = NULL;
        struct err e = ERR_INIT;

        if (parse((const char *)data, size, &m, &e) < 0) {
                assert(e.code == ERR_REFUSED);
        } else {
                same_text(&m, (const char *)data, size);
                assert(m.seq >= 1 && m.base_seq < m.seq);
                if (unpack_new(&m, &sink, &u, &e) < 0)
                        assert(e.code == ERR_REFUSED);
        }
        unpack_free(u);
        manifest_release(&m);
        return 0;
}
