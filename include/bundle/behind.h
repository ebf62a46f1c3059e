/*
 * Files that are written and hashed behind whoever has their bytes, on threads
 * of their own, so that it need not wait for either.
 *
 *     struct behind *b = behind_new();
 *     struct behind_file *f = behind_begin(b, fd, digest, 0);
 *     behind_write(f, bytes, len, e); ...
 *     behind_end(f, e);                      the file and the digest have all bytes
 *     behind_write_out(b, fd);
 *     behind_free(b);
 *
 * Bytes are gathered into chunks: a file smaller than one costs one write(), and
 * no thread. In memory are at most one chunk of each file and BEHIND_WAITING
 * more; when these are used up, and on a machine with one processor, the writer
 * does the work itself. A file is written from its start to its end, so what a
 * kill leaves is a beginning of it. All calls are for the one thread that writes.
 */
#ifndef BUNDLE_BEHIND_H
#define BUNDLE_BEHIND_H

#include <stdint.h>

#include "bundle/digest.h"
#include "bundle/err.h"
#include "bundle/limit.h"

#define BEHIND_CHUNK (256 * KIB)
#define BEHIND_WAITING 64 /* chunks that wait for a thread */

struct behind;
struct behind_file;

struct behind *behind_new(void); /* starts no thread yet */
/* Every file of it must have ended. */
void behind_free(struct behind *b);

/*
 * fd is open for reading and writing, and stands behind the `from` bytes that the
 * file holds and the digest does not: these are read back. Both are borrowed until the end.
 */
struct behind_file *behind_begin(struct behind *b, int fd, struct digest *digest, uint64_t from);
/* -1: these or earlier bytes could not be written. */
int behind_write(struct behind_file *f, const void *bytes, size_t len, struct err *e);
/* Waits until all is written and hashed, and helps. Frees f, also when -1. */
int behind_end(struct behind_file *f, struct err *e);
/* Frees f; what of it is written, and the digest, is of no use any more. NULL is allowed. */
void behind_drop(struct behind_file *f);

/*
 * Has the kernel begin to write the rest of a file to the disk, so that a later
 * fs_sync_all() has less to wait for. Promises nothing. fd may be closed at once.
 */
void behind_write_out(struct behind *b, int fd);

#endif
