/* ASCII armor (RFC 4880 6): base64 in lines of 64 between two marks, with a CRC-24. */
#ifndef MIRROR_OPENPGP_ARMOR_H
#define MIRROR_OPENPGP_ARMOR_H

#include <stdint.h>

#include "bundle/buf.h"

/* kind: "PUBLIC KEY BLOCK", "SIGNATURE". 0, or -1: out is full. */
int openpgp_armor(const char *kind, const void *bytes, size_t len, struct buf *out);

/* RFC 4880 6.1 */
uint32_t openpgp_crc24(const void *bytes, size_t len);

#endif
