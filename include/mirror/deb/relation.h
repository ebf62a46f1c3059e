/*
 * Relation fields: Depends, Recommends, Conflicts, Provides ... (Debian Policy
 * 7.1), one alternative after the other.
 *
 *     struct relation_reader r;
 *     struct relation d;
 *     relation_first(&r, "libc6 (>= 2.34), default-mta | mail-transport-agent");
 *     while ((more = relation_next(&r, &d, e)) == 1)
 *             if (!d.is_alternative) begin another group; ...
 *
 * Everything points into the text.
 */
#ifndef MIRROR_DEB_RELATION_H
#define MIRROR_DEB_RELATION_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/err.h"

enum relation_operator {
        RELATION_ANY, /* no version given */
        RELATION_EARLIER,
        RELATION_EARLIER_EQUAL,
        RELATION_EQUAL,
        RELATION_LATER_EQUAL,
        RELATION_LATER,
};

struct relation {
        const char *name;
        size_t name_len;
        const char *qualifier; /* behind "name:", such as "any"; "" if there is none */
        size_t qualifier_len;
        enum relation_operator op;
        const char *version; /* unless RELATION_ANY */
        size_t version_len;
        bool is_alternative; /* a "|" stands before it */
};

struct relation_reader {
        const char *at, *end;
        bool after_bar;
};

void relation_first(struct relation_reader *r, const char *text, size_t len);

/*
 * 1, 0 at the end, or -1, ERR_REFUSED: not the syntax of a binary package's field.
 * Restrictions to architectures ("[amd64]") and build profiles ("<!nocheck>") belong to
 * source packages and are refused. The old operators "<" and ">" mean "<=" and ">=".
 */
int relation_next(struct relation_reader *r, struct relation *out, struct err *e);

#endif
