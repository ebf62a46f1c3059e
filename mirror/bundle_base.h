/*
 * What `dray bundle --base` takes: a number, a receipt's file, or a receipt's
 * code. Private to the commands.
 */
#ifndef MIRROR_BUNDLE_BASE_H
#define MIRROR_BUNDLE_BASE_H

#include "mirror/config.h"
#include "mirror/mirror.h"

/*
 * The number of the bundle that the far side holds. A receipt or code is held against what was
 * bundled here, then noted (catalog and log). ERR_USAGE: none of the three. ERR_REFUSED: not
 * signed by a key of `receipt_keys`. ERR_CHAIN: it speaks of another stream or bundle.
 */
int bundle_base_find(struct mirror *m, const struct config_stream *stream, const char *text,
    int64_t *seq, struct err *e);

/* The last bundle that a receipt told of: 1, 0 none, -1. at: unix seconds. */
int bundle_base_confirmed(struct catalog *c, const char *stream, int64_t *epoch, int64_t *seq,
    int64_t *at, struct err *e);

#endif
