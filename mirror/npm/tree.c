#include "mirror/npm/tree.h"

#include "bundle/mem.h"
#include "mirror/intern.h"
#include "mirror/npm/picks.h"

struct node_list {
        struct node **items;
        size_t count, cap;
};

struct tree {
        struct intern names;
        struct node_list all;
        struct node_list *nodes; /* by name */
        struct edge_list *edges; /* by name */
        size_t node_cap, edge_cap;
};

struct tree *tree_new(void)
{
        struct tree *t = xcalloc(1, sizeof *t);

        tree_number(t, ""); /* of roots */
        return t;
}

static void node_free(struct node *n)
{
        for (size_t i = 0; i < n->edge_count; i++)
                free(n->edges[i]);
        free(n->edges);
        free(n->in.items);
        free(n->children.slots);
        free(n);
}

void tree_free(struct tree *t)
{
        if (!t)
                return;
        for (size_t i = 0; i < t->all.count; i++)
                node_free(t->all.items[i]);
        for (size_t i = 0; i < t->names.count; i++) {
                free(t->nodes[i].items);
                free(t->edges[i].items);
        }
        free(t->all.items);
        free(t->nodes);
        free(t->edges);
        intern_release(&t->names);
        free(t);
}

const char *tree_name(const struct tree *t, uint32_t name)
{
        return t->names.texts[name];
}

uint32_t tree_number(struct tree *t, const char *name)
{
        size_t before = t->names.count;
        uint32_t number = intern_put(&t->names, name);

        if (t->names.count > before) {
                t->nodes = xgrow(t->nodes, before, &t->node_cap, sizeof *t->nodes);
                t->edges = xgrow(t->edges, before, &t->edge_cap, sizeof *t->edges);
                t->nodes[number] = (struct node_list){0};
                t->edges[number] = (struct edge_list){0};
        }
        return number;
}

struct node *const *tree_named(const struct tree *t, uint32_t name, size_t *count)
{
        *count = t->nodes[name].count;
        return t->nodes[name].items;
}

/* -- children -- */

static size_t slot_of(const struct node_map *m, uint32_t name)
{
        size_t at = (name * 2654435761U) & (m->size - 1);

        while (m->slots[at] && m->slots[at]->name != name)
                at = (at + 1) & (m->size - 1);
        return at;
}

struct node *node_child(const struct node *n, uint32_t name)
{
        return n->children.size ? n->children.slots[slot_of(&n->children, name)] : NULL;
}

static void map_resize(struct node_map *m, size_t size)
{
        struct node_map old = *m;

        m->size = size;
        m->slots = xcalloc(size, sizeof *m->slots);
        for (size_t i = 0; i < old.size; i++)
                if (old.slots[i])
                        m->slots[slot_of(m, old.slots[i]->name)] = old.slots[i];
        free(old.slots);
}

static void map_put(struct node_map *m, struct node *n)
{
        if (2 * (m->count + 1) > m->size)
                map_resize(m, m->size ? 2 * m->size : 8);
        m->slots[slot_of(m, n->name)] = n;
        m->count++;
}

static void map_take(struct node_map *m, const struct node *n)
{
        m->slots[slot_of(m, n->name)] = NULL;
        m->count--;
        map_resize(m, m->size); /* what collided with it moves up */
}

/* -- edges -- */

static void list_add(struct edge_list *l, struct edge *e)
{
        l->items = xgrow(l->items, l->count, &l->cap, sizeof *l->items);
        l->items[l->count++] = e;
}

static void list_take(struct edge_list *l, const struct edge *e)
{
        size_t i = 0;

        while (i < l->count && l->items[i] != e)
                i++;
        if (i == l->count)
                return;
        memmove(&l->items[i], &l->items[i + 1], (--l->count - i) * sizeof *l->items);
}

static void edge_reload(struct edge *e)
{
        struct node *to = node_resolve(e->from, e->name);

        if (to == e->to)
                return;
        if (e->to)
                list_take(&e->to->in, e);
        e->to = to;
        if (to)
                list_add(&to->in, e);
}

/* Everything at or below `top` that needs the name looks again. */
static void reload_named(struct node *top, uint32_t name)
{
        struct edge_list *l = &top->tree->edges[name];

        for (size_t i = 0; i < l->count; i++)
                if (l->items[i]->from->root == top->root && node_is_below(l->items[i]->from, top))
                        edge_reload(l->items[i]);
}

bool edge_is_peer(const struct edge *e)
{
        return e->dependency->type == DEPENDENCY_PEER ||
               e->dependency->type == DEPENDENCY_PEER_OPTIONAL;
}

bool edge_is_optional(const struct edge *e)
{
        return e->dependency->type == DEPENDENCY_OPTIONAL ||
               e->dependency->type == DEPENDENCY_PEER_OPTIONAL;
}

bool edge_is_met_by(const struct edge *e, const struct node *n)
{
        const struct release *r = n->release;

        return n->name == e->name && e->dependency->request &&
               npm_spec_is_met(&e->dependency->request->spec, r && r->readable ? &r->semver : NULL);
}

