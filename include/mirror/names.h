/*
 * Names from outside: of ASCII letters, digits and what their registry allows
 * beside them, harmless on any host, and no two of a source the same where
 * case does not count.
 *
 * Asked of every record before sync selects it, before it is bundled, and
 * before an import changes anything.
 */
#ifndef MIRROR_NAMES_H
#define MIRROR_NAMES_H

#include "bundle/catalog.h"
#include "mirror/registry.h"

/*
 * One record: its characters, and that each component of its package's name
 * and of its path (both between slashes) is fit for a file's name on any host (Windows' devices, dots
 * at an end, colons, backslashes). 0, or -1 with ERR_REFUSED.
 */
int names_check(const struct registry *registry, const struct record *r, struct err *e);

/*
 * All records of these sources of a generation, each by itself and against
 * the others: paths and package names that differ in case only, and one path
 * for two files, are ERR_REFUSED. 24 bytes of memory for each name.
 */
int names_check_generation(
    struct catalog *c, int64_t generation, char *const *sources, size_t count, struct err *e);

#endif
