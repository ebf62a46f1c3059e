/*
 * From the trust list that is in force here over those that a bundle carries
 * to the newest one: before a signature of the bundle is looked at, and without
 * changing anything. What was walked comes into force with the import.
 *
 *     struct trust_walk w;
 *     trust_walk_begin(&w, catalog, "plant-a", e);         1, or 0: no such stream here
 *     trust_walk(&w, lists, count, e);
 *     bundle_judge(b, w.trust, ...);
 *     trust_walk_keep(&w, catalog, lists, e);              in the transaction of the import
 *     trust_walk_release(&w);
 */
#ifndef BUNDLE_TRUST_WALK_H
#define BUNDLE_TRUST_WALK_H

#include "bundle/bundle_head.h"
#include "bundle/catalog_trust.h"

struct trust_walk {
        struct trust *trust;                 /* owned: where the walk stands */
        unsigned char in_force[SHA256_SIZE]; /* of its signed list, unless its number is 0 */
        size_t first, end; /* which of the lists came into force; first == end: none */
};

/* From what is in force for a stream: 1, 0 none, -1. Release it in any case. */
int trust_walk_begin(struct trust_walk *w, struct catalog *c, const char *stream, struct err *e);
void trust_walk_release(struct trust_walk *w); /* accepts a zeroed struct */

/*
 * ERR_REFUSED when a list that should follow does not: its cause is "trust-gap" (lists are
 * missing between), "trust-fork" (another list of the same number), or that of its signatures.
 */
int trust_walk(struct trust_walk *w, const struct stored_list *lists, size_t count, struct err *e);

/* Has the walk come to list `number`, under which a bundle was made? ERR_REFUSED, "trust-behind". */
int trust_walk_reached(const struct trust_walk *w, int64_t number, struct err *e);

/* Saves what came into force, within the caller's transaction; nothing if that is nothing. */
int trust_walk_keep(
    const struct trust_walk *w, struct catalog *c, const struct stored_list *lists, struct err *e);

#endif
