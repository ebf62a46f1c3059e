/*
 * The stanzas of chosen files: what their records say is taken from them. Private
 * to the Debian adapter.
 */
#ifndef MIRROR_DEB_COLLECT_H
#define MIRROR_DEB_COLLECT_H

#include "mirror/intern.h"
#include "selection.h"

/* Where a stanza stands. */
struct collect {
        struct selection *s;
        struct suite *suite;
        struct suite_index *index;
        struct intern *sources; /* "name version" of the chosen packages' sources; may be NULL */
};

/* A stanza of Packages: if its file is chosen, it is described. 0, or -1 with *e: it is unfit. */
int collect_binary(struct collect *c, const char *stanza, size_t len, struct err *e);
/*
 * Describes a chosen file of this machine, by the stanza that Packages would have. It is listed
 * in the first suite and component of the source.
 */
int collect_local(struct selection *s, struct chosen_file *f, const struct selection_local *local,
    const char *source, struct err *e);
/* A stanza of Sources: if it is one of c->sources, its files are chosen and described. */
int collect_source(struct collect *c, const char *stanza, size_t len, struct err *e);

#endif
