#include "mirror/npm/node_set.h"

#include "bundle/mem.h"

static size_t find(const struct node_set *s, const struct node *n)
{
        size_t at = ((uintptr_t)n >> 4) * 0x9e3779b97f4a7c15U >> 20 & (s->table_size - 1);

        while (s->table[at] && s->items[s->table[at] - 1] != n)
                at = (at + 1) & (s->table_size - 1);
        return at;
}

static void grow(struct node_set *s)
{
        free(s->table);
        s->table_size = s->table_size ? 2 * s->table_size : 16;
        s->table = xcalloc(s->table_size, sizeof *s->table);
        for (size_t i = 0; i < s->count; i++)
                if (s->items[i])
                        s->table[find(s, s->items[i])] = i + 1;
}

void node_set_add(struct node_set *s, struct node *n)
{
        size_t at;

        if (2 * (s->count + 1) > s->table_size)
                grow(s);
        at = find(s, n);
        if (s->table[at])
                return;
        s->items = xgrow(s->items, s->count, &s->cap, sizeof *s->items);
        s->items[s->count++] = n;
        s->table[at] = s->count;
}

bool node_set_has(const struct node_set *s, const struct node *n)
{
        return s->table_size && s->table[find(s, n)];
}

/* The slot keeps its number, so that what collided with it is still found. */
void node_set_take(struct node_set *s, const struct node *n)
{
        size_t at = find(s, n);

        if (s->table[at])
                s->items[s->table[at] - 1] = NULL;
}

void node_set_release(struct node_set *s)
{
        free(s->items);
        free(s->table);
        *s = (struct node_set){0};
}

static bool counts(const struct edge *e, const struct edge_filter *f)
{
        return (!f->not_to || e->to != f->not_to) && (!f->not_from || e->from != f->not_from) &&
               (!f->not_to_any || !node_set_has(f->not_to_any, e->to)) &&
               (!f->not_from_any || !node_set_has(f->not_from_any, e->from)) &&
               (!f->valid || edge_is_valid(e)) && (!f->not_conflicted || !e->conflicted);
}

static bool is_needed_outside(
    const struct node_set *s, const struct node *n, const struct edge_filter *f)
{
        for (size_t i = 0; i < n->in.count; i++)
                if (!node_set_has(s, n->in.items[i]->from) && counts(n->in.items[i], f))
                        return true;
        return false;
}

void node_set_gather(struct node_set *s, const struct edge_filter *filter)
{
        bool changed = true;

        for (size_t i = 0; i < s->count; i++) {
                struct node *n = s->items[i];

                for (size_t k = 0; n && k < n->edge_count; k++)
                        if (n->edges[k]->to && counts(n->edges[k], filter))
                                node_set_add(s, n->edges[k]->to);
        }
        while (changed) {
                changed = false;
                for (size_t i = 0; i < s->count; i++)
                        if (s->items[i] && is_needed_outside(s, s->items[i], filter)) {
                                node_set_take(s, s->items[i]);
                                changed = true;
                        }
        }
}

/* -- peers -- */

static void add_peers_of(struct node_set *s, const struct node *n)
{
        for (size_t i = 0; i < n->edge_count; i++) {
                struct edge *e = n->edges[i];

                if (e->to && edge_is_peer(e) && edge_is_valid(e))
                        node_set_add(s, e->to);
        }
}

static void add_peer_dependents_of(struct node_set *s, const struct node *n)
{
        for (size_t i = 0; i < n->in.count; i++)
                if (edge_is_peer(n->in.items[i]) && edge_is_valid(n->in.items[i]))
                        node_set_add(s, n->in.items[i]->from);
}

/* The group that the edge brings in, if the node is part of it. */
static void add_entry(struct peer_entries *out, struct edge *e, const struct node *n)
{
        struct node_set sub = {0};

        node_set_add(&sub, e->to);
        for (size_t i = 0; i < sub.count; i++)
                add_peers_of(&sub, sub.items[i]);
        if (!node_set_has(&sub, n)) {
                node_set_release(&sub);
                return;
        }
        out->items = xgrow(out->items, out->count, &out->cap, sizeof *out->items);
        out->items[out->count++] = (struct peer_entry){e, sub};
}

void peer_entries_find(struct peer_entries *out, struct node *n)
{
        struct node_set all = {0};

        *out = (struct peer_entries){0};
        node_set_add(&all, n);
        for (size_t i = 0; i < all.count; i++) {
                add_peers_of(&all, all.items[i]);
                add_peer_dependents_of(&all, all.items[i]);
        }
        for (size_t i = 0; i < all.count; i++)
                for (size_t k = 0; k < all.items[i]->in.count; k++) {
                        struct edge *e = all.items[i]->in.items[k];

                        if (edge_is_valid(e) && (!edge_is_peer(e) || !e->from->parent))
                                add_entry(out, e, n);
                }
        node_set_release(&all);
}

void peer_entries_release(struct peer_entries *p)
{
        for (size_t i = 0; i < p->count; i++)
                node_set_release(&p->items[i].peers);
        free(p->items);
        *p = (struct peer_entries){0};
}
