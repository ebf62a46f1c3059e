/*
 * Signed trust lists: how a stream's keys change without anybody visiting
 * every isolated side. Lists are numbered; list N+1 counts where list N is in
 * force if enough keys of N *and* enough keys of N+1 have signed it. Every
 * bundle carries all of them, so that a side that was away for years walks
 * from the list it has to the newest one.
 *
 * A list is one text file, and all that belongs to it:
 *
 *     dray-trust-list-1
 *     {"epoch":1,"issued":"2026-11-22T13:05:57Z","keys":[...],...}       trust.h
 *     untrusted comment: ...                         a minisign signature of the
 *     RUQ...                                         two lines above, four lines
 *     trusted comment: ...                           for each signer
 *     ...
 *
 * The first line is there so that no manifest and no receipt can be taken for a
 * list. The two lines are its identity (their SHA-256 is the next list's
 * "previous"); signatures may be added at any time.
 *
 *     trust_list_split(&list, text, len, e);             nothing is parsed yet
 *     trust_list_follow(&t, mark, &list, e);             t becomes the list, if it may
 */
#ifndef BUNDLE_TRUST_LIST_H
#define BUNDLE_TRUST_LIST_H

#include "bundle/trust.h"

#define TRUST_LIST_MAGIC "dray-trust-list-1\n"

/* A list's text, taken apart; everything is borrowed from it. */
struct trust_list {
        const char *text; /* the two lines */
        size_t len;
        const char *json; /* the second one, without its end */
        size_t json_len;
        unsigned char sha256[SHA256_SIZE]; /* of the two lines */
        unsigned char hash[PREHASH_SIZE];  /* what its signatures sign */
        char names[LIMIT_SIGNATURES][24];  /* of the signatures, for errors: "signature 1" */
        struct signature_text signatures[LIMIT_SIGNATURES];
        size_t signature_count;
};

/* Finds the lines; their content is not looked at. ERR_REFUSED when there are too few or many. */
int trust_list_split(struct trust_list *out, const char *text, size_t len, struct err *e);

/*
 * The list itself, from the two lines. It says nothing yet of who signed it: for those who are to
 * sign it, and for the functions below. ERR_REFUSED unless its number is 1 or more, the first and
 * only the first has no previous one, and enough keys that are not revoked are there for both
 * thresholds.
 */
int trust_list_parse(const struct trust_list *list, struct trust *out, struct err *e);

/* The two lines of a list. ERR_USAGE for one that trust_list_parse() would refuse. */
int trust_list_format(const struct trust *t, struct buf *out, struct err *e);

/*
 * Adds the key's signature to a list's text. Whether the key has a say in it is not asked: it may
 * be one of the list before. ERR_USAGE when the key has signed it already, or the text has as many
 * signatures as it may.
 */
int trust_list_sign(struct buf *text, const struct secret_key *key, struct err *e);

/* Does the list bear a good signature by this key? */
bool trust_list_signed_by(const struct trust_list *list, const struct public_key *key);

/* Is it signed by the threshold of its own keys? How a first list is judged. */
int trust_list_verify_self(const struct trust_list *list, const struct trust *t, struct err *e);

/*
 * The step from *t to the list: 1, and *t is the list; 0, and it is not for *t (another stream's,
 * or signed by strangers while *t is no numbered list); -1 with ERR_REFUSED. The signatures by
 * *t's keys are judged before the list is parsed. `in_force`: the SHA-256 of the list that *t's
 * number names, NULL when t->number is 0.
 *
 * What was revoked in *t stays revoked, whatever the list says: who knew of a stolen key first
 * need not wait for the others. What was revoked here stays so over lists that do not have the key.
 */
int trust_list_follow(
    struct trust *t, const unsigned char *in_force, const struct trust_list *list, struct err *e);

#endif
