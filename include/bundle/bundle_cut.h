/*
 * How a bundle's packs are cut into volumes: each volume repeats the head and
 * takes packs, in order, as long as they fit. The manifest says nothing of
 * it, so a bundle can be cut anew without a key.
 *
 *     struct bundle_cut cut;
 *     bundle_cut_make(&cut, sizes, count, head, 4 * GIB, e);
 *     for (size_t v = 0; v < cut.volumes; v++)
 *             ... packs cut.first[v] to cut.first[v + 1] - 1 ...
 *     bundle_cut_release(&cut);
 */
#ifndef BUNDLE_BUNDLE_CUT_H
#define BUNDLE_BUNDLE_CUT_H

#include "bundle/bundle_head.h"

struct bundle_cut {
        size_t volumes;
        size_t *first; /* one more than there are volumes */
};

/*
 * sizes: of the packs as stored. limit: of one file, in bytes; 0: one volume of
 * any size. ERR_USAGE when no cut fits: it names the smallest limit that would.
 */
int bundle_cut_make(struct bundle_cut *cut, const uint64_t *sizes, size_t count,
    struct bundle_head *head, uint64_t limit, struct err *e);
void bundle_cut_release(struct bundle_cut *cut); /* accepts a zeroed struct */

/* The head says that this is volume v (from 0) of the cut. */
void bundle_cut_volume(const struct bundle_cut *cut, size_t v, struct bundle_head *head);

/*
 * The usual names of files, which nothing reads: STREAM-NNNNNN (after the first
 * epoch STREAM-e2-NNNNNN) is the stem of STEM.dray or STEM.2of3.dray; v from 0.
 * The caller frees. No two bundles have the same stem if all their streams pass
 * bundle_stream_check().
 */
char *bundle_file_stem(const char *stream, int64_t epoch, int64_t seq);
char *bundle_file_name(const char *stem, size_t v, size_t volumes);

/* ERR_USAGE for a stream called as another one is in a later epoch: plant-e2. */
int bundle_stream_check(const char *stream, struct err *e);

#endif
