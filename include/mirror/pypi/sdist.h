/*
 * What an sdist says of itself: PKG-INFO and pyproject.toml of its top folder,
 * and the requires.txt that setuptools leaves in an .egg-info folder.
 * Nothing is unpacked to disk and nothing is run.
 *
 *     struct sdist s;
 *     if (sdist_read(fd, "foo-1.0.tar.gz", &s, e) < 0) ...
 *     if (s.has_pkg_info)
 *             metadata_parse(s.pkg_info.data, s.pkg_info.len, &m, e) ...
 *     sdist_release(&s);
 */
#ifndef MIRROR_PYPI_SDIST_H
#define MIRROR_PYPI_SDIST_H

#include "bundle/buf.h"
#include "bundle/err.h"

struct sdist {
        int has_pkg_info, has_pyproject, has_requires;
        struct buf pkg_info, pyproject; /* each at most LIMIT_METADATA */
        struct buf requires;            /* <name>.egg-info/requires.txt, wherever it lies */
};

/*
 * Reads an sdist: fd is open for reading, and its position is moved;
 * filename says the format (.tar.gz, .tgz, .zip; of old: .tar, .tar.bz2, .tbz,
 * .tar.xz, .txz), and no other is tried.
 *
 * The files count one level down (foo-1.0/PKG-INFO), or at the root of an
 * archive that has no top folder, as pip sees it. ERR_REFUSED: another format;
 * a file that stands there twice or is a link; an archive that is damaged or
 * over LIMIT_ARCHIVE_ENTRIES, LIMIT_ARCHIVE_CONTENT.
 */
int sdist_read(int fd, const char *filename, struct sdist *out, struct err *e);
void sdist_release(struct sdist *s); /* accepts the zero value */

#endif
