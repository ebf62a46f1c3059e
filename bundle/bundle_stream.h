/* The open bundle and its tar walk. Private to bundle_read.c and bundle_unpack.c. */
#ifndef BUNDLE_BUNDLE_STREAM_H
#define BUNDLE_BUNDLE_STREAM_H

#include "bundle/bundle_read.h"
#include "bundle/tar.h"

struct stored_signature {
        char name[TAR_NAME + 1];
        struct buf text;
};

struct bundle {
        int fd;
        int begun;           /* a byte was read */
        struct buf manifest; /* as stored */
        struct stored_signature signatures[LIMIT_SIGNATURES];
        size_t signature_count;
        struct volume volume;
};

/* Exactly len bytes. */
int stream_read(struct bundle *b, void *bytes, size_t len, struct err *e);
/* 1: a member; name is without the folder. 0: a zero block. */
int stream_header(struct bundle *b, char name[TAR_NAME + 1], uint64_t *size, struct err *e);
/* What fills the last block of a member of that size: zeros. */
int stream_padding(struct bundle *b, uint64_t size, struct err *e);

#endif
