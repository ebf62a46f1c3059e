/*
 * What a revocation comes too late for: the bundles that are in here on the
 * word of keys that are revoked now. The log knows who signed each. Private to
 * cmd_trust.c.
 */
#ifndef MIRROR_TRUST_LOOKBACK_H
#define MIRROR_TRUST_LOOKBACK_H

#include "bundle/catalog.h"
#include "bundle/trust.h"

/* To stdout: each that would not come in now, and how many still count. Nothing when there are none. */
int trust_lookback(struct catalog *c, const struct trust *t, struct err *e);

#endif
