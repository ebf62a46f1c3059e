/*
 * What was taken in here last, beside the catalog: the file state/seen names
 * for each stream the highest bundle that was ever imported, where the log
 * stood then or when trust was last changed, and the alarm that stands. A
 * catalog that was lost, or comes from a backup, would else read as "nothing
 * imported yet" and "nobody revoked", and an old bundle as the next one.
 *
 *     struct seen s;
 *     switch (seen_get(state, "plant-a", &s, e)) { case 1: ... case 0: never any; case -1: }
 *     seen_note(state, "plant-a", &bundle, catalog, e);         after the commit of an import
 *
 * It is canonical JSON on one line; the catalog is written first, so the file
 * is never ahead of a catalog that is whole.
 *
 * Two things stop a stream until the operator decides (seen_settle()): a fork, whose alarm stands
 * whatever comes next, and a catalog that is behind: its log has not the entry that was noted, so
 * that what was decided since, a revoked key or a trust list, is forgotten in it.
 */
#ifndef BUNDLE_SEEN_H
#define BUNDLE_SEEN_H

#include <stdint.h>

#include "bundle/catalog.h"
#include "bundle/digest.h"
#include "bundle/err.h"

#define SEEN_FILE "seen"
#define SEEN_REVOKED 120

struct seen_bundle {
        int64_t epoch, seq;
        unsigned char manifest[SHA256_SIZE]; /* of manifest.jsonl.xz as stored */
};

/* A stream's entry. */
struct seen {
        struct seen_bundle bundle;           /* the highest: by epoch, then by seq */
        int64_t log;                         /* the log's last entry then; 0: not noted */
        unsigned char log_hash[SHA256_SIZE]; /* its hash */
        char revoked[SEEN_REVOKED]; /* then, for people: ids, as far as they fit; "": none */
        char fork[sizeof((struct err *)0)->msg]; /* the alarm that stands; "": none */
};

/* state: descriptor of the state folder. 1, 0 none, -1; ERR_REFUSED when the file is damaged. */
int seen_get(int state, const char *stream, struct seen *out, struct err *e);
/* Writes the stream's entry over the one before; not when it is the same. */
int seen_put(int state, const char *stream, const struct seen *s, struct err *e);

/*
 * Notes the bundle, unless a higher one is noted, and where the log stands, unless the catalog is
 * behind. bundle NULL: the log alone, and nothing for a stream of which no bundle was imported yet.
 */
int seen_note(int state, const char *stream, const struct seen_bundle *bundle, struct catalog *c,
    struct err *e);

/* Raises the alarm, unless one stands. Nothing for a stream of which no bundle was imported. */
int seen_alarm(int state, const char *stream, const char *text, struct err *e);

/* Is the catalog behind what was noted? 1/0/-1 */
int seen_is_behind(const struct seen *s, struct catalog *c, struct err *e);

/*
 * The operator's decision that the stream goes on: the alarm ends, and what the catalog knows
 * counts. Logged. 1; 0: nothing stood in the way; -1
 */
int seen_settle(int state, const char *stream, struct catalog *c, struct err *e);

/* Is a higher than b? */
int seen_above(const struct seen_bundle *a, int64_t epoch, int64_t seq);

#endif
