#include "place.h"

#include "bundle/mem.h"

static struct node *start_of(const struct placed *p)
{
        return deepest_target(p->parent ? start_of(p->parent) : p->edge->from, p->edge->name);
}

static bool from_project(const struct peer_entries *entries)
{
        for (size_t i = 0; i < entries->count; i++)
                if (!entries->items[i].edge->from->parent)
                        return true;
        return false;
}

/* Is it the project's own dependency, so that a conflict is the project's to solve? */
static bool is_projects_own(const struct placed *p)
{
        struct peer_entries entries;
        const struct node *from;
        bool own = false, peers = false;

        while (p->parent)
                p = p->parent;
        from = p->edge->from;
        if (!from->parent)
                return true;
        if (!edge_is_peer(p->edge))
                return false;
        for (size_t i = 0; i < from->in.count; i++) {
                if (edge_is_peer(from->in.items[i]))
                        peers = true;
                else if (!from->in.items[i]->from->parent)
                        return true;
        }
        if (!peers)
                return false;
        peer_entries_find(&entries, p->edge->from);
        own = from_project(&entries);
        peer_entries_release(&entries);
        return own;
}

static const char *version_of(const struct node *n)
{
        return n && n->release ? n->release->version : "(none)";
}

static int fail_conflict(const struct placed *p, struct err *e)
{
        const struct edge *edge = p->edge;
        const struct node *from = edge->from, *there = node_resolve(edge->from, edge->name);

        return err_set(e, ERR_FAILED,
            "%s %s wants %s%s@%s beside it, and %s %s is there for others",
            from->parent ? tree_name(from->tree, from->name) : "the selection",
            from->parent ? version_of(from) : "", edge_is_peer(edge) ? "its peer " : "",
            tree_name(from->tree, edge->name), edge->dependency->spec,
            tree_name(from->tree, edge->name), version_of(there));
}

/* -- where -- */

/* Walks up from the deepest place as long as the dependency and its peers can go there. */
static void find_place(struct placed *p)
{
        struct placement *self = NULL;

        for (struct node *target = start_of(p); target; target = target->parent) {
                struct edge *own = node_edge(target, p->edge->name);
                struct placement *look;

                if (target->parent && own && edge_is_peer(own))
                        continue;
                look = xcalloc(1, sizeof *look);
                p->looks = xgrow(p->looks, p->look_count, &p->look_cap, sizeof(struct placement *));
                p->looks[p->look_count++] = look;
                look->dep = p->dep;
                look->edge = p->edge;
                look->target = target;
                look->parent = p->parent ? p->parent->can_place : NULL;
                placement_look(look);
                if (look->self != CAN_PLACE_CONFLICT)
                        self = look;
                if (look->all == CAN_PLACE_CONFLICT)
                        break;
                p->can_place = look;
                if (!p->dep->release)
                        break;
        }
        /* peers in conflict: the dependency itself may go where it can */
        if (!p->can_place && !is_projects_own(p))
                p->can_place = self;
}

/* -- pruning -- */

static void take_out(const struct node_set *s)
{
        for (size_t i = 0; i < s->count; i++)
                if (s->items[i])
                        node_move(s->items[i], NULL);
}

/* Would all who use it find one further up that does as well? */
static bool is_needless(struct node *n)
{
        struct node *other;
        int d;

        if (!n->parent || !n->parent->parent)
                return false;
        if (n->in.count == 0)
                return true;
        other = node_resolve(n->parent->parent, n->name);
        if (!other)
                return false;
        if (node_matches(other, n))
                return true;
        if (!node_can_replace(other, n, NULL))
                return false;
        d = semver_compare(&other->release->semver, &n->release->semver);
        return d >= 0;
}

static int by_name(const void *a, const void *b)
{
        const struct node *const *x = a, *const *y = b;

        return strcmp(tree_name((*x)->tree, (*x)->name), tree_name((*y)->tree, (*y)->name));
}

