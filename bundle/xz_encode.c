#include "bundle/xz.h"

#include <lzma.h>

#include "bundle/limit.h"
#include "bundle/mem.h"

struct xz_encoder {
        lzma_stream lzma;
        xz_sink *sink;
        void *context;
        unsigned char chunk[64 * KIB]; /* output that is handed on at once */
};

/* Only exhaustion and our own mistakes can happen here: neither depends on the input. */
static void must(lzma_ret code)
{
        if (code == LZMA_OK)
                return;
        fprintf(stderr, "dray: xz encoder: error %d (5: out of memory)\n", (int)code);
        abort();
}

/* dictionary 0: the preset's own. filters end with one that is none. */
static void choose(
    unsigned preset, uint32_t dictionary, lzma_options_lzma *options, lzma_filter filters[2])
{
        if (lzma_lzma_preset(options, preset)) /* true: no such preset */
                must(LZMA_OPTIONS_ERROR);
        if (dictionary)
                options->dict_size = dictionary;
        filters[0] = (lzma_filter){LZMA_FILTER_LZMA2, options};
        filters[1] = (lzma_filter){LZMA_VLI_UNKNOWN, NULL};
}

struct xz_encoder *xz_encoder_new_with(
    unsigned preset, uint32_t dictionary, xz_sink *sink, void *context)
{
        struct xz_encoder *x = xcalloc(1, sizeof *x);
        lzma_options_lzma options;
        lzma_filter filters[2];

        x->sink = sink;
        x->context = context;
        choose(preset, dictionary, &options, filters);
        must(lzma_stream_encoder(&x->lzma, filters, LZMA_CHECK_CRC64));
        return x;
}

struct xz_encoder *xz_encoder_new(unsigned preset, xz_sink *sink, void *context)
{
        return xz_encoder_new_with(preset, 0, sink, context);
}

uint64_t xz_encoder_memory(unsigned preset, uint32_t dictionary)
{
        lzma_options_lzma options;
        lzma_filter filters[2];

        choose(preset, dictionary, &options, filters);
        return lzma_raw_encoder_memusage(filters);
}

void xz_encoder_free(struct xz_encoder *x)
{
        if (x)
                lzma_end(&x->lzma);
        free(x);
}

/* Runs until the input is used up (LZMA_RUN) or the stream has ended (LZMA_FINISH). */
static int run(struct xz_encoder *x, lzma_action action, struct err *e)
{
        lzma_ret code = LZMA_OK;

        while (action == LZMA_FINISH ? code != LZMA_STREAM_END : x->lzma.avail_in > 0) {
                size_t made;

                x->lzma.next_out = x->chunk;
                x->lzma.avail_out = sizeof x->chunk;
                code = lzma_code(&x->lzma, action);
                if (code != LZMA_STREAM_END)
                        must(code);
                made = sizeof x->chunk - x->lzma.avail_out;
                if (made && x->sink(x->context, x->chunk, made, e) < 0)
                        return -1;
        }
        return 0;
}

int xz_encoder_write(struct xz_encoder *x, const void *bytes, size_t len, struct err *e)
{
        x->lzma.next_in = bytes;
        x->lzma.avail_in = len;
        return run(x, LZMA_RUN, e);
}

int xz_encoder_finish(struct xz_encoder *x, struct err *e)
{
        x->lzma.next_in = NULL;
        x->lzma.avail_in = 0;
        return run(x, LZMA_FINISH, e);
}

int xz_sink_buf(void *context, const void *bytes, size_t len, struct err *e)
{
        struct buf *out = context;

        if (buf_add(out, bytes, len) == 0)
                return 0;
        return err_set(e, ERR_FAILED, "larger than the limit of %zu bytes", out->max);
}

int xz_encode(const void *bytes, size_t len, unsigned preset, struct buf *out, struct err *e)
{
        struct xz_encoder *x = xz_encoder_new(preset, xz_sink_buf, out);
        int ret = -1;

        if (xz_encoder_write(x, bytes, len, e) == 0 && xz_encoder_finish(x, e) == 0)
                ret = 0;
        xz_encoder_free(x);
        return ret;
}
