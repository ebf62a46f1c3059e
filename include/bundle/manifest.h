/*
 * The manifest: the signed statement of what a bundle is and holds.
 * bundle/FORMAT.md specifies it; this is its reading and writing.
 *
 * The manifest is JSON Lines, canonical, in this order: one header; the
 * sources; the packs, in the order in which they lie in the bundle; the
 * blobs, by SHA-256; the records removed, then those added, by line. What is
 * bounded by the number of blobs is kept in memory (48 bytes a blob); records
 * are handed on one by one.
 */
#ifndef BUNDLE_MANIFEST_H
#define BUNDLE_MANIFEST_H

#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/digest.h"
#include "bundle/err.h"
#include "bundle/record.h"

#define MANIFEST_FORMAT "dray-bundle-1"

/* What a reader must know; a bundle names in `requires` each one that it uses. */
enum manifest_feature {
        FEATURE_PACK_RAW = 1, /* "pack-raw": a pack is the decoded bytes themselves */
        FEATURE_PACK_XZ = 2,  /* "pack-xz": a pack is one xz stream */
        FEATURE_BLOB_COPY = 4 /* "blob-copy": a blob is runs of decoded pack bytes */
};

enum pack_encoding {
        PACK_RAW,
        PACK_XZ,
};

struct manifest_pack {
        unsigned char sha256[SHA256_SIZE]; /* of the bytes as stored */
        uint64_t size;                     /* as stored */
        uint64_t decoded;
        enum pack_encoding encoding;
};

struct manifest_extent {
        uint32_t pack;           /* index */
        uint32_t blob;           /* index */
        uint64_t offset, length; /* in the decoded pack */
};

struct manifest_blob {
        unsigned char sha256[SHA256_SIZE];
        uint64_t size;
        uint32_t first; /* of its extents, which lie together and in pack order */
        uint32_t extents;
};

struct manifest_source {
        char *name;
        char *kind;
};

struct manifest_totals {
        uint64_t packs, stored; /* packs, and their bytes as stored */
        uint64_t blobs, bytes;  /* blobs, and their bytes */
        uint64_t added, removed;
};

struct manifest {
        char *stream;
        char *audience; /* "" if not stated */
        int64_t epoch, seq;
        int64_t issued, next_by; /* unix seconds; next_by 0: not stated */
        int64_t trust;    /* number of the signed trust list in force when it was made; 0: none */
        int64_t base_seq; /* 0: a full bundle */
        unsigned char base_state[SHA256_SIZE];
        unsigned char base_manifest[SHA256_SIZE];
        unsigned char state[SHA256_SIZE]; /* of the stream after it */
        unsigned requires;                /* union of manifest_feature */
        char **holes;                     /* what is known to be missing, one line each */
        size_t hole_count;
        struct manifest_totals totals;
        struct manifest_source *sources;
        size_t source_count;
        struct manifest_pack *packs;
        size_t pack_count;
        struct manifest_blob *blobs;
        size_t blob_count;
        struct manifest_extent *extents; /* by blob */
        size_t extent_count;
};

void manifest_release(struct manifest *m);

/* The blob of that name, or NULL. */
const struct manifest_blob *manifest_blob_find(
    const struct manifest *m, const unsigned char sha256[SHA256_SIZE]);

/* The kind of the source of that name, or "" where it has no line. */
const char *manifest_source_kind(const struct manifest *m, const char *name);

/* Whether that blob is a pack of its own: whole, raw and so under the same hash. */
int manifest_blob_is_pack(const struct manifest *m, uint32_t blob);

/* -- writing: each call appends one line, with its newline, to out -- */
int manifest_format_header(const struct manifest *m, struct buf *out, struct err *e);
int manifest_format_source(const struct manifest_source *s, struct buf *out, struct err *e);
int manifest_format_pack(const struct manifest_pack *p, struct buf *out, struct err *e);
int manifest_format_blob(const struct manifest *m, size_t blob, struct buf *out, struct err *e);
/* line: a record's line, without newline */
int manifest_format_record(const char *line, int added, struct buf *out, struct err *e);

/* -- reading -- */

/* Called for each record, in order. Returning -1 (with e set) ends the reading. */
typedef int manifest_record_fn(
    void *user, const struct record *r, const char *line, size_t len, int added, struct err *e);

/*
 * Reads manifest.jsonl.xz as stored, whose signature has been verified. Every
 * count, size, order and sum is checked; what is wrong is ERR_REFUSED. each
 * may be NULL: records are then only checked.
 */
int manifest_read(const void *xz, size_t len, struct manifest *out, manifest_record_fn *each,
    void *user, struct err *e);

#endif
