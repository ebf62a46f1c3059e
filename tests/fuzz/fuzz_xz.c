/*
 * The first two bytes declare the length, the rest is the stream. The sink
 * never gets more than was declared, and cutting the input up changes nothing.
 */
#include <assert.h>
#include <stdint.h>

#include "bundle/limit.h"
#include "bundle/xz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int decode(const uint8_t *data, size_t size, size_t step, uint64_t declared, struct buf *out)
{
        struct xz_decoder *x = xz_decoder_new(declared, xz_sink_buf, out);
        struct err e = ERR_INIT;
        int ret = 0;

        for (size_t at = 0; ret == 0 && at < size; at += step)
                ret = xz_decoder_write(x, data + at, size - at < step ? size - at : step, &e);
        if (ret == 0)
                ret = xz_decoder_finish(x, &e);
        assert(ret == 0 || e.code == ERR_REFUSED);
        assert(out->len <= declared);
        assert(ret < 0 || out->len == declared);
        xz_decoder_free(x);
        return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct buf whole, pieces;
        uint64_t declared;

        if (size < 2)
                return 0;
        declared = (uint64_t)data[0] << 8 | data[1];
        buf_init(&whole, 64 * KIB);
        buf_init(&pieces, 64 * KIB);
        if (decode(data + 2, size - 2, size, declared, &whole) !=
            decode(data + 2, size - 2, 3, declared, &pieces))
                abort();
        if (whole.len == declared && pieces.len == declared)
                assert(memcmp(whole.data, pieces.data, whole.len) == 0);
        buf_release(&whole);
        buf_release(&pieces);
        return 0;
}
