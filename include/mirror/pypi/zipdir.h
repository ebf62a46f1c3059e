/*
 * One member of a zip file, read through its central directory (APPNOTE.TXT
 * 4.3, zip64 included), from pieces: so that a wheel's METADATA costs two or
 * three short range requests instead of the wheel. It does no I/O: each step
 * says which bytes the next one needs.
 *
 *     zipdir_tail(&d, tail, tail_len, file_size, &need, e)     1; or 0: bring `need` bytes
 *     directory = the bytes [d.offset, d.offset + d.size)      often within the tail
 *     zipdir_first(&i, &d, directory)
 *     while ((r = zipdir_next(&i, &member, e)) == 1) ...       choose
 *     zipdir_range(&d, directory, &member, max, &range, e)
 *     data = the bytes [range.offset, range.offset + range.size)
 *     zipdir_extract(&member, data, range.size, max, out, e)
 *
 * The zip must be plain: one disk, nothing in front of it or between its
 * parts that its sizes do not account for, no NUL in a name, members stored or
 * deflated and not encrypted, local headers that agree with the directory.
 * Whatever could be read in two ways is refused with ERR_REFUSED.
 */
#ifndef MIRROR_PYPI_ZIPDIR_H
#define MIRROR_PYPI_ZIPDIR_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/err.h"

/* A good first length for the tail: it holds most wheels' directory and METADATA. */
#define ZIPDIR_TAIL ((size_t)64 * 1024)

/* Where the central directory lies. */
struct zipdir {
        uint64_t file_size;
        uint64_t offset, size; /* at most LIMIT_ZIP_DIRECTORY */
        uint64_t entries;
};

struct zip_range {
        uint64_t offset, size; /* bytes of the file */
};

struct zip_member {
        const char *name; /* within the directory's bytes; no NUL in it, none behind it */
        size_t name_len;
        uint64_t offset;       /* of its local header */
        uint64_t stored, size; /* bytes, compressed and not */
        uint32_t crc;
        uint16_t flags, method;
};

/*
 * Finds the directory from the last `len` bytes of a file. 1: found. 0: it
 * takes more of the tail: call again with the last *need bytes. -1: no zip.
 */
int zipdir_tail(struct zipdir *d, const void *tail, size_t len, uint64_t file_size, size_t *need,
    struct err *e);

struct zipdir_iterator {
        const unsigned char *at, *end;
        uint64_t left;     /* entries */
        uint64_t data_end; /* where the directory begins: members lie before it */
};

/* directory: all d->size bytes of it. */
void zipdir_first(struct zipdir_iterator *i, const struct zipdir *d, const void *directory);

/* 1: *m is the next member; 0: that was all; -1. */
int zipdir_next(struct zipdir_iterator *i, struct zip_member *m, struct err *e);

/*
 * What must be read to extract a member: its local header and data, and up to
 * 64 KiB more, since the length of the header is not known before. max: the
 * largest content that is accepted.
 */
int zipdir_range(const struct zipdir *d, const void *directory, const struct zip_member *m,
    uint64_t max, struct zip_range *out, struct err *e);

/*
 * Appends the member's content to *out. range: the bytes that zipdir_range
 * asked for. max: as above. CRC-32 is checked.
 */
int zipdir_extract(const struct zip_member *m, const void *range, size_t len, uint64_t max,
    struct buf *out, struct err *e);

#endif
