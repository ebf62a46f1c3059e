/*
 * Which volumes of a bundle have to be brought yet, as people name them: told
 * from the packs that are here, and from what the volume.json of those that
 * were seen said of themselves. That is a hint, so it decides nothing.
 *
 *     struct volume_seen seen[] = {{.volume = 1, .volumes = 3, .first = 0, .end = 7}, ...};
 *     volume_missing(has, packs, seen, count, "plant-a-000003", text, sizeof text);
 *     "volume 2 of 3 (BD: plant-a-000003.2of3.dray)", "volumes 1, 4 to 7 and 9 of 12 (...)",
 *     "another copy of it", "" when all is here
 */
#ifndef BUNDLE_VOLUME_SEEN_H
#define BUNDLE_VOLUME_SEEN_H

#include "bundle/volume.h"

/* A volume of some cut: packs first to end - 1 lie in it. */
struct volume_seen {
        unsigned long volume, volumes, first, end;
        char medium[LIMIT_MEDIUM + 1];
};

/*
 * has: by pack, 0 or 1. stem: of the names that the files were given when they were made, of which
 * the first few are told; NULL: they are not known. Sorts the list.
 */
void volume_missing(const unsigned char *has, size_t packs, struct volume_seen *seen, size_t count,
    const char *stem, char *text, size_t size);

/* What a volume.json says, for such a list. */
struct volume_seen volume_seen_of(const struct volume *v);

#endif
