/*
 * The files of a wanted list, into the store. What is held already is found
 * by its digest; the rest is fetched, many at a time, hashed while it is
 * written, and compared with what the index states. A partial download is
 * kept and gone on with, in the same run and in later ones.
 *
 * One bad file neither stops the others nor is forgotten: its entry says why,
 * and the catalog's work list keeps it.
 */
#ifndef MIRROR_DOWNLOAD_H
#define MIRROR_DOWNLOAD_H

#include "mirror/fetch.h"
#include "mirror/mirror.h"
#include "mirror/wanted.h"

struct download_counts {
        uint64_t files, bytes; /* fetched in this run */
        uint64_t held;         /* were there already */
        uint64_t failed;
        uint64_t wanted, wanted_bytes; /* not held when it began, as far as sizes are stated */
};

struct download;

/*
 * Fills in held, error and the record's sha256 and size of every item. One that
 * says held already came in this run, by another way: its rows are written, after
 * the bytes are durable, as for the others. Called outside a transaction. `tick` is called several times a second. -1: this
 * machine failed (full disk, ...), or the catalog did. *out, also after -1, is
 * freed with download_free() once the fetch has been closed.
 */
int download_all(struct mirror *m, struct fetch *f, struct wanted_list *l,
    struct download_counts *counts, void (*tick)(void *user), void *user, struct download **out,
    struct err *e);
void download_free(struct download *d);

/* Only what is held already: for plan. */
int download_look(
    struct mirror *m, struct wanted_list *l, struct download_counts *counts, struct err *e);

#endif
