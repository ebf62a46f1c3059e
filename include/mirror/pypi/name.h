/*
 * Names of Python projects and of their extras: what is valid, and the one
 * form under which names are compared (PEP 503, PEP 685).
 */
#ifndef MIRROR_PYPI_NAME_H
#define MIRROR_PYPI_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* ASCII letters, digits, ".", "-", "_"; a letter or digit first and last; at most LIMIT_NAME. */
bool name_is_valid(const char *name, size_t len);

/* Valid, and already in the form that name_normalize gives. */
bool name_is_normalized(const char *name, size_t len);

/*
 * Lower case, each run of "-", "_" and "." as one "-". Works on any text, as
 * installers do with the operands of a marker. The caller frees.
 */
char *name_normalize(const char *name, size_t len);

/*
 * A shell pattern for names, made one for normalised names, in any case: runs of separators as one
 * "-", also in a class of characters. out: as large as the pattern.
 */
void name_pattern(const char *pattern, char *out);

/* Are the two names the same after normalisation? */
bool name_same(const char *a, const char *b);

#endif
