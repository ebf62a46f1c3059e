/* The page for people at the root of the site. Private to site*.c. */
#ifndef MIRROR_SITE_FRONT_H
#define MIRROR_SITE_FRONT_H

#include "mirror/mirror.h"

/* Writes index.html into the tree (a descriptor). */
int site_front(struct mirror *m, int64_t generation, const char *base_url, int tree, struct err *e);

#endif
