/*
 * Threads that work behind the writer of files, so that it need not wait: they
 * hash what it has written, and start whole files on their way to the disk.
 *
 *     struct behind *b = behind_new();
 *     struct behind_hash *h = behind_hash_begin(b, fd, digest, 0);
 *     write(fd, ...); behind_hash_grow(h, size); ...
 *     behind_hash_end(h, e);                 the digest has all `size` bytes
 *     behind_write_out(b, fd);
 *     behind_free(b);
 *
 * What is hashed is read back from the file, so memory does not grow however
 * far the writer is ahead, and the digest is of what the file holds. On a
 * machine with one processor there are no threads; behind_hash_end() then does
 * all the work. All calls are for the one thread that writes.
 */
#ifndef BUNDLE_BEHIND_H
#define BUNDLE_BEHIND_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/digest.h"
#include "bundle/err.h"

struct behind;
struct behind_hash;

struct behind *behind_new(void); /* starts no thread yet */
/* Every hash of it must have ended. */
void behind_free(struct behind *b);

/* Whether there are threads to leave work to. */
bool behind_helps(const struct behind *b);

/* fd is open for reading. `digest` has its first `from` bytes. Both are borrowed until the end. */
struct behind_hash *behind_hash_begin(
    struct behind *b, int fd, struct digest *digest, uint64_t from);
/* The file holds its first `size` bytes now; never less than before. */
void behind_hash_grow(struct behind_hash *h, uint64_t size);
/* Waits until the digest has them all, and helps. Frees h, also when -1: the file could not be read. */
int behind_hash_end(struct behind_hash *h, struct err *e);
/* Frees h; the digest is of no use any more. NULL is allowed. */
void behind_hash_drop(struct behind_hash *h);

/*
 * Has the kernel begin to write the file to the disk, so that a later
 * fs_sync_all() has less to wait for. Promises nothing. fd may be closed at once.
 */
void behind_write_out(struct behind *b, int fd);

#endif
