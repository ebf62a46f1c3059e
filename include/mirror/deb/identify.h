/* Whether a held file is the package that its record says, for struct registry. */
#ifndef MIRROR_DEB_IDENTIFY_H
#define MIRROR_DEB_IDENTIFY_H

#include "bundle/held_files.h"
#include "bundle/record.h"

/*
 * A .deb: name, version and architecture as its control file has them. Of source files and
 * indexes there is nothing to compare: a .dsc and an InRelease carry their own signatures.
 */
int deb_identify(const struct record *r, int fd, struct held_files *files, struct err *e);

#endif
