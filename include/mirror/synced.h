/*
 * Whether the last sync of a source asked for what dray.toml asks for now: what
 * was edited since is in nobody's catalog yet, neither held nor missing.
 */
#ifndef MIRROR_SYNCED_H
#define MIRROR_SYNCED_H

#include "bundle/catalog.h"
#include "mirror/config.h"

enum synced {
        SYNCED_NEVER, /* nothing is known of the source */
        SYNCED_OTHER, /* its [[source]] says something else now */
        SYNCED_SAME,
};

/* In a transaction: this run asked for what the source's [[source]] says. */
int synced_note(struct catalog *c, const struct config_source *source, struct err *e);
int synced_look(
    struct catalog *c, const struct config_source *source, enum synced *out, struct err *e);

/* "never synced": what "source NAME was" goes on with. NULL for SYNCED_SAME. */
const char *synced_text(enum synced state);

#endif
