/*
 * The head of a bundle's file: all that lies before its packs. Every volume
 * of a bundle repeats it, so that each can be judged by itself; only
 * volume.json differs.
 *
 *     struct bundle_head h;
 *     bundle_head_init(&h);
 *     bundle_head_read(&in, &h, e);         as stored, true to its volume.json, not judged yet
 *     h.volume.volume = 1; ...              another cut
 *     bundle_head_write(&h, &out, e);
 *     bundle_head_release(&h);
 */
#ifndef BUNDLE_BUNDLE_HEAD_H
#define BUNDLE_BUNDLE_HEAD_H

#include "bundle/tar_io.h"
#include "bundle/volume.h"

struct stored_signature {
        char name[TAR_NAME + 1]; /* of the member */
        struct buf text;
};

/* A signed trust list of the stream (trust_list.h), as stored. */
struct stored_list {
        int64_t number; /* as the member's name says */
        struct buf text;
};

struct bundle_head {
        struct buf manifest; /* manifest.jsonl.xz */
        struct stored_signature signatures[LIMIT_SIGNATURES];
        size_t signature_count;
        struct stored_list lists[LIMIT_TRUST_LISTS]; /* numbers go up by one */
        size_t list_count;
        struct volume volume; /* its list of files is filled in by write */
};

void bundle_head_init(struct bundle_head *h);
void bundle_head_release(struct bundle_head *h); /* accepts a zeroed struct */

/* ERR_REFUSED for what is no bundle, or damaged. */
int bundle_head_read(struct tar_in *in, struct bundle_head *h, struct err *e);

/* Adds a signature file, a copy of text. ERR_REFUSED: too many, or one of that name twice. */
int bundle_head_sign(
    struct bundle_head *h, const char *name, const void *text, size_t len, struct err *e);

/* Adds a trust list, a copy of text. ERR_REFUSED: too many, or not the number after the last. */
int bundle_head_trust(
    struct bundle_head *h, int64_t number, const void *text, size_t len, struct err *e);

int bundle_head_write(struct bundle_head *h, struct tar_out *out, struct err *e);
/* What bundle_head_write() would write. */
int bundle_head_size(struct bundle_head *h, uint64_t *size, struct err *e);

#endif
