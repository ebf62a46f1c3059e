/*
 * What must be installed before an sdist can be built: [build-system] of its
 * pyproject.toml (PEP 517, 518). What the build backend asks for beyond that
 * is known only by running it.
 *
 *     struct build_system b;
 *     if (build_system_parse(s.has_pyproject ? s.pyproject.data : NULL, s.pyproject.len, &b, e) < 0) ...
 *     for (size_t i = 0; i < b.count; i++)
 *             use(b.requires[i]);
 *     build_system_release(&b);
 */
#ifndef MIRROR_PYPI_BUILD_SYSTEM_H
#define MIRROR_PYPI_BUILD_SYSTEM_H

#include <stddef.h>

#include "bundle/err.h"
#include "mirror/arena.h"

struct build_system {
        const char **requires; /* requirements (PEP 508), not parsed */
        size_t count, room;
        int stated; /* 0: the default, setuptools and wheel, as pip has it */
        struct arena text;
};

/*
 * pyproject: NULL when the sdist has none. ERR_REFUSED: it is not TOML, or its
 * [build-system] has no array of strings `requires`. *out is then released.
 */
int build_system_parse(const char *pyproject, size_t len, struct build_system *out, struct err *e);
void build_system_release(struct build_system *b); /* accepts the zero value */

#endif
