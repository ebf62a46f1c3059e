/*
 * The catalog's rows of the log (bundle/audit.h says what stands in them), and
 * who reviewed which bundle.
 */
#ifndef BUNDLE_CATALOG_AUDIT_H
#define BUNDLE_CATALOG_AUDIT_H

#include "bundle/catalog.h"

/* The last entry: its number and hash. 0 and zeros when there is none. */
int catalog_audit_last(
    struct catalog *c, int64_t *n, unsigned char hash[SHA256_SIZE], struct err *e);
/* Entries are never changed or removed: the schema refuses it. */
int catalog_audit_put(struct catalog *c, int64_t n, const char *line,
    const unsigned char hash[SHA256_SIZE], struct err *e);
/* From number `from` on. each: 0 goes on; its other values end the walk and are returned. */
int catalog_audit_each(struct catalog *c, int64_t from,
    int (*each)(void *user, int64_t n, const char *line, const unsigned char hash[SHA256_SIZE],
        struct err *e),
    void *user, struct err *e);

/* That somebody looked at the bundle with this manifest and found it good. */
struct review_row {
        const char *person, *reason;
        int64_t uid;
        int64_t at; /* unix seconds */
};
int catalog_review_put(struct catalog *c, const unsigned char manifest[SHA256_SIZE],
    const struct review_row *row, struct err *e);
int catalog_reviews(struct catalog *c, const unsigned char manifest[SHA256_SIZE],
    int (*each)(void *user, const struct review_row *row, struct err *e), void *user,
    struct err *e);

#endif
