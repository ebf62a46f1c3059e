/* What store.c and store_put.c share. */
#ifndef BUNDLE_STORE_STATE_H
#define BUNDLE_STORE_STATE_H

#include "bundle/behind.h"
#include "bundle/store.h"

#define BLOB_PATH 72 /* "ab/" + 64 digits + NUL */

struct store {
        int state; /* borrowed */
        int blobs;
        int tmp;
        unsigned char has_folder[256]; /* known to be there, so not made again */
        struct behind *behind;
};

/* The path of a blob below blobs/, whose folder is made first. */
int store_place(
    struct store *s, const unsigned char sha[SHA256_SIZE], char out[BLOB_PATH], struct err *e);

#endif
