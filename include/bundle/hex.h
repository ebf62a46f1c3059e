/*
 * Bytes to lower-case hexadecimal text and back.
 */
#ifndef BUNDLE_HEX_H
#define BUNDLE_HEX_H

#include <stddef.h>

/* Writes 2*len digits and a NUL to out. */
void hex_encode(char *out, const void *bytes, size_t len);

/* Decodes exactly 2*len digits (either case), after which the text must end. 0, or -1. */
int hex_decode(void *out, size_t len, const char *text);

#endif
