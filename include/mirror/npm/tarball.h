/* npm tarballs: a gzipped tar, whose members lie in one folder of any name. */
#ifndef MIRROR_NPM_TARBALL_H
#define MIRROR_NPM_TARBALL_H

#include <jansson.h>

#include "bundle/buf.h"
#include "bundle/err.h"

/*
 * The member of that name in the outermost folder, as npm unpacks it: where the name stands twice,
 * all must be the same, since readers do not agree on which one counts. 1, 0: there is none, or
 * -1: ERR_REFUSED, not such an archive or beyond the limits. The whole archive is read.
 */
int tarball_member(int fd, const char *name, struct buf *out, struct err *e);

/* Its package.json, an object that states name and version; NULL with ERR_REFUSED. */
json_t *tarball_manifest(int fd, struct err *e);

#endif
