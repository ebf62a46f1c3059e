/*
 * Where a source's upstream is: the key in dray.toml, or else what the
 * registry's own client is configured to use on this machine.
 */
#ifndef MIRROR_UPSTREAM_H
#define MIRROR_UPSTREAM_H

#include "mirror/config.h"
#include "mirror/registry.h"

/* source NULL: as if dray.toml said nothing. */
int upstream_find(const struct registry *r, const struct config_source *source,
    struct upstream *out, struct err *e);
void upstream_release(struct upstream *u);

/* The address that dray.toml or the client's configuration states; NULL: the client's default counts. */
char *upstream_stated(const struct registry *r, const struct config_source *source);

void client_release(struct client *c);

#endif
