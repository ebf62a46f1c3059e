#include <assert.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "resolve_state.h"

static void collect_one(struct resolve *r, const struct dependency *d, bool asked, uint32_t parent)
{
        struct package *p = &r->packages[d->package];

        if (p->choice != RESOLVE_NONE)
                return;
        assert(trail_is_decided(r, d->package));
        p->choice = (uint32_t)r->choice_count;
        r->choices = xgrow(r->choices, r->choice_count, &r->choice_cap, sizeof *r->choices);
        r->choices[r->choice_count++] = (struct resolve_choice){
            d->package, trail_best(r, d->package), d->requirement, asked, parent};
}

void resolve_collect(struct resolve *r)
{
        if (r->choice_count)
                return;
        for (size_t i = 0; i < r->wish_count; i++)
                collect_one(r, &r->wishes[i], true, 0);
        for (size_t i = 0; i < r->choice_count; i++) {
                const struct resolve_choice *c = &r->choices[i];
                const struct release *release = r->packages[c->package].releases[c->candidate];

                for (uint32_t k = 0; k < release->dependency_count; k++)
                        collect_one(r, &release->dependencies[k], false, (uint32_t)i);
        }
}

size_t resolve_count(const struct resolve *r)
{
        return r->choice_count;
}

const struct resolve_choice *resolve_get(const struct resolve *r, size_t index)
{
        assert(index < r->choice_count);
        return &r->choices[index];
}

int resolve_find(const struct resolve *r, uint32_t package, size_t *index)
{
        if (package >= r->package_count || r->packages[package].choice == RESOLVE_NONE)
                return 0;
        *index = r->packages[package].choice;
        return 1;
}

int resolve_why(const struct resolve *r, size_t index, struct buf *out)
{
        const struct resolve_provider *provider = r->provider;
        const struct resolve_choice *c = resolve_get(r, index);
        uint32_t *chain = NULL;
        size_t count = 0, cap = 0;
        int ret = -1;

        for (const struct resolve_choice *at = c;; at = &r->choices[at->parent]) {
                chain = xgrow(chain, count, &cap, sizeof *chain);
                chain[count++] = (uint32_t)(at - r->choices);
                if (at->asked)
                        break;
        }
        while (count--) {
                const struct resolve_choice *at = &r->choices[chain[count]];
                const char *wanted = provider->requirement(r->p, at->requirement);
                const struct resolve_choice *parent = &r->choices[at->parent];
                const char *name = provider->name(r->p, parent->package);

                if (at->asked ? buf_addf(out, "you asked for %s", wanted) < 0
                              : buf_addf(out, "; %s %s depends on %s", name,
                                    provider->version(r->p, parent->package, parent->candidate),
                                    wanted) < 0)
                        goto out;
        }
        if (buf_addf(out, "; %s %s", provider->name(r->p, c->package),
                provider->version(r->p, c->package, c->candidate)) < 0)
                goto out;
        ret = 0;
out:
        free(chain);
        return ret;
}
