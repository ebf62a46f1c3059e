/*
 * The policy of an isolated side: what its dray.toml lets in of what is
 * authentic. Pure: it looks at a manifest and its records, and says no.
 *
 * What is not let in is ERR_POLICY; the message begins with "policy: " and
 * names the rule.
 */
#ifndef MIRROR_POLICY_H
#define MIRROR_POLICY_H

#include <stdint.h>

#include "bundle/manifest.h"
#include "mirror/config.h"

/* What bundles are judged by, never by what they say themselves. */
struct policy_time {
        int64_t now;      /* unix seconds: the later of the clock and the latest import here */
        int clock_behind; /* it is the import's */
};

/* Size and age; ERR_POLICY for a date in the future too, if there is a `max_age`. */
int policy_check_bundle(const struct config_policy *p, const struct manifest *m,
    const struct policy_time *t, struct err *e);

/*
 * The name of a package that a bundle adds: the record's own, or as people know it. Patterns are
 * taken as the registry writes its names. registry NULL: both as they stand.
 */
int policy_check_record(const struct config_policy *p, const struct registry *registry,
    const struct record *r, struct err *e);

/*
 * Is the bundle older than `warn_age`, or dated more than a day ahead? The line is for people;
 * NULL: no. The caller frees.
 */
char *policy_warning(
    const struct config_policy *p, const struct manifest *m, const struct policy_time *t);

#endif
