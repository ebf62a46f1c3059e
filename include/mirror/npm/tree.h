/*
 * Trees of installed packages: node_modules folders in node_modules folders,
 * and who finds whom in them. What npm's arborist calls nodes and edges.
 *
 *     struct tree *t = tree_new();
 *     struct node *root = node_new_root(t, project, NULL);
 *     struct node *dep = node_new(t, "left-pad", release, root);
 *
 * Several roots can stand side by side: the tree that is being built, and the
 * virtual ones that a package is looked at in before it is placed. A node
 * without a parent is a root. An edge is one dependency of a node; where it
 * leads is what Node.js would find: the nearest node of that name in the
 * node's own folder or one above. Edges follow every change by themselves.
 *
 * Nodes and edges live until tree_free, whether they are in a tree or not.
 */
#ifndef MIRROR_NPM_TREE_H
#define MIRROR_NPM_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mirror/npm/release.h"

struct tree;
struct node;

struct edge {
        struct node *from, *to; /* to NULL: nothing of that name is found */
        uint32_t name;
        const struct dependency *dependency;
        bool conflicted; /* a peer that could not be met, and is let be */
};

struct edge_list {
        struct edge **items;
        size_t count, cap;
};

/* Children by the number of their name. */
struct node_map {
        struct node **slots; /* open addressing; NULL: free */
        size_t count, size;
};

struct node {
        struct tree *tree;
        uint32_t name;                 /* 0: of a root */
        const struct release *release; /* NULL: one that could not be had */
        struct node *parent, *root;
        struct node *source;       /* of a virtual root: the node that it stands for */
        struct node *virtual_root; /* the last one made for this node, or NULL */
        struct edge **edges;       /* in the release's order */
        size_t edge_count;
        struct edge_list in; /* edges that lead here */
        struct node_map children;
        bool link; /* stands for the same package further up; needs nothing */
        bool seen; /* its dependencies have been looked at */
        bool queued;
        bool optional; /* reached over optional edges only; see flags.h */
};

struct tree *tree_new(void);
void tree_free(struct tree *t); /* NULL is fine */

/* Text of a name's number, and back (a new number for a new name). Numbers begin at 1. */
const char *tree_name(const struct tree *t, uint32_t name);
uint32_t tree_number(struct tree *t, const char *name);

/* A root of its own; source: it is a virtual one, with that node's dependencies. */
struct node *node_new_root(struct tree *t, const struct release *r, struct node *source);
/* A node, placed below `parent` (NULL: not yet). It takes the place of one of the same name. */
struct node *node_new(struct tree *t, uint32_t name, const struct release *r, struct node *parent);
struct node *node_new_link(
    struct tree *t, uint32_t name, const struct release *r, struct node *parent);

/* Moves a node, with all below it; what had its name there is taken out. parent NULL: takes it out. */
void node_move(struct node *n, struct node *parent);
/* n takes the place of `old`, and what lies below it. */
void node_replace(struct node *n, struct node *old);

struct node *node_child(const struct node *n, uint32_t name);
struct node *node_resolve(struct node *n, uint32_t name); /* what `n` finds; NULL: nothing */
struct edge *node_edge(const struct node *n, uint32_t name);
bool node_is_below(const struct node *n, const struct node *above); /* or the same */
size_t node_depth(const struct node *n);
/* Names from the root down, with '/' between: what npm sorts nodes by. The caller frees. */
char *node_path(const struct node *n);

/* The same package and version, under the same name. */
bool node_matches(const struct node *a, const struct node *b);

/* All nodes of that name that were ever made; those of one tree are told by their root. */
struct node *const *tree_named(const struct tree *t, uint32_t name, size_t *count);

bool edge_is_peer(const struct edge *e);
bool edge_is_optional(const struct edge *e);
/* Would this node do, wherever it lies? */
bool edge_is_met_by(const struct edge *e, const struct node *n);
/* Leads where it should: met, or optional and nothing there. */
bool edge_is_valid(const struct edge *e);

#endif
