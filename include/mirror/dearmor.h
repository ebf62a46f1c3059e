/*
 * OpenPGP's ASCII armor (RFC 4880, 6.2) off a keyring: gpgv takes keyrings
 * without it only, people write them with it (.asc, Signed-By in a .sources).
 */
#ifndef MIRROR_DEARMOR_H
#define MIRROR_DEARMOR_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/buf.h"
#include "bundle/err.h"

/* Does the text hold an armored public key? */
bool armor_is_keyring(const char *text, size_t len);

/*
 * Appends the bytes of every public key block in the text; what stands around the
 * blocks is passed over. The checksums are not looked at: they are no
 * protection (RFC 9580, 6.1). ERR_USAGE: a block has no end, or is no base64.
 */
int armor_decode_keyring(const char *text, size_t len, struct buf *out, struct err *e);

#endif
