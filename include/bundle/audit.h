/*
 * The log of what changed, or should have changed, what a mirror holds and
 * whom it trusts: append-only, in the catalog, each entry chained to the one
 * before it by a hash.
 *
 *     struct audit_event ev = {.event = "trust", .stream = "plant-a", .text = "added key 0A..."};
 *     audit_append(c, &ev, e);
 *
 * Within a transaction of the caller's the entry stands or falls with what it
 * speaks of; outside of one it is written at once.
 *
 * An entry is a canonical JSON line: the keys at, event, manifest, n, person,
 * seq, stream, text, uid. Its hash is SHA-256 over the hash of the entry before
 * it (32 bytes; zeros for the first) and its line. So nothing can be changed,
 * left out or put in behind without every later hash being another; that the
 * end was cut off shows where a hash was noted elsewhere (a receipt has it).
 */
#ifndef BUNDLE_AUDIT_H
#define BUNDLE_AUDIT_H

#include <stdint.h>

#include "bundle/catalog.h"
#include "bundle/digest.h"

struct audit_event {
        const char *event;  /* "import", "refusal", "rollback", "trust", "review", ... */
        const char *stream; /* NULL: of none */
        int64_t seq;        /* 0: of none */
        const unsigned char
            *manifest; /* SHA-256 of the bundle's manifest as stored; NULL: of none */
        const char
            *text; /* what happened, for people; bytes that are not printable ASCII become '?' */
};

int audit_append(struct catalog *c, const struct audit_event *ev, struct err *e);

/* In an import's text, behind what it brought: the ids of its signers follow, a blank before each, up to ';' or the end. */
#define AUDIT_SIGNED_BY "; signed by"

/* The last entry's number and hash; 0 and zeros when there is none. */
int audit_head(struct catalog *c, int64_t *n, unsigned char hash[SHA256_SIZE], struct err *e);

/* Is that the hash of entry n? 1/0/-1 */
int audit_has(struct catalog *c, int64_t n, const unsigned char hash[SHA256_SIZE], struct err *e);

/*
 * Every entry from number `from` on, in order. each returns 0 to go on; its other values end
 * the walk and are returned.
 */
int audit_walk(struct catalog *c, int64_t from,
    int (*each)(void *user, int64_t n, const char *line, const unsigned char hash[SHA256_SIZE],
        struct err *e),
    void *user, struct err *e);

/*
 * Checks the whole chain. known: a hash that was noted earlier and must be in it, or NULL; that of a
 * log without entries is in every log.
 * *n: how many entries there are, `head` the last one's hash. ERR_REFUSED names the first entry
 * that is not what was written.
 */
int audit_check(struct catalog *c, const unsigned char *known, int64_t *n,
    unsigned char head[SHA256_SIZE], struct err *e);

#endif
