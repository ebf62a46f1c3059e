/*
 * The signed lists of a stream: proposing the next one, and taking a signed one.
 * Private to cmd_trust.c.
 */
#ifndef MIRROR_TRUST_ROTATE_H
#define MIRROR_TRUST_ROTATE_H

#include "bundle/trust.h"
#include "mirror/cmd.h"
#include "mirror/mirror.h"

/* dray trust rotate STREAM: writes the next list, for its signers, and says who they are. */
int trust_rotate(const struct cmd *c, struct mirror *m, const char *stream, struct err *e);

/* dray trust accept FILE: the signed list is in force here from now on, and travels in bundles. */
int trust_accept(const struct cmd *c, struct mirror *m, const char *path, struct err *e);

#endif
