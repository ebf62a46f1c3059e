/* The pages that speak of a whole source: written, dated, and swept. Private to site*.c. */
#ifndef MIRROR_SITE_PAGES_H
#define MIRROR_SITE_PAGES_H

#include "site_tree.h"

/*
 * Writes them anew for the tree's generation. What earlier sets left behind
 * goes, but for pages that linger and files of records that left: these are
 * there through SITE_LINGER later sets, in both trees, if the source has any records.
 */
#define SITE_LINGER 3

int site_pages_write(
    struct site_tree *t, const char *source, const struct registry *registry, struct err *e);

/*
 * Hands the sink the pages that site_pages_write() wrote last, without writing any. Nothing, where
 * they are signed by a key that is lost, or those of another state came after them.
 */
int site_pages_again(struct site_tree *t, const char *source, const struct registry *registry,
    struct page_sink *sink, struct err *e);

/*
 * Signed pages of another state were published since the tree's were: clients that have seen
 * those take none with an older date. 1/0/-1
 */
int site_pages_stale(struct site_tree *t, const char *source, struct err *e);

#endif
