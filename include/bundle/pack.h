/*
 * Packs: how blobs are laid into runs of bytes, and making those runs.
 *
 *     struct pack_plan plan;
 *     pack_plan_init(&plan, &manifest);
 *     for each blob, in the order of its first record:
 *             pack_plan_add(&plan, sha256, size, pack_encoding_of(file_name), e);
 *     pack_plan_end(&plan);          the manifest's packs, blobs and extents are laid out
 *     pack_build(&plan, store, cache_dir, threads, progress, user, e);
 *                                    ... and now have their sizes and hashes
 *     for i in packs: pack_write(&plan, store, cache_dir, i, fd, e);
 *     pack_plan_release(&plan);      the manifest stays
 *
 * The layout depends on the blobs and their order alone, and how a pack is
 * compressed on nothing, so the same generation gives the same packs, whatever
 * the number of threads.
 *
 * - A payload that is compressed already and not small is a pack of its own,
 *   raw: the pack's hash is the blob's, so nothing is read ahead of writing.
 * - Small ones of that sort share raw packs.
 * - All else shares xz packs, made by worker threads and kept in state/packs/
 *   under a name that says what is in them: a later build takes them as they are.
 */
#ifndef BUNDLE_PACK_H
#define BUNDLE_PACK_H

#include "bundle/manifest.h"
#include "bundle/store.h"

struct pack_blob { /* private to pack_plan.c */
        unsigned char sha256[SHA256_SIZE];
        uint64_t size;
        enum pack_encoding encoding;
        uint32_t order;
};

struct pack_piece {
        uint32_t blob;           /* index in the manifest */
        uint64_t offset, length; /* in the blob */
};

#define PACK_DICTIONARY (4 * MIB)     /* of xz packs: half of what one holds */
#define PACK_DICTIONARY_OLD (8 * MIB) /* of those of earlier bundles */

struct pack_plan {
        struct manifest *manifest;
        uint32_t dictionary; /* of xz packs: PACK_DICTIONARY, if nobody puts another here */
        struct pack_blob *wanted;
        size_t wanted_count, wanted_cap;
        struct pack_piece *pieces; /* in pack order */
        size_t piece_count, piece_cap;
        size_t *first_piece; /* by pack; one more than there are packs */
        size_t first_cap, pack_cap;
};

void pack_plan_init(struct pack_plan *plan, struct manifest *m);
void pack_plan_release(struct pack_plan *plan);

/* A blob may be added several times; the first place counts. ERR_FAILED past LIMIT_RECORDS. */
int pack_plan_add(struct pack_plan *plan, const unsigned char sha256[SHA256_SIZE], uint64_t size,
    enum pack_encoding encoding, struct err *e);
/* ERR_FAILED: the blobs are more than LIMIT_BLOBS, or the packs too many. */
int pack_plan_end(struct pack_plan *plan, struct err *e);
/* The plan of a manifest that was read: its packs as they are. In place of the three above. */
void pack_plan_again(struct pack_plan *plan, struct manifest *m);

/* Raw for what is compressed already, by the ending of its name. */
enum pack_encoding pack_encoding_of(const char *file_name);

/* Told how many bytes of packs are ready; may be called from any thread, one at a time. */
typedef void pack_progress_fn(void *user, uint64_t done, uint64_t total);

/*
 * Fills in size and sha256 of every pack of the manifest. cache: descriptor of state/packs.
 * threads: at most; no more are at work than LIMIT_ENCODERS has room for.
 */
int pack_build(struct pack_plan *plan, const struct store *store, int cache, unsigned threads,
    pack_progress_fn *progress, void *user, struct err *e);

/*
 * Appends the stored bytes of one pack to fd. What is read is hashed on its
 * way: ERR_REFUSED when a blob is not what its name says.
 */
int pack_write(const struct pack_plan *plan, const struct store *store, int cache, size_t pack,
    int fd, struct err *e);

#endif
