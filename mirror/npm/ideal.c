#include "mirror/npm/ideal.h"

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/npm/name.h"
#include "mirror/npm/picks.h"
#include "place.h"

/* A node that waits to be looked at, with what it is sorted by. */
struct waiting {
        struct node *node;
        size_t depth;
        char *path;
};

struct ideal {
        struct tree *tree;
        struct node *root;
        bool (*skip)(void *user, const char *package);
        void *user;
        struct waiting *queue;
        size_t count, cap;
        size_t placed; /* so far, also what was taken out again */
        size_t nested; /* peers of peers of ... */
};

/* A dependency with the node that shall meet it. */
struct task {
        struct edge *edge;
        struct node *dep;
};

struct ideal *ideal_new(
    const struct release *project, bool (*skip)(void *user, const char *package), void *user)
{
        struct ideal *t = xcalloc(1, sizeof *t);

        t->tree = tree_new();
        t->root = node_new_root(t->tree, project, NULL);
        t->skip = skip;
        t->user = user;
        return t;
}

void ideal_free(struct ideal *t)
{
        if (!t)
                return;
        for (size_t i = 0; i < t->count; i++)
                free(t->queue[i].path);
        free(t->queue);
        tree_free(t->tree);
        free(t);
}

struct node *ideal_root(const struct ideal *t)
{
        return t->root;
}

/* -- the queue, a heap: by depth, then by path -- */

static bool goes_before(const struct waiting *a, const struct waiting *b)
{
        return a->depth != b->depth ? a->depth < b->depth : npm_name_collate(a->path, b->path) < 0;
}

static void swap(struct waiting *a, struct waiting *b)
{
        struct waiting w = *a;

        *a = *b;
        *b = w;
}

static void push(struct ideal *t, struct node *n)
{
        size_t i = t->count;

        if (n->queued)
                return;
        n->queued = true;
        t->queue = xgrow(t->queue, t->count, &t->cap, sizeof *t->queue);
        t->queue[t->count++] = (struct waiting){n, node_depth(n), node_path(n)};
        for (; i && goes_before(&t->queue[i], &t->queue[(i - 1) / 2]); i = (i - 1) / 2)
                swap(&t->queue[i], &t->queue[(i - 1) / 2]);
}

static struct node *pop(struct ideal *t)
{
        struct node *n = t->queue[0].node;
        char *path = t->queue[0].path;

        n->queued = false;
        t->queue[0] = t->queue[--t->count];
        for (size_t i = 0, k; (k = 2 * i + 1) < t->count; i = k) {
                k += k + 1 < t->count && goes_before(&t->queue[k + 1], &t->queue[k]);
                if (!goes_before(&t->queue[k], &t->queue[i]))
                        break;
                swap(&t->queue[k], &t->queue[i]);
        }
        free(path);
        return n;
}

/* -- what a dependency is, with its peers, in a tree of its own -- */

static bool has_peers(const struct release *r)
{
        for (size_t i = 0; r && i < r->dependency_count; i++)
                if (r->dependencies[i].type == DEPENDENCY_PEER ||
                    r->dependencies[i].type == DEPENDENCY_PEER_OPTIONAL)
                        return true;
        return false;
}

/*
 * A root that stands for `n` while its dependencies are looked at. Only peers look at the
 * dependencies beside them: without any, the root is an empty one.
 */
static struct node *virtual_root(struct node *n, bool with_dependencies)
{
        n->virtual_root = node_new_root(n->tree, with_dependencies ? n->release : NULL, n);
        return n->virtual_root;
}

static struct node *node_of(struct edge *e, struct node *parent)
{
        const struct npm_request *q = e->dependency->request;

        return node_new(e->from->tree, e->name, q ? q->release : NULL, parent);
}

static int load_peers(struct ideal *t, struct node *n, struct node_set *required, struct err *e);

/* The node for an edge, and its peers beside it. `second`: somebody else who wants it, as advice. */
static struct node *load(struct ideal *t, struct edge *edge, struct node *parent,
    struct edge *second, struct node_set *required, struct err *e)
{
        const struct npm_request *q = edge->dependency->request;
        struct node *first, *other = NULL, *n;

