#include <assert.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "resolve_state.h"

/* Candidates refused in a row because of one earlier choice before that choice is put off. */
#define RESOLVE_PATIENCE 8
/* So many looks at a clause take about the time of one step. */
#define RESOLVE_LOOKS 64

struct resolve *resolve_new(const struct resolve_provider *provider, void *p)
{
        struct resolve *r = xcalloc(1, sizeof *r);

        r->provider = provider;
        r->p = p;
        r->failure = RESOLVE_NONE;
        r->step_limit = LIMIT_RESOLVE_STEPS;
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
        free(r->turns);
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
                uint32_t lost, because;

                p->depth = 1;
                if (p->order == RESOLVE_NONE)
                        p->order = (uint32_t)i;
                c->need = need;
                if (!hopeless)
                        c->terms[0] = (struct term){wish->package, set_ref(r->needs[need].refused)};
                if (clause_examine(r, clause_add_take(r, c)) == CLAUSE_CONFLICT &&
                    !resolve_learn(r, (uint32_t)r->clause_count - 1, &lost, &because))
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
                if (r->packages[d->package].depth > r->packages[package].depth + 1) {
                        r->packages[d->package].depth = r->packages[package].depth + 1;
                        choose_touch(r, d->package);
                }
        }
        return 1;
}

/* The decision on which it rests that the clause speaks against the package; RESOLVE_NONE: none. */
static uint32_t find_culprit(const struct resolve *r, uint32_t package, const struct clause *c)
{
        uint32_t last = 0;

        for (uint32_t i = 0; i < c->term_count; i++) {
                const struct term *t = &c->terms[i];
                uint32_t at;

                if (t->package == package)
                        continue;
                at = trail_satisfier(r, t->package, t->set);
                if (at > last)
                        last = at;
        }
        /* The decision opens its level. */
        while (last && r->trail[last].cause != RESOLVE_NONE)
                last--;
        return r->trail[last].cause == RESOLVE_NONE ? last : RESOLVE_NONE;
}

/*
 * A candidate of the package was lost because of the clause. After too many in a row because of
 * one other decision, that one is put off. Each time a package becomes urgent or
 * late and stays so: this ends.
 */
static void lose(struct resolve *r, uint32_t package, uint32_t clause)
{
        struct package *p = &r->packages[package], *other;
        uint32_t culprit = find_culprit(r, package, r->clauses[clause]);

        p->streak = p->last_lost == RESOLVE_NONE || p->tried < p->last_lost ? 1 : p->streak + 1;
        p->last_lost = p->tried;
        if (culprit == RESOLVE_NONE)
                return;
        if (p->lost_to != r->trail[culprit].package)
                p->lost = 0;
        p->lost_to = r->trail[culprit].package;
        other = &r->packages[p->lost_to];
        if (++p->lost < RESOLVE_PATIENCE || other->urgent || (p->urgent ? other->late : p->late))
                return;
        p->lost = 0;
        p->urgent = true;
        other->late = true;
        trail_undo(r, r->trail[culprit].level - 1);
        choose_touch(r, package);
}

/*
 * Tries a candidate: what its clauses force is derived; if nothing speaks against it, it is
 * decided. Returns a clause in conflict, or RESOLVE_NONE.
 */
static uint32_t try_candidate(struct resolve *r, uint32_t package, uint32_t candidate,
    const struct release *release, bool is_new)
{
        uint32_t refused_by = RESOLVE_NONE;

        r->packages[package].tried = candidate;
        for (uint32_t i = 0; i < release->clause_count; i++) {
                if (clause_examine(r, release->clauses[i]) == CLAUSE_CONFLICT)
                        return release->clauses[i];
                if (set_contains(trail_domain(r, package), candidate))
                        continue;
                refused_by = release->clauses[i];
                break;
        }
        if (refused_by != RESOLVE_NONE) {
                if (is_new) {
                        r->stats.refused++;
                        lose(r, package, refused_by);
                }
        } else if (r->queue_head == r->queue_count) {
                /* Otherwise something followed at this level, which has to be played out first. */
                trail_decide(r, package, candidate);
        }
        return RESOLVE_NONE;
}

uint64_t resolve_steps(const struct resolve *r)
{
        return r->stats.steps + r->looks / RESOLVE_LOOKS;
}

/* The package that had part in the most conflicts but for `not`. */
static uint32_t most_conflicts(const struct resolve *r, uint32_t not )
{
        uint32_t most = RESOLVE_NONE;

        for (size_t i = 0; i < r->known_count; i++)
                if (r->known[i] !=
                    not &&(most == RESOLVE_NONE ||
                           r->packages[r->known[i]].conflicts > r->packages[most].conflicts))
                        most = r->known[i];
        return most;
}

static int check_limits(const struct resolve *r, struct err *e)
{
        uint32_t first, second;

        if (resolve_steps(r) <= r->step_limit && r->stats.memory <= LIMIT_RESOLVE_MEMORY)
                return 0;
        first = most_conflicts(r, RESOLVE_NONE);
        second = most_conflicts(r, first);
        return err_set(e, ERR_FAILED,
            "resolve: gave up after %llu steps and %llu conflicts, most of them about %s and %s: ask "
            "for narrower versions of these, or give a lock file",
            (unsigned long long)resolve_steps(r), (unsigned long long)r->stats.conflicts,
            first == RESOLVE_NONE ? "?" : r->packages[first].name,
            second == RESOLVE_NONE ? "?" : r->packages[second].name);
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
                uint32_t conflict, lost, because;
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
                if (conflict == RESOLVE_NONE)
                        continue;
                if (resolve_learn(r, conflict, &lost, &because) && lost != RESOLVE_NONE)
                        lose(r, lost, because);
        }
}

struct resolve_stats resolve_get_stats(const struct resolve *r)
{
        struct resolve_stats stats = r->stats;

        stats.steps = resolve_steps(r);
        return stats;
}
