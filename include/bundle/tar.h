/*
 * The tar layer of a bundle: POSIX ustar, regular files only, with every
 * field of a header fixed by the member's name and size. A header is read by
 * making the one it should be and comparing all 512 bytes; padding must be
 * zero; the archive ends with two zero blocks and nothing after them. So no
 * byte of a bundle is without meaning. (A general reader such as libarchive's
 * is lenient by design, which is why it is not used here.)
 */
#ifndef BUNDLE_TAR_H
#define BUNDLE_TAR_H

#include <stdint.h>

#include "bundle/err.h"

#define TAR_BLOCK 512
#define TAR_MAGIC 257                          /* where "ustar" stands in a header */
#define TAR_NAME 100                           /* longest name, without NUL */
#define TAR_SIZE_MAX (((uint64_t)1 << 33) - 1) /* eleven octal digits */

/* Fills block. name: 1 to TAR_NAME bytes; size: at most TAR_SIZE_MAX. */
void tar_header(const char *name, uint64_t size, unsigned char block[TAR_BLOCK]);

/* 1: a header; name (with NUL) and size are set. 0: a zero block. -1 ERR_REFUSED: neither. */
int tar_header_parse(
    const unsigned char block[TAR_BLOCK], char name[TAR_NAME + 1], uint64_t *size, struct err *e);

/* Bytes of padding after a member of that size. */
unsigned tar_padding(uint64_t size);

#endif
