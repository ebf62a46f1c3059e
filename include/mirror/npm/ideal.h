/*
 * The tree that `npm install` makes of a project: which version each
 * dependency gets, and where. A dependency is placed as high as it can be
 * without getting in anybody's way, what is there already is shared where it
 * will do, and peers come along to where they are seen by all who need them.
 * So the versions depend on the placing, and the placing is npm's own
 * (@npmcli/arborist, build-ideal-tree), step for step.
 *
 *     struct ideal *t = ideal_new(project);
 *     if (ideal_build(t, e) < 0) ...
 *     ... ideal_root(t), its children and theirs ...
 *     ideal_free(t);
 */
#ifndef MIRROR_NPM_IDEAL_H
#define MIRROR_NPM_IDEAL_H

#include "mirror/npm/node_set.h"
#include "mirror/npm/tree.h"

struct ideal;

/*
 * project: its dependencies' requests, and theirs in turn, have all been answered. Borrowed.
 * skip: what the operator excludes; not even looked at. NULL: nothing.
 */
struct ideal *ideal_new(
    const struct release *project, bool (*skip)(void *user, const char *package), void *user);

/* ERR_FAILED: peers that cannot be had together, in words of their own; or too large a tree. */
int ideal_build(struct ideal *t, struct err *e);
void ideal_free(struct ideal *t); /* NULL is fine */

struct node *ideal_root(const struct ideal *t);

#endif
