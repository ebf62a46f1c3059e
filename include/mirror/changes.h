/*
 * What changes from one set of records to another, package by package: for the
 * report of verify and for diff.
 *
 *     struct changes c = {0};
 *     changes_add(&c, &record, 1);          in the new set
 *     changes_add(&c, &record, -1);         in the old one
 *     changes_settle(&c);                   what is in both cancels out
 *     for (size_t i = 0; i < c.count; i++)
 *             use(&c.packages[i]);          by source and package
 *     changes_release(&c);
 *
 * Memory: 64 bytes a record, and each name once.
 */
#ifndef MIRROR_CHANGES_H
#define MIRROR_CHANGES_H

#include <jansson.h>

#include "bundle/buf.h"
#include "bundle/record.h"
#include "mirror/intern.h"

enum package_kind {
        PACKAGE_ADDED,   /* was not there */
        PACKAGE_CHANGED, /* other versions, other files, or other metadata */
        PACKAGE_REMOVED, /* nothing of it stays */
};

struct change_entry;

struct package_change {
        const char *source, *package;
        enum package_kind kind;
        int unseen; /* the mirror never held a package of that name; set by the caller */
        uint64_t files_added, files_removed, files_kept, bytes_added;
        uint64_t
            files_replaced;    /* of those added: a file of that version and name has other bytes */
        size_t first, entries; /* of c->entries: what is gone, then what is new, each by version */
};

struct changes {
        struct intern names;
        struct change_entry *entries;
        size_t entry_count, entry_cap;
        struct package_change *packages; /* after changes_settle() */
        size_t count, cap;
};

/* set: 1 it is in the new set, -1 in the old one. */
int changes_add(struct changes *c, const struct record *r, int set, struct err *e);
/* It is not in that set after all: for a set that is given as another one and what goes from it. */
int changes_drop(struct changes *c, const struct record *r, int set, struct err *e);

/*
 * held: how many records of a package the old set has, asked for each package that changed; where
 * it is NULL, both sets were added whole, or it is not known.
 */
int changes_settle(struct changes *c,
    int (*held)(
        void *user, const char *source, const char *package, uint64_t *records, struct err *e),
    void *user, struct err *e);
void changes_release(struct changes *c);

/* How many of the packages of a source (NULL: of all) are of that kind. */
size_t changes_count(const struct changes *c, const char *source, enum package_kind kind);

/*
 * For people: a line of counts for each source, then one for each package, those that were never
 * seen, or have other bytes of a version that was there, first and marked; not more than `most` lines of packages. Indented by `indent`.
 */
void changes_print(const struct changes *c, size_t most, const char *indent);
/* For programs: an array with an object for each source. The caller owns it. */
json_t *changes_json(const struct changes *c);

#endif
