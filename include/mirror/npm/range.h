/*
 * Ranges of versions as node-semver reads them: comparators, x-ranges, tilde,
 * caret, hyphen, joined by blanks (and) and || (or).
 *
 *     struct semver_range *r = semver_range_parse("^1.2 || 3.x", SEMVER_LOOSE);
 *     semver_range_has(r, &v)
 *     semver_range_free(r);
 *
 * A pre-release is in a range only if one of the comparators that it meets has
 * a pre-release of the same three numbers (not so with SEMVER_PRERELEASE).
 */
#ifndef MIRROR_NPM_RANGE_H
#define MIRROR_NPM_RANGE_H

#include <stdbool.h>

#include "mirror/npm/semver.h"

struct semver_range;

/* NULL: no range. flags: SEMVER_LOOSE, SEMVER_PRERELEASE. */
struct semver_range *semver_range_parse(const char *text, unsigned flags);
void semver_range_free(struct semver_range *r); /* NULL is fine */

bool semver_range_has(const struct semver_range *r, const struct semver *v);

/* Both at once; false also when either cannot be read. */
bool semver_satisfies(const char *version, const char *range, unsigned flags);

#endif
