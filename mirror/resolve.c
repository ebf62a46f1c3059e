#include <assert.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "resolve_state.h"

/* Candidates refused in a row because of one earlier choice before that choice is put off. */
#define RESOLVE_PATIENCE 8

struct resolve *resolve_new(const struct resolve_provider *provider, void *p)
{
        struct resolve *r = xcalloc(1, sizeof *r);

        r->provider = provider;
        r->p = p;
        r->failure = RESOLVE_NONE;
        return r;
}

void resolve_free(struct resolve *r)
{
        if (!r)
                return;
        for (size_t i = 0; i < r->package_count; i++)
                resolve_package_release(&r->packages[i]);
        for (size_t i = 0; i < r->need_count; i++)
                set_unref(r->needs[i].refused);
        for (size_t i = 0; i < r->clause_count; i++)
                clause_free(r->clauses[i]);
        for (size_t i = 0; i < r->trail_count; i++)
                set_unref(r->trail[i].set);
        for (size_t i = 0; i < r->work_count; i++)
                set_unref(r->work[i].set);
        map_release(&r->need_map);
        map_release(&r->depends_map);
        free(r->packages);
        free(r->known);
        free(r->wishes);
        free(r->needs);
        free(r->clauses);
        free(r->trail);
        free(r->queue);
        free(r->work);
        free(r->work_causes);
        free(r->choices);
        free(r);
}

void resolve_require(struct resolve *r, uint32_t package, uint32_t requirement)
{
        assert(!r->wishes_stated);
        r->wishes = xgrow(r->wishes, r->wish_count, &r->wish_cap, sizeof *r->wishes);
        r->wishes[r->wish_count++] = (struct dependency){package, requirement};
}

/* Makes clauses of the wishes, when all their candidates are known. 1 / 0 not yet / -1. */
static int state_wishes(struct resolve *r, struct err *e)
{
        for (size_t i = 0; i < r->wish_count; i++) {
                int known = resolve_candidates(r, r->wishes[i].package, e);

                if (known <= 0)
                        return known;
        }
        r->wishes_stated = true;
        for (size_t i = 0; i < r->wish_count; i++) {
                const struct dependency *wish = &r->wishes[i];
                struct package *p = &r->packages[wish->package];
                uint32_t need = resolve_need(r, wish->package, wish->requirement);
                bool hopeless = set_is_full(r->needs[need].refused, p->count + 1);
                struct clause *c = clause_new(CLAUSE_ASKED, hopeless ? 0 : 1);

                p->depth = 1;
                if (p->order == RESOLVE_NONE)
                        p->order = (uint32_t)i;
                c->need = need;
                if (!hopeless)
                        c->terms[0] = (struct term){wish->package, set_ref(r->needs[need].refused)};
                if (clause_examine(r, clause_add_take(r, c)) == CLAUSE_CONFLICT &&
                    !resolve_learn(r, (uint32_t)r->clause_count - 1))
                        return 1;
        }
        return 1;
}

/* Makes clauses of what is known of a candidate. 1 / 0 not all candidates are known yet / -1. */
static int state_release(
    struct resolve *r, uint32_t package, uint32_t candidate, struct release *release, struct err *e)
{
        uint32_t count = release->reason ? 1 : release->dependency_count;

        if (release->stated)
                return 1;
        for (uint32_t i = 0; i < release->dependency_count; i++) {
                int known = resolve_candidates(r, release->dependencies[i].package, e);

                if (known <= 0)
                        return known;
        }
        release->stated = true;
        release->clauses = xmalloc((count ? count : 1) * sizeof *release->clauses);
        release->clause_count = count;
        r->stats.memory += sizeof *release + count * 3 * sizeof(uint32_t);
        if (release->reason) {
                release->clauses[0] = clause_unusable(r, package, candidate, release->reason);
                return 1;
        }
        for (uint32_t i = 0; i < count; i++) {
                const struct dependency *d = &release->dependencies[i];
                uint32_t need = resolve_need(r, d->package, d->requirement);

                release->clauses[i] = clause_depends(r, package, candidate, need);
                if (r->packages[d->package].depth > r->packages[package].depth)
                        r->packages[d->package].depth = r->packages[package].depth + 1;
        }
        return 1;
}

/* Is `a` to be decided before `b`? See the header. */
static bool choose_before(const struct resolve *r, uint32_t a, uint32_t b)
{
        const struct package *x = &r->packages[a], *y = &r->packages[b];
        size_t left_x, left_y;

        if (x->urgent != y->urgent)
                return x->urgent;
        left_x = set_size(trail_domain(r, a));
        left_y = set_size(trail_domain(r, b));
        if ((left_x == 1) != (left_y == 1))
                return left_x == 1;
        if ((x->late && !x->urgent) != (y->late && !y->urgent))
                return !(x->late && !x->urgent);
        if (x->conflicts != y->conflicts)
                return x->conflicts > y->conflicts;
        if (x->depth != y->depth)
                return x->depth < y->depth;
        if (x->order != y->order)
                return x->order < y->order;
        if ((left_x < x->count) != (left_y < y->count))
                return left_x < x->count;
        int names = strcmp(r->provider->name(r->p, a), r->provider->name(r->p, b));

        return names ? names < 0 : a < b;
}

