/*
 * The wheel tags that a target takes, best first (PEP 425), as packaging.tags
 * and pip list them on such a machine:
 *
 *     cp311-cp311-P  cp311-abi3-P  cp311-none-P    for each platform tag P
 *     cp310-abi3-P ... cp32-abi3-P
 *     py311-none-P  py3-none-P  py310-none-P ... py30-none-P
 *     cp311-none-any  py311-none-any  py3-none-any ... py30-none-any
 *
 * Free-threaded targets take abi3t where others take abi3. PyPy takes its own
 * ABI and none, and no stable ABI.
 */
#ifndef MIRROR_PYPI_TAGS_H
#define MIRROR_PYPI_TAGS_H

#include <stddef.h>

#include "mirror/pypi/target.h"
#include "mirror/pypi/wheelname.h"

#define TAGS_NONE SIZE_MAX

struct tags;

struct tags *tags_new(const struct target *t); /* does not keep *t */
void tags_free(struct tags *tags);             /* accepts NULL */

size_t tags_count(const struct tags *tags);
const char *tags_get(const struct tags *tags, size_t rank); /* "cp311-cp311-win_amd64" */

/* The rank of one tag, 0 the best, or TAGS_NONE. Costs the same however many tags there are. */
size_t tags_rank(
    const struct tags *tags, const char *python, const char *abi, const char *platform);

/* The best rank among the tags of a wheel, or TAGS_NONE: it does not run on this target. */
size_t tags_rank_wheel(const struct tags *tags, const struct wheel_name *w);

/*
 * The one of several wheels (of one version) that this target installs: the
 * best tag, then the highest build tag, then the first. TAGS_NONE: none of them.
 */
size_t tags_best_wheel(
    const struct tags *tags, const struct wheel_name *const *wheels, size_t count);

#endif
