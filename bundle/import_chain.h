/* Is this bundle the next step of its stream here? Private to import.c. */
#ifndef BUNDLE_IMPORT_CHAIN_H
#define BUNDLE_IMPORT_CHAIN_H

#include "bundle/import.h"

/*
 * r has the manifest and its hash, and the trust list that judged it; already,
 * already_at and leap are set. 1: this very bundle was imported before; 0: it
 * is the next step, or (r->leap) may be; -1: ERR_CHAIN says which case it is,
 * and what to do; its cause is one of
 *     "older" "gap" "other-base" "no-base" "fork" "jump" "epoch" "other-audience" "lost-state"
 */
int import_chain(const struct import *im, struct import_result *r, struct err *e);

#endif
