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

/* Size and age. now: unix seconds, not earlier than anything that was seen here. */
int policy_check_bundle(
    const struct config_policy *p, const struct manifest *m, int64_t now, struct err *e);

/* The name of a package that a bundle adds. */
int policy_check_record(const struct config_policy *p, const struct record *r, struct err *e);

/* Is the bundle older than `warn_age`? The line is for people; NULL: no. The caller frees. */
char *policy_warning(const struct config_policy *p, const struct manifest *m, int64_t now);

#endif
