/* Sets of nodes in the order in which they came, and the sets that npm forms of a tree. */
#ifndef MIRROR_NPM_NODE_SET_H
#define MIRROR_NPM_NODE_SET_H

#include "mirror/npm/tree.h"

struct node_set {
        struct node **items; /* NULL: taken out since */
        size_t count, cap;
        size_t *table; /* index + 1, open addressing */
        size_t table_size;
};

void node_set_add(struct node_set *s, struct node *n); /* once */
bool node_set_has(const struct node_set *s, const struct node *n);
void node_set_take(struct node_set *s, const struct node *n);
void node_set_release(struct node_set *s); /* accepts the zero value */

/* Edges that count; the rest is as if it were not there. Fields that are zero say nothing. */
struct edge_filter {
        const struct node *not_to, *not_from;
        const struct node_set *not_to_any, *not_from_any;
        bool valid, not_conflicted;
};

/*
 * What `s` depends on, without whatever something outside of that set depends on too
 * (gatherDepSet). The set grows to it.
 */
void node_set_gather(struct node_set *s, const struct edge_filter *filter);

/*
 * A group of packages that are each other's peers, and the edge by which it was asked for.
 */
struct peer_entry {
        struct edge *edge;
        struct node_set peers;
};

/* The groups that a node is in (peerEntrySets); the caller releases. */
struct peer_entries {
        struct peer_entry *items;
        size_t count, cap;
};

void peer_entries_find(struct peer_entries *out, struct node *n);
void peer_entries_release(struct peer_entries *p);

#endif
