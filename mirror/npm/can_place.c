#include "place.h"

#include "bundle/mem.h"

struct node *deepest_target(struct node *start, uint32_t name)
{
        struct node *target;

        for (target = start; target->parent; target = target->parent) {
                struct edge *e = node_edge(target, name);

                if (!e || !edge_is_peer(e))
                        break;
        }
        return target;
}

bool node_can_replace(const struct node *n, struct node *old, const struct node_map *ignored)
{
        struct edge_filter filter = {.not_to = old, .valid = true};
        struct node_set own = {0};
        bool can = n->name == old->name && n->release && old->release &&
                   strcmp(n->release->package, old->release->package) == 0;

        if (!can)
                return false;
        node_set_add(&own, old);
        node_set_gather(&own, &filter);
        for (size_t i = 0; can && i < old->in.count; i++) {
                struct edge *e = old->in.items[i];

                if (ignored && old->parent && e->from->parent == old->parent && edge_is_peer(e)) {
                        bool among = false;

                        for (size_t k = 0; k < ignored->size; k++)
                                among = among || (ignored->slots[k] &&
                                                     ignored->slots[k]->name == e->from->name);
                        if (among)
                                continue;
                }
                if (!node_set_has(&own, e->from) && !edge_is_met_by(e, n))
                        can = false;
        }
        node_set_release(&own);
        return can;
}

static struct node *deepest_of(const struct placement *p)
{
        return deepest_target(p->parent ? deepest_of(p->parent) : p->edge->from, p->edge->name);
}

static struct edge *entry_edge(const struct placement *p)
{
        while (p->parent)
                p = p->parent;
        return p->edge;
}

static bool on_path(const struct placement *p, const struct node *n)
{
        for (; p; p = p->path)
                if (p->dep == n)
                        return true;
        return false;
}

/* Alone it can; can its peers go there, or above, as well? */
static enum can_place look_at_peers(struct placement *p, enum can_place state)
{
        p->self = state;
        if (p->peers_known)
                return p->peers;
        p->peers = state;
        for (size_t i = 0; i < p->dep->edge_count; i++) {
                struct edge *e = p->dep->edges[i];
                struct placement peer = {.dep = e->to, .edge = e, .parent = p, .path = p};

                if (!edge_is_peer(e) || !e->to || on_path(p, e->to))
                        continue;
                peer.target = deepest_target(p->target, e->name);
                peer.prefer_shared = true;
                placement_look(&peer);
                if (peer.all == CAN_PLACE_CONFLICT)
                        p->peers = CAN_PLACE_CONFLICT;
        }
        p->peers_known = true;
        return p->peers;
}

/* Would the new group do for everything that the old one's members need as peers? */
static bool can_clobber(struct node *entry, const struct node *group)
{
        struct node_set walk = {0};
        bool can = true;

        node_set_add(&walk, entry);
        for (size_t i = 0; can && i < walk.count; i++)
                for (size_t k = 0; can && k < walk.items[i]->edge_count; k++) {
                        struct edge *e = walk.items[i]->edges[k];
                        struct node *instead;

                        if (!edge_is_peer(e) || !edge_is_valid(e))
                                continue;
                        instead = node_child(group, e->name);
                        if (!instead && e->to)
                                node_set_add(&walk, e->to);
                        else if (instead)
                                can = edge_is_met_by(e, instead);
                }
        node_set_release(&walk);
        return can;
}

/* Can a group that is in the way move deeper, or be replaced as a whole? */
static bool group_gives_way(const struct placement *p, const struct peer_entry *entry)
{
        struct node *node = entry->edge->to, *group = p->dep->parent;
        struct node *instead = node_child(group, node->name);

        if (instead ? node_can_replace(instead, node, &group->children) : can_clobber(node, group))
                return true;
        for (size_t i = 0; i < entry->peers.count; i++) {
                struct node *deep = deepest_target(entry->edge->from, entry->peers.items[i]->name);

                if (deep == p->target || node_is_below(p->target, deep))
                        return false;
        }
        return true;
}

static bool groups_give_way(const struct placement *p)
{
        struct peer_entries entries;
        bool all = true;

        peer_entries_find(&entries, p->current);
        for (size_t i = 0; all && i < entries.count; i++)
                if (entries.items[i].edge != p->edge && entries.items[i].edge != entry_edge(p))
                        all = group_gives_way(p, &entries.items[i]);
        peer_entries_release(&entries);
        return all;
}

/* One of that name is in the target already. */
static enum can_place look_at_current(struct placement *p)
{
        const struct release *is = p->current->release, *will = p->dep->release;
        bool met = edge_is_met_by(p->edge, p->current),
             overridden = !edge_is_met_by(p->edge, p->dep);
        bool newer = is && is->readable && will && will->readable &&
                     semver_compare(&will->semver, &is->semver) >= 0;

        if (node_matches(p->dep, p->current) && (met || overridden))
                return CAN_PLACE_KEEP;
        if (newer && node_can_replace(p->dep, p->current, NULL)) {
                enum can_place r = look_at_peers(p, CAN_PLACE_REPLACE);

                if (r != CAN_PLACE_CONFLICT)
                        return r;
        }
        if (met)
                return CAN_PLACE_KEEP;
        if (p->prefer_shared && !newer && node_can_replace(p->dep, p->current, NULL)) {
                enum can_place r = look_at_peers(p, CAN_PLACE_REPLACE);

                if (r != CAN_PLACE_CONFLICT)
                        return r;
        }
        /* what could go deeper leaves alone what is here */
        if (p->target != deepest_of(p))
                return CAN_PLACE_CONFLICT;
        if (!edge_is_peer(p->edge) && p->target == p->edge->from)
                return look_at_peers(p, CAN_PLACE_REPLACE);
        if (!p->parent && !edge_is_peer(p->edge))
                return CAN_PLACE_CONFLICT;
        return groups_give_way(p) ? look_at_peers(p, CAN_PLACE_REPLACE) : CAN_PLACE_CONFLICT;
}

/* None is there; but somebody below may find one further up, which this one would hide. */
static enum can_place look_at_nothing(struct placement *p)
{
        struct node *above =
            p->target != entry_edge(p)->from ? node_resolve(p->target, p->edge->name) : NULL;

        for (size_t i = 0; above && i < above->in.count; i++) {
                struct edge *e = above->in.items[i];

                if (node_is_below(e->from, p->target) && edge_is_valid(e) &&
                    !edge_is_met_by(e, p->dep))
                        return CAN_PLACE_CONFLICT;
        }
        return look_at_peers(p, CAN_PLACE_OK);
}

static enum can_place look(struct placement *p)
{
        struct edge *own = node_edge(p->target, p->edge->name);

        if (!p->dep->release) /* it will be dropped, or end it all */
                return p->current ? CAN_PLACE_REPLACE : CAN_PLACE_OK;
        if (own && edge_is_peer(own) && p->target->parent)
                return CAN_PLACE_CONFLICT;
        if (!p->current && own && !edge_is_met_by(own, p->dep) && own != p->edge)
                return CAN_PLACE_CONFLICT;
        return p->current ? look_at_current(p) : look_at_nothing(p);
}

void placement_look(struct placement *p)
{
        p->prefer_shared = p->prefer_shared || edge_is_peer(p->edge);
        p->current = node_child(p->target, p->edge->name);
        p->self = CAN_PLACE_CONFLICT;
        p->all = look(p);
        if (p->self == CAN_PLACE_CONFLICT)
                p->self = p->all;
}
