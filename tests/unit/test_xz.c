/* xz: the same bytes always, and a decoder that gives what was declared or nothing to rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lzma.h>

#include "bundle/limit.h"
#include "bundle/xz.h"

#define BIG ((size_t)(400 * KIB))

/* Text that compresses, the same on every run. */
static void fill(unsigned char *bytes, size_t len)
{
        uint32_t x = 1;

        for (size_t i = 0; i < len; i++) {
                x = x * 1664525 + 1013904223;
                bytes[i] = (unsigned char)"etaoin shrdlu\n\t.,"[(x >> 24) % 17];
        }
}

/* Preset 0: its dictionary is small, and every decoder here has to get and clear one. */
static int encode(const void *bytes, size_t len, struct buf *out)
{
        struct err e = ERR_INIT;

        buf_init(out, 64 * MIB);
        return xz_encode(bytes, len, 0, out, &e);
}

/* What decoding says; "" when it is accepted. out is reset first. */
static const char *decode(
    const void *bytes, size_t len, uint64_t declared, struct buf *out, struct err *e)
{
        *e = (struct err)ERR_INIT;
        buf_reset(out);
        if (xz_decode(bytes, len, declared, out, e) == 0)
                return "";
        if (e->code != ERR_REFUSED)
                fail_msg("code %d: %s", (int)e->code, e->msg);
        return e->msg;
}

static void says(const char *text, const char *part)
{
        if (!strstr(text, part))
                fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void round_trip(void **state)
{
        static const size_t lengths[] = {0, 1, 65535, 65536, 65537, BIG};
        unsigned char *bytes = test_malloc(BIG);

        (void)state;
        fill(bytes, BIG);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
                struct buf stored, back;
                struct err e;

                buf_init(&back, BIG);
                assert_int_equal(encode(bytes, lengths[i], &stored), 0);
                assert_string_equal(decode(stored.data, stored.len, lengths[i], &back, &e), "");
                assert_int_equal(back.len, lengths[i]);
                assert_memory_equal(back.data, bytes, lengths[i]);
                buf_release(&stored);
                buf_release(&back);
        }
        test_free(bytes);
}

static void every_preset_fits(void **state)
{
        struct buf stored, back;
        struct err e = ERR_INIT;

        (void)state;
        buf_init(&stored, MIB);
        buf_init(&back, MIB);
        for (unsigned preset = 0; preset <= 9; preset += 3) {
                buf_reset(&stored);
                assert_int_equal(xz_encode("abc", 3, preset, &stored, &e), 0);
                assert_string_equal(decode(stored.data, stored.len, 3, &back, &e), "");
        }
        buf_release(&stored);
        buf_release(&back);
}

/* However the input is cut up, the output is the same; so is what is decoded from it. */
static void pieces(void **state)
{
        unsigned char *bytes = test_malloc(BIG);
        struct buf whole, again, back;
        struct xz_encoder *encoder;
        struct xz_decoder *decoder;
        struct err e = ERR_INIT;
        size_t step = 1;

        (void)state;
        fill(bytes, BIG);
        assert_int_equal(encode(bytes, BIG, &whole), 0);
        buf_init(&again, 64 * MIB);
        encoder = xz_encoder_new(0, xz_sink_buf, &again);
        for (size_t at = 0; at < BIG; at += step, step = step * 7 % 100003) {
                size_t left = BIG - at;

                assert_int_equal(
                    xz_encoder_write(encoder, bytes + at, left < step ? left : step, &e), 0);
        }
        assert_int_equal(xz_encoder_finish(encoder, &e), 0);
        xz_encoder_free(encoder);
        assert_int_equal(whole.len, again.len);
        assert_memory_equal(whole.data, again.data, whole.len);

        buf_init(&back, BIG);
        decoder = xz_decoder_new(BIG, xz_sink_buf, &back);
        for (size_t at = 0; at < whole.len; at++) {
                assert_int_equal(xz_decoder_write(decoder, whole.data + at, 1, &e), 0);
                assert_int_equal(xz_decoder_write(decoder, NULL, 0, &e), 0);
        }
        assert_int_equal(xz_decoder_finish(decoder, &e), 0);
        xz_decoder_free(decoder);
        assert_memory_equal(back.data, bytes, BIG);
        buf_release(&whole);
        buf_release(&again);
        buf_release(&back);
        xz_encoder_free(NULL);
        xz_decoder_free(NULL);
        test_free(bytes);
}

