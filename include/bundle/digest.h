/*
 * Digests of a stream of bytes: SHA-256, which names every blob, and up to
 * two others that a registry states, all in one pass (OpenSSL EVP).
 *
 *     struct digest *d = digest_new(DIGEST_SHA256 | DIGEST_SHA512);
 *     digest_update(d, p, n); ...
 *     digest_final(d);
 *     digest_get(d, DIGEST_SHA256, out);
 *     digest_reset(d);                       to use it again
 *     digest_free(d);
 */
#ifndef BUNDLE_DIGEST_H
#define BUNDLE_DIGEST_H

#include <stddef.h>

#include "bundle/err.h"

#define SHA256_SIZE 32
#define SHA256_HEX 65 /* with the NUL */
#define DIGEST_MAX_SIZE 64

enum digest_kind {
        DIGEST_SHA256 = 1,
        DIGEST_SHA512 = 2,
        DIGEST_SHA384 = 4,
        DIGEST_SHA1 = 8,
        DIGEST_MD5 = 16,
};

struct digest;

struct digest *digest_new(unsigned kinds); /* any union of digest_kind */
void digest_free(struct digest *d);
void digest_reset(struct digest *d);
void digest_update(struct digest *d, const void *bytes, size_t len);
void digest_final(struct digest *d);

/* The result of one kind after digest_final; returns its size in bytes. */
size_t digest_get(
    const struct digest *d, enum digest_kind kind, unsigned char out[DIGEST_MAX_SIZE]);

size_t digest_size(enum digest_kind kind);      /* bytes */
const char *digest_name(enum digest_kind kind); /* "sha256", ... */
/* "sha256:<hex>"; returns out. */
#define DIGEST_TEXT (8 + 2 * DIGEST_MAX_SIZE + 1)
char *digest_text(enum digest_kind kind, const unsigned char *value, char out[DIGEST_TEXT]);
int digest_kind_parse(const char *name, enum digest_kind *kind); /* 0, or -1: not a known name */

/* SHA-256 of a buffer in one call. */
void sha256(const void *bytes, size_t len, unsigned char out[SHA256_SIZE]);
void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX]);

#endif
