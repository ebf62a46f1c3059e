#include "mirror/policy.h"

#include <fnmatch.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"

/* Clocks differ, but not by more than this. */
#define AHEAD ((int64_t)24 * 60 * 60)

/* "the bundle was issued 3 days ago by this machine's clock, 2026-..." The caller frees. */
static char *describe_age(const struct manifest *m, const struct policy_time *t)
{
        const char *of = t->clock_behind ? "the latest import here" : "this machine's clock";
        char issued[TIMESTAMP_SIZE], now[TIMESTAMP_SIZE], age[32];

        timestamp_format(t->now, now);
        if (m->issued - t->now <= AHEAD)
                return xasprintf("the bundle was issued %s ago by %s, %s",
                    timestamp_age(t->now - m->issued, age), of, now);
        return xasprintf("the bundle is dated %s, which is %s ahead by %s, %s",
            timestamp_format(m->issued, issued), timestamp_age(m->issued - t->now, age), of, now);
}

static int check_age(const struct config_policy *p, const struct manifest *m,
    const struct policy_time *t, struct err *e)
{
        char *age, most[32];
        int ahead = m->issued - t->now > AHEAD;

        if (!p->max_age || (!ahead && t->now - m->issued <= p->max_age))
                return 0;
        age = describe_age(m, t);
        if (ahead)
                err_set(e, ERR_POLICY,
                    "policy: %s; with max_age its age must be known: one of the two clocks is wrong",
                    age);
        else
                err_set(e, ERR_POLICY, "policy: %s; max_age is %s; ask for a new one%s", age,
                    timestamp_age(p->max_age, most),
                    t->clock_behind ? ", or, if that import was under a wrong clock, dray import "
                                      "--approve-clock REASON"
                                    : "");
        free(age);
        return err_cause(e, ahead ? "policy-future" : "policy-age");
}

int policy_check_bundle(const struct config_policy *p, const struct manifest *m,
    const struct policy_time *t, struct err *e)
{
        char is[32], most[32];

        if (p->max_size && m->totals.bytes > p->max_size) {
                err_set(e, ERR_POLICY, "policy: the bundle unpacks to %s, max_size is %s",
                    fs_size_text(m->totals.bytes, is), fs_size_text(p->max_size, most));
                return err_cause(e, "policy-size");
        }
        return check_age(p, m, t, e);
}

char *policy_warning(
    const struct config_policy *p, const struct manifest *m, const struct policy_time *t)
{
        int ahead = m->issued - t->now > AHEAD;
        char *age, *line, most[32];

        if (!ahead && (!p->warn_age || t->now - m->issued <= p->warn_age))
                return NULL;
        age = describe_age(m, t);
        if (ahead)
                line = xasprintf("%s: one of the two clocks is wrong", age);
        else
                line = xasprintf("%s; warn_age is %s", age, timestamp_age(p->warn_age, most));
        free(age);
        return line;
}

static int takes(const struct registry *registry, const char *pattern, const char *name)
{
        char written[LIMIT_NAME + 1]; /* config_policy.c takes none that is longer */

        if (registry && registry->pattern)
                registry->pattern(pattern, written);
        else
                snprintf(written, sizeof written, "%s", pattern);
        return fnmatch(written, name, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

/* A package, and what its names are like. */
struct named {
        const struct registry *registry; /* NULL: not known */
        const char *package, *known_as;
};

/* The pattern that takes the package by either of its names, or NULL. */
static const char *match(const struct config_list *patterns, const struct named *n)
{
        for (size_t i = 0; i < patterns->count; i++) {
                const char *pattern = patterns->items[i].text;

                if (takes(n->registry, pattern, n->known_as) ||
                    takes(n->registry, pattern, n->package))
                        return pattern;
        }
        return NULL;
}

int policy_check_record(const struct config_policy *p, const struct registry *registry,
    const struct record *r, struct err *e)
{
        struct named named = {registry, r->package, r->package};

        if (registry && registry->known_as)
                named.known_as = registry->known_as(r->package);
        for (size_t i = 0; named.known_as && i < p->source_count; i++) {
                const struct config_policy_source *s = &p->sources[i];
                const char *pattern;

                if (strcmp(s->name, r->source) != 0)
                        continue;
                pattern = match(&s->reserved, &named);
                if (pattern) {
                        err_set(e, ERR_POLICY,
                            "policy: %s/%s is a name for in-house packages (reserved = \"%s\"), and comes "
                            "from outside",
                            r->source, r->package, pattern);
                        return err_cause(e, "policy-reserved");
                }
                pattern = match(&s->deny, &named);
                if (pattern) {
                        err_set(e, ERR_POLICY, "policy: %s/%s is denied (deny = \"%s\")", r->source,
                            r->package, pattern);
                        return err_cause(e, "policy-deny");
                }
                if (s->has_allow && !match(&s->allow, &named)) {
                        err_set(e, ERR_POLICY,
                            "policy: %s/%s is not allowed (no pattern of allow takes it)",
                            r->source, r->package);
                        return err_cause(e, "policy-allow");
                }
        }
        return 0;
}
