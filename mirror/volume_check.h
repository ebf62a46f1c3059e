/*
 * Checking the packs and files of a bundle, over as many of its volumes as
 * there are. Private to cmd_verify.c.
 *
 *     struct volume_check k = {0};
 *     volume_check_begin(&k, &manifest, progress, e);
 *     for each file, by its first pack: volume_check_file(&k, bundle, e), and whatever is wrong with it,
 *     with the next one;
 *     volume_check_missing(&k, text, sizeof text);
 *     volume_check_release(&k);
 */
#ifndef MIRROR_VOLUME_CHECK_H
#define MIRROR_VOLUME_CHECK_H

#include "bundle/bundle_read.h"
#include "bundle/volume_seen.h"
#include "mirror/progress.h"

struct volume_check {
        const struct manifest *m;
        struct blob_sink sink;
        struct unpack *unpack;
        unsigned char *has; /* by pack: one file or another holds it, whole */
        struct volume_seen *seen;
        size_t seen_count, seen_cap;
};

/* m and progress: borrowed until release. */
int volume_check_begin(
    struct volume_check *k, const struct manifest *m, struct progress *progress, struct err *e);
/*
 * Every pack of the file; every blob of which all bytes come. -1: something is wrong with it; what is
 * good of it counts.
 */
int volume_check_file(struct volume_check *k, struct bundle *b, struct err *e);
/* "" when all of the bundle was there; else as volume_missing() says it. */
void volume_check_missing(const struct volume_check *k, char *text, size_t size);
void volume_check_release(struct volume_check *k); /* accepts a zeroed struct */

#endif
