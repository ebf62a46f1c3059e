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

/* The names of one source, as they come. The zero value is empty. */
struct name_set {
        struct name *table;
        size_t size, count;
};

/*
 * Adds a record's names, if they pass names_check() and no other's are in the way: paths and package
 * names that differ in case only, one path for two files, and a path below another one are
 * ERR_REFUSED. The sha256 counts. 24 bytes of memory for each name and folder.
 */
int name_set_add(
    struct name_set *s, const struct registry *registry, const struct record *r, struct err *e);
void name_set_release(struct name_set *s);

/* All records of these sources of a generation, each source's in a set. */
int names_check_generation(
    struct catalog *c, int64_t generation, char *const *sources, size_t count, struct err *e);

#endif