        if (++t->nested > LIMIT_NPM_PEER_DEPTH) {
                err_set(e, ERR_FAILED, "%s: peers of peers, more than %d deep",
                    tree_name(t->tree, edge->name), LIMIT_NPM_PEER_DEPTH);
                return NULL;
        }
        if (!parent)
                parent = virtual_root(edge->from, q && has_peers(q->release));
        first = node_of(edge, parent);
        if (second && !edge_is_valid(second))
                other = node_of(second, parent);
        n = other && edge_is_valid(edge) ? other : first;
        node_move(n, parent);
        if ((node_set_has(required, edge->from) &&
                edge->dependency->type != DEPENDENCY_PEER_OPTIONAL) ||
            (second && node_set_has(required, second->from) &&
                second->dependency->type != DEPENDENCY_PEER_OPTIONAL))
                node_set_add(required, n);
        if (load_peers(t, n, required, e) < 0)
                return NULL;
        t->nested--;
        return n;
}

static int fail_peers(const struct edge *edge, const struct edge *parent_edge, struct err *e)
{
        const struct tree *t = edge->from->tree;
        const struct node *from = edge->from;

        err_set(e, ERR_FAILED, "%s %s wants its peer %s@%s, which cannot be had beside %s%s",
            tree_name(t, from->name), from->release ? from->release->version : "",
            tree_name(t, edge->name), edge->dependency->spec,
            parent_edge ? "the selection's own " : "what others want of ",
            parent_edge ? parent_edge->dependency->spec : tree_name(t, edge->name));
        return -1;
}

/* One peer: 0; -1. */
static int load_peer(
    struct ideal *t, struct node *n, struct edge *edge, struct node_set *required, struct err *e)
{
        struct edge *parent_edge = node_edge(n->parent, edge->name);
        const struct node *source = n->parent->source;
        bool ours = source && !source->parent && !source->source;
        struct node *dep;

        if (!edge->to && !parent_edge)
                return load(t, edge, n->parent, NULL, required, e) ? 0 : -1;
        if (!edge->to) {
                dep = load(t, parent_edge, n->parent, edge, required, e);
                if (!dep)
                        return -1;
                if (edge_is_valid(edge))
                        return 0;
                if (!ours || !node_set_has(required, dep)) {
                        edge->conflicted = true;
                        return 0;
                }
                return n->parent ? fail_peers(edge, parent_edge, e) : 0;
        }
        /* there is one that will not do: would the right one do for the others as well? */
        dep = load(t, edge, NULL, NULL, required, e);
        if (!dep)
                return -1;
        if (edge->to && node_can_replace(dep, edge->to, NULL))
                return load(t, edge, n->parent, NULL, required, e) ? 0 : -1;
        if (!ours || !node_set_has(required, edge->from))
                return 0;
        return fail_peers(edge, parent_edge, e);
}

static int by_name(const void *a, const void *b)
{
        const struct edge *const *x = a, *const *y = b;

        return npm_name_collate((*x)->dependency->name, (*y)->dependency->name);
}

static int load_peers(struct ideal *t, struct node *n, struct node_set *required, struct err *e)
{
        struct edge **peers = xcalloc(n->edge_count, sizeof(struct edge *));
        size_t count = 0;
        int ret = 0;

        for (size_t i = 0; i < n->edge_count; i++) {
                struct edge *edge = n->edges[i];

                if (edge_is_peer(edge) && !(edge->to && edge_is_valid(edge)) &&
                    !(t->skip && t->skip(t->user, edge->dependency->name)))
                        peers[count++] = edge;
        }
        if (count)
                qsort(peers, count, sizeof *peers, by_name);
        for (size_t i = 0; ret == 0 && i < count; i++) {
                if (!n->parent)
                        break; /* a better one came in its place */
                if (!(peers[i]->to && edge_is_valid(peers[i])))
                        ret = load_peer(t, n, peers[i], required, e);
        }
        free(peers);
        return ret;
}

/* -- one node: its dependencies that are not met, each placed -- */

static bool is_problem(const struct ideal *t, const struct edge *e)
{
        if (e->dependency->bundled || e->conflicted ||
            (t->skip && t->skip(t->user, e->dependency->name)))
                return false;
        if (!e->to)
                return e->dependency->type != DEPENDENCY_PEER_OPTIONAL;
        return e->to->release && !edge_is_valid(e);
}

