/*
 * Bytes to base64 text and back: the standard alphabet with padding
 * (RFC 4648, 4), one canonical text for each value and no other accepted.
 */
#ifndef BUNDLE_BASE64_H
#define BUNDLE_BASE64_H

#include <stddef.h>

/* Room for the text of `bytes` bytes, with the NUL. */
#define BASE64_SIZE(bytes) (((bytes) + 2) / 3 * 4 + 1)

/* Writes BASE64_SIZE(len) characters, NUL included, to out. */
void base64_encode(char *out, const void *bytes, size_t len);

/*
 * Decodes text[0..text_len), which must be the canonical text of exactly len
 * bytes: no blank, no line end, no missing padding, no stray low bits. 0, or -1.
 */
int base64_decode(void *out, size_t len, const char *text, size_t text_len);

#endif