/* One stream of one block, with CRC64. */
static void form(void **state)
{
        static const unsigned char start[] = {0xfd, '7', 'z', 'X', 'Z', 0, 0, 4};
        unsigned char bytes[5000];
        struct buf stored;
        lzma_stream_flags flags;
        lzma_index *index = NULL;
        uint64_t memory = MIB;
        size_t at = 0, size;

        (void)state;
        fill(bytes, sizeof bytes);
        assert_int_equal(encode(bytes, sizeof bytes, &stored), 0);
        assert_memory_equal(stored.data, start, sizeof start);
        assert_int_equal(lzma_stream_footer_decode(
                             &flags, (uint8_t *)stored.data + stored.len - LZMA_STREAM_HEADER_SIZE),
            LZMA_OK);
        size = (size_t)flags.backward_size;
        assert_int_equal(
            lzma_index_buffer_decode(&index, &memory, NULL,
                (uint8_t *)stored.data + stored.len - LZMA_STREAM_HEADER_SIZE - size, &at, size),
            LZMA_OK);
        assert_int_equal(lzma_index_block_count(index), 1);
        assert_int_equal(flags.check, LZMA_CHECK_CRC64);
        lzma_index_end(index, NULL);
        buf_release(&stored);
}

static void cut_anywhere(void **state)
{
        unsigned char bytes[5000];
        struct buf stored, back;
        struct err e;

        (void)state;
        fill(bytes, sizeof bytes);
        buf_init(&back, MIB);
        assert_int_equal(encode(bytes, sizeof bytes, &stored), 0);
        for (size_t len = 0; len < stored.len; len++)
                says(decode(stored.data, len, sizeof bytes, &back, &e), "cut short");
        buf_release(&stored);
        buf_release(&back);
}

static void damaged_anywhere(void **state)
{
        unsigned char bytes[2000];
        struct buf stored, back;
        struct err e;

        (void)state;
        fill(bytes, sizeof bytes);
        buf_init(&back, MIB);
        assert_int_equal(encode(bytes, sizeof bytes, &stored), 0);
        for (size_t at = 0; at < stored.len; at++) {
                for (int bit = 0; bit < 8; bit++) {
                        stored.data[at] = (char)(stored.data[at] ^ 1 << bit);
                        if (!*decode(stored.data, stored.len, sizeof bytes, &back, &e))
                                fail_msg("accepted with bit %d of byte %zu changed", bit, at);
                        stored.data[at] = (char)(stored.data[at] ^ 1 << bit);
                }
        }
        assert_string_equal(decode(stored.data, stored.len, sizeof bytes, &back, &e), "");
        says(decode("not xz at all", 13, 13, &back, &e), "not an xz stream");
        says(decode("", 0, 0, &back, &e), "cut short");
        buf_release(&stored);
        buf_release(&back);
}

static void what_follows(void **state)
{
        static const char padding[4] = {0};
        struct buf stored, two, back;
        struct err e;

        (void)state;
        buf_init(&back, MIB);
        buf_init(&two, MIB);
        assert_int_equal(encode("abc", 3, &stored), 0);
        buf_add(&two, stored.data, stored.len);
        buf_add(&two, stored.data, stored.len);
        says(decode(two.data, two.len, 6, &back, &e), "bytes follow");
        says(decode(two.data, two.len, 3, &back, &e), "bytes follow");
        two.len = stored.len;
        buf_addc(&two, 'x');
        says(decode(two.data, two.len, 3, &back, &e), "bytes follow");
        two.len = stored.len;
        buf_add(&two, padding, sizeof padding);
        says(decode(two.data, two.len, 3, &back, &e), "bytes follow");
        buf_release(&stored);
        buf_release(&two);
        buf_release(&back);
}

/* The same, when the extra byte comes in a later piece. */
static void what_follows_later(void **state)
{
        struct buf stored, back;
        struct xz_decoder *decoder;
        struct err e = ERR_INIT;

        (void)state;
        buf_init(&back, MIB);
        assert_int_equal(encode("abc", 3, &stored), 0);
        decoder = xz_decoder_new(3, xz_sink_buf, &back);
        assert_int_equal(xz_decoder_write(decoder, stored.data, stored.len, &e), 0);
        assert_int_equal(xz_decoder_write(decoder, "\0", 1, &e), -1);
        says(e.msg, "bytes follow");
        xz_decoder_free(decoder);
        buf_release(&stored);
        buf_release(&back);
}

static void other_length(void **state)
{
        unsigned char bytes[5000];
        struct buf stored, back;
        struct err e;

        (void)state;
        fill(bytes, sizeof bytes);
        buf_init(&back, MIB);
        assert_int_equal(encode(bytes, sizeof bytes, &stored), 0);
        says(decode(stored.data, stored.len, 4999, &back, &e), "more than the 4999 bytes");
        assert_true(back.len <= 4999);
        says(decode(stored.data, stored.len, 0, &back, &e), "more than the 0 bytes");
        assert_int_equal(back.len, 0);
        says(decode(stored.data, stored.len, 5001, &back, &e), "holds 5000 bytes, and 5001");
        says(decode(stored.data, stored.len, UINT64_MAX, &back, &e), "the limit is");
        buf_release(&stored);
        buf_release(&back);
}

