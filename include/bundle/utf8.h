/*
 * UTF-8 (RFC 3629): no over-long forms, no surrogates, nothing past U+10FFFF.
 */
#ifndef BUNDLE_UTF8_H
#define BUNDLE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"

#define UTF8_MAX 4
#define UTF8_REPLACEMENT 0xfffdU

/* The length in bytes (1 to 4) of the character that p begins with, or 0: not UTF-8. left >= 1. */
size_t utf8_length(const char *p, size_t left);

int utf8_valid(const char *bytes, size_t len); /* 1 or 0 */

/* Encodes one character (U+FFFD for what is none); returns its length. */
size_t utf8_encode(uint32_t character, char out[UTF8_MAX]);

/* Appends text with every byte that is not UTF-8, and NUL, as U+FFFD. 0, or -1: over the maximum of *out. */
int utf8_repair(struct buf *out, const char *bytes, size_t len);

#endif
