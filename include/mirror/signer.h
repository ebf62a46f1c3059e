/*
 * Something that signs with one Ed25519 key (RFC 8032) without giving it away:
 * the site's own key, lent to whoever writes signed index pages.
 */
#ifndef MIRROR_SIGNER_H
#define MIRROR_SIGNER_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/err.h"

#define SIGNER_KEY_SIZE 32
#define SIGNER_SIGNATURE_SIZE 64

struct signer {
        void *user;
        unsigned char public_key[SIGNER_KEY_SIZE];
        int64_t created; /* unix seconds; part of the key's identity where a format says so */
        /* Signs the message itself, unhashed. 0 or -1. */
        int (*sign)(const struct signer *s, const void *message, size_t len,
            unsigned char out[SIGNER_SIGNATURE_SIZE], struct err *e);
};

#endif
