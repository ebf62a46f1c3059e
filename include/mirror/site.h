/*
 * The site: two complete trees, state/site-a and state/site-b, hard-linked
 * from the store, and the symbolic link `site` to one of them.
 *
 * Publishing brings the idle tree from the generation that it shows to the
 * wanted one by changing only what differs, makes it durable, and switches the
 * link by rename. A client sees the old tree or the new one, never a mixture;
 * the old one stays ready.
 */
#ifndef MIRROR_SITE_H
#define MIRROR_SITE_H

#include <stdbool.h>

#include "mirror/mirror.h"

struct site_result {
        int64_t generation; /* shown now */
        int changed;        /* the link was switched */
        uint64_t linked, unlinked, pages;
};

/*
 * Shows the last generation, or the one it was rolled back to. base_url: of the site, as clients reach it, with
 * or without a final '/'; NULL or "": not known, which is fine for registries
 * whose indexes hold no absolute addresses.
 */
int site_publish(struct mirror *m, const char *base_url, struct site_result *out, struct err *e);

/*
 * From now on, until there is a newer generation than now, the site shows that one; the last one:
 * as before any roll back. Within a transaction of the caller's; then publish.
 */
int site_roll_back(struct mirror *m, int64_t generation, struct err *e);
/* The generation that it shall show: 1 rolled back, 0 the last one, -1. */
int site_wanted(struct mirror *m, int64_t *generation, struct err *e);

/* The generation that `site` shows: 1, 0 nothing published, -1. tree receives "a" or "b". */
int site_shown(struct mirror *m, char tree[2], int64_t *generation, struct err *e);

/*
 * Whether every file that the shown tree should hold is there, and is the store's: calls each
 * with the path of what is not. pages: and every page of the sources, which are made again to compare.
 * For fsck; the lock must be held. 0, or -1.
 */
int site_check(struct mirror *m, bool pages, void (*each)(void *user, const char *path), void *user,
    struct err *e);

#endif
