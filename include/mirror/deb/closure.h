/*
 * A closure: packages that can be installed together and need nothing beyond
 * themselves, the ones that apt-get would install in an empty root.
 *
 *     struct closure c;
 *     r = closure_solve(u, roots, count, &options, &c, e);
 *     if (r == 1) for (i = 0; i < c.count; i++) use(c.items[i].package)
 *     if (r == 0) c.problem says why not, c.culprit which root cannot be had with those before it
 *     closure_release(&c);
 *
 * Only the version that a root names, else the candidate of each package, takes
 * part, as with apt. First apt's own way is gone: dependencies in the order in
 * which they are written, the first alternative that can be had, real packages
 * before those that provide a name. What it finds libsolv takes as its
 * preference, and solves: so conflicts that apt's way runs into are resolved,
 * and what cannot be resolved is explained.
 */
#ifndef MIRROR_DEB_CLOSURE_H
#define MIRROR_DEB_CLOSURE_H

#include "mirror/deb/universe.h"

struct closure_options {
        bool recommends; /* as apt's APT::Install-Recommends */
};

/* One package of it, and what first led to it. */
struct closure_item {
        uint32_t package;
        uint32_t parent; /* index of the item that needs it; its own for a root */
        int relation;    /* of the parent: what this one satisfies; for closure_why */
        bool recommended;
};

struct closure {
        struct closure_item *items; /* roots first, in their order; a parent before its children */
        size_t count, cap;
        char *problem;  /* lines */
        size_t culprit; /* index of a root */
};

/* 1 solved, 0 there is no solution, -1. *out is to be released in any case. */
int closure_solve(struct universe *u, const uint32_t *roots, size_t count,
    const struct closure_options *options, struct closure *out, struct err *e);
void closure_release(struct closure *c); /* accepts the zero value */

/*
 * Appends why an item is there: "nginx 1.22.1-9 needs libc6 (>= 2.34)". Nothing for a root:
 * the caller knows what asked for it.
 */
void closure_why(const struct universe *u, const struct closure *c, size_t index, struct buf *out);

#endif
