#include "mirror/npm/pick.h"

#include "bundle/mem.h"

static bool is_old_enough(const struct packument_version *v, const struct pick_policy *policy)
{
        return policy->not_after == INT64_MAX ||
               (v->published != PACKUMENT_NO_TIME && v->published <= policy->not_after);
}

/* A range that cannot be read is met by no Node. */
static bool runs_on(const struct packument_version *v, const struct semver *node)
{
        struct semver_range *range;
        bool ok;

        if (!node || !v->engines_node || !*v->engines_node)
                return true;
        range = semver_range_parse(v->engines_node, SEMVER_PRERELEASE);
        ok = range && semver_range_has(range, node);
        semver_range_free(range);
        return ok;
}

static bool is_any(const struct npm_spec *spec)
{
        return !*spec->text || strcmp(spec->text, "*") == 0;
}

/* As one sorting key: working and undeprecated, then working, then undeprecated. */
static int merit(const struct packument_version *v, const struct semver *node)
{
        bool runs = runs_on(v, node), kept = !v->deprecated;

        return 4 * (runs && kept) + 2 * runs + kept;
}

static bool is_better(
    const struct packument_version *a, const struct packument_version *b, const struct semver *node)
{
        int x = merit(a, node), y = merit(b, node);

        return x != y ? x > y : semver_compare(&a->semver, &b->semver) > 0;
}

static bool is_in(const struct packument_version *v, const struct semver_range *range,
    const struct pick_policy *policy)
{
        return v->readable && is_old_enough(v, policy) && semver_range_has(range, &v->semver);
}

static const struct packument_version *best_in(
    const struct packument *p, const struct semver_range *range, const struct pick_policy *policy)
{
        const struct packument_version *best = NULL;

        for (size_t i = 0; i < p->count; i++) {
                const struct packument_version *v = &p->versions[i];

                if (is_in(v, range, policy) && (!best || is_better(v, best, policy->node)))
                        best = v;
        }
        return best;
}

/* What `latest` stands at goes before all others, if nothing is wrong with it. */
static const struct packument_version *good_latest(
    const struct packument *p, const struct npm_spec *spec, const struct pick_policy *policy)
{
        const char *latest = packument_tag(p, "latest");
        const struct packument_version *v = latest ? packument_version(p, latest) : NULL;

        if (!v || v->deprecated || !is_old_enough(v, policy) || !runs_on(v, policy->node))
                return NULL;
        if (!is_any(spec) && !(v->readable && semver_range_has(spec->range, &v->semver)))
                return NULL;
        return v;
}

/* A tag at a version that is too young stands for the newest one before it. */
static const struct packument_version *by_tag(
    const struct packument *p, const char *tag, const struct pick_policy *policy)
{
        const char *version = packument_tag(p, tag);
        const struct packument_version *v = version ? packument_version(p, version) : NULL;
        struct semver_range *before;
        char *text;

        if (!v || is_old_enough(v, policy))
                return v;
        text = xasprintf("<=%s", version);
        before = semver_range_parse(text, SEMVER_LOOSE);
        free(text);
        v = before ? best_in(p, before, policy) : NULL;
        semver_range_free(before);
        return v;
}

static const struct packument_version *by_version(
    const struct packument *p, const struct npm_spec *spec, const struct pick_policy *policy)
{
        struct semver exact;

        if (semver_parse(&exact, spec->text, strlen(spec->text), SEMVER_LOOSE) < 0)
                return NULL;
        for (size_t i = 0; i < p->count; i++) {
                const struct packument_version *v = &p->versions[i];

                if (v->readable && semver_compare(&v->semver, &exact) == 0)
                        return is_old_enough(v, policy) ? v : NULL;
        }
        return NULL;
}

static char *say_why(
    const struct packument *p, const struct npm_spec *spec, const struct pick_policy *policy)
{
        struct pick_policy any = {.not_after = INT64_MAX, .node = policy->node};
        const struct packument_version *v;
        char *ignored = NULL;

        if (p->count == 0)
                return xasprintf("%s has no versions", p->name);
        if (policy->not_after != INT64_MAX) {
                v = pick_version(p, spec, &any, &ignored);
                free(ignored);
                if (v && v->published == PACKUMENT_NO_TIME)
                        return xasprintf(
                            "%s %s: the registry does not say when it was published, which %s "
                            "needs",
                            p->name, v->text, policy->rule);
                if (v)
                        return xasprintf("%s %s, published %s, is younger than %s allows", p->name,
                            v->text, v->time, policy->rule);
        }
        if (spec->kind == NPM_SPEC_TAG)
                return xasprintf("%s has no dist-tag %s", p->name, spec->text);
        return xasprintf("no version of %s is %s", p->name, *spec->text ? spec->text : "*");
}

const struct packument_version *pick_version(const struct packument *p, const struct npm_spec *spec,
    const struct pick_policy *policy, char **why)
{
        const struct packument_version *v = NULL;

        switch (spec->kind) {
        case NPM_SPEC_TAG:
                v = by_tag(p, spec->text, policy);
                break;
        case NPM_SPEC_VERSION:
                v = by_version(p, spec, policy);
                break;
        case NPM_SPEC_RANGE:
                v = good_latest(p, spec, policy);
                if (!v)
                        v = best_in(p, spec->range, policy);
                break;
        default:
                break;
        }
        *why = v ? NULL : say_why(p, spec, policy);
        return v;
}

size_t pick_versions(const struct packument *p, const struct npm_spec *spec,
    const struct pick_policy *policy, const struct packument_version **out, size_t count)
{
        char *why;
        size_t n = 0;

        if (count == 0)
                return 0;
        out[0] = pick_version(p, spec, policy, &why);
        free(why);
        if (!out[0])
                return 0;
        if (spec->kind != NPM_SPEC_RANGE)
                return 1;
        for (n = 1; n < count; n++) {
                const struct packument_version *next = NULL;

                for (size_t i = 0; i < p->count; i++) {
                        const struct packument_version *v = &p->versions[i];

                        if (is_in(v, spec->range, policy) &&
                            is_better(out[n - 1], v, policy->node) &&
                            (!next || is_better(v, next, policy->node)))
                                next = v;
                }
                if (!next)
                        break;
                out[n] = next;
        }
        return n;
}
