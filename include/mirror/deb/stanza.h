/*
 * A stanza: one paragraph of "Field: value" lines (deb822; Debian Policy 5.1),
 * as in Release, Packages, Sources, a .deb's control file, dpkg's status and
 * apt's .sources.
 *
 *     struct stanza_reader r;
 *     struct stanza_field f;
 *     stanza_first(&r, text, len);
 *     while ((more = stanza_next(&r, &f, e)) == 1)
 *             if (stanza_is(&f, "Depends")) use(f.value, f.value_len);
 *
 * Everything points into the text, which holds one stanza (see stanza_end for
 * texts of several). Field names are compared without regard to case. Lines
 * that begin with '#' are comments.
 */
#ifndef MIRROR_DEB_STANZA_H
#define MIRROR_DEB_STANZA_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/err.h"

struct stanza_reader {
        const char *at, *end;
};

struct stanza_field {
        const char *name; /* as written */
        size_t name_len;
        const char
            *value; /* without the blanks around it; continuation lines included, as written */
        size_t value_len;
        const char *lines; /* all of the field, with the newline of its last line if it has one */
        size_t lines_len;
};

void stanza_first(struct stanza_reader *r, const char *text, size_t len);

/*
 * 1: *f is the next field; 0: that was all. -1, ERR_REFUSED: a line that is
 * neither a field nor the continuation of one, a blank line between fields, or
 * a NUL.
 */
int stanza_next(struct stanza_reader *r, struct stanza_field *f, struct err *e);

bool stanza_is(const struct stanza_field *f, const char *name);

/* The first field of that name: 1, 0, or -1. */
int stanza_get(
    const char *text, size_t len, const char *name, struct stanza_field *f, struct err *e);

/*
 * The stanza that a text begins with, blank lines before it left out: *start
 * and the returned offset span its lines. The returned offset is `len` when no
 * blank line ends it; *start is then `len` if there is no stanza at all.
 */
size_t stanza_end(const char *text, size_t len, size_t *start);

#endif
