/*
 * A state of a mirror, as people name it: a generation ("12"), the bundle that led to it
 * ("plant-a/12"), "last", "site" (what the site shows), or the file of a bundle. Private to
 * commands.
 */
#ifndef MIRROR_MOMENT_H
#define MIRROR_MOMENT_H

#include "bundle/manifest.h"
#include "mirror/changes.h"
#include "mirror/mirror.h"

struct moment {
        int64_t generation;  /* 0: the empty one; of a bundle's file: what it adds to */
        struct bundle *file; /* a bundle that is judged and not imported; NULL: a generation */
        struct manifest manifest;
        int fd;
};

/* What MOMENT may be, for usage texts. */
#define MOMENT_FORMS "a generation, STREAM/SEQ, last, site, or a bundle's file"

/* ERR_USAGE: no such thing; ERR_CHAIN: it was here and is no longer kept. files: may be a file. */
int moment_find(struct mirror *m, const char *text, int files, struct moment *out, struct err *e);
void moment_release(struct moment *m);

/* All that changes from a to b; *out is settled. The caller releases it. */
int moment_changes(struct mirror *m, const struct moment *a, const struct moment *b,
    struct changes *out, struct err *e);

#endif