static int count(void *context, const void *bytes, size_t len, struct err *e)
{
        uint64_t *sum = context;

        (void)bytes;
        (void)e;
        *sum += len;
        return 0;
}

/* 64 MiB of zeros in some 10 KiB: work stops where the declared length is passed. */
static void bomb(void **state)
{
        static const unsigned char zeros[MIB];
        struct buf stored;
        struct err e = ERR_INIT;
        struct xz_encoder *encoder;
        struct xz_decoder *decoder;
        uint64_t got = 0;

        (void)state;
        buf_init(&stored, MIB);
        encoder = xz_encoder_new(0, xz_sink_buf, &stored);
        for (int i = 0; i < 64; i++)
                assert_int_equal(xz_encoder_write(encoder, zeros, sizeof zeros, &e), 0);
        assert_int_equal(xz_encoder_finish(encoder, &e), 0);
        xz_encoder_free(encoder);
        assert_true(stored.len < 20 * KIB);

        decoder = xz_decoder_new(MIB, count, &got);
        assert_int_equal(xz_decoder_write(decoder, stored.data, stored.len, &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
        says(e.msg, "more than the 1048576 bytes");
        assert_true(got <= MIB);
        xz_decoder_free(decoder);
        buf_release(&stored);
}

/* A stream whose header asks for a dictionary: 2^(n/2 + 12), or half as much again. */
static void dictionary(struct buf *stored, unsigned char n)
{
        unsigned char *header = (unsigned char *)stored->data + LZMA_STREAM_HEADER_SIZE;
        size_t size = ((size_t)header[0] + 1) * 4;
        uint32_t crc;

        header[4] = n; /* block flags, filter id 0x21, size 1, then the property */
        crc = lzma_crc32(header, size - 4, 0);
        for (size_t i = 0; i < 4; i++)
                header[size - 4 + i] = (unsigned char)(crc >> 8 * i);
}

static void memory(void **state)
{
        struct buf stored, back;
        struct err e;

        (void)state;
        buf_init(&back, MIB);
        assert_int_equal(encode("abc", 3, &stored), 0);
        dictionary(&stored, 28); /* 64 MiB: xz -9 */
        assert_string_equal(decode(stored.data, stored.len, 3, &back, &e), "");
        dictionary(&stored, 29); /* 96 MiB, and the decoder's own need */
        says(decode(stored.data, stored.len, 3, &back, &e), "MiB to decode; the limit is 96 MiB");
        dictionary(&stored, 40); /* 4 GiB */
        says(decode(stored.data, stored.len, 3, &back, &e), "4096 MiB to decode");
        dictionary(&stored, 41);
        says(decode(stored.data, stored.len, 3, &back, &e), "options");
        buf_release(&stored);
        buf_release(&back);
}

static int full(void *context, const void *bytes, size_t len, struct err *e)
{
        (void)context;
        (void)bytes;
        return err_set(e, ERR_FAILED, "the disk is full, %zu bytes", len);
}

/* A sink's error ends the work and comes back as it is. */
static void sink_errors(void **state)
{
        struct buf stored, tiny;
        struct err e = ERR_INIT;
        struct xz_decoder *decoder = xz_decoder_new(3, full, NULL);
        struct xz_encoder *encoder = xz_encoder_new(0, full, NULL);

        (void)state;
        assert_int_equal(encode("abc", 3, &stored), 0);
        assert_int_equal(xz_decoder_write(decoder, stored.data, stored.len, &e), -1);
        assert_string_equal(e.msg, "the disk is full, 3 bytes");
        assert_int_equal(e.code, ERR_FAILED);
        if (xz_encoder_write(encoder, "abc", 3, &e) == 0)
                assert_int_equal(xz_encoder_finish(encoder, &e), -1);
        says(e.msg, "the disk is full");
        buf_init(&tiny, 20);
        assert_int_equal(xz_encode("abc", 3, 0, &tiny, &e), -1);
        says(e.msg, "larger than the limit of 20 bytes");
        xz_decoder_free(decoder);
        xz_encoder_free(encoder);
        buf_release(&stored);
        buf_release(&tiny);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(round_trip),
            cmocka_unit_test(every_preset_fits),
            cmocka_unit_test(pieces),
            cmocka_unit_test(form),
            cmocka_unit_test(cut_anywhere),
            cmocka_unit_test(damaged_anywhere),
            cmocka_unit_test(what_follows),
            cmocka_unit_test(what_follows_later),
            cmocka_unit_test(other_length),
            cmocka_unit_test(bomb),
            cmocka_unit_test(memory),
            cmocka_unit_test(sink_errors),
        };

        return cmocka_run_group_tests_name("xz", tests, NULL, NULL);
}
