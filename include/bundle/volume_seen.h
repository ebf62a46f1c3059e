/*
 * Which volumes of a bundle have to be brought yet, as people name them: told
 * from the packs that are here, and from what the volume.json of those that
 * were seen said of themselves. That is a hint, so it decides nothing.
 *
 *     struct volume_seen seen[] = {{.volume = 1, .volumes = 3, .first = 0, .end = 7}, ...};
 *     volume_missing(has, packs, seen, count, text, sizeof text);
 *     "volume 2 of 3", "volumes 1, 4 to 7 and 9 of 12", "another copy of it", "" when all is here
 */
#ifndef BUNDLE_VOLUME_SEEN_H
#define BUNDLE_VOLUME_SEEN_H

#include <stddef.h>

/* A volume of some cut: packs first to end - 1 lie in it. */
struct volume_seen {
        unsigned long volume, volumes, first, end;
};

/* has: by pack, 0 or 1. Sorts the list. */
void volume_missing(const unsigned char *has, size_t packs, struct volume_seen *seen, size_t count,
    char *text, size_t size);

#endif