/* One that lies somewhere in the tree and would do, nearest to the root first. */
static struct node *find_hoistable(struct node *top, const struct edge *e)
{
        struct node_set queue = {0};
        struct node *found = NULL;

        node_set_add(&queue, top);
        for (size_t i = 0; !found && i < queue.count; i++) {
                struct node *n = queue.items[i];

                if (i && edge_is_met_by(e, n) && n->root == top->root)
                        found = n;
                for (size_t k = 0; k < n->children.size; k++)
                        if (n->children.slots[k])
                                node_set_add(&queue, n->children.slots[k]);
        }
        node_set_release(&queue);
        return found;
}

/* The node to place for an edge; NULL: failed. */
static struct node *candidate(struct ideal *t, struct node *n, struct edge *edge, struct err *e)
{
        struct node *root = n->virtual_root, *dep;
        struct edge *there = root ? node_edge(root, edge->name) : NULL;
        struct node_set required = {0};

        if (there && there->to && edge_is_valid(there) && edge_is_met_by(edge, there->to))
                return there->to;
        if (edge->dependency->type == DEPENDENCY_PEER_OPTIONAL) {
                dep = find_hoistable(edge->from->parent ? edge->from->parent : edge->from, edge);
                if (dep)
                        return dep;
        }
        if (edge_is_peer(edge) && (!root || !root->edge_count))
                root = virtual_root(n, true);
        node_set_add(&required, edge->from);
        t->nested = 0;
        dep = load(t, edge, edge_is_peer(edge) ? root : NULL, NULL, &required, e);
        node_set_release(&required);
        return dep;
}

/* Whoever is no longer served by what was found before looks again. */
static void push_unserved(struct ideal *t, const struct placed *p)
{
        for (size_t i = 0; i < p->node->in.count; i++) {
                struct edge *in = p->node->in.items[i];

                if (in == p->edge || in->conflicted || edge_is_valid(in))
                        continue;
                in->from->seen = false;
                push(t, in->from);
        }
}

static void follow_up(struct ideal *t, const struct placed *p)
{
        if (p->node) {
                t->placed++;
                push_unserved(t, p);
                push(t, p->node);
                for (size_t i = 0; i < p->evaluate.count; i++) {
                        p->evaluate.items[i]->seen = false;
                        push(t, p->evaluate.items[i]);
                }
        }
        for (size_t i = 0; i < p->child_count; i++)
                follow_up(t, p->children[i]);
}

static int by_task_name(const void *a, const void *b)
{
        const struct task *x = a, *y = b;

        return npm_name_collate(x->edge->dependency->name, y->edge->dependency->name);
}

static int place_all(struct ideal *t, struct task *tasks, size_t count, struct err *e)
{
        if (count)
                qsort(tasks, count, sizeof *tasks, by_task_name);
        for (size_t i = 0; i < count; i++) {
                struct placed *p = place(tasks[i].dep, tasks[i].edge, NULL, e);

                if (!p)
                        return -1;
                follow_up(t, p);
                placed_free(p);
        }
        if (t->placed > LIMIT_NPM_TREE)
                return err_set(e, ERR_FAILED, "more than %d packages in one tree", LIMIT_NPM_TREE);
        return 0;
}

static int look_at(struct ideal *t, struct node *n, struct err *e)
{
        struct task *tasks = xcalloc(n->edge_count, sizeof *tasks);
        size_t count = 0;
        int ret = -1;

        for (size_t i = 0; i < n->edge_count; i++) {
                if (!is_problem(t, n->edges[i]))
                        continue;
                tasks[count].edge = n->edges[i];
                tasks[count].dep = candidate(t, n, n->edges[i], e);
                if (!tasks[count++].dep)
                        goto out;
        }
        ret = place_all(t, tasks, count, e);
out:
        free(tasks);
        return ret;
}

int ideal_build(struct ideal *t, struct err *e)
{
        push(t, t->root);
        while (t->count) {
                struct node *n = pop(t);

                if (n->seen || n->root != t->root || (n->release && n->release->shrinkwrapped))
                        continue;
                n->seen = true;
                if (look_at(t, n, e) < 0)
                        return -1;
        }
        return 0;
}
