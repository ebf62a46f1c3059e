#include "mirror/policy.h"

#include <fnmatch.h>

#include "bundle/fs.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"

int policy_check_bundle(
    const struct config_policy *p, const struct manifest *m, int64_t now, struct err *e)
{
        char is[32], most[32];

        if (p->max_size && m->totals.bytes > p->max_size) {
                err_set(e, ERR_POLICY, "policy: the bundle unpacks to %s, max_size is %s",
                    fs_size_text(m->totals.bytes, is), fs_size_text(p->max_size, most));
                return err_cause(e, "policy-size");
        }
        if (p->max_age && now - m->issued > p->max_age) {
                err_set(e, ERR_POLICY,
                    "policy: the bundle was issued %s ago, max_age is %s; ask for a new one",
                    timestamp_age(now - m->issued, is), timestamp_age(p->max_age, most));
                return err_cause(e, "policy-age");
        }
        return 0;
}

char *policy_warning(const struct config_policy *p, const struct manifest *m, int64_t now)
{
        char is[32], most[32];

        if (!p->warn_age || now - m->issued <= p->warn_age)
                return NULL;
        return xasprintf("the bundle was issued %s ago, warn_age is %s",
            timestamp_age(now - m->issued, is), timestamp_age(p->warn_age, most));
}

/* The pattern that takes the name, or NULL. */
static const char *match(const struct config_list *patterns, const char *name)
{
        for (size_t i = 0; i < patterns->count; i++)
                if (fnmatch(patterns->items[i].text, name, FNM_NOESCAPE | FNM_CASEFOLD) == 0)
                        return patterns->items[i].text;
        return NULL;
}

int policy_check_record(const struct config_policy *p, const struct record *r, struct err *e)
{
        for (size_t i = 0; i < p->source_count; i++) {
                const struct config_policy_source *s = &p->sources[i];
                const char *pattern;

                if (strcmp(s->name, r->source) != 0)
                        continue;
                pattern = match(&s->reserved, r->package);
                if (pattern) {
                        err_set(e, ERR_POLICY,
                            "policy: %s/%s is a name for in-house packages (reserved = \"%s\"), and comes "
                            "from outside",
                            r->source, r->package, pattern);
                        return err_cause(e, "policy-reserved");
                }
                pattern = match(&s->deny, r->package);
                if (pattern) {
                        err_set(e, ERR_POLICY, "policy: %s/%s is denied (deny = \"%s\")", r->source,
                            r->package, pattern);
                        return err_cause(e, "policy-deny");
                }
                if (s->has_allow && !match(&s->allow, r->package)) {
                        err_set(e, ERR_POLICY,
                            "policy: %s/%s is not allowed (no pattern of allow takes it)",
                            r->source, r->package);
                        return err_cause(e, "policy-allow");
                }
        }
        return 0;
}
