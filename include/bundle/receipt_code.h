/*
 * A receipt as a code that can be read over a telephone:
 *
 *     14NXH-MN00M-1000Z-...      eight groups of five: 47 characters
 *
 * Crockford's base 32 (digits and letters without I, L, O and U; read in
 * either case, with O as 0 and I and L as 1, dashes and blanks left out). The
 * last character of each group checks the four before it and the group's
 * place: one that was misheard, two that were exchanged, a group in another
 * one's place are found, and the group is named.
 *
 * It says which stream (25 bits of a hash of its name), epoch and number, and
 * proves by 75 bits of a hash that whoever made it knows the manifest and the
 * state. Nothing signs it: it is worth what it agrees with.
 */
#ifndef BUNDLE_RECEIPT_CODE_H
#define BUNDLE_RECEIPT_CODE_H

#include <stdint.h>

#include "bundle/digest.h"
#include "bundle/err.h"
#include "bundle/receipt.h"

#define RECEIPT_CODE 48 /* its text with the NUL */

/* ERR_FAILED: epoch or number is too large for a code. */
int receipt_code_format(const struct receipt *r, char out[RECEIPT_CODE], struct err *e);

struct receipt_code {
        uint32_t stream; /* receipt_code_stream() */
        int64_t epoch, seq;
        unsigned char proof[10]; /* 75 bits, the last 5 zero; receipt_code_proof() */
};

/* ERR_USAGE: it is no code, or which group was misheard. */
int receipt_code_parse(const char *text, struct receipt_code *out, struct err *e);

/* What a code holds of a stream's name, and of a bundle. */
uint32_t receipt_code_stream(const char *stream);
void receipt_code_proof(const unsigned char manifest[SHA256_SIZE],
    const unsigned char state[SHA256_SIZE], unsigned char out[10]);

#endif
