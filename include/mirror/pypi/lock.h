/*
 * Lock files of Python tools: what somebody's resolver chose, as one list.
 *
 *     struct lock l;
 *     if (lock_is_known(path)) ... lock_parse(&l, path, text, len, &e)
 *     enum lock_need *need = xcalloc(l.count, sizeof *need);
 *     lock_needs(&l, &target, need, &e);
 *     for (i = 0; i < l.count; i++) ... l.packages[i], need[i]
 *     lock_release(&l);
 *
 * Read are pylock.toml and pylock.NAME.toml (PEP 751), uv.lock (version 1)
 * and poetry.lock (1.x and 2.x). Each holds what any platform needs.
 * pylock.toml and newer poetry.lock say of each package when it is needed; in
 * the others that follows from who depends on it, and under which marker: a
 * package that nothing depends on is what was asked for. Extras and
 * dependency groups that are locked are needed like all else.
 */
#ifndef MIRROR_PYPI_LOCK_H
#define MIRROR_PYPI_LOCK_H

#include "mirror/pypi/requirements.h"
#include "mirror/pypi/target.h"

enum lock_need {
        LOCK_UNNEEDED, /* on this target */
        LOCK_MAYBE, /* by way of something optional: the file does not say whether it was asked for */
        LOCK_NEEDED,
};

enum lock_origin {
        LOCK_INDEX,
        LOCK_PROJECT,   /* what the lock file was made for */
        LOCK_LOCAL,     /* a folder or a file beside it */
        LOCK_ELSEWHERE, /* a repository, or a file at an address of its own */
};

struct lock_edge {
        char *name;    /* normalised */
        char *version; /* NULL: the one there is */
        struct marker *marker;
        bool optional; /* of an extra, or of a group */
};

struct lock_package {
        char *name;    /* normalised */
        char *version; /* NULL only where it is not from an index */
        enum lock_origin origin;
        char *from;                       /* where that is, for a person; NULL: the index */
        struct marker *marker;            /* when it is needed; NULL: always */
        char *requires_python;            /* or NULL */
        bool optional;                    /* poetry: it belongs to extras */
        struct requirements_hash *hashes; /* of all its files */
        size_t hash_count, hash_cap;
        struct lock_edge *edges; /* what it depends on */
        size_t edge_count, edge_cap;
        unsigned long line;
};

struct lock {
        char *file; /* for messages */
        struct lock_package *packages;
        size_t count, cap;
        bool edges_decide;                       /* and not markers alone */
        char *requires_python;                   /* of the whole file; or NULL */
        struct requirements_list environments;   /* markers, one of which must hold; none: any */
        struct requirements_list extras, groups; /* of pylock.toml */
        bool is_pylock;
};

/* By its name: does lock_parse() read it? */
bool lock_is_known(const char *path);

/* ERR_USAGE with line and column for what is wrong with it. */
int lock_parse(struct lock *l, const char *path, const char *text, size_t len, struct err *e);
void lock_release(struct lock *l); /* accepts a zeroed struct; leaves it zeroed */

/* need: one for each package. ERR_USAGE: the file is not for this target, or a marker cannot be judged. */
int lock_needs(
    const struct lock *l, const struct target *target, enum lock_need *need, struct err *e);

#endif
