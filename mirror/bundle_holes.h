/*
 * What a bundle lacks of what is selected, as its manifest lists it. Private
 * to cmd_bundle.c.
 */
#ifndef MIRROR_BUNDLE_HOLES_H
#define MIRROR_BUNDLE_HOLES_H

#include "bundle/catalog.h"

struct bundle_holes {
        char **items; /* sorted, none twice */
        size_t count, cap;
};

/* Of these sources. ERR_INCOMPLETE if there are any, unless they are allowed. */
int bundle_holes_gather(struct bundle_holes *h, struct catalog *c, char *const *sources,
    size_t source_count, int allowed, struct err *e);
void bundle_holes_release(struct bundle_holes *h);

#endif
