/*
 * The look-ahead: plays on without conflicts from where the resolution waits,
 * as far as answers are here, and so asks the provider for what comes next.
 * It leaves no trace in the resolution: what arrives early must not change what is chosen.
 */
#include "bundle/err.h"
#include "bundle/mem.h"
#include "resolve_state.h"

#define AHEAD_MOST 32 /* candidates of one package asked for at once */

struct ahead {
        struct resolve *r;
        uint32_t *queue;
        size_t head, count, cap;
};

/* The package is needed; by this need, if any. */
static int ahead_reach(
    struct ahead *a, uint32_t package, uint32_t requirement, bool has_requirement, struct err *e)
{
        struct resolve *r = a->r;
        int known = resolve_candidates(r, package, e);
        struct package *p;

        if (known <= 0)
                return known;
        p = &r->packages[package];
        if (p->visited != r->visit) {
                const struct set *domain = trail_domain(r, package);

                set_unref(p->guess);
                p->guess = domain ? set_of_ranges(domain->ranges, domain->count)
                                  : set_of_range(0, p->count);
                p->visited = r->visit;
                a->queue = xgrow(a->queue, a->count, &a->cap, sizeof *a->queue);
                a->queue[a->count++] = package;
        }
        if (has_requirement) {
                uint32_t need = resolve_need(r, package, requirement);
                struct set *narrower = set_difference(p->guess, r->needs[need].refused);

                set_unref(p->guess);
                p->guess = narrower;
        }
        return 0;
}

static int ahead_follow(struct ahead *a, const struct release *release, struct err *e)
{
        for (uint32_t i = 0; i < release->dependency_count; i++) {
                const struct dependency *d = &release->dependencies[i];

                if (ahead_reach(a, d->package, d->requirement, true, e) < 0)
                        return -1;
        }
        return 0;
}

/* One step into what may be tried later: the best candidate of each dependency. */
static int ahead_glance(struct ahead *a, const struct release *release, struct err *e)
{
        struct resolve *r = a->r;

        for (uint32_t i = 0; i < release->dependency_count; i++) {
                const struct dependency *d = &release->dependencies[i];
                int known = resolve_candidates(r, d->package, e);
                struct release *out;
                struct set *fits;

                if (known < 0)
                        return -1;
                if (known == 0)
                        continue;
                uint32_t count = r->packages[d->package].count;
                uint32_t need = resolve_need(r, d->package, d->requirement);

                fits = set_complement(r->needs[need].refused, count + 1);
                if (fits->count &&
                    resolve_release(r, d->package, fits->ranges[0].first, &out, e) < 0)
                        known = -1;
                set_unref(fits);
                if (known < 0)
                        return -1;
        }
        return 0;
}

/* How many candidates to ask for behind the best one: more, the longer the walk down is already. */
static uint32_t ahead_wanted(const struct package *p)
{
        uint32_t best = p->guess->count ? p->guess->ranges[0].first : 0;

        if (p->last_lost == RESOLVE_NONE || best < p->last_lost)
                return 0;
        return 2 * p->streak < AHEAD_MOST ? 2 * p->streak : AHEAD_MOST;
}

/* Asks for the dependencies of one candidate. *best: no usable one came before it. */
static int ahead_try(
    struct ahead *a, uint32_t package, uint32_t candidate, bool *best, struct err *e)
{
        struct release *release = NULL;
        int known = resolve_release(a->r, package, candidate, &release, e);
        bool first = *best;

        if (known < 0)
                return -1;
        if (known && release->reason)
                return 0;
        *best = false;
        if (!known)
                return 0;
        return first ? ahead_follow(a, release, e) : ahead_glance(a, release, e);
}

static int ahead_visit(struct ahead *a, uint32_t package, struct err *e)
{
        struct resolve *r = a->r;
        uint32_t wanted = 1 + ahead_wanted(&r->packages[package]);
        struct set *guess = set_ref(r->packages[package].guess);
        bool best = true;
        int ret = -1;

        for (uint32_t i = 0; i < guess->count; i++) {
                for (uint32_t c = guess->ranges[i].first; c <= guess->ranges[i].last; c++) {
                        if (c == r->packages[package].count || (!best && !wanted))
                                break;
                        if (ahead_try(a, package, c, &best, e) < 0)
                                goto out;
                        wanted -= wanted > 0;
                }
        }
        ret = 0;
out:
        set_unref(guess);
        return ret;
}

int resolve_ahead(struct resolve *r, struct err *e)
{
        struct ahead a = {.r = r};
        int ret = -1;

        r->visit++;
        for (size_t i = 0; !r->wishes_stated && i < r->wish_count; i++)
                if (ahead_reach(&a, r->wishes[i].package, r->wishes[i].requirement, true, e) < 0)
                        goto out;
        for (size_t i = 0; i < r->known_count; i++)
                if (trail_is_needed(r, r->known[i]) && !trail_is_decided(r, r->known[i]) &&
                    ahead_reach(&a, r->known[i], 0, false, e) < 0)
                        goto out;
        while (a.head < a.count)
                if (ahead_visit(&a, a.queue[a.head++], e) < 0)
                        goto out;
        ret = 0;
out:
        free(a.queue);
        return ret;
}
