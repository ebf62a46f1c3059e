/*
 * What a selection wants: the list that plan prints and sync fetches.
 */
#ifndef MIRROR_WANTED_H
#define MIRROR_WANTED_H

#include "mirror/registry.h"

struct wanted {
        struct record record; /* owned strings; sha256 is set once the file is held */
        struct stated_digest digest;
        char *url, *why;
        int local, index; /* as of struct wanted_file */
        int held;         /* its bytes are in the store and its digest was compared */
        int gone;         /* 404 upstream */
        char *error;      /* why it is not held; NULL: not tried */
};

struct hole {
        char *source, *item, *package, *why; /* package NULL: may touch any of the source */
};

struct wanted_list {
        struct wanted *items;
        size_t count, cap;
        struct hole *holes;
        size_t hole_count, hole_cap;
        char **notes;
        size_t note_count, note_cap;
        size_t *table; /* by source, package, version, file; index + 1 */
        size_t table_size;
};

/* Copies. A file that is on the list already is not added again; the first reason stands. */
void wanted_add(struct wanted_list *l, const char *source, const struct wanted_file *file);
void wanted_hole(struct wanted_list *l, const char *source, const char *item, const char *package,
    const char *why);
void wanted_note(struct wanted_list *l, const char *text);
/* The one of that source, package, version and file, or NULL. */
struct wanted *wanted_find(const struct wanted_list *l, const struct record *r);
/* "npm/@acme/core-2.0.0.tgz": the source and the file, with the package's scope. The caller frees. */
char *wanted_title(const struct record *r);
void wanted_release(struct wanted_list *l);

#endif
