#include "closure_walk.h"

#include "bundle/limit.h"
#include "bundle/mem.h"

struct walk {
        struct universe *u;
        bool recommends;
        unsigned char *marked; /* by package */
        unsigned char
            *certain;      /* by package: a root, or needed by a certain one without a choice */
        uint32_t *blocked; /* by package: how many marked ones conflict with it */
        Queue trail;       /* marked packages */
        Queue roots;
        uint64_t steps;
};

struct walk *walk_new(struct universe *u, bool recommends)
{
        struct walk *w = xcalloc(1, sizeof *w);

        w->u = u;
        w->recommends = recommends;
        w->marked = xcalloc(universe_end(u), 1);
        w->certain = xcalloc(universe_end(u), 1);
        w->blocked = xcalloc(universe_end(u), sizeof *w->blocked);
        queue_init(&w->trail);
        queue_init(&w->roots);
        return w;
}

void walk_free(struct walk *w)
{
        if (!w)
                return;
        queue_free(&w->trail);
        queue_free(&w->roots);
        free(w->marked);
        free(w->certain);
        free(w->blocked);
        free(w);
}

const Queue *walk_marked(const struct walk *w)
{
        return &w->trail;
}

Id walk_alternative(const struct universe *u, Id *relation)
{
        Id first = *relation;
        const Reldep *d = universe_reldep(u, first);

        if (!d || d->flags != REL_OR) {
                *relation = 0;
                return first;
        }
        *relation = d->evr;
        return d->name;
}

static Id relation_name(const struct universe *u, Id relation)
{
        const Reldep *d = universe_reldep(u, relation);

        return d ? d->name : relation;
}

/* apt's order of several packages that satisfy a relation (CompareProviders). */
static bool goes_before(const struct universe *u, Id name, Id a, Id b)
{
        const struct universe_package *x = &u->packages[a], *y = &u->packages[b];
        bool real_a = pool_id2solvable(u->pool, a)->name == name;
        bool real_b = pool_id2solvable(u->pool, b)->name == name;

        if (real_a != real_b)
                return real_a;
        if (x->essential != y->essential)
                return x->essential;
        if (x->priority != y->priority)
                return x->priority < y->priority;
        return pool_id2solvable(u->pool, a)->name > pool_id2solvable(u->pool, b)->name;
}

void walk_providers(struct universe *u, Id alternative, Queue *out)
{
        Id name = relation_name(u, alternative), p, pp;
        Pool *pool = u->pool;

        queue_empty(out);
        FOR_PROVIDES (p, pp, alternative) {
                int at = out->count;

                queue_push(out, p);
                for (; at && goes_before(u, name, p, out->elements[at - 1]); at--)
                        out->elements[at] = out->elements[at - 1];
                out->elements[at] = p;
        }
}

/* -- marks -- */

/* What the package conflicts with can no longer be marked (by: 1), or can again (-1). */
static void block(struct walk *w, Id package, int by)
{
        Pool *pool = w->u->pool;
        const Id *conflict = w->u->relations[package].conflicts;
        Id p, pp;

        for (; *conflict; conflict++)
                FOR_PROVIDES (p, pp, *conflict)
                        if (p != package)
                                w->blocked[p] += (uint32_t)by;
}

static bool conflicts(const struct universe *u, Id package, Id other)
{
        Pool *pool = u->pool;
        const Id *conflict = u->relations[package].conflicts;
        Id p, pp;

        for (; *conflict; conflict++)
                FOR_PROVIDES (p, pp, *conflict)
                        if (p == other && p != package)
                                return true;
        return false;
}

static bool conflicts_with_marked(const struct walk *w, Id package)
{
        Pool *pool = w->u->pool;
        const Id *conflict = w->u->relations[package].conflicts;
        Id p, pp;

        for (; *conflict; conflict++)
                FOR_PROVIDES (p, pp, *conflict)
                        if (p != package && w->marked[p])
                                return true;
        return false;
}

