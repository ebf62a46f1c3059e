/*
 * A growable byte buffer with a stated maximum.
 *
 *     struct buf b;
 *     buf_init(&b, LIMIT_INDEX_PAGE);
 *     if (buf_add(&b, data, len) < 0) ... the input is larger than allowed
 *     use(b.data, b.len);                 NUL-terminated, b.len excludes the NUL
 *     buf_release(&b);
 *
 * b.data is never NULL after buf_init and is valid until the next change.
 */
#ifndef BUNDLE_BUF_H
#define BUNDLE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
        char *data;
        size_t len;
        size_t cap;
        size_t max; /* len never exceeds it */
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);            /* accepts a zeroed struct; leaves it zeroed */
void buf_reset(struct buf *b);              /* len = 0, keeps the memory and the maximum */
char *buf_take(struct buf *b, size_t *len); /* the caller frees; b is reset; len may be NULL */

/* Each returns 0, or -1 (nothing added) when the maximum would be passed. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
