/*
 * xz (liblzma), bounded both ways: one stream with CRC64, one block, one
 * thread when written; a declared length, LIMIT_XZ_MEMORY and nothing else
 * around it when read.
 *
 *     struct xz_encoder *x = xz_encoder_new(6, sink, context);
 *     xz_encoder_write(x, bytes, len, e); ...
 *     xz_encoder_finish(x, e);
 *     xz_encoder_free(x);
 *
 *     struct xz_decoder *x = xz_decoder_new(declared, sink, context);
 *     xz_decoder_write(x, stored, len, e); ...     in pieces of any size
 *     xz_decoder_finish(x, e);                     only now was it all, and whole
 *     xz_decoder_free(x);
 *
 * A sink is lent each run of output and returns 0, or -1 with *e set, which ends the work.
 * After -1 nothing but x_free may be called.
 */
#ifndef BUNDLE_XZ_H
#define BUNDLE_XZ_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/err.h"

typedef int xz_sink(void *context, const void *bytes, size_t len, struct err *e);

/* A sink that adds to a struct buf (the context). ERR_FAILED when its maximum would be passed. */
int xz_sink_buf(void *context, const void *bytes, size_t len, struct err *e);

/* Presets are xz's own, 0 to 9; 9 has the largest dictionary (64 MiB) that LIMIT_XZ_MEMORY lets in.
 */
#define XZ_PRESET_DEFAULT 6

/* The output depends on the input, the preset and liblzma, not on how the input was cut up. */
struct xz_encoder;

struct xz_encoder *xz_encoder_new(unsigned preset, xz_sink *sink, void *context);
/* The same with a dictionary of another size than the preset's: most of its memory goes there. */
struct xz_encoder *xz_encoder_new_with(
    unsigned preset, uint32_t dictionary, xz_sink *sink, void *context);
/* The memory that such a one takes. */
uint64_t xz_encoder_memory(unsigned preset, uint32_t dictionary);
void xz_encoder_free(struct xz_encoder *x); /* accepts NULL */
int xz_encoder_write(struct xz_encoder *x, const void *bytes, size_t len, struct err *e);
int xz_encoder_finish(struct xz_encoder *x, struct err *e);

/* A buffer in one call, added to *out. */
int xz_encode(const void *bytes, size_t len, unsigned preset, struct buf *out, struct err *e);

/*
 * All that is wrong with the input is ERR_REFUSED: more decoded bytes than declared, fewer,
 * a cut, damage, bytes after the end (a second stream, padding), a need for more than
 * LIMIT_XZ_MEMORY, a check that liblzma does not know. The sink never gets more than `declared`
 * bytes in all; what it gets is not to be relied on before xz_decoder_finish has returned 0.
 */
struct xz_decoder;

struct xz_decoder *xz_decoder_new(uint64_t declared, xz_sink *sink, void *context);
/* The same where the length is not known before: anything up to `limit` bytes is accepted. */
struct xz_decoder *xz_decoder_new_up_to(uint64_t limit, xz_sink *sink, void *context);
void xz_decoder_free(struct xz_decoder *x); /* accepts NULL */
int xz_decoder_write(struct xz_decoder *x, const void *bytes, size_t len, struct err *e);
int xz_decoder_finish(struct xz_decoder *x, struct err *e);

/* A buffer in one call, added to *out, whose maximum `declared` has to fit in. */
int xz_decode(const void *bytes, size_t len, uint64_t declared, struct buf *out, struct err *e);

#endif
