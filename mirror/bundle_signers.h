/*
 * Do the keys that sign here satisfy those who will read it? What a sender
 * should hear before the disc leaves the house. Private to the commands.
 */
#ifndef MIRROR_BUNDLE_SIGNERS_H
#define MIRROR_BUNDLE_SIGNERS_H

#include "bundle/secret_key.h"
#include "bundle/trust.h"
#include "mirror/cmd.h"
#include "mirror/mirror.h"

/*
 * Warns when a bundle signed by these keys lacks signatures that the stream's signed list asks
 * for, and says whose they could be. Says nothing for a list without a number: it is this
 * mirror's own, and the far side's may be another.
 */
void bundle_signers_warn(
    const struct cmd *c, const struct trust *t, struct secret_key *const *keys, size_t count);

/*
 * For a stream whose first signed list is being written: which keys its last bundle was signed
 * by, since where those are trusted the list counts only with their signatures, too. Says
 * nothing when no bundle was made, or its head is not kept. 0, or -1.
 */
int bundle_signers_note_last(
    const struct cmd *c, struct mirror *m, const char *stream, struct err *e);

#endif
