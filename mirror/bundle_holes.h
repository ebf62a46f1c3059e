/*
 * What a bundle lacks of what is selected, as its manifest lists it. Private
 * to cmd_bundle.c.
 */
#ifndef MIRROR_BUNDLE_HOLES_H
#define MIRROR_BUNDLE_HOLES_H

#include "mirror/mirror.h"

struct bundle_holes {
        char **items; /* sorted, none twice */
        size_t count, cap;
};

/*
 * Of these sources, which are of m->config. ERR_INCOMPLETE if there are any, unless they are
 * allowed; a source that was not synced as dray.toml has it counts as one.
 */
int bundle_holes_gather(struct bundle_holes *h, const struct mirror *m, char *const *sources,
    size_t source_count, int allowed, struct err *e);
void bundle_holes_release(struct bundle_holes *h);

#endif
