/*
 * Core metadata: METADATA of a wheel, PKG-INFO of an sdist. Read as email
 * headers, the way Python's own parser (policy compat32) reads them, since
 * that is what the format is defined by: the headers end at the first empty
 * line or at a line that is no header, and the rest is description.
 *
 *     struct metadata m;
 *     if (metadata_parse(bytes, len, &m, e) < 0) ...
 *     for (size_t i = 0; i < m.requires_dist.count; i++)
 *             use(m.requires_dist.items[i]);
 *     metadata_release(&m);
 *
 * The values are text (UTF-8, no control characters), unfolded and trimmed;
 * they are not parsed here. Fields that are not named below may hold
 * anything, in any encoding: old packages do.
 */
#ifndef MIRROR_PYPI_METADATA_H
#define MIRROR_PYPI_METADATA_H

#include <stddef.h>

#include "bundle/buf.h"
#include "bundle/err.h"
#include "mirror/arena.h"

struct metadata_list {
        const char **items;
        size_t count, room;
};

struct metadata {
        const char *metadata_version; /* as stated; its major part is 1 or 2 */
        const char *name, *version;   /* always there, not empty */
        const char *requires_python;  /* NULL: not stated */
        struct metadata_list requires_dist, provides_extra;
        struct metadata_list dynamic; /* names of fields (PEP 643) */
        struct arena text;            /* every string above */
};

/* Appends the whole of a file of it, as wheel_read_metadata() does that inside a wheel. */
int metadata_read(int fd, struct buf *out, struct err *e);

/*
 * -1: larger than LIMIT_METADATA; a required field is missing; a field that
 * counts is not text; Metadata-Version's major part is not known; or a field
 * that may stand once stands there with two values. *out is then released.
 */
int metadata_parse(const char *bytes, size_t len, struct metadata *out, struct err *e);
void metadata_release(struct metadata *m); /* accepts the zero value */

/* 1 if a field ("Requires-Dist") is marked as Dynamic; 0 if not. */
int metadata_is_dynamic(const struct metadata *m, const char *field);

/*
 * 1 if an sdist's own Requires-Dist hold for every wheel that is built from
 * it: Metadata-Version 2.2 or newer, and Requires-Dist not Dynamic (PEP 643).
 * 0: only a build would tell. For a wheel's METADATA do not ask.
 */
int metadata_sdist_dependencies_hold(const struct metadata *m);

#endif
