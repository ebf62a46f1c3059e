/*
 * Cutting a finished bundle anew, which needs no key: into volumes, or back
 * into one file. What is read are files of one bundle, of any cuts, of which
 * several may be damaged; each pack is compared with its name.
 *
 *     struct recut *r = recut_new(open);
 *     for each file: recut_add(r, fd, path, e);
 *     recut_write(r, limit, medium, &files, &progress, e);      limit 0: into one file
 *     recut_free(r);
 *
 * Nobody is trusted for it and nothing is decoded: it is for whoever carries
 * bundles. Signatures are carried along and not judged.
 */
#ifndef BUNDLE_RECUT_H
#define BUNDLE_RECUT_H

#include "bundle/volume_write.h"

struct recut;

/* A descriptor that the caller closes, or -1. */
typedef int recut_open_fn(const char *path, struct err *e);

/*
 * open: opens a file that was added once more, by its path, when its bytes are written; one is open at
 * a time. NULL: the descriptors of recut_add() stay open until recut_free().
 */
struct recut *recut_new(recut_open_fn *open);
void recut_free(struct recut *r);

/*
 * Looks through a file that can be sought; path is borrowed until recut_free(),
 * and so is fd, unless files are opened again. 0; 1: it is damaged somewhere, which *e tells, and what lies
 * before that can be used; -1: no use can be made of it (ERR_REFUSED), or it is
 * of another bundle than the first (ERR_USAGE).
 */
int recut_add(struct recut *r, int fd, const char *path, struct err *e);

struct recut_progress {
        void *user;
        void (*tell)(void *user, uint64_t done, uint64_t total); /* bytes of packs */
};

/*
 * limit and medium: as in volume_write(). ERR_INCOMPLETE: packs are in none of the files; names the
 * volumes. progress may be NULL.
 */
int recut_write(struct recut *r, uint64_t limit, const char *medium,
    const struct volume_files *files, const struct recut_progress *progress, struct err *e);

/* Reads a file that was just written: every pack is what its name says. */
int recut_check(int fd, struct err *e);

#endif
