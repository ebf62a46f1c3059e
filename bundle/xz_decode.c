#include "bundle/xz.h"

#include <inttypes.h>
#include <lzma.h>
#include <stdbool.h>

#include "bundle/limit.h"
#include "bundle/mem.h"

struct xz_decoder {
        lzma_stream lzma;
        xz_sink *sink;
        void *context;
        uint64_t declared;
        bool may_be_less;              /* the length is an upper bound */
        uint64_t produced;             /* handed to the sink */
        bool ended;                    /* the stream's footer was read */
        unsigned char chunk[64 * KIB]; /* output that is handed on at once */
};

struct xz_decoder *xz_decoder_new(uint64_t declared, xz_sink *sink, void *context)
{
        struct xz_decoder *x = xcalloc(1, sizeof *x);

        x->sink = sink;
        x->context = context;
        x->declared = declared;
        if (lzma_stream_decoder(&x->lzma, LIMIT_XZ_MEMORY, LZMA_TELL_UNSUPPORTED_CHECK) !=
            LZMA_OK) {
                fputs("dray: out of memory for the xz decoder\n", stderr);
                abort();
        }
        return x;
}

struct xz_decoder *xz_decoder_new_up_to(uint64_t limit, xz_sink *sink, void *context)
{
        struct xz_decoder *x = xz_decoder_new(limit, sink, context);

        x->may_be_less = true;
        return x;
}

void xz_decoder_free(struct xz_decoder *x)
{
        if (x)
                lzma_end(&x->lzma);
        free(x);
}

static int refuse(struct xz_decoder *x, lzma_ret code, struct err *e)
{
        switch (code) {
        case LZMA_MEMLIMIT_ERROR:
                return err_set(e, ERR_REFUSED,
                    "this xz stream needs %" PRIu64 " MiB to decode; the limit is %" PRIu64 " MiB",
                    lzma_memusage(&x->lzma) / MIB, LIMIT_XZ_MEMORY / MIB);
        case LZMA_FORMAT_ERROR:
                return err_set(e, ERR_REFUSED, "not an xz stream");
        case LZMA_OPTIONS_ERROR:
        case LZMA_UNSUPPORTED_CHECK:
                return err_set(e, ERR_REFUSED,
                    "this xz stream uses options that the liblzma here does not know; nothing of "
                    "dray writes such");
        case LZMA_MEM_ERROR:
                return err_set(e, ERR_FAILED, "no memory left to decode an xz stream");
        default:
                return err_set(e, ERR_REFUSED, "damaged xz stream, after %" PRIu64 " decoded bytes",
                    x->produced);
        }
}

/* Hands on what lies in the chunk, unless the stream has turned out longer than declared. */
static int hand_on(struct xz_decoder *x, struct err *e)
{
        size_t made = sizeof x->chunk - x->lzma.avail_out;

        if (made > x->declared - x->produced)
                return err_set(e, ERR_REFUSED,
                    "this xz stream holds more than the %" PRIu64 " bytes %s", x->declared,
                    x->may_be_less ? "allowed" : "declared");
        x->produced += made;
        return made ? x->sink(x->context, x->chunk, made, e) : 0;
}

int xz_decoder_write(struct xz_decoder *x, const void *bytes, size_t len, struct err *e)
{
        x->lzma.next_in = bytes;
        x->lzma.avail_in = len;
        /* Output that is still held when the input is used up comes before the footer, so later. */
        while (x->lzma.avail_in) {
                lzma_ret code;

                if (x->ended)
                        return err_set(e, ERR_REFUSED, "bytes follow the end of the xz stream");
                x->lzma.next_out = x->chunk;
                x->lzma.avail_out = sizeof x->chunk;
                code = lzma_code(&x->lzma, LZMA_RUN);
                if (code != LZMA_OK && code != LZMA_STREAM_END)
                        return refuse(x, code, e);
                x->ended = code == LZMA_STREAM_END;
                if (hand_on(x, e) < 0)
                        return -1;
        }
        return 0;
}

int xz_decoder_finish(struct xz_decoder *x, struct err *e)
{
        if (!x->ended && x->may_be_less)
                return err_set(e, ERR_REFUSED,
                    "the xz stream is cut short, after %" PRIu64 " decoded bytes", x->produced);
        if (!x->ended)
                return err_set(e, ERR_REFUSED,
                    "the xz stream is cut short, after %" PRIu64 " of %" PRIu64 " decoded bytes",
                    x->produced, x->declared);
        if (x->produced != x->declared && !x->may_be_less)
                return err_set(e, ERR_REFUSED,
                    "the xz stream holds %" PRIu64 " bytes, and %" PRIu64 " were declared",
                    x->produced, x->declared);
        return 0;
}

int xz_decode(const void *bytes, size_t len, uint64_t declared, struct buf *out, struct err *e)
{
        struct xz_decoder *x;
        int ret = -1;

        if (declared > out->max - out->len)
                return err_set(e, ERR_REFUSED,
                    "an xz stream of %" PRIu64 " bytes is declared; the limit is %zu", declared,
                    out->max);
        x = xz_decoder_new(declared, xz_sink_buf, out);
        if (xz_decoder_write(x, bytes, len, e) == 0 && xz_decoder_finish(x, e) == 0)
                ret = 0;
        xz_decoder_free(x);
        return ret;
}
