/* An open spool. Private to spool*.c. */
#ifndef BUNDLE_SPOOL_STATE_H
#define BUNDLE_SPOOL_STATE_H

#include "bundle/spool.h"

#define SPOOL_SEEN "seen"
#define SPOOL_ABOUT "about.json"

struct spool {
        const struct manifest *m;
        int dir;
        unsigned char *has; /* by pack */
        size_t held;        /* packs */
        uint64_t bytes;     /* of them */
};

/* about.json: how far it is. */
int spool_about_write(const struct spool *s, struct err *e);

#endif