static bool mark(struct walk *w, Id package)
{
        if (w->blocked[package] || conflicts_with_marked(w, package))
                return false;
        w->marked[package] = 1;
        queue_push(&w->trail, package);
        block(w, package, 1);
        return true;
}

static void unmark_to(struct walk *w, int length)
{
        while (w->trail.count > length) {
                Id package = queue_pop(&w->trail);

                w->marked[package] = 0;
                block(w, package, -1);
        }
}

/*
 * A certain package has the way: what conflicts with it goes, if it is not certain itself. What
 * that one has brought along stays, as with apt.
 */
static bool mark_certain(struct walk *w, Id package)
{
        if (mark(w, package))
                return true;
        for (int i = 0; i < w->trail.count; i++) {
                Id other = w->trail.elements[i];

                if (w->certain[other] || other == package ||
                    !(conflicts(w->u, package, other) || conflicts(w->u, other, package)))
                        continue;
                w->marked[other] = 0;
                block(w, other, -1);
                queue_delete(&w->trail, i--);
        }
        return mark(w, package);
}

static Id marked_provider(const struct walk *w, Id relation)
{
        Pool *pool = w->u->pool;
        Id p, pp;

        FOR_PROVIDES (p, pp, relation)
                if (w->marked[p])
                        return p;
        return 0;
}

/* The only package that satisfies a relation, or 0. */
static Id only_provider(const struct walk *w, Id relation)
{
        Pool *pool = w->u->pool;
        Id p, pp, found = 0;

        FOR_PROVIDES (p, pp, relation) {
                if (found && found != p)
                        return 0;
                found = p;
        }
        return found;
}

static bool follow(struct walk *w, Id package, int depth);

static bool mark_whole(struct walk *w, Id package, int depth)
{
        int before = w->trail.count;

        if (!mark(w, package))
                return false;
        if (follow(w, package, depth + 1))
                return true;
        unmark_to(w, before);
        return false;
}

static bool satisfy(struct walk *w, Id relation, int depth)
{
        Queue choices;
        Id alternative;
        bool done = false;

        if (marked_provider(w, relation))
                return true;
        if (depth > LIMIT_DEB_DEPTH || ++w->steps > LIMIT_DEB_STEPS)
                return false;
        queue_init(&choices);
        while (!done && (alternative = walk_alternative(w->u, &relation))) {
                walk_providers(w->u, alternative, &choices);
                for (int i = 0; !done && i < choices.count; i++)
                        done = mark_whole(w, choices.elements[i], depth);
        }
        queue_free(&choices);
        return done;
}

/*
 * What a certain package needs without a choice is certain, too: it is there to stay, and
 * so is what it needs. 1: seen to; 0: there is a choice, or it cannot be marked.
 */
static bool satisfy_certainly(struct walk *w, Id relation, int depth)
{
        Id only = only_provider(w, relation);

        if (!only || depth > LIMIT_DEB_DEPTH)
                return false;
        if (w->certain[only])
                return true;
        if (!w->marked[only] && !mark_certain(w, only))
                return false;
        w->certain[only] = 1;
        follow(w, only, depth + 1);
        return true;
}

/* What the package needs; then, as far as it can be had, what it recommends. */
static bool follow(struct walk *w, Id package, int depth)
{
        const struct universe_relations *r = &w->u->relations[package];
        bool whole = true;

        for (const Id *need = r->needs; *need; need++) {
                if (w->certain[package] && satisfy_certainly(w, *need, depth))
                        continue;
                if (satisfy(w, *need, depth))
                        continue;
                if (!w->certain[package])
                        return false;
                whole = false;
        }
        for (const Id *wish = r->recommends; w->recommends && *wish; wish++)
                satisfy(w, *wish, depth);
        return whole;
}

void walk_root(struct walk *w, Id package)
{
        if (w->marked[package] || !mark(w, package))
                return;
        w->certain[package] = 1;
        queue_push(&w->roots, package);
}

void walk_complete(struct walk *w)
{
        for (int i = 0; i < w->roots.count; i++)
                follow(w, w->roots.elements[i], 0);
}
