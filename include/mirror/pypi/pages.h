/*
 * The index pages of the site, as every pip reads them: for each project
 * simple/<project>/index.html (PEP 503, 592, 714) and its JSON twin
 * index.v1_json (PEP 691, API 1.1), and the two root pages that list the
 * projects. All links are relative, so the site works at any address and
 * from file://.
 *
 * The same input gives the same bytes: files are sorted by name, versions and
 * projects by their bytes. Text that is not UTF-8 is written with U+FFFD for
 * what is not. Every function appends to *out; -1: over the maximum of *out.
 */
#ifndef MIRROR_PYPI_PAGES_H
#define MIRROR_PYPI_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/err.h"

struct pages_file {
        const char *filename;
        const char *version;
        const char *sha256;          /* 64 hexadecimal digits, lower case */
        uint64_t size;               /* bytes */
        const char *requires_python; /* or NULL */
        const char
            *core_metadata_sha256; /* as sha256, of <filename>.metadata, which is served; or NULL */
        const char *yanked;        /* NULL: it is not; else the reason, which may be "" */
        const char *upload_time;   /* as upstream spelt it; or NULL */
};

/*
 * Where a file is served, relative to the source's folder, percent-encoded:
 * "files/ab/ab12.../name". The .metadata lies beside it.
 */
int pages_file_path(struct buf *out, const struct pages_file *f, struct err *e);

/* project: its normalised name. */
int pages_project_html(struct buf *out, const char *project, const struct pages_file *files,
    size_t count, struct err *e);
int pages_project_json(struct buf *out, const char *project, const struct pages_file *files,
    size_t count, struct err *e);

/* The list of all projects, by their normalised names. */
int pages_root_html(struct buf *out, const char *const *projects, size_t count, struct err *e);
int pages_root_json(struct buf *out, const char *const *projects, size_t count, struct err *e);

#endif
