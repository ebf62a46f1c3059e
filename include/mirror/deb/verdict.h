/*
 * What gpgv's status lines (GnuPG's doc/DETAILS) say about a suite's release
 * signature: authentic, or why not.
 *
 *     if (verdict_read(answer.status, fingerprints, count, e) < 0) refuse
 *
 * Several keys may have signed; one good signature by a key that is in the
 * keyring (and among the fingerprints, if any are configured) is enough, and a
 * key that is not at hand does no harm. A bad signature does, whoever else
 * signed.
 */
#ifndef MIRROR_DEB_VERDICT_H
#define MIRROR_DEB_VERDICT_H

#include <stddef.h>

#include "bundle/err.h"

/*
 * fingerprints: 40 hexadecimal digits each, in either case, of primary keys or of the
 * signing subkeys. ERR_REFUSED says which of the cases it is: not signed, bad signature,
 * unknown key, key or signature expired, key revoked, weak digest, another key than the
 * configured ones.
 */
int verdict_read(const char *status, const char *const *fingerprints, size_t count, struct err *e);

/*
 * Is the document one clearsigned message and nothing else (RFC 4880, 7)? What stands around
 * it is not signed, and must not be there: 0, or -1 with ERR_REFUSED.
 */
int verdict_check_clearsigned(const char *text, size_t len, struct err *e);

#endif
