/*
 * The site's own key: one Ed25519 key for each mirror, with which it signs the
 * indexes that it writes anew (a Debian source's Release). Clients are given
 * its public half once and refuse every other key from then on, so it is
 * never replaced by accident.
 *
 *     struct site_key *k;
 *     if (site_key_open(m, &k, e) < 0) ...
 *     use(site_key_signer(k));
 *     site_key_free(k);
 *
 * It lies in state/site.key, mode 0600, in the clear, and never leaves the
 * mirror. The catalog remembers which key clients know: when the file is gone
 * or holds another key, that is an error, and not the moment for a new one.
 */
#ifndef MIRROR_SITE_KEY_H
#define MIRROR_SITE_KEY_H

#include "mirror/mirror.h"
#include "mirror/signer.h"

struct site_key;

/* Opens the key; makes it, durably, when this mirror never had one. The lock must be held. */
int site_key_open(struct mirror *m, struct site_key **out, struct err *e);
void site_key_free(struct site_key *k); /* accepts NULL */

/* Valid until the key is freed. */
const struct signer *site_key_signer(const struct site_key *k);

/*
 * Makes a new key in place of one that is lost (or found out). Every client
 * has to be given the new public key. An old file that is still there becomes
 * state/site.key.old.
 */
int site_key_replace(struct mirror *m, struct err *e);

/* 1: the key that clients know is there, for its owner alone, or none is needed. 0: *e says what is wrong. -1 */
int site_key_check(struct mirror *m, struct err *e);

#endif
