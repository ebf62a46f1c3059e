/*
 * Registry signatures: the registry signs "name@version:integrity" of each
 * version with ECDSA on P-256, and publishes its keys at -/npm/v1/keys. They
 * hold against a mirror in between that tells lies, as far as the keys are
 * known from elsewhere.
 */
#ifndef MIRROR_NPM_SIGNING_H
#define MIRROR_NPM_SIGNING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/err.h"

struct signing_keys;

/* The document of keys. NULL with ERR_FAILED: it is none, or holds no key that can be used. */
struct signing_keys *signing_keys_parse(const char *bytes, size_t len, struct err *e);
void signing_keys_free(struct signing_keys *k); /* NULL is fine */

/*
 * The signatures in the `dist` of a version: each must be by a key of the document that had not
 * expired when the version was published (Unix seconds; INT64_MIN: not stated, which counts as
 * early), and right. 0: so it is, or there is none and none is required. -1: ERR_REFUSED says why.
 */
int signing_check(const struct signing_keys *k, const char *name, const char *version,
    const json_t *dist, int64_t published, bool required, struct err *e);

/* The keys that the signatures in `dist` are by, as the document has them: an array, the caller's. */
json_t *signing_keys_of(const struct signing_keys *k, const json_t *dist);

#endif