bool edge_is_valid(const struct edge *e)
{
        if (!e->to)
                return edge_is_optional(e);
        /* a peer is no use inside of the package that needs it */
        if (edge_is_peer(e) && e->from == e->to->parent && e->from->parent)
                return false;
        return edge_is_met_by(e, e->to);
}

struct edge *node_edge(const struct node *n, uint32_t name)
{
        for (size_t i = 0; i < n->edge_count; i++)
                if (n->edges[i]->name == name)
                        return n->edges[i];
        return NULL;
}

/* -- nodes -- */

static struct node *make(struct tree *t, uint32_t name, const struct release *r)
{
        struct node *n = xcalloc(1, sizeof *n);
        struct node_list *named = &t->nodes[name];

        n->tree = t;
        n->name = name;
        n->release = r;
        n->root = n;
        t->all.items = xgrow(t->all.items, t->all.count, &t->all.cap, sizeof *t->all.items);
        t->all.items[t->all.count++] = n;
        if (name) {
                named->items = xgrow(named->items, named->count, &named->cap, sizeof *named->items);
                named->items[named->count++] = n;
        }
        return n;
}

static void make_edges(struct node *n)
{
        const struct release *r = n->release;
        size_t count = r ? r->dependency_count : 0;

        n->edges = xcalloc(count, sizeof(struct edge *));
        for (size_t i = 0; i < count; i++) {
                struct edge *e = xcalloc(1, sizeof *e);

                *e = (struct edge){.from = n,
                    .name = tree_number(n->tree, r->dependencies[i].name),
                    .dependency = &r->dependencies[i]};
                n->edges[n->edge_count++] = e;
                list_add(&n->tree->edges[e->name], e);
                edge_reload(e);
        }
}

struct node *node_new_root(struct tree *t, const struct release *r, struct node *source)
{
        struct node *n = make(t, 0, r);

        n->source = source;
        make_edges(n);
        return n;
}

struct node *node_new(struct tree *t, uint32_t name, const struct release *r, struct node *parent)
{
        struct node *n = make(t, name, r);

        if (parent)
                node_move(n, parent);
        make_edges(n);
        return n;
}

struct node *node_new_link(
    struct tree *t, uint32_t name, const struct release *r, struct node *parent)
{
        struct node *n = make(t, name, r);

        n->link = true;
        node_move(n, parent);
        return n;
}

static void set_root(struct node *n, struct node *root)
{
        n->root = root;
        for (size_t i = 0; i < n->children.size; i++)
                if (n->children.slots[i])
                        set_root(n->children.slots[i], root);
}

/* What crosses from one tree into another, or found nothing where it was, looks again. */
static void reload_crossing(struct node *n)
{
        struct edge_list in = n->in;

        in.items = xcalloc(in.count, sizeof(struct edge *));
        for (size_t i = 0; i < in.count; i++)
                in.items[i] = n->in.items[i];
        for (size_t i = 0; i < in.count; i++)
                if (in.items[i]->from->root != n->root)
                        edge_reload(in.items[i]);
        free(in.items);
        for (size_t i = 0; i < n->edge_count; i++)
                edge_reload(n->edges[i]);
        for (size_t i = 0; i < n->children.size; i++)
                if (n->children.slots[i])
                        reload_crossing(n->children.slots[i]);
}

static void detach(struct node *n)
{
        struct node *parent = n->parent;

        if (!parent)
                return;
        map_take(&parent->children, n);
        n->parent = NULL;
        set_root(n, n);
        reload_crossing(n);
        reload_named(parent, n->name);
}

void node_move(struct node *n, struct node *parent)
{
        struct node *there;

        if (n->parent == parent)
                return;
        detach(n);
        if (!parent)
                return;
        there = node_child(parent, n->name);
        if (there)
                detach(there);
        map_put(&parent->children, n);
        n->parent = parent;
        set_root(n, parent->root);
        reload_named(parent, n->name);
        reload_crossing(n);
}

void node_replace(struct node *n, struct node *old)
{
        struct node *parent = old->parent;
        size_t size = old->children.size;
        struct node **kids = xcalloc(size, sizeof(struct node *));

        for (size_t i = 0; i < size; i++)
                kids[i] = old->children.slots[i];
        for (size_t i = 0; i < size; i++)
                if (kids[i])
                        node_move(kids[i], n);
        free(kids);
        node_move(n, parent);
}

struct node *node_resolve(struct node *n, uint32_t name)
{
        for (; n; n = n->parent) {
                struct node *child = node_child(n, name);

                if (child)
                        return child;
        }
        return NULL;
}

bool node_is_below(const struct node *n, const struct node *above)
{
        for (; n; n = n->parent)
                if (n == above)
                        return true;
        return false;
}

size_t node_depth(const struct node *n)
{
        size_t depth = 0;

        for (; n->parent; n = n->parent)
                depth++;
        return depth;
}

char *node_path(const struct node *n)
{
        char *path = xstrdup("");

        for (; n->parent; n = n->parent) {
                char *longer = xasprintf("/node_modules/%s%s", tree_name(n->tree, n->name), path);

                free(path);
                path = longer;
        }
        return path;
}

bool node_matches(const struct node *a, const struct node *b)
{
        return a == b ||
               (a->name == b->name && a->link == b->link && a->release && a->release == b->release);
}
