/*
 * Who may sign for one stream, and how many of them must: pure data, to and
 * from JSON. The signed and numbered form of it is trust_list.h's, storing it
 * catalog_trust.h's.
 *
 *     struct trust t;
 *     if (trust_init(&t, "plant-a", e) < 0) ...
 *     trust_add(&t, &key, "build host", e);
 *     trust_set_threshold(&t, 1, e);
 *     ...
 *     if (trust_verify(&t, texts, n, hash, &v, e) < 0) ...     before the manifest is looked at
 *     if (trust_check(&t, &v, header.seq, e) < 0) ...          once its header has been read
 *
 * Entries are sorted by their Ed25519 bytes and no two have the same ones. Ids may repeat.
 * A key signs bundles, the next trust list, or both; each has its own threshold, so that the key
 * of an unattended build host need not be one that can change the list. At all times
 * 1 <= threshold <= the keys that sign bundles, and 1 <= list_threshold <= those that sign lists,
 * but for a list that has no keys yet: its thresholds are 1, and it accepts nothing.
 *
 * What the operator of this mirror has revoked is remembered apart from the list, which may lose a
 * key and get it again: those keys stay revoked until trust_remove().
 */
#ifndef BUNDLE_TRUST_H
#define BUNDLE_TRUST_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/digest.h"
#include "bundle/err.h"
#include "bundle/key.h"
#include "bundle/limit.h"
#include "bundle/signature.h"

/* What a key signs. */
enum trust_use {
        TRUST_BUNDLES = 1,
        TRUST_LISTS = 2,
        TRUST_BOTH = TRUST_BUNDLES | TRUST_LISTS,
};

struct trust_key {
        struct public_key key;
        char comment[LIMIT_TRUST_COMMENT + 1]; /* whose it is: printable ASCII */
        enum trust_use signs;
        uint64_t valid_up_to_seq; /* revoked: bundles after this one it cannot sign, nor any list;
                                     0: no limit; < 2^63 */
};

/* A key that was revoked on this mirror. */
struct trust_revoked {
        struct public_key key;
        int64_t epoch; /* in which the number below counts */
        uint64_t valid_up_to_seq;
};

struct trust {
        char stream[LIMIT_NAME + 1];
        int64_t number; /* of the signed list that it is, or is made from; 0: none */
        int64_t epoch;  /* in which bundles are numbered, from 1 */
        int64_t issued; /* of the signed list; 0: none */
        bool has_previous;
        unsigned char previous[SHA256_SIZE]; /* of the signed list before it; if has_previous */
        unsigned threshold, list_threshold;
        size_t count;
        struct trust_key keys[LIMIT_TRUST_KEYS];
        size_t
            revoked_count; /* these are this mirror's own: no part of the list, nor of its JSON */
        struct trust_revoked revoked[LIMIT_TRUST_REVOKED];
};

/* An empty list. ERR_USAGE for a name that name_check() (record.h) does not let through. */
int trust_init(struct trust *t, const char *stream, struct err *e);

/*
 * The key will sign both bundles and lists. ERR_USAGE when it is there already (whatever its id),
 * the list is full, it was revoked here, or the comment is unfit.
 */
int trust_add(struct trust *t, const struct public_key *key, const char *comment, struct err *e);

/*
 * Also forgets that the key was revoked here. ERR_USAGE when it is neither in the list nor that, or
 * too few would be left for the threshold.
 */
int trust_remove(struct trust *t, const struct public_key *key, struct err *e);

/* What a key of the list signs. ERR_USAGE when too few would be left for a threshold. */
int trust_set_use(struct trust *t, struct trust_key *key, enum trust_use signs, struct err *e);

/*
 * ERR_USAGE unless 1 <= threshold <= the keys that sign bundles (lists), and no more than a
 * bundle may have signatures. Revoked keys count here: taking trust away must always be possible.
 */
int trust_set_threshold(struct trust *t, unsigned threshold, struct err *e);
int trust_set_list_threshold(struct trust *t, unsigned threshold, struct err *e);

/*
 * From now on the key signs no list, and no bundle after number seq (1 or more): what it signed
 * before can still be checked. A limit is never raised. ERR_USAGE for seq 0.
 */
int trust_revoke(struct trust *t, struct trust_key *key, uint64_t seq, struct err *e);

/* The same on this mirror, whatever lists follow. ERR_USAGE too when there are too many of these. */
int trust_revoke_here(struct trust *t, struct trust_key *key, uint64_t seq, struct err *e);
/* The note of that, or NULL. Valid until *t changes. */
struct trust_revoked *trust_find_revoked(struct trust *t, const struct public_key *key);

/* How many keys that are not revoked sign bundles (lists). */
unsigned trust_active(const struct trust *t, enum trust_use use);

/* "bundles", "lists", "both"; and back: 0, or -1. */
const char *trust_use_name(enum trust_use use);
int trust_use_parse(const char *name, enum trust_use *out);

/* The entry of this Ed25519 key, or NULL. Valid until the list changes. */
struct trust_key *trust_find(struct trust *t, const struct public_key *key);

/* The first entry with this id, or NULL; *matches is how many there are. */
struct trust_key *trust_find_id(
    struct trust *t, const unsigned char id[KEY_ID_SIZE], size_t *matches);

/*
 * Is a file, whose prehash is given, signed by enough of these keys? 0, or -1 with ERR_REFUSED: as
 * signatures_verify() says, or (v->state GOOD) too few. Limits by sequence number are not looked at
 * yet: trust_check() has to follow.
 */
int trust_verify(const struct trust *t, const struct signature_text *texts, size_t count,
    const unsigned char hash[PREHASH_SIZE], struct verdict *v, struct err *e);

/*
 * Are the signers of v enough for bundle number seq? v is trust_verify()'s for this list.
 * ERR_REFUSED when not, with the numbers and, where a key's limit is the reason, its id; the cause
 * is "too-few-signatures" or "revoked-key".
 */
int trust_check(const struct trust *t, const struct verdict *v, uint64_t seq, struct err *e);

/*
 * Is a trust list, whose prehash is given, signed by enough of these keys: the list_threshold of
 * those that sign lists and are not revoked? As trust_verify() otherwise.
 */
int trust_verify_list(const struct trust *t, const struct signature_text *texts, size_t count,
    const unsigned char hash[PREHASH_SIZE], struct verdict *v, struct err *e);

/*
 * Canonical JSON on one line, keys sorted, no blanks, no line end: the same list gives the same
 * bytes.
 *   {"epoch":1,"issued":null,"keys":[{"comment":"...","key":"RW...","signs":"both",
 *    "valid_up_to_seq":0}],"list_threshold":1,"number":0,"previous":null,"stream":"plant-a",
 *    "threshold":1}
 * ERR_USAGE for a list without keys.
 */
int trust_to_json(const struct trust *t, struct buf *out, struct err *e);

/*
 * Reads that text and no other for the same list: unknown, missing and repeated members, another
 * order, and a threshold out of range are refused. ERR_REFUSED; *t is then unspecified.
 */
int trust_from_json(struct trust *t, const char *text, size_t len, struct err *e);

#endif
