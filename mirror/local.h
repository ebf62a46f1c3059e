/* Files of this machine that dray.toml names. Private to documents*.c. 1 read, 0 not there, -1. */
#ifndef MIRROR_LOCAL_H
#define MIRROR_LOCAL_H

#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/digest.h"
#include "bundle/err.h"

/* The bytes of a text file. */
int local_read(const char *path, struct buf *out, struct err *e);
/* The paths that a pattern matches, sorted, each with a newline. A pattern that matches nothing: 0. */
int local_list(const char *pattern, struct buf *out, struct err *e);
/* Digest and size of a file of any size. */
int local_hash(const char *path, unsigned char sha256[SHA256_SIZE], uint64_t *size, struct err *e);

#endif
