/*
 * apt's way through the dependencies (MarkInstall of its depcache): greedy, depth
 * first, and back one step where it leads nowhere. Private to closure*.c.
 */
#ifndef MIRROR_DEB_CLOSURE_WALK_H
#define MIRROR_DEB_CLOSURE_WALK_H

#include "universe_pool.h"

struct walk;

/* The pool's considered packages must be settled. */
struct walk *walk_new(struct universe *u, bool recommends);
void walk_free(struct walk *w); /* accepts NULL */

/* Marks a root; what it needs is for walk_complete(). */
void walk_root(struct walk *w, Id package);
/* Marks all that the marked roots need, and what can be had of what they recommend. */
void walk_complete(struct walk *w);

/* The marked packages, in the order in which they were marked. */
const Queue *walk_marked(const struct walk *w);

/*
 * The packages that satisfy one alternative, the one that apt would take first. FROM: the
 * package that has the relation.
 */
void walk_providers(struct universe *u, Id alternative, Queue *out);

/* The first alternative of a relation, and what is left of it; 0 at the end. */
Id walk_alternative(const struct universe *u, Id *relation);

#endif
