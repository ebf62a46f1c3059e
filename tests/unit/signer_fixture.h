/* A signer whose key is known: for tests of what is signed. */
#ifndef TESTS_SIGNER_FIXTURE_H
#define TESTS_SIGNER_FIXTURE_H

#include <sodium.h>

#include "mirror/signer.h"

struct signer_fixture {
        struct signer signer;
        unsigned char secret[crypto_sign_SECRETKEYBYTES];
};

static inline int signer_fixture_sign(const struct signer *s, const void *message, size_t len,
    unsigned char out[SIGNER_SIGNATURE_SIZE], struct err *e)
{
        const struct signer_fixture *f = s->user;

        (void)e;
        crypto_sign_detached(out, NULL, message, len, f->secret);
        return 0;
}

/* The key of a seed, with the time it was made. */
static inline void signer_fixture_init(
    struct signer_fixture *f, const unsigned char seed[crypto_sign_SEEDBYTES], int64_t created)
{
        crypto_sign_seed_keypair(f->signer.public_key, f->secret, seed);
        f->signer.user = f;
        f->signer.created = created;
        f->signer.sign = signer_fixture_sign;
}

#endif
