#include <assert.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "resolve_state.h"

struct clause *clause_new(enum clause_kind kind, uint32_t term_count)
{
        struct clause *c = xcalloc(1, sizeof *c + term_count * sizeof c->terms[0]);

        c->kind = kind;
        c->owner = c->need = RESOLVE_NONE;
        c->term_count = term_count;
        return c;
}

void clause_free(struct clause *c)
{
        if (!c)
                return;
        for (uint32_t i = 0; i < c->term_count; i++)
                set_unref(c->terms[i].set);
        set_unref(c->who);
        free(c->reason);
        free(c->causes);
        free(c);
}

static void clause_watch_term(struct resolve *r, uint32_t id, const struct term *t)
{
        struct package *p = &r->packages[t->package];
        struct resolve_range bounds = {1, 0};

        if (t->set->count)
                bounds = (struct resolve_range){
                    t->set->ranges[0].first, t->set->ranges[t->set->count - 1].last};
        p->watchers = xgrow(p->watchers, p->watcher_count, &p->watcher_cap, sizeof *p->watchers);
        p->watchers[p->watcher_count++] = (struct watcher){id, bounds};
}

/*
 * A watched term is one that does not hold, or else one of those that began to hold last: going
 * back frees it first. So a clause needs a look only when a watched package changes.
 */
static void clause_watch(struct resolve *r, struct clause *c, uint32_t id)
{
        uint64_t best[2] = {0, 0};

        for (uint32_t i = 0; i < c->term_count; i++) {
                const struct term *t = &c->terms[i];
                uint64_t since = UINT64_MAX;

                if (trail_satisfies(r, t))
                        since = (uint64_t)trail_satisfier(r, t->package, t->set) + 1;
                if (since > best[0]) {
                        best[1] = best[0];
                        c->watch[1] = c->watch[0];
                        best[0] = since;
                        c->watch[0] = i;
                } else if (since > best[1]) {
                        best[1] = since;
                        c->watch[1] = i;
                }
        }
        for (int i = 0; i < 2; i++)
                clause_watch_term(r, id, &c->terms[c->watch[i]]);
}

uint32_t clause_add_take(struct resolve *r, struct clause *c)
{
        uint32_t id = (uint32_t)r->clause_count;

        r->clauses = xgrow(r->clauses, r->clause_count, &r->clause_cap, sizeof *r->clauses);
        r->clauses[r->clause_count++] = c;
        r->stats.memory +=
            sizeof *c + c->term_count * sizeof c->terms[0] + c->cause_count * sizeof c->causes[0];
        for (uint32_t i = 0; i < c->term_count; i++)
                r->stats.memory += set_bytes(c->terms[i].set);
        if (c->term_count > 1)
                clause_watch(r, c, id);
        return id;
}

/* Lets a clause speak of one more candidate of its owner. It only becomes stronger. */
static void clause_widen(struct resolve *r, struct clause *c, const struct set *more)
{
        struct set *before = c->who;

        c->who = set_union(before, more);
        r->stats.memory += set_bytes(c->who) - set_bytes(before);
        set_unref(before);
}

/* The candidates of the owner that the clause forbids as long as its need is not met. */
static struct set *clause_blamed(const struct resolve *r, const struct clause *c)
{
        const struct need *n = c->need == RESOLVE_NONE ? NULL : &r->needs[c->need];

        /* What depends on itself is the sum of both terms: those who do not fit themselves. */
        if (n && n->package == c->owner)
                return set_intersection(c->who, n->refused);
        return set_ref(c->who);
}

static void clause_set_owner_term(struct resolve *r, struct clause *c)
{
        struct set *before = c->terms[0].set;

        c->terms[0] = (struct term){c->owner, clause_blamed(r, c)};
        set_unref(before);
}

uint32_t clause_depends(struct resolve *r, uint32_t package, uint32_t candidate, uint32_t need)
{
        const struct need *n = &r->needs[need];
        uint64_t key = (uint64_t)package << 32 | need;
        struct set *who = set_of_range(candidate, candidate);
        uint32_t id;

        if (map_get(&r->depends_map, key, &id)) {
                clause_widen(r, r->clauses[id], who);
                set_unref(who);
                clause_set_owner_term(r, r->clauses[id]);
                /* Once more, as its bounds are others now; of two terms neither ever moves. */
                if (r->clauses[id]->term_count > 1)
                        clause_watch_term(r, id, &r->clauses[id]->terms[0]);
                return id;
        }

        /* A term that always holds is left out: nothing satisfies the need, or it is the owner's own. */
        bool alone =
            n->package == package || set_is_full(n->refused, r->packages[n->package].count + 1);
        struct clause *c = clause_new(CLAUSE_DEPENDS, alone ? 1 : 2);

        c->owner = package;
        c->need = need;
        c->who = who;
        clause_set_owner_term(r, c);
        if (!alone)
                c->terms[1] = (struct term){n->package, set_ref(n->refused)};
        id = clause_add_take(r, c);
        map_put(&r->depends_map, key, id);
        return id;
}

