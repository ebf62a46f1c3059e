/*
 * What was taken in here last, beside the catalog: the file state/seen names
 * for each stream the highest bundle that was ever imported. A catalog that was
 * lost, or comes from a backup, would else read as "nothing imported yet", and
 * an old bundle as the next one.
 *
 *     struct seen_bundle s;
 *     switch (seen_get(state, "plant-a", &s, e)) { case 1: ... case 0: never any; case -1: }
 *     seen_put(state, "plant-a", &s, e);         after the commit of an import
 *
 * It is canonical JSON on one line; the catalog is written first, so the file
 * is never ahead of a catalog that is whole.
 */
#ifndef BUNDLE_SEEN_H
#define BUNDLE_SEEN_H

#include <stdint.h>

#include "bundle/digest.h"
#include "bundle/err.h"

#define SEEN_FILE "seen"

struct seen_bundle {
        int64_t epoch, seq;
        unsigned char manifest[SHA256_SIZE]; /* of manifest.jsonl.xz as stored */
};

/* state: descriptor of the state folder. ERR_REFUSED when the file is damaged. */
int seen_get(int state, const char *stream, struct seen_bundle *out, struct err *e);

/* Notes the bundle, unless a higher one is noted: by epoch, then by seq. */
int seen_put(int state, const char *stream, const struct seen_bundle *b, struct err *e);

/* Is a higher than b? */
int seen_above(const struct seen_bundle *a, int64_t epoch, int64_t seq);

#endif
