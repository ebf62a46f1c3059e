/*
 * An index file (Packages, Sources), read as a stream: decoded and cut into
 * stanzas as it comes, never held as a whole.
 */
#ifndef MIRROR_DEB_INDEX_H
#define MIRROR_DEB_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/err.h"

/* As the end of the file's name says it, in the order in which they are preferred. */
enum index_packing {
        INDEX_XZ,    /* ".xz" */
        INDEX_ZSTD,  /* ".zst" */
        INDEX_GZIP,  /* ".gz" */
        INDEX_PLAIN, /* "" */
};
#define INDEX_PACKINGS 4

const char *index_suffix(enum index_packing packing);

/* Is lent one stanza, without the blank line behind it. 0, or -1 with *e set, which ends the reading. */
typedef int index_sink(void *user, const char *stanza, size_t len, struct err *e);

/*
 * fd: at the beginning of the file. limit: of the decoded bytes. *copy: a file that gets them as
 * well, lent; -1 in it afterwards: it could not take all of them, which is no error of the reading.
 * copy NULL, or -1 in it: none. ERR_REFUSED: damaged, too large, or a stanza larger than LIMIT_STANZA.
 */
int index_read(int fd, enum index_packing packing, uint64_t limit, int *copy, index_sink *sink,
    void *user, struct err *e);

#endif