uint32_t clause_unusable(
    struct resolve *r, uint32_t package, uint32_t candidate, const char *reason)
{
        struct set *who = set_of_range(candidate, candidate);
        struct package *p = &r->packages[package];
        struct clause *c;

        /* Neighbours are mostly unusable for the same reason. */
        if (p->unusable != RESOLVE_NONE && !strcmp(r->clauses[p->unusable]->reason, reason)) {
                c = r->clauses[p->unusable];
                clause_widen(r, c, who);
                set_unref(who);
                clause_set_owner_term(r, c);
                return p->unusable;
        }
        c = clause_new(CLAUSE_UNUSABLE, 1);
        c->owner = package;
        c->reason = xstrdup(reason);
        c->who = who;
        clause_set_owner_term(r, c);
        return p->unusable = clause_add_take(r, c);
}

enum clause_effect clause_examine(struct resolve *r, uint32_t clause)
{
        const struct clause *c = r->clauses[clause];
        const struct term *open = NULL;

        for (uint32_t i = 0; i < c->term_count; i++) {
                if (trail_satisfies(r, &c->terms[i]))
                        continue;
                if (open || trail_contradicts(r, &c->terms[i]))
                        return CLAUSE_QUIET;
                open = &c->terms[i];
        }
        if (!open)
                return CLAUSE_CONFLICT;
        if (!open->set->count)
                return CLAUSE_QUIET;
        trail_derive(r, open, clause);
        return CLAUSE_DERIVED;
}

/* Finds another term to watch instead of watch[side], which holds now. */
static bool clause_move_watch(struct resolve *r, struct clause *c, uint32_t id, int side)
{
        for (uint32_t i = 0; i < c->term_count; i++) {
                if (i == c->watch[0] || i == c->watch[1] || trail_satisfies(r, &c->terms[i]))
                        continue;
                r->looks += i;
                c->watch[side] = i;
                clause_watch_term(r, id, &c->terms[i]);
                return true;
        }
        return false;
}

/* Looks at the clauses that watch the package. */
static uint32_t clause_visit(struct resolve *r, uint32_t package)
{
        struct package *p = &r->packages[package];
        const struct set *domain = trail_domain(r, package);
        uint32_t first = domain->ranges[0].first, last = domain->ranges[domain->count - 1].last;
        uint32_t conflict = RESOLVE_NONE;
        size_t kept = 0;

        for (size_t i = 0; i < p->watcher_count; i++) {
                struct watcher watcher = p->watchers[i];
                uint32_t id = watcher.clause;
                struct clause *c;
                const struct term *other;
                int side;

                p->watchers[kept++] = watcher;
                if (first < watcher.bounds.first || last > watcher.bounds.last ||
                    conflict != RESOLVE_NONE)
                        continue;
                r->looks++;
                c = r->clauses[id];
                side = c->terms[c->watch[0]].package == package ? 0 : 1;
                other = &c->terms[c->watch[!side]];
                if (!trail_satisfies(r, &c->terms[c->watch[side]]))
                        continue;
                if (trail_contradicts(r, other))
                        continue;
                if (c->term_count > 2 && clause_move_watch(r, c, id, side)) {
                        kept--;
                        continue;
                }
                if (trail_satisfies(r, other))
                        conflict = id;
                else
                        trail_derive(r, other, id);
        }
        p->watcher_count = kept;
        return conflict;
}

uint32_t clause_propagate(struct resolve *r)
{
        while (r->queue_head < r->queue_count) {
                uint32_t package = r->queue[r->queue_head++];
                uint32_t conflict;

                if (r->queue_head == r->queue_count)
                        r->queue_head = r->queue_count = 0;
                r->packages[package].queued = false;
                conflict = clause_visit(r, package);
                if (conflict != RESOLVE_NONE)
                        return conflict;
        }
        return RESOLVE_NONE;
}
