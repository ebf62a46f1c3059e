/*
 * A mirror directory, opened: its configuration, catalog, store and lock.
 *
 *     struct mirror m = MIRROR_INIT;
 *     if (mirror_open(&m, dir, MIRROR_LOCKED | MIRROR_CONFIG, e) < 0) ...
 *     mirror_close(&m);                 also after a failure
 *
 *     dray.toml  state/{catalog.db,blobs,packs,tmp,lock,reserve,site-a,site-b}  site  outbox/
 */
#ifndef MIRROR_MIRROR_H
#define MIRROR_MIRROR_H

#include "bundle/buf.h"
#include "bundle/catalog.h"
#include "bundle/store.h"

struct config; /* mirror/config.h */

struct mirror {
        int dir, state, packs, lock; /* descriptors; -1: not open */
        char *path;                  /* of the directory */
        int reserve_given;           /* state/reserve went, to be made again on closing */
        struct catalog *catalog;
        struct store *store;
        struct config *config;  /* NULL without MIRROR_CONFIG */
        struct buf config_text; /* the bytes that it was read from */
};

#define MIRROR_INIT \
        { \
                .dir = -1, .state = -1, .packs = -1, .lock = -1 \
        }

enum mirror_need {
        MIRROR_LOCKED = 1, /* this process changes something; ERR_LOCKED if another does */
        MIRROR_CONFIG = 2, /* dray.toml is read, and must be right */
        MIRROR_READ = 4,   /* the catalog is only read */
        MIRROR_FREES =
            8, /* with MIRROR_LOCKED: it makes room, so on a full disk it has the reserve for it */
};

int mirror_open(struct mirror *m, const char *dir, unsigned need, struct err *e);
void mirror_close(struct mirror *m);

/*
 * Makes a new mirror in `dir` (made if it is not there): state/, outbox/, an
 * empty catalog. Whatever the umask, anybody may pass through state/, and
 * through a `dir` made here, to the published tree; what else lies there is
 * the umask's.
 */
int mirror_create(const char *dir, int isolated, struct err *e);

/* 1: made by `dray init --isolated`; 0; -1 */
int mirror_is_isolated(struct mirror *m, struct err *e);

#endif
