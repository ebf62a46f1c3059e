/*
 * What a minisign `ED` signature signs instead of the file: its BLAKE2b-512
 * digest (unkeyed, 64 bytes). Taken in pieces, so that a file need not be held.
 *
 *     struct prehash *p = prehash_new();
 *     prehash_update(p, bytes, len); ...
 *     prehash_final(p, out);                 once; then prehash_free(p)
 */
#ifndef BUNDLE_PREHASH_H
#define BUNDLE_PREHASH_H

#include <stddef.h>

#define PREHASH_SIZE 64

struct prehash;

struct prehash *prehash_new(void);
void prehash_free(struct prehash *p); /* accepts NULL */
void prehash_update(struct prehash *p, const void *bytes, size_t len);
void prehash_final(struct prehash *p, unsigned char out[PREHASH_SIZE]);

/* The same for a buffer. */
void prehash(const void *bytes, size_t len, unsigned char out[PREHASH_SIZE]);

#endif
