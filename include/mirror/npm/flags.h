/* Which packages of a tree are installed on a platform. */
#ifndef MIRROR_NPM_FLAGS_H
#define MIRROR_NPM_FLAGS_H

#include "mirror/npm/node_set.h"

/* Every node of the tree, the root first. */
void tree_collect(struct node *root, struct node_set *out);

/* Sets `optional` of each node: no way from the root leads there without an optional dependency. */
void tree_flag_optional(struct node *root);

/*
 * What goes when an optional node cannot be installed: the node, what needs it, up to where it is
 * optional, and all that only these need. What *out holds already is gone. After tree_flag_optional().
 */
void tree_optional_set(struct node *n, struct node_set *out);

#endif
