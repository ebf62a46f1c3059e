#include <assert.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "resolve_core.h"

/* Steps spent on it in all; then what there is has to do. */
#define CORE_STEPS 300000
#define CORE_REASONS 3

struct core {
        const struct resolve *r;
        struct clause **facts; /* owned */
        size_t count, cap;
        struct resolve *trial; /* the last one that failed, or NULL */
        uint64_t steps;
};

static struct clause *fact_copy(const struct clause *c)
{
        struct clause *copy = clause_new(c->kind, c->term_count);

        for (uint32_t i = 0; i < c->term_count; i++)
                copy->terms[i] = (struct term){c->terms[i].package, set_ref(c->terms[i].set)};
        copy->owner = c->owner;
        copy->need = c->need;
        copy->joined = c->joined;
        copy->reason = xstrdup(c->reason);
        copy->who = c->who ? set_ref(c->who) : NULL;
        return copy;
}

/* Copies the clauses of the provider's that the proof rests on. */
static void core_collect(struct core *core)
{
        const struct resolve *r = core->r;
        bool *needed = xcalloc(r->clause_count, sizeof *needed);

        /* A clause is learned from older ones only. */
        needed[r->failure] = true;
        for (size_t id = r->failure + (size_t)1; id-- > 0;) {
                const struct clause *c = r->clauses[id];

                for (uint32_t i = 0; needed[id] && i < c->cause_count; i++)
                        needed[c->causes[i].clause] = true;
        }
        for (size_t id = 0; id < r->clause_count; id++) {
                if (!needed[id] || r->clauses[id]->kind == CLAUSE_LEARNED)
                        continue;
                core->facts = xgrow(core->facts, core->count, &core->cap, sizeof *core->facts);
                core->facts[core->count++] = fact_copy(r->clauses[id]);
        }
        free(needed);
}

static struct resolve *trial_new(struct core *core)
{
        const struct resolve *r = core->r;
        struct resolve *trial = resolve_new(r->provider, r->p);

        trial->wishes_stated = trial->facts_only = true;
        trial->packages = xcalloc(r->package_count, sizeof *trial->packages);
        trial->package_count = r->package_count;
        return trial;
}

/* Makes a package of the resolver known to the trial. */
static void trial_know(struct resolve *trial, const struct resolve *r, uint32_t package)
{
        const struct package *from = &r->packages[package];
        struct package *p = &trial->packages[package];

        if (p->known)
                return;
        p->known = true;
        p->name = from->name;
        p->count = from->count;
        p->depth = from->depth;
        p->order = from->order;
        p->unusable = p->choice = p->lost_to = p->last_lost = RESOLVE_NONE;
        p->releases = xcalloc(p->count ? p->count : 1, sizeof *p->releases);
        trial->known =
            xgrow(trial->known, trial->known_count, &trial->known_cap, sizeof *trial->known);
        trial->known[trial->known_count++] = package;
}

static void trial_state(struct resolve *trial, struct clause *fact)
{
        uint32_t id = clause_add_take(trial, fact), lost, because;

        if (trial->failure == RESOLVE_NONE && clause_examine(trial, id) == CLAUSE_CONFLICT)
                resolve_learn(trial, id, &lost, &because);
}

/*
 * Do the facts, but for the one at `without`, exclude each other? Then the trial is kept,
 * and the one before is freed.
 */
static bool core_fails(struct core *core, size_t without)
{
        struct resolve *trial;
        struct err e = ERR_INIT;
        bool fails;

        if (core->steps > CORE_STEPS)
                return false;
        trial = trial_new(core);
        trial->step_limit = CORE_STEPS - core->steps + 1;
        for (size_t i = 0; i < core->count; i++)
                for (uint32_t k = 0; i != without && k < core->facts[i]->term_count; k++)
                        trial_know(trial, core->r, core->facts[i]->terms[k].package);
        for (size_t i = 0; i < core->count; i++)
                if (i != without)
                        trial_state(trial, fact_copy(core->facts[i]));
        fails = resolve_step(trial, &e) == RESOLVE_CONFLICT;
        core->steps += resolve_steps(trial);
        if (fails) {
                resolve_free(core->trial);
                core->trial = trial;
        } else {
                resolve_free(trial);
        }
        return fails;
}

