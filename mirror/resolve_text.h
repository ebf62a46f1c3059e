/* Clauses in words. Private to resolve*.c. What does not fit in `out` is left out. */
#ifndef MIRROR_RESOLVE_TEXT_H
#define MIRROR_RESOLVE_TEXT_H

#include "resolve_state.h"

/* A statement of the provider's: "a>=2 depends on b<3". */
void text_fact(const struct resolve *r, const struct clause *c, struct buf *out);

/* "b<3"; and why nothing satisfies it, if so. */
void text_need(const struct resolve *r, const struct need *n, struct buf *out);

/* What follows from several: "a>=2 requires b<3". Terms must not all hold together. */
void text_terms(const struct resolve *r, const struct term *terms, size_t count, struct buf *out);

#endif
