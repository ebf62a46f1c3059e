/*
 * From packs to blobs: believes no pack before its hash, decodes with
 * bounds, and compares each blob with its name.
 *
 *     struct unpack *u;
 *     unpack_new(&manifest, &sink, &u, e);       ERR_REFUSED: the blobs do not tile the packs
 *     for each pack, ascending:
 *             unpack_pack(u, pack, read, user, e);
 *     unpack_end(u, e);
 *     unpack_free(u);
 *
 * Packs may be left out, as where a volume is not there: a blob of which bytes
 * are missed never ends, and is checked by its packs alone. A pack below the last
 * one begins another copy.
 * Memory: the extents (24 bytes each), one xz pack.
 */
#ifndef BUNDLE_UNPACK_H
#define BUNDLE_UNPACK_H

#include "bundle/manifest.h"

/* Where the blobs go. Several may be open at a time (at most four); data comes in order for each. */
struct blob_sink {
        void *user;
        int (*begin)(struct blob_sink *s, uint32_t blob, struct err *e);
        int (*data)(
            struct blob_sink *s, uint32_t blob, const void *bytes, size_t len, struct err *e);
        /* All bytes came and the hash is right. */
        int (*end)(struct blob_sink *s, uint32_t blob, struct err *e);
        /* bytes of packs done so far, for progress; may be NULL */
        void (*progress)(struct blob_sink *s, uint64_t done, uint64_t total);
};

/* Exactly len of a pack's stored bytes, in order. */
typedef int pack_read_fn(void *user, void *bytes, size_t len, struct err *e);

struct unpack;

/* m and sink: borrowed until unpack_free(). */
int unpack_new(
    const struct manifest *m, struct blob_sink *sink, struct unpack **out, struct err *e);
int unpack_pack(struct unpack *u, size_t pack, pack_read_fn *read, void *user, struct err *e);
/* A pack whose bytes are dealt with elsewhere counts as done. */
void unpack_pass(struct unpack *u, size_t pack);
/* The blobs without bytes, which lie in no pack. */
int unpack_end(struct unpack *u, struct err *e);
void unpack_free(struct unpack *u);

/* The blob that this pack is, whole and raw, under the same hash; or -1. */
int64_t unpack_own_blob(const struct unpack *u, size_t pack);

#endif
