/*
 * Signing a bundle: when it is made, and again by somebody else who holds
 * nothing but its files.
 *
 *     bundle_head_read(&in, &h, e);
 *     manifest_read(h.manifest.data, h.manifest.len, &m, NULL, NULL, e);   to show it
 *     bundle_sign(&h, m.stream, m.epoch, m.seq, key, e);
 *     bundle_head_write(&h, &out, e);                then the packs, as they are
 *     bundle_check_file(fd, sha256, e);              the new file, before it gets its name
 */
#ifndef BUNDLE_BUNDLE_SIGN_H
#define BUNDLE_BUNDLE_SIGN_H

#include "bundle/bundle_head.h"
#include "bundle/secret_key.h"
#include "bundle/signature.h"

/*
 * Adds the key's signature: the first signer's has minisign's usual name, a further one's names its
 * key. ERR_USAGE when the key has signed already.
 */
int bundle_sign(struct bundle_head *h, const char *stream, int64_t epoch, int64_t seq,
    const struct secret_key *key, struct err *e);

/* Does it bear a good signature by this key? */
bool bundle_signed_by(const struct bundle_head *h, const struct public_key *key);

/*
 * Reads one file of a bundle from its beginning: is it what its own manifest says, each pack by its
 * hash, and does it end there? Whoever signed it; no pack is decoded. The manifest's hash goes to sha256.
 */
int bundle_check_file(int fd, unsigned char sha256[SHA256_SIZE], struct err *e);

#endif
