/*
 * One requirement (PEP 508), as in Requires-Dist, requirements.txt or
 * pyproject.toml:
 *
 *     requests[socks,security] >=2.8.1, ==2.* ; python_version < "3.12"
 *     pip @ https://example.invalid/pip-1.3.1.zip ; os_name == "posix"
 *     foo (>=1)                                   as METADATA had it before PEP 508
 *
 *     struct requirement r;
 *     if (requirement_parse(&r, text, &e) < 0) ...  the message names the column
 *     requirement_release(&r);
 */
#ifndef MIRROR_PYPI_REQUIREMENT_H
#define MIRROR_PYPI_REQUIREMENT_H

#include "bundle/buf.h"
#include "mirror/pypi/marker.h"
#include "mirror/pypi/specifier.h"

struct requirement {
        char *name;    /* normalised (PEP 503) */
        char *written; /* the name as written */
        char **extras; /* normalised (PEP 685), sorted, without doubles */
        size_t extra_count;
        struct specifier_set specifier; /* empty: any version */
        char *url;                      /* a direct reference, or NULL; then specifier is empty */
        struct marker *marker;          /* or NULL: always */
};

int requirement_parse(struct requirement *r, const char *text, struct err *e);
int requirement_parse_n(struct requirement *r, const char *text, size_t len, struct err *e);
void requirement_release(struct requirement *r); /* accepts a zeroed struct; leaves it zeroed */

/* Adds the requirement in one canonical spelling. 0, or -1: *out is full. */
int requirement_text(const struct requirement *r, struct buf *out);

#endif
