/*
 * Conflict analysis. A conflict is a clause all of whose terms hold. The term
 * that began to hold last did so by a decision, or by another clause; in the latter case
 * the two are resolved, which gives a clause that also holds and speaks of an
 * earlier time. That is repeated until only one term depends on the last decision.
 */
#include <assert.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "resolve_state.h"

static struct term *work_find(const struct resolve *r, uint32_t package)
{
        for (size_t i = 0; i < r->work_count; i++)
                if (r->work[i].package == package)
                        return &r->work[i];
        return NULL;
}

static void work_replace(struct term *t, struct set *s)
{
        set_unref(t->set);
        t->set = s;
}

static void work_remove(struct resolve *r, struct term *t)
{
        set_unref(t->set);
        *t = r->work[--r->work_count];
}

void resolve_work_start(struct resolve *r, const struct clause *c)
{
        while (r->work_count)
                work_remove(r, &r->work[r->work_count - 1]);
        for (uint32_t i = 0; i < c->term_count; i++) {
                r->work = xgrow(r->work, r->work_count, &r->work_cap, sizeof *r->work);
                r->work[r->work_count++] =
                    (struct term){c->terms[i].package, set_ref(c->terms[i].set)};
        }
}

void resolve_work_merge(struct resolve *r, const struct clause *c, uint32_t package)
{
        for (uint32_t i = 0; i < c->term_count; i++) {
                const struct term *t = &c->terms[i];
                struct term *mine = work_find(r, t->package);

                if (mine && t->package == package) {
                        work_replace(mine, set_union(mine->set, t->set));
                        if (set_is_full(mine->set, r->packages[package].count + 1))
                                work_remove(r, mine);
                } else if (mine) {
                        work_replace(mine, set_intersection(mine->set, t->set));
                } else {
                        r->work = xgrow(r->work, r->work_count, &r->work_cap, sizeof *r->work);
                        r->work[r->work_count++] = (struct term){t->package, set_ref(t->set)};
                }
        }
}

static const struct term *clause_term(const struct clause *c, uint32_t package)
{
        for (uint32_t i = 0; i < c->term_count; i++)
                if (c->terms[i].package == package)
                        return &c->terms[i];
        return NULL;
}

/*
 * The level at which the last term began to hold but for its last step: a derived entry
 * takes away only what its clause forbids, the rest was done before.
 */
static uint32_t learn_level_before(
    const struct resolve *r, const struct term *t, const struct entry *last)
{
        const struct term *forced;
        struct set *either;
        uint32_t level = 0;

        if (last->cause == RESOLVE_NONE)
                return 0;
        forced = clause_term(r->clauses[last->cause], t->package);
        either = set_union(t->set, forced->set);
        if (!set_is_full(either, r->packages[t->package].count + 1))
                level = r->trail[trail_satisfier(r, t->package, either)].level;
        set_unref(either);
        return level;
}

/* The entry that made the clause in work hold; *level is where all but its part did already. */
static const struct entry *learn_last(const struct resolve *r, uint32_t *level)
{
        uint32_t last = 0, last_term = 0;
        uint32_t before = 0;

        for (uint32_t i = 0; i < r->work_count; i++) {
                uint32_t at = trail_satisfier(r, r->work[i].package, r->work[i].set);

                if (i == 0 || at > last) {
                        last = at;
                        last_term = i;
                }
        }
        for (uint32_t i = 0; i < r->work_count; i++) {
                const struct term *t = &r->work[i];
                uint32_t its = i == last_term
                                   ? learn_level_before(r, t, &r->trail[last])
                                   : r->trail[trail_satisfier(r, t->package, t->set)].level;

                if (its > before)
                        before = its;
        }
        *level = before;
        return &r->trail[last];
}

static void learn_note(struct resolve *r, uint32_t clause, uint32_t package)
{
        r->work_causes =
            xgrow(r->work_causes, r->work_cause_count, &r->work_cause_cap, sizeof *r->work_causes);
        r->work_causes[r->work_cause_count++] = (struct cause){clause, package};
}

/* Makes a clause of what is in work. */
static uint32_t learn_keep(struct resolve *r)
{
        struct clause *c = clause_new(CLAUSE_LEARNED, (uint32_t)r->work_count);

        for (uint32_t i = 0; i < r->work_count; i++)
                c->terms[i] = (struct term){r->work[i].package, set_ref(r->work[i].set)};
        c->cause_count = (uint32_t)r->work_cause_count;
        c->causes = xmalloc(c->cause_count * sizeof *c->causes);
        memcpy(c->causes, r->work_causes, c->cause_count * sizeof *c->causes);
        return clause_add_take(r, c);
}

/* Resolves the conflict in work until it forces something at an earlier level. Returns that level. */
static uint32_t learn_resolve(struct resolve *r, uint32_t *forced)
{
        uint32_t level = 0;

        while (r->work_count) {
                const struct entry *last = learn_last(r, &level);

                *forced = last->package;
                if (last->cause == RESOLVE_NONE || level < last->level)
                        break;
                r->stats.steps++;
                learn_note(r, last->cause, last->package);
                resolve_work_merge(r, r->clauses[last->cause], last->package);
        }
        return level;
}

int resolve_learn(struct resolve *r, uint32_t conflict, uint32_t *lost, uint32_t *because)
{
        uint32_t level, forced = 0;
        enum clause_effect effect;

        r->stats.conflicts++;
        r->work_cause_count = 0;
        learn_note(r, conflict, RESOLVE_NONE);
        resolve_work_start(r, r->clauses[conflict]);
        level = learn_resolve(r, &forced);
        if (!r->work_count) {
                r->failure = learn_keep(r);
                return 0;
        }
        *lost = trail_is_decided(r, forced) ? forced : RESOLVE_NONE;
        trail_undo(r, level);
        for (size_t i = 0; i < r->work_count; i++) {
                r->packages[r->work[i].package].conflicts++;
                choose_touch(r, r->work[i].package);
        }
        *because = r->work_cause_count > 1 ? learn_keep(r) : conflict;
        effect = clause_examine(r, *because);
        assert(effect == CLAUSE_DERIVED);
        (void)effect;
        return 1;
}
