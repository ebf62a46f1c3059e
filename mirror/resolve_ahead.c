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
        const struct set *domain;

        if (known <= 0)
                return known;
        p = &r->packages[package];
        if (p->visited != r->visit) {
                domain = trail_domain(r, package);
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

/* Asks for the dependencies of the package's best candidate; of several, where many were refused. */
static int ahead_visit(struct ahead *a, uint32_t package, struct err *e)
{
        struct resolve *r = a->r;
        uint32_t streak = r->packages[package].streak;
        uint32_t wanted = 2 * streak < AHEAD_MOST ? 2 * streak : AHEAD_MOST;
        struct set *guess = set_ref(r->packages[package].guess);
        bool best = true;
        int ret = -1;

        for (uint32_t i = 0; i < guess->count; i++) {
                for (uint32_t c = guess->ranges[i].first; c <= guess->ranges[i].last; c++) {
                        struct release *release = NULL;
                        int known;

                        if (c == r->packages[package].count || (!best && !wanted))
                                break;
                        known = resolve_release(r, package, c, &release, e);
                        if (known < 0)
                                goto out;
                        if (known && release->reason)
                                continue;
                        wanted -= wanted > 0;
                        if (known && best && ahead_follow(a, release, e) < 0)
                                goto out;
                        best = false;
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
