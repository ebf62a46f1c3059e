/*
 * Closure: each file that a bundle names can be had on the far side, because
 * its bytes are in the bundle or came with its base. Held against the manifest
 * as it is to be signed, not against what the writer meant to put into it.
 */
#ifndef BUNDLE_CLOSURE_H
#define BUNDLE_CLOSURE_H

#include "bundle/catalog.h"

/*
 * xz: manifest.jsonl.xz as stored. base_generation: of the bundle's base, within the catalog's
 * scope; 0: it has none. ERR_REFUSED names the first record whose bytes would be missing, or says
 * why no reader would take the manifest.
 */
int closure_check(
    const void *xz, size_t len, struct catalog *c, int64_t base_generation, struct err *e);

#endif
