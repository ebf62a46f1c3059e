/*
 * Which version of a package a spec stands for: npm's own choice
 * (npm-pick-manifest), and nothing that is younger than allowed.
 */
#ifndef MIRROR_NPM_PICK_H
#define MIRROR_NPM_PICK_H

#include "mirror/npm/packument.h"
#include "mirror/npm/spec.h"

struct pick_policy {
        int64_t
            not_after; /* Unix seconds; INT64_MAX: any. A version without a time is then refused */
        const char *rule; /* "min_age" or "as_of", for messages; if not_after says something */
        const struct semver *node; /* of the target, for `engines`; NULL: any */
};

/* NULL: none fits; *why then says so in one line; the caller frees it. */
const struct packument_version *pick_version(const struct packument *p, const struct npm_spec *spec,
    const struct pick_policy *policy, char **why);

/* The newest `count` versions that fit, by npm's order; returns how many there are. */
size_t pick_versions(const struct packument *p, const struct npm_spec *spec,
    const struct pick_policy *policy, const struct packument_version **out, size_t count);

#endif
