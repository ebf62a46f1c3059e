/*
 * A wheel's METADATA, out of the wheel itself: for an index that does not
 * serve it beside the file (core-metadata). From ranges with the steps of
 * mirror/pypi/zipdir.h, or from a whole file.
 */
#ifndef MIRROR_PYPI_WHEEL_H
#define MIRROR_PYPI_WHEEL_H

#include "bundle/buf.h"
#include "bundle/err.h"
#include "mirror/pypi/zipdir.h"

/*
 * Chooses the member "<anything>.dist-info/METADATA". As pip does, exactly one
 * top-level folder may end in ".dist-info"; case counts, and a folder or file
 * that differs in case only is refused. The name of the folder is not held
 * against the wheel's: compare Name and Version of the metadata instead.
 */
int wheel_find_metadata(
    const struct zipdir *d, const void *directory, struct zip_member *m, struct err *e);

/* Appends the METADATA of a wheel file. fd: open for reading; its position is left alone. */
int wheel_read_metadata(int fd, struct buf *out, struct err *e);

#endif
