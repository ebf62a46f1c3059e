/*
 * A parsed marker, for marker.c (which judges it) and marker_parse.c (which
 * makes it). Nobody else includes this.
 *
 * The nodes stand in an order in which every AND and OR comes after its two
 * sides, so that a marker is judged in one pass from the front, however long
 * a chain of "and" it is.
 */
#ifndef MIRROR_PYPI_MARKER_TREE_H
#define MIRROR_PYPI_MARKER_TREE_H

#include "mirror/pypi/marker.h"
#include "mirror/pypi/specifier.h"

enum marker_kind { MARKER_AND, MARKER_OR, MARKER_COMPARE };

/* The comparisons of version specifiers, and the two that exist for strings only. */
enum { MARKER_IN = SPECIFIER_GREATER + 1, MARKER_NOT_IN };

/* In place of a field of struct marker_env: variables that hold names. */
enum { MARKER_EXTRA = -1, MARKER_EXTRAS = -2, MARKER_DEPENDENCY_GROUPS = -3 };

struct marker_variable {
        const char *name;
        ptrdiff_t field; /* offset of a const char * in struct marker_env, or MARKER_EXTRA... */
};

struct marker_operand {
        const struct marker_variable *variable; /* NULL: a literal */
        char *literal;
};

struct marker_node {
        enum marker_kind kind;
        size_t left, right; /* AND, OR: positions of earlier nodes */
        int comparison;     /* COMPARE: enum specifier_comparison, MARKER_IN, MARKER_NOT_IN */
        struct marker_operand a, b;
        struct specifier_set clause; /* comparison and literal b as a specifier; else empty */
};

struct marker {
        struct marker_node *nodes; /* the last one is the whole */
        size_t count, cap;
};

/* Does it hold a name or names, which are compared after normalisation? */
static inline bool marker_holds_names(const struct marker_operand *o)
{
        return o->variable && o->variable->field < 0;
}

/* Does it hold several? */
static inline bool marker_holds_set(const struct marker_operand *o)
{
        return o->variable && o->variable->field < MARKER_EXTRA;
}

#endif