/* The package to decide next; RESOLVE_NONE: all are. */
static uint32_t choose_package(const struct resolve *r)
{
        uint32_t best = RESOLVE_NONE;

        for (size_t i = 0; i < r->known_count; i++) {
                uint32_t package = r->known[i];

                if (!trail_is_needed(r, package) || trail_is_decided(r, package))
                        continue;
                if (best == RESOLVE_NONE || choose_before(r, package, best))
                        best = package;
        }
        return best;
}

/* The decision because of which the clause refuses a candidate of the package; RESOLVE_NONE: none. */
static uint32_t refusal_culprit(const struct resolve *r, uint32_t package, const struct clause *c)
{
        for (uint32_t i = 0; i < c->term_count; i++) {
                const struct term *t = &c->terms[i];
                uint32_t at;

                if (t->package == package)
                        continue;
                at = trail_satisfier(r, t->package, t->set);
                /* The decision opens its level. */
                while (at && r->trail[at].cause != RESOLVE_NONE)
                        at--;
                if (r->trail[at].cause == RESOLVE_NONE)
                        return at;
        }
        return RESOLVE_NONE;
}

/* One more candidate of the package was refused. After too many in a row an earlier choice is put off. */
static void refuse(struct resolve *r, uint32_t package, uint32_t clause)
{
        struct package *p = &r->packages[package];
        uint32_t culprit;
        struct package *other;

        r->stats.refused++;
        if (++p->streak < RESOLVE_PATIENCE || p->urgent || p->late)
                return;
        culprit = refusal_culprit(r, package, r->clauses[clause]);
        if (culprit == RESOLVE_NONE)
                return;
        other = &r->packages[r->trail[culprit].package];
        if (other->urgent)
                return;
        p->urgent = true;
        p->streak = 0;
        other->late = true;
        trail_undo(r, r->trail[culprit].level - 1);
}

/*
 * Tries a candidate: what its clauses force is derived; if nothing speaks against it, it is
 * decided. Returns a clause in conflict, or RESOLVE_NONE.
 */
static uint32_t try_candidate(struct resolve *r, uint32_t package, uint32_t candidate,
    const struct release *release, bool is_new)
{
        uint32_t refused_by = RESOLVE_NONE;

        for (uint32_t i = 0; i < release->clause_count; i++) {
                if (clause_examine(r, release->clauses[i]) == CLAUSE_CONFLICT)
                        return release->clauses[i];
                if (set_contains(trail_domain(r, package), candidate))
                        continue;
                refused_by = release->clauses[i];
                break;
        }
        if (refused_by != RESOLVE_NONE) {
                if (is_new)
                        refuse(r, package, refused_by);
        } else if (r->queue_head == r->queue_count) {
                /* Otherwise something followed at this level, which has to be played out first. */
                r->packages[package].streak = 0;
                trail_decide(r, package, candidate);
        }
        return RESOLVE_NONE;
}

static int check_limits(const struct resolve *r, struct err *e)
{
        if (r->stats.steps > LIMIT_RESOLVE_STEPS || r->stats.memory > LIMIT_RESOLVE_MEMORY)
                return err_set(e, ERR_FAILED,
                    "resolve: gave up after %llu steps and %llu conflicts: pin some packages closer "
                    "(==, or a lower bound), or give a lock file",
                    (unsigned long long)r->stats.steps, (unsigned long long)r->stats.conflicts);
        return 0;
}

/* Asks ahead, and then tells the caller to come back. */
static int wait_for_more(struct resolve *r, struct err *e)
{
        return resolve_ahead(r, e) < 0 ? -1 : RESOLVE_PENDING;
}

/* Takes one decision. Returns RESOLVE_DONE, RESOLVE_PENDING, -1, or `go_on` with *conflict set. */
static int decide(struct resolve *r, uint32_t *conflict, int go_on, struct err *e)
{
        uint32_t package = choose_package(r), candidate;
        struct release *release = NULL;
        bool is_new;
        int known;

        if (package == RESOLVE_NONE)
                return RESOLVE_DONE;
        candidate = trail_best(r, package);
        known = resolve_release(r, package, candidate, &release, e);
        is_new = known > 0 && !release->stated;
        if (known > 0)
                known = state_release(r, package, candidate, release, e);
        if (known < 0)
                return -1;
        if (known == 0)
                return wait_for_more(r, e);
        *conflict = try_candidate(r, package, candidate, release, is_new);
        return go_on;
}

int resolve_step(struct resolve *r, struct err *e)
{
        const int go_on = 100;

        if (!r->wishes_stated) {
                int known = state_wishes(r, e);

                if (known < 0)
                        return -1;
                if (known == 0)
                        return wait_for_more(r, e);
        }
        for (;;) {
                uint32_t conflict;
                int status;

                if (r->failure != RESOLVE_NONE)
                        return RESOLVE_CONFLICT;
                if (check_limits(r, e) < 0)
                        return -1;
                conflict = clause_propagate(r);
                if (conflict == RESOLVE_NONE) {
                        status = decide(r, &conflict, go_on, e);
                        if (status != go_on) {
                                if (status == RESOLVE_DONE)
                                        resolve_collect(r);
                                return status;
                        }
                }
                if (conflict != RESOLVE_NONE)
                        resolve_learn(r, conflict);
        }
}

struct resolve_stats resolve_get_stats(const struct resolve *r)
{
        return r->stats;
}
