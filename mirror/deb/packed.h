/* gzip and zstd, decoded by libarchive. Private to mirror/deb. */
#ifndef MIRROR_DEB_PACKED_H
#define MIRROR_DEB_PACKED_H

#include <archive.h>

#include "bundle/xz.h"

/* Packed bytes: from a descriptor, read to its end; or (fd -1) at hand. */
struct packed {
        int fd;
        const void *bytes;
        size_t len;
};

/*
 * filter: ARCHIVE_FILTER_GZIP or ARCHIVE_FILTER_ZSTD. Of nothing packed the sink gets nothing.
 * ERR_REFUSED: packed in another way, or damaged.
 */
int packed_decode(const struct packed *p, int filter, xz_sink *sink, void *context, struct err *e);

#endif
