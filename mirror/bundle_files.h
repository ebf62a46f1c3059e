/*
 * The files of a bundle that is being written into a folder: each volume is
 * written beside its name, made durable, read back from the medium, and all of
 * them get their names once all are whole. Private to the commands.
 *
 *     struct bundle_files f = {BUNDLE_FILES_INIT, .dir = dir, .stem = stem, .check = check};
 *     struct volume_files to = bundle_files_sink(&f);
 *     ... write the volumes to `to` ...
 *     bundle_files_commit(&f, e);
 *     bundle_files_release(&f);                  also after a failure: removes what has no name yet
 */
#ifndef MIRROR_BUNDLE_FILES_H
#define MIRROR_BUNDLE_FILES_H

#include "bundle/volume_write.h"

struct bundle_files {
        const char *dir;  /* made (one level) if it is not there; borrowed, like the next one */
        const char *stem; /* names follow bundle_file_name() */
        int only_new;     /* ERR_USAGE rather than put a file over one that is there */
        int only_same;    /* ERR_USAGE rather than put a file over one that is not the same */
        int (*check)(int fd, struct err *e); /* reads a finished file back */
        int folder;                          /* descriptor; private, like the rest */
        int fd;
        char **paths; /* of the finished files */
        size_t count, cap, volumes;
        int committed;
};

/* clang-format off */
#define BUNDLE_FILES_INIT .folder = -1, .fd = -1
/* clang-format on */

struct volume_files bundle_files_sink(struct bundle_files *f);
int bundle_files_commit(struct bundle_files *f, struct err *e);
void bundle_files_release(struct bundle_files *f);

/* Reads both to where they differ or end: 1 the same bytes, 0, -1. */
int bundle_files_alike(int a, int b, struct err *e);

/*
 * Whether a file lies in dir that bears the name of this bundle, whole or a
 * volume of it: 1 (*path names it; the caller frees), 0.
 */
int bundle_files_find(const char *dir, const char *stream, int64_t epoch, int64_t seq, char **path);

#endif
