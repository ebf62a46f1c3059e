#include <assert.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "resolve_state.h"

static const struct entry *trail_last(const struct resolve *r, uint32_t package)
{
        const struct package *p = &r->packages[package];

        return p->history_count ? &r->trail[p->history[p->history_count - 1]] : NULL;
}

const struct set *trail_domain(const struct resolve *r, uint32_t package)
{
        const struct entry *last = trail_last(r, package);

        return last ? last->set : NULL;
}

bool trail_is_needed(const struct resolve *r, uint32_t package)
{
        const struct set *s = trail_domain(r, package);

        return s && s->ranges[s->count - 1].last != r->packages[package].count;
}

bool trail_is_decided(const struct resolve *r, uint32_t package)
{
        const struct entry *last = trail_last(r, package);

        return last && last->cause == RESOLVE_NONE;
}

bool trail_is_open(const struct resolve *r, uint32_t package)
{
        return trail_is_needed(r, package) && !trail_is_decided(r, package);
}

uint32_t trail_best(const struct resolve *r, uint32_t package)
{
        return trail_domain(r, package)->ranges[0].first;
}

bool trail_satisfies(const struct resolve *r, const struct term *t)
{
        const struct set *s = trail_domain(r, t->package);

        /* No clause has a term that always holds. */
        return s && set_is_subset(s, t->set);
}

bool trail_contradicts(const struct resolve *r, const struct term *t)
{
        const struct set *s = trail_domain(r, t->package);

        return s && set_is_disjoint(s, t->set);
}

uint32_t trail_satisfier(const struct resolve *r, uint32_t package, const struct set *s)
{
        const struct package *p = &r->packages[package];
        size_t low = 0, high = p->history_count - 1;

        /* Sets only shrink along the history. */
        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (set_is_subset(r->trail[p->history[middle]].set, s))
                        high = middle;
                else
                        low = middle + 1;
        }
        return p->history[low];
}

/* Takes over the set. */
static void trail_push(struct resolve *r, uint32_t package, struct set *s, uint32_t cause)
{
        struct package *p = &r->packages[package];

        assert(s->count > 0);
        r->stats.steps++;
        r->stats.memory += sizeof r->trail[0] + set_bytes(s);
        p->history = xgrow(p->history, p->history_count, &p->history_cap, sizeof *p->history);
        p->history[p->history_count++] = (uint32_t)r->trail_count;
        r->trail = xgrow(r->trail, r->trail_count, &r->trail_cap, sizeof *r->trail);
        r->trail[r->trail_count++] = (struct entry){package, r->level, cause, s};

        choose_touch(r, package);
        if (p->queued)
                return;
        p->queued = true;
        r->queue = xgrow(r->queue, r->queue_count, &r->queue_cap, sizeof *r->queue);
        r->queue[r->queue_count++] = package;
}

void trail_decide(struct resolve *r, uint32_t package, uint32_t candidate)
{
        r->level++;
        r->stats.decisions++;
        trail_push(r, package, set_of_range(candidate, candidate), RESOLVE_NONE);
}

void trail_derive(struct resolve *r, const struct term *t, uint32_t cause)
{
        const struct set *s = trail_domain(r, t->package);

        trail_push(r, t->package,
            s ? set_difference(s, t->set)
              : set_complement(t->set, r->packages[t->package].count + 1),
            cause);
}

void trail_undo(struct resolve *r, uint32_t level)
{
        while (r->trail_count && r->trail[r->trail_count - 1].level > level) {
                struct entry *last = &r->trail[--r->trail_count];

                r->packages[last->package].history_count--;
                r->stats.memory -= sizeof *last + set_bytes(last->set);
                set_unref(last->set);
                choose_touch(r, last->package);
        }
        r->level = level;
        /* Whatever is still queued changed at the level that was just left. */
        while (r->queue_head < r->queue_count)
                r->packages[r->queue[r->queue_head++]].queued = false;
        r->queue_head = r->queue_count = 0;
}
