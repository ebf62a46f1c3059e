/* Release, InRelease and Release.gpg of one suite. Private to mirror/deb. */
#ifndef MIRROR_DEB_DISTS_RELEASE_H
#define MIRROR_DEB_DISTS_RELEASE_H

#include "mirror/deb/dists.h"

struct dists_release {
        const char *label;
        const struct deb_suite *suite;
        const struct dists_shape *shape;
        const struct buf *lines; /* of the SHA256 field: " <hash> <size> <path>\n" each */
        const struct signer *key;
        int64_t date;
};

/* The text of Release, appended to out. */
int dists_release_text(const struct dists_release *r, struct buf *out, struct err *e);

/* Writes the three files below dists/<suite>/. */
int dists_release_write(const struct dists_release *r, struct page_sink *sink, struct err *e);

#endif
