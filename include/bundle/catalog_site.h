/*
 * The catalog's memory of the pages that speak of a whole source: how each set
 * of them was dated, and which paths they had, so that what is named by its
 * content, and the files of records, can stay for those who have read an older
 * index.
 */
#ifndef BUNDLE_CATALOG_SITE_H
#define BUNDLE_CATALOG_SITE_H

#include "bundle/catalog.h"

/* What the source's pages were last dated, and for which state: 1, 0 never, -1. */
int catalog_dated_get(struct catalog *c, const char *source, unsigned char state[SHA256_SIZE],
    int64_t *date, struct err *e);
int catalog_dated_put(struct catalog *c, const char *source, const unsigned char state[SHA256_SIZE],
    int64_t date, struct err *e);

/* The source's pages are written for that generation, which has records of it: a set that counts. */
int catalog_page_set(struct catalog *c, const char *source, int64_t generation, struct err *e);
/* This path is a page of the source in that generation (the last one that is published with it). */
int catalog_page_put(struct catalog *c, const char *source, const char *path, int lingers,
    int64_t generation, struct err *e);
/*
 * The file of a record that was last listed in that generation lingers as such a page does; it is
 * listed again; none left after that generation. Pages are not touched by the latter two.
 */
int catalog_page_left(
    struct catalog *c, const char *source, const char *path, int64_t generation, struct err *e);
int catalog_page_back(struct catalog *c, const char *source, const char *path, struct err *e);
int catalog_pages_back(struct catalog *c, const char *source, int64_t generation, struct err *e);
/* The greatest generation that was put; 0: none. */
int catalog_pages_last(struct catalog *c, const char *source, int64_t *generation, struct err *e);
/*
 * Every page remembered of a source, by path. age 0: of the last set; n: n sets have come since
 * then. each returns 0, or -1 with *e.
 */
int catalog_pages(struct catalog *c, const char *source,
    int (*each)(void *user, const char *path, int lingers, int64_t age, struct err *e), void *user,
    struct err *e);
/* Forgets those of that age and older. */
int catalog_pages_forget(struct catalog *c, const char *source, int64_t age, struct err *e);

#endif
