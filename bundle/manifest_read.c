/* From manifest.jsonl.xz to lines. */
#include "bundle/limit.h"
#include "bundle/manifest_parse.h"
#include "bundle/xz.h"

struct line_reader {
        struct manifest_parser parser;
        struct buf rest; /* the beginning of a line whose end has not come */
};

static int take_bytes(void *user, const void *bytes, size_t len, struct err *e)
{
        struct line_reader *r = user;
        const char *p = bytes, *end;

        while (len && (end = memchr(p, '\n', len))) {
                size_t n = (size_t)(end - p);
                const char *line = p;
                size_t line_len = n;

                if (r->rest.len) {
                        if (buf_add(&r->rest, p, n) < 0)
                                return err_set(e, ERR_REFUSED, "manifest: a line is too long");
                        line = r->rest.data;
                        line_len = r->rest.len;
                }
                if (manifest_parser_line(&r->parser, line, line_len, e) < 0)
                        return -1;
                buf_reset(&r->rest);
                p += n + 1;
                len -= n + 1;
        }
        if (buf_add(&r->rest, p, len) < 0)
                return err_set(e, ERR_REFUSED, "manifest: a line is too long");
        return 0;
}

int manifest_read(const void *xz, size_t len, struct manifest *out, manifest_record_fn *each,
    void *user, struct err *e)
{
        struct line_reader r;
        struct xz_decoder *x = NULL;
        int ret = -1;

        manifest_parser_init(&r.parser, out, each, user);
        buf_init(&r.rest, LIMIT_MANIFEST_LINE);
        x = xz_decoder_new_up_to(LIMIT_MANIFEST_LINES, take_bytes, &r);
        if (xz_decoder_write(x, xz, len, e) < 0 || xz_decoder_finish(x, e) < 0)
                goto out;
        if (r.rest.len) {
                err_set(e, ERR_REFUSED, "manifest: its last line has no end");
                goto out;
        }
        if (manifest_parser_end(&r.parser, e) < 0)
                goto out;
        ret = 0;
out:
        xz_decoder_free(x);
        buf_release(&r.rest);
        manifest_parser_release(&r.parser);
        if (ret < 0)
                manifest_release(out);
        return ret;
}
