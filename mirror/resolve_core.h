/*
 * The heart of a conflict: the few statements that already exclude each other.
 *
 * What the resolver learned on its way is a proof, but one that follows every turn of the search.
 * Here the statements that the proof rests on are taken, those alike are joined ("a 1.0 needs
 * b>=2" and "a 1.1 needs b>=3": a needs b>=2), and what is not needed is dropped,
 * as long as they still exclude each other. Private to resolve*.c.
 */
#ifndef MIRROR_RESOLVE_CORE_H
#define MIRROR_RESOLVE_CORE_H

#include "resolve_state.h"

/*
 * Returns a resolver that holds only those statements and has failed because of them: its
 * `failure` is a short proof. To be freed with resolve_free(). Package numbers are the
 * same; a clause's `need` is an index in r->needs. NULL: the search for it took too long.
 */
struct resolve *resolve_core(struct resolve *r);

#endif
