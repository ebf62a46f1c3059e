/*
 * A zip file at hand, read through mirror/pypi/zipdir.h with pread.
 *
 *     struct zipfile z;
 *     if (zipfile_open(&z, fd, e) < 0) ...
 *     zipdir_first(&i, &z.dir, z.directory); zipdir_next(...); ...
 *     zipfile_read(&z, &member, LIMIT_METADATA, &out, e);
 *     zipfile_close(&z);                       leaves fd open
 */
#ifndef MIRROR_PYPI_ZIPFILE_H
#define MIRROR_PYPI_ZIPFILE_H

#include "mirror/pypi/zipdir.h"

struct zipfile {
        int fd;
        struct zipdir dir;
        void *directory;
};

/* Reads the directory. The file must not change while it is open. */
int zipfile_open(struct zipfile *z, int fd, struct err *e);
void zipfile_close(struct zipfile *z); /* accepts the zero value */

/* Appends the content of a member, at most `max` bytes. */
int zipfile_read(const struct zipfile *z, const struct zip_member *m, uint64_t max, struct buf *out,
    struct err *e);

#endif