/* Can the two be told as one? */
static bool fact_alike(const struct core *core, const struct clause *a, const struct clause *b)
{
        const struct need *x, *y;

        if (a->kind != b->kind || a->kind == CLAUSE_ASKED || a->owner != b->owner)
                return false;
        if (a->kind == CLAUSE_UNUSABLE)
                return true;
        x = &core->r->needs[a->need];
        y = &core->r->needs[b->need];
        return x->package == y->package && a->term_count == b->term_count;
}

static char *reason_join(const char *a, const char *b)
{
        size_t reasons = 1;

        if (strstr(a, b))
                return xstrdup(a);
        for (const char *at = a; (at = strstr(at, "; or ")); at++)
                reasons++;
        if (reasons == CORE_REASONS)
                return xasprintf("%s; or other reasons", a);
        return reasons > CORE_REASONS ? xstrdup(a) : xasprintf("%s; or %s", a, b);
}

/* What both say, at the price of being less exact: who of the two needs what is lost. */
static struct clause *fact_join(const struct clause *a, const struct clause *b)
{
        struct clause *c = clause_new(a->kind, a->term_count);

        c->owner = a->owner;
        c->who = set_union(a->who, b->who);
        c->need = a->need;
        c->joined = a->joined || a->need != b->need;
        if (a->kind == CLAUSE_UNUSABLE)
                c->reason = reason_join(a->reason, b->reason);
        c->terms[0] = (struct term){c->owner, set_union(a->terms[0].set, b->terms[0].set)};
        if (c->term_count > 1)
                c->terms[1] = (struct term){
                    a->terms[1].package, set_intersection(a->terms[1].set, b->terms[1].set)};
        return c;
}

/* Replaces the facts by others; `facts` is taken over. */
static void core_replace_take(struct core *core, struct clause **facts, size_t count)
{
        for (size_t i = 0; i < core->count; i++)
                clause_free(core->facts[i]);
        free(core->facts);
        core->facts = facts;
        core->count = core->cap = count;
}

/* Joins all that are like the fact at `at` (all that are alike: SIZE_MAX), if they still exclude each other then. */
static bool core_join(struct core *core, size_t at)
{
        struct core joined = *core;

        joined.facts = xcalloc(core->count, sizeof *joined.facts);
        joined.count = 0;
        for (size_t i = 0; i < core->count; i++) {
                const struct clause *fact = core->facts[i];
                bool wanted = at == SIZE_MAX || fact_alike(core, fact, core->facts[at]);
                size_t k = 0;

                while (wanted && k < joined.count && !fact_alike(core, joined.facts[k], fact))
                        k++;
                if (!wanted || k == joined.count) {
                        joined.facts[joined.count++] = fact_copy(fact);
                        continue;
                }
                struct clause *both = fact_join(joined.facts[k], fact);

                clause_free(joined.facts[k]);
                joined.facts[k] = both;
        }
        bool good = joined.count < core->count && core_fails(&joined, SIZE_MAX);

        core->trial = joined.trial;
        core->steps = joined.steps;
        if (good) {
                core_replace_take(core, joined.facts, joined.count);
                return true;
        }
        core_replace_take(&joined, NULL, 0);
        return false;
}

static void core_join_groups(struct core *core)
{
        if (core_join(core, SIZE_MAX))
                return;
        for (size_t i = 0; i < core->count && core->steps <= CORE_STEPS; i++)
                core_join(core, i);
}

/* Drops what is not needed. Wishes first: the fewer of them, the better a person sees what to change. */
static void core_drop(struct core *core)
{
        for (int wishes = 1; wishes >= 0; wishes--) {
                for (size_t i = core->count; i-- > 0;) {
                        if ((core->facts[i]->kind == CLAUSE_ASKED) != wishes ||
                            !core_fails(core, i))
                                continue;
                        clause_free(core->facts[i]);
                        memmove(&core->facts[i], &core->facts[i + 1],
                            (core->count - i - 1) * sizeof *core->facts);
                        core->count--;
                }
        }
}

struct resolve *resolve_core(struct resolve *r)
{
        struct core core = {.r = r};

        core_collect(&core);
        if (core_fails(&core, SIZE_MAX)) {
                core_join_groups(&core);
                core_drop(&core);
        }
        core_replace_take(&core, NULL, 0);
        return core.trial;
}
