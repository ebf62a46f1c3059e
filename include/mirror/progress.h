/*
 * Progress on stderr: redrawn on a terminal, a plain line now and then
 * otherwise, nothing when quiet.
 *
 *     struct progress *p = progress_new(quiet);
 *     progress_bytes(p, "packing", done, total);        as often as one likes
 *     progress_fetch(p, "fetching", fetch, &counts);
 *     progress_free(p);                                  clears the line
 */
#ifndef MIRROR_PROGRESS_H
#define MIRROR_PROGRESS_H

#include <stdint.h>

struct progress;
struct fetch;
struct download_counts;

struct progress *progress_new(int quiet);
void progress_free(struct progress *p); /* NULL is fine */

/* total 0: not known. */
void progress_bytes(struct progress *p, const char *what, uint64_t done, uint64_t total);
/* Overall: files, bytes, rate, time left; and the slowest few transfers. */
void progress_fetch(
    struct progress *p, const char *what, struct fetch *f, const struct download_counts *counts);

#endif