static struct node **children_of(const struct node *n, size_t *count)
{
        struct node **list = xcalloc(n->children.count, sizeof(struct node *));

        *count = 0;
        for (size_t i = 0; i < n->children.size; i++)
                if (n->children.slots[i])
                        list[(*count)++] = n->children.slots[i];
        if (*count)
                qsort(list, *count, sizeof *list, by_name);
        return list;
}

static void prune_needless(struct node *n, bool descend)
{
        size_t count;
        struct node **list;

        if (is_needless(n)) {
                struct edge_filter filter = {.not_to = n, .valid = true};
                struct node_set s = {0};

                node_set_add(&s, n);
                node_set_gather(&s, &filter);
                take_out(&s);
                node_set_release(&s);
                return;
        }
        if (!descend)
                return;
        list = children_of(n, &count);
        for (size_t i = 0; i < count; i++)
                prune_needless(list[i], true);
        free(list);
}

/* What the new node makes needless deeper in the tree. */
static void prune_below(const struct placed *p, struct node *target)
{
        size_t count, kid_count;
        struct node *const *named = tree_named(target->tree, p->edge->name, &count);

        for (size_t i = 0; i < count; i++) {
                struct node *n = named[i], **kids;

                if (n->root != target->root || !n->parent || !node_is_below(n, target))
                        continue;
                prune_needless(n, false);
                if (n->root != target->root)
                        continue;
                kids = children_of(n, &kid_count);
                for (size_t k = 0; k < kid_count; k++)
                        prune_needless(kids[k], false);
                free(kids);
        }
}

/* -- replacing -- */

/* Peer groups at this level that the new node does not suit: to be placed again, deeper. */
static void gather_unsuited(
    struct placed *p, struct node *old, const struct node *target, struct node_set *out)
{
        for (size_t i = 0; i < old->in.count; i++) {
                struct edge *e = old->in.items[i];
                struct peer_entries entries;

                if (edge_is_met_by(e, p->node) || !edge_is_peer(e) || e->from->parent != target ||
                    e->conflicted)
                        continue;
                peer_entries_find(&entries, e->from);
                for (size_t k = 0; k < entries.count; k++) {
                        struct edge *entry = entries.items[k].edge;
                        struct node *node = entry->to;
                        struct edge_filter filter = {.not_to = node, .not_conflicted = true};
                        struct node_set s = {0};

                        if (deepest_target(node, node->name) == target || !entry->from->parent) {
                                e->conflicted = true;
                                continue;
                        }
                        node_set_add(&s, node);
                        node_set_gather(&s, &filter);
                        for (size_t j = 0; j < s.count; j++)
                                if (s.items[j])
                                        node_set_add(out, s.items[j]);
                        node_set_release(&s);
                }
                peer_entries_release(&entries);
        }
}

/* Of what the old node depended on and the new one does not, that which nobody else needs. */
static void gather_orphans(const struct placed *p, const struct node *old, struct node_set *out)
{
        for (size_t i = 0; i < old->edge_count; i++) {
                struct edge *e = old->edges[i];
                struct edge_filter filter = {.not_to = e->to};
                struct node_set s = {0};

                if (!e->to || node_edge(p->node, e->name))
                        continue;
                node_set_add(&s, e->to);
                node_set_gather(&s, &filter);
                for (size_t k = 0; k < s.count; k++)
                        if (s.items[k])
                                node_set_add(out, s.items[k]);
                node_set_release(&s);
        }
}

static void prune_replaced(struct node *n, const struct node_set *orphans)
{
        struct edge_filter filter = {.not_from = n, .not_to = n, .valid = true};
        struct node_set all = {0};

        for (size_t i = 0; i < n->edge_count; i++)
                if (n->edges[i]->to && !edge_is_valid(n->edges[i]))
                        node_set_add(&all, n->edges[i]->to);
        for (size_t i = 0; i < orphans->count; i++) {
                struct edge_filter own = {.not_to = orphans->items[i], .valid = true};
                struct node_set s = {0};

                node_set_add(&s, orphans->items[i]);
                node_set_gather(&s, &own);
                for (size_t k = 0; k < s.count; k++)
                        if (s.items[k])
                                node_set_add(&all, s.items[k]);
                node_set_release(&s);
        }
        node_set_gather(&all, &filter);
        take_out(&all);
        node_set_release(&all);
}

