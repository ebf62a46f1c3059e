/*
 * OpenPGP, written only: what a site needs to sign its indexes so that gpgv,
 * sqv and apt accept them.
 *
 * Version 4 packets (RFC 4880) with EdDSA on Ed25519 (algorithm 22, RFC 9580
 * 9.2.1 "EdDSALegacy") and SHA-512: the forms that both old and new verifiers
 * know. Ed25519 is deterministic, so the same input gives the same bytes.
 *
 * A key's fingerprint covers the time it was made (signer.created): that time
 * belongs to the key for ever.
 */
#ifndef MIRROR_OPENPGP_H
#define MIRROR_OPENPGP_H

#include "bundle/buf.h"
#include "mirror/signer.h"

#define OPENPGP_FINGERPRINT_SIZE 20
#define OPENPGP_FINGERPRINT_TEXT 41 /* upper-case hexadecimal digits and the NUL */

/* RFC 4880 12.2 */
void openpgp_fingerprint(const struct signer *s, unsigned char out[OPENPGP_FINGERPRINT_SIZE]);
void openpgp_fingerprint_text(const struct signer *s, char out[OPENPGP_FINGERPRINT_TEXT]);

/*
 * Appends the transferable public key (RFC 4880 11.1): key, user id, and the
 * key's own certification of it, dated when the key was made. Binary: what a
 * keyring file (.gpg) is.
 */
int openpgp_certificate(
    const struct signer *s, const char *user_id, struct buf *out, struct err *e);
/* The same in ASCII armor (.asc). */
int openpgp_certificate_armored(
    const struct signer *s, const char *user_id, struct buf *out, struct err *e);

/*
 * Appends the text, signed in the clear (RFC 4880 7). The text is UTF-8 with
 * LF line ends; a last line without one gets it. date: unix seconds.
 */
int openpgp_clearsign(const struct signer *s, const char *text, size_t len, int64_t date,
    struct buf *out, struct err *e);

/* Appends a detached signature over the bytes, in ASCII armor. */
int openpgp_detached(const struct signer *s, const void *bytes, size_t len, int64_t date,
    struct buf *out, struct err *e);

#endif
