/*
 * OpenPGP signatures, looked at by GnuPG's gpgv: a process of its own, which
 * is handed the keys, the text and nothing else, and needs neither agent nor
 * home folder.
 *
 *     struct gpgv_answer a;
 *     if (gpgv_run(&text, &a, e) < 0) ...       gpgv could not be asked
 *     judge a.status; only then use a.body
 *     gpgv_answer_release(&a);
 *
 * What the answer is worth is for the caller to judge from the status lines
 * ("[GNUPG:] VALIDSIG ...", doc/DETAILS of GnuPG), not from gpgv's exit status:
 * of several signatures, one by a key that is not at hand makes it 2, and a
 * body comes out of a text with a bad signature, too.
 */
#ifndef MIRROR_GPGV_H
#define MIRROR_GPGV_H

#include "bundle/buf.h"
#include "bundle/err.h"
#include "mirror/registry.h"

struct gpgv_answer {
        struct buf status; /* lines, each with its newline */
        struct buf body;   /* what the signatures are about */
};

/*
 * ERR_FAILED: this machine's fault, whatever the text is: there is no gpgv, or it died. ERR_USAGE: a
 * keyring holds no keys. ERR_REFUSED: a text beyond all limits.
 */
int gpgv_run(const struct signed_text *text, struct gpgv_answer *out, struct err *e);
void gpgv_answer_release(struct gpgv_answer *a); /* accepts the zero value */

#endif
