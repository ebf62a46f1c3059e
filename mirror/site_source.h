/* Brings what the site holds of one source to another generation. Private to site*.c. */
#ifndef MIRROR_SITE_SOURCE_H
#define MIRROR_SITE_SOURCE_H

#include "site_tree.h"

/* The registry of a source of the catalog; NULL: it has no row, or of a kind that is not known here. */
const struct registry *site_registry(struct catalog *c, const char *source, struct err *e);

/* Its files, the pages of the packages that changed, and those of the source. */
int site_source_change(
    struct site_tree *t, const char *source, const struct registry *registry, struct err *e);

/* Makes the pages of each of its packages, for the tree's generation, and hands them to the sink. */
int site_source_packages(struct site_tree *t, const char *source, const struct registry *registry,
    const struct page_sink *sink, struct err *e);

#endif
