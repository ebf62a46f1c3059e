/*
 * Writing the files of a bundle, from its head and whatever has its packs.
 *
 *     struct volume_packs packs = {me, count, describe, put};
 *     volume_write(&head, limit, medium, &packs, &files, &written, e);
 *
 * Each file is written once, from its first byte to its last, so it may be a
 * pipe; none is begun before the cut is known to be possible.
 */
#ifndef BUNDLE_VOLUME_WRITE_H
#define BUNDLE_VOLUME_WRITE_H

#include "bundle/bundle_cut.h"

struct volume_packs {
        void *user;
        size_t count;
        void (*describe)(
            void *user, size_t pack, unsigned char sha256[SHA256_SIZE], uint64_t *size);
        /* Writes exactly the pack's stored bytes to fd. */
        int (*put)(void *user, size_t pack, int fd, struct err *e);
};

/* Where the files are made. */
struct volume_files {
        void *user;
        /* A descriptor for volume v (from 0) of so many, which begins empty. */
        int (*begin)(void *user, size_t v, size_t volumes, struct err *e);
        /* All of it is written. */
        int (*end)(void *user, size_t v, struct err *e);
};

struct volume_written {
        uint64_t size; /* of all files */
        size_t volumes;
};

/*
 * limit: of one file, in bytes; 0: one file of any size. medium: what holds so much, as people call
 * it (volume_medium_fits()); NULL: no name for it. written may be NULL.
 */
int volume_write(struct bundle_head *head, uint64_t limit, const char *medium,
    const struct volume_packs *packs, const struct volume_files *files,
    struct volume_written *written, struct err *e);

/* The one file, to a descriptor; for files->begin. user: a pointer to it. */
int volume_to_fd_begin(void *user, size_t v, size_t volumes, struct err *e);
int volume_to_fd_end(void *user, size_t v, struct err *e);

#endif
