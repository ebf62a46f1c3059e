/*
 * Signatures in minisign's format, the prehashed kind (`ED`) only, and the
 * judgement of several of them over one file.
 *
 * Making one:
 *     prehash(manifest, len, hash);                          prehash.h
 *     signature_make(&s, key, hash, "stream:plant-a\tseq:42", e);
 *     signature_format(&s, text);                            SIGNATURE_TEXT bytes at most
 *
 * Judging what lies beside a file:
 *     struct signature_text texts[] = {{"manifest.jsonl.xz.minisig", text, len}, ...};
 *     struct verdict v;
 *     if (signatures_verify(texts, n, hash, keys, key_count, &v, e) < 0) ...
 *                                                            v.state says why
 *     if (v.signers < threshold) ...                         trust.h does that
 *
 * The legacy kind (`Ed`, over the file's own bytes) is refused, and never made: an `ED` signature
 * of a file, relabelled, is a legacy signature of that file's 64-byte digest.
 */
#ifndef BUNDLE_SIGNATURE_H
#define BUNDLE_SIGNATURE_H

#include <stdbool.h>

#include "bundle/err.h"
#include "bundle/key.h"
#include "bundle/limit.h"
#include "bundle/prehash.h"
#include "bundle/secret_key.h"

struct signature {
        unsigned char key_id[KEY_ID_SIZE]; /* a hint; nothing signs it */
        unsigned char bytes[SIGNATURE_BYTES];
        unsigned char comment_bytes[SIGNATURE_BYTES]; /* the "global" signature */
        char trusted_comment[LIMIT_TRUSTED_COMMENT + 1];
};

/* Room for a signature file, with the NUL: two prefixes, two comments, two base64 lines. */
#define SIGNATURE_TEXT (LIMIT_TRUSTED_COMMENT + 300)

/*
 * Signs prehash[64] and the comment. A trusted comment is printable ASCII and tabs, up to
 * LIMIT_TRUSTED_COMMENT bytes: ERR_USAGE otherwise. The same input gives the same signature.
 */
int signature_make(struct signature *s, const struct secret_key *key,
    const unsigned char hash[PREHASH_SIZE], const char *trusted_comment, struct err *e);

/* The text of a .minisig file, as stock minisign writes it. Returns its length. */
size_t signature_format(const struct signature *s, char out[SIGNATURE_TEXT]);

/*
 * Reads a .minisig file, strictly: four lines, each ended by LF, canonical base64, algorithm `ED`,
 * comments of printable ASCII and tabs, nothing after. (Stock minisign overlooks trailing text and
 * CR LF, so several texts hold one signature: never take a text for an identity.) ERR_REFUSED.
 */
int signature_parse(struct signature *s, const char *text, size_t len, struct err *e);

enum signature_state {
        SIGNATURE_ABSENT = 0,
        SIGNATURE_UNKNOWN_KEY, /* no key of the list has its id */
        SIGNATURE_BAD,         /* malformed, or not a signature of this file by a key with its id */
        SIGNATURE_GOOD,
};

/*
 * Judges one signature: GOOD (then *which is the key's place in the list), BAD or UNKNOWN_KEY. All
 * keys with its id are tried, as ids may collide. File and comment must both be signed.
 */
enum signature_state signature_verify(const struct signature *s,
    const unsigned char hash[PREHASH_SIZE], const struct public_key *keys, size_t key_count,
    size_t *which);

struct signature_text {
        const char *name; /* of the file, for errors; borrowed, as the text is */
        const char *text;
        size_t len;
};

struct verdict {
        enum signature_state state;
        size_t signers; /* distinct Ed25519 keys with a good signature, whatever their ids */
        size_t unknown; /* signatures by keys that are not in the list */
        size_t culprit; /* BAD: which of the texts */
        bool signed_by[LIMIT_TRUST_KEYS]; /* for each key of the list: it has a good signature */
};

/*
 * Judges all the signatures beside one file against LIMIT_TRUST_KEYS keys at most. 0 and GOOD when
 * at least one is good and none is bad; signatures by unknown keys do no harm then. Otherwise -1,
 * ERR_REFUSED, no signed_by set, and the state is
 *   BAD          one is bad: all of it is refused, however many are good
 *   ABSENT       there are none
 *   UNKNOWN_KEY  there are, but none by a key of the list
 * and the error's cause is "bad-signature", "unsigned" or "unknown-key".
 */
int signatures_verify(const struct signature_text *texts, size_t count,
    const unsigned char hash[PREHASH_SIZE], const struct public_key *keys, size_t key_count,
    struct verdict *v, struct err *e);

#endif
