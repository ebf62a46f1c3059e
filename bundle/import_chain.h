/* Is this bundle the next step of its stream here? Private to import.c. */
#ifndef BUNDLE_IMPORT_CHAIN_H
#define BUNDLE_IMPORT_CHAIN_H

#include "bundle/import.h"

/*
 * r has the manifest and its hash; already and already_at are set. 1: this very
 * bundle was imported before; 0: it is the next step; -1: ERR_CHAIN says which
 * case it is, and what to do.
 */
int import_chain(struct catalog *c, struct import_result *r, struct err *e);

#endif