static void replace(struct placed *p, struct node *old)
{
        const struct node *target = old->parent;
        struct node_set orphans = {0}, unsuited = {0};

        gather_orphans(p, old, &orphans);
        gather_unsuited(p, old, target, &unsuited);
        node_replace(p->node, old);
        prune_replaced(p->node, &orphans);
        for (size_t i = 0; i < unsuited.count; i++) {
                struct node *n = unsuited.items[i];

                for (size_t k = 0; k < n->in.count; k++)
                        node_set_add(&p->evaluate, n->in.items[k]->from);
                node_move(n, NULL);
        }
        node_set_release(&orphans);
        node_set_release(&unsuited);
}

/* -- placing -- */

/* What the package needs beside it, as far as it has not found it there. */
static int place_peers(struct placed *p, struct err *e)
{
        struct node *group = p->dep->parent;

        for (size_t i = 0; i < p->node->edge_count; i++) {
                struct edge *edge = p->node->edges[i];
                struct node *peer;
                struct placed *child;

                if (!edge_is_peer(edge) || edge->conflicted || edge_is_valid(edge))
                        continue;
                peer = node_child(group, edge->name);
                if (!peer || !edge_is_met_by(edge, peer))
                        continue;
                child = place(peer, edge, p, e);
                if (!child)
                        return -1;
                p->children =
                    xgrow(p->children, p->child_count, &p->child_cap, sizeof(struct placed *));
                p->children[p->child_count++] = child;
        }
        return 0;
}

static int put(struct placed *p, struct err *e)
{
        struct node *target = p->can_place->target, *old = node_child(target, p->edge->name);

        /* a circle that never ends is closed by a link to where it began */
        for (struct node *n = target; n->parent; n = n->parent)
                if (node_matches(n, p->dep)) {
                        p->node = node_new_link(target->tree, p->edge->name, n->release, target);
                        return 0;
                }
        p->node = node_new(target->tree, p->dep->name, p->dep->release, old ? NULL : target);
        if (old)
                replace(p, old);
        if (edge_is_peer(p->edge) && !edge_is_met_by(p->edge, p->node))
                p->edge->conflicted = true;
        if (p->edge->to && p->edge->to != p->node && edge_is_valid(p->edge))
                prune_needless(p->edge->to, false);
        prune_below(p, target);
        return place_peers(p, e);
}

struct placed *place(struct node *dep, struct edge *edge, struct placed *parent, struct err *e)
{
        struct placed *p = xcalloc(1, sizeof *p);
        enum can_place how;

        *p = (struct placed){.dep = dep, .edge = edge, .parent = parent};
        if (edge->to && edge_is_valid(edge))
                return p;
        find_place(p);
        if (!p->can_place) {
                if (is_projects_own(p)) {
                        fail_conflict(p, e);
                        placed_free(p);
                        return NULL;
                }
                edge->conflicted = true;
                return p;
        }
        how = p->can_place->all == CAN_PLACE_CONFLICT ? p->can_place->self : p->can_place->all;
        if (how == CAN_PLACE_KEEP) {
                if (edge_is_peer(edge) && !edge_is_valid(edge))
                        edge->conflicted = true;
                prune_needless(p->can_place->target, true);
                return p;
        }
        if (put(p, e) == 0)
                return p;
        placed_free(p);
        return NULL;
}

void placed_free(struct placed *p)
{
        if (!p)
                return;
        for (size_t i = 0; i < p->child_count; i++)
                placed_free(p->children[i]);
        for (size_t i = 0; i < p->look_count; i++)
                free(p->looks[i]);
        node_set_release(&p->evaluate);
        free(p->children);
        free(p->looks);
        free(p);
}
