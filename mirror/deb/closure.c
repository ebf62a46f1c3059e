#include "mirror/deb/closure.h"

#include <solv/solver.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "closure_problem.h"
#include "closure_walk.h"

/* One solution on its way. */
struct solving {
        struct universe *u;
        const uint32_t *roots;
        size_t count;
        const struct closure_options *options;
        struct closure *out;
        Map considered;
        unsigned char *chosen; /* by package, once solved */
};

/* libsolv's MAPSET, without what it narrows in silence. */
static void map_take(Map *map, Id id)
{
        map->map[id >> 3] = (unsigned char)(map->map[id >> 3] | 1U << (id & 7));
}

/* One version of each package takes part: a root's, or the candidate. */
static void consider(struct solving *s)
{
        struct universe *u = s->u;
        uint32_t end = universe_end(u);

        map_init(&s->considered, (int)end);
        for (uint32_t p = UNIVERSE_FIRST; p < end; p++)
                if (u->candidate[pool_id2solvable(u->pool, (Id)p)->name] == p)
                        map_take(&s->considered, (Id)p);
        for (size_t i = 0; i < s->count; i++) {
                Id name = pool_id2solvable(u->pool, (Id)s->roots[i])->name;

                s->considered.map[u->candidate[name] >> 3] &=
                    (unsigned char)~(1U << (u->candidate[name] & 7));
        }
        for (size_t i = 0; i < s->count; i++)
                map_take(&s->considered, (Id)s->roots[i]);
        u->pool->considered = &s->considered;
        pool_createwhatprovides(u->pool);
}

/* The roots must be there; of the rest, what apt's way has found is preferred. */
static void add_jobs(struct solving *s, Queue *job)
{
        struct walk *walk = walk_new(s->u, s->options->recommends);
        const Queue *marked;

        for (size_t i = 0; i < s->count; i++)
                walk_root(walk, (Id)s->roots[i]);
        walk_complete(walk);
        for (size_t i = 0; i < s->count; i++)
                queue_push2(job, SOLVER_INSTALL | SOLVER_SOLVABLE, (Id)s->roots[i]);
        marked = walk_marked(walk);
        for (int i = 0; i < marked->count; i++)
                queue_push2(
                    job, SOLVER_INSTALL | SOLVER_SOLVABLE | SOLVER_WEAK, marked->elements[i]);
        walk_free(walk);
}

static void take_decisions(struct solving *s, Solver *solver)
{
        Queue decisions;

        queue_init(&decisions);
        solver_get_decisionqueue(solver, &decisions);
        s->chosen = xcalloc(universe_end(s->u), 1);
        for (int i = 0; i < decisions.count; i++)
                if (decisions.elements[i] >= UNIVERSE_FIRST)
                        s->chosen[decisions.elements[i]] = 1;
        queue_free(&decisions);
}

static int solve(struct solving *s)
{
        Solver *solver = solver_create(s->u->pool);
        Queue job;
        int solved;

        queue_init(&job);
        add_jobs(s, &job);
        solver_set_flag(solver, SOLVER_FLAG_IGNORE_RECOMMENDED, 1);
        solved = solver_solve(solver, &job) == 0;
        if (solved)
                take_decisions(s, solver);
        else
                s->out->problem =
                    closure_problem(s->u, solver, s->roots, s->count, &s->out->culprit);
        queue_free(&job);
        solver_free(solver);
        return solved;
}

/* -- what of the solution is needed, and what for -- */

static void add_item(
    struct solving *s, uint32_t package, size_t parent, Id relation, bool recommended)
{
        struct closure *c = s->out;

        if (s->chosen[package] != 1)
                return;
        s->chosen[package] = 2; /* is on the list */
        c->items = xgrow(c->items, c->count, &c->cap, sizeof *c->items);
        c->items[c->count++] =
            (struct closure_item){package, (uint32_t)parent, relation, recommended};
}

/* All chosen packages that satisfy a relation: apt, too, keeps every one that it has marked. */
static void trace_relations(struct solving *s, const Id *relation, size_t parent, bool recommended)
{
        Pool *pool = s->u->pool;
        Id p, pp;

        for (; *relation; relation++)
                FOR_PROVIDES (p, pp, *relation)
                        add_item(s, (uint32_t)p, parent, *relation, recommended);
}

static void trace(struct solving *s)
{
        for (size_t i = 0; i < s->count; i++)
                add_item(s, s->roots[i], i, 0, false);
        for (size_t i = 0; i < s->out->count; i++) {
                const struct universe_relations *r = &s->u->relations[s->out->items[i].package];

                trace_relations(s, r->needs, i, false);
                if (s->options->recommends)
                        trace_relations(s, r->recommends, i, true);
        }
}

int closure_solve(struct universe *u, const uint32_t *roots, size_t count,
    const struct closure_options *options, struct closure *out, struct err *e)
{
        struct solving s = {.u = u, .roots = roots, .count = count, .options = options, .out = out};
        int solved;

        *out = (struct closure){0};
        if (universe_end(u) > LIMIT_DEB_PACKAGES)
                return err_set(e, ERR_FAILED, "more than %d packages", LIMIT_DEB_PACKAGES);
        consider(&s);
        solved = solve(&s);
        if (solved)
                trace(&s);
        u->pool->considered = NULL;
        map_free(&s.considered);
        free(s.chosen);
        return solved;
}

void closure_release(struct closure *c)
{
        free(c->items);
        free(c->problem);
        *c = (struct closure){0};
}

void closure_why(const struct universe *u, const struct closure *c, size_t index, struct buf *out)
{
        const struct closure_item *item = &c->items[index];
        const struct universe_package *parent;

        if (item->parent == index)
                return;
        parent = universe_get(u, c->items[item->parent].package);
        buf_addf(out, "%s %s %s ", parent->name, parent->version,
            item->recommended ? "recommends" : "needs");
        universe_relation_text(u, item->relation, out);
}
