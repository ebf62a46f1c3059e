/*
 * The content-addressed store: blobs by SHA-256, immutable, mode 0444.
 *
 *     state/blobs/ab/abcd...            a blob
 *     state/tmp/                        what is being written
 *     state/tmp/part-<name>             a partial download that may be resumed
 *
 * Putting a blob places it under its name without fsync. A blob counts as
 * held only once the catalog has a row for it, and rows are written after
 * store_sync(): so what a power cut spoils was never relied upon.
 *
 *     struct store_put *p;
 *     store_put_begin(store, DIGEST_SHA256 | DIGEST_SHA512, NULL, &p, e);
 *     store_put_write(p, bytes, len, e); ...
 *     store_put_end(p, e);                   hashed; not yet in the store
 *     compare store_put_digest(p), then
 *     store_put_keep(p, e);                  in the store under its SHA-256
 *     store_put_free(p);                     removes what was not kept
 */
#ifndef BUNDLE_STORE_H
#define BUNDLE_STORE_H

#include <stdint.h>
#include <sys/types.h>

#include "bundle/digest.h"
#include "bundle/err.h"

struct store;
struct store_put;

/* `state` is the descriptor of the state folder; borrowed until close. Makes what is missing. */
int store_open(int state, struct store **out, struct err *e);
void store_close(struct store *s);

/* The descriptor that it was opened with. */
int store_state_dir(const struct store *s);
/* Directory of temporary files, on the store's file system; for fs_temp_open(). */
int store_temp_dir(const struct store *s);

/*
 * Starts a blob. kinds: which digests to compute; SHA-256 always is. With a
 * `resume` name (up to 40 of a-z 0-9 -), bytes left from an interrupted put of that name
 * are kept and hashed again; store_put_size() then tells how many there are.
 */
int store_put_begin(
    struct store *s, unsigned kinds, const char *resume, struct store_put **out, struct err *e);
/* -1 may also be about earlier bytes: they are written behind the caller (behind.h). */
int store_put_write(struct store_put *p, const void *bytes, size_t len, struct err *e);
/* Keeps only the first `size` bytes: the sender goes on from there, or (0) starts again. */
int store_put_truncate(struct store_put *p, uint64_t size, struct err *e);
uint64_t store_put_size(const struct store_put *p);
int store_put_end(struct store_put *p, struct err *e);
const struct digest *store_put_digest(const struct store_put *p); /* after end */
const unsigned char *store_put_sha256(const struct store_put *p); /* after end */
int store_put_keep(struct store_put *p, struct err *e);
/* A put with a resume name that was not ended leaves its bytes for next time; see drop. */
void store_put_free(struct store_put *p);
/* Removes the bytes, also of a resumable put. */
void store_put_drop(struct store_put *p);
/* How many bytes an interrupted put of that resume name left; 0: none. */
uint64_t store_partial_size(const struct store *s, const char *resume);
/*
 * After the end, also before the keep: a descriptor that reads what was put; the caller closes it.
 * It shares its place with the put, which is at the end. Needs no name: whoever holds the mirror's
 * lock may have cleaned up in tmp/ meanwhile.
 */
int store_put_reader(const struct store_put *p, struct err *e);

/* Puts a whole buffer. sha256 receives its name. */
int store_put_bytes(struct store *s, const void *bytes, size_t len,
    unsigned char sha256[SHA256_SIZE], struct err *e);

/*
 * Moves a file, whose bytes have been compared with its name, into the store;
 * dir is on the store's file system. That it is not there is fine when the
 * store has the blob.
 */
int store_adopt(struct store *s, int dir, const char *name, const unsigned char sha256[SHA256_SIZE],
    struct err *e);

/* All blobs put so far are durable. */
int store_sync(struct store *s, struct err *e);

/* A descriptor for reading, or -1. ERR_FAILED with "blob ... is missing; run dray fsck". */
int store_get(const struct store *s, const unsigned char sha256[SHA256_SIZE], struct err *e);

/* The file is there with that size: 1 or 0. Says nothing about its bytes. */
int store_present(const struct store *s, const unsigned char sha256[SHA256_SIZE], uint64_t size);

/*
 * Reads the blob and compares: 1 whole, 0 missing or damaged (also: the disk cannot read it), -1 it
 * could not be looked at.
 */
int store_check(
    const struct store *s, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e);

/* Hard link (or, across file systems, a copy) at dir/path; one that is there is replaced. */
int store_link(const struct store *s, const unsigned char sha256[SHA256_SIZE], int dir,
    const char *path, struct err *e);

/* Whether dir/path is the blob: the same file, or (across file systems) the same bytes. 1 or 0. */
int store_is_same(
    const struct store *s, const unsigned char sha256[SHA256_SIZE], int dir, const char *path);

int store_remove(struct store *s, const unsigned char sha256[SHA256_SIZE], struct err *e);

/* Calls each for every blob file. Stops with its value when it is not 0. */
int store_walk(const struct store *s,
    int (*each)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e),
    void *user, struct err *e);

/* Removes what interrupted runs left in tmp/, but for partial downloads. Bytes freed, or -1. */
int64_t store_clean(struct store *s, struct err *e);

#endif
