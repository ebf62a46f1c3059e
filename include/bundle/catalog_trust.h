/*
 * The catalog's trust: for each stream the list that is in force here, and the
 * signed lists that led to it (trust_list.h), which bundles carry on.
 *
 * What is in force is the newest signed list, or what `dray trust` made of it
 * since: its number tells which.
 */
#ifndef BUNDLE_CATALOG_TRUST_H
#define BUNDLE_CATALOG_TRUST_H

#include "bundle/catalog.h"
#include "bundle/trust_list.h"

/* A signed list, as text; owned. */
struct trust_text {
        int64_t number;
        char *text;
        size_t len;
};

void trust_texts_free(struct trust_text *texts, size_t count);

/* What is in force, and what was revoked here: 1, 0 none (*out is unspecified), -1. */
int catalog_trust_load(struct catalog *c, const char *stream, struct trust *out, struct err *e);
/* Within the caller's transaction. */
int catalog_trust_save(struct catalog *c, const struct trust *t, struct err *e);
/* Likewise: the stream was never meant. Not for one that has signed lists. */
int catalog_trust_forget(struct catalog *c, const char *stream, struct err *e);

/* The SHA-256 of the signed list that t->number names. 1; 0: it has none; -1 */
int catalog_trust_in_force(
    struct catalog *c, const struct trust *t, unsigned char sha256[SHA256_SIZE], struct err *e);

/* Keeps a signed list, over one of the same number (which may have other signatures). */
int catalog_trust_list_put(struct catalog *c, const char *stream, int64_t number, const char *text,
    int64_t accepted, struct err *e);

/* Logs that a signed list has come into force, as *t. */
int catalog_trust_log(struct catalog *c, const struct trust *t, struct err *e);

/*
 * The last LIMIT_TRUST_LISTS signed lists of the stream, those that follow each other up to the
 * newest, by number. The caller frees with trust_texts_free().
 */
int catalog_trust_lists(
    struct catalog *c, const char *stream, struct trust_text **out, size_t *count, struct err *e);

#endif
