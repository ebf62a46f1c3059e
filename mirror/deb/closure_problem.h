/* libsolv's problems in words. Private to closure*.c. */
#ifndef MIRROR_DEB_CLOSURE_PROBLEM_H
#define MIRROR_DEB_CLOSURE_PROBLEM_H

#include <solv/solver.h>

#include "universe_pool.h"

/*
 * Why there is no solution, one reason a line; and which root to blame: the last of those
 * that the first problem speaks of. The caller frees.
 */
char *closure_problem(
    struct universe *u, Solver *solver, const uint32_t *roots, size_t count, size_t *culprit);

#endif
