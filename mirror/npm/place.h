/* Placing one dependency in a tree, with the peers that come with it. Private to the npm adapter. */
#ifndef MIRROR_NPM_PLACE_H
#define MIRROR_NPM_PLACE_H

#include "mirror/npm/node_set.h"

enum can_place { CAN_PLACE_CONFLICT, CAN_PLACE_OK, CAN_PLACE_REPLACE, CAN_PLACE_KEEP };

/*
 * One answer to "can this go there?" (npm's CanPlaceDep). Nothing in the tree is changed by
 * asking. It stands for a chain: a package, its peers, their peers.
 */
struct placement {
        struct node *dep;    /* in a virtual tree, its peers beside it */
        struct node *target; /* whose node_modules */
        struct edge *edge;   /* to be met */
        struct placement *parent;
        struct placement *path; /* the dependents on the way here, among peers */
        struct node *current;   /* of that name, in the target */
        bool prefer_shared;
        enum can_place all;  /* with its peers */
        enum can_place self; /* alone */
        bool peers_known;
        enum can_place peers;
};

/* Fills *p; only target, dep, edge, parent, path and prefer_shared are set before. */
void placement_look(struct placement *p);

/* The deepest place where a dependency of `start` of that name can go. */
struct node *deepest_target(struct node *start, uint32_t name);

/* Can `n` take the place of `old` without anybody minding? ignored: peers that are replaced with it. */
bool node_can_replace(const struct node *n, struct node *old, const struct node_map *ignored);

/* What was done to place one dependency (npm's PlaceDep). */
struct placed {
        struct node *dep;
        struct edge *edge;
        struct placed *parent;
        struct placement *can_place; /* NULL: nowhere */
        struct node *node;           /* the new one; NULL: nothing was placed */
        struct placed **children;    /* its peers */
        size_t child_count, child_cap;
        struct node_set evaluate; /* what has to be looked at again */
        struct placement **looks; /* all that were made; owned */
        size_t look_count, look_cap;
};

/* Places it. NULL with ERR_FAILED: peers of the project itself are in conflict. */
struct placed *place(struct node *dep, struct edge *edge, struct placed *parent, struct err *e);
void placed_free(struct placed *p); /* NULL is fine; with its children */

#endif
