/*
 * Version specifier sets of Python packages (PEP 440): ">=1.26,<3,!=2.0.*".
 *
 *     struct specifier_set s;
 *     if (specifier_set_parse(&s, ">=1.26, <3", &e) < 0) ...
 *     allow = policy_allows || specifier_set_mentions_prerelease(&s);
 *     specifier_set_contains(&s, &version, allow)
 *     specifier_set_release(&s);
 *
 * The empty set (an empty text) contains every version.
 *
 * The meaning is the text of PEP 440 and of the specification that succeeded
 * it. Older installers (packaging 23.0, the one of Debian 12) deviate from it
 * in three corners, in which we follow the specification:
 *   - ==N!V.* and ~=N!V pad with zeros behind an epoch, too;
 *   - ~=V drops every spelling of a suffix (~=2.2.r1 is >=2.2.post1,==2.*);
 *   - >V and <V leave out the post- or pre-releases and local versions of V
 *     only: >1.0a1 contains 1.0+local, <1.0.post1 contains 1.0rc1.
 */
#ifndef MIRROR_PYPI_SPECIFIER_H
#define MIRROR_PYPI_SPECIFIER_H

#include "bundle/buf.h"
#include "mirror/pypi/version.h"

enum specifier_comparison {
        SPECIFIER_ARBITRARY,     /* === */
        SPECIFIER_COMPATIBLE,    /* ~= */
        SPECIFIER_EQUAL,         /* ==, also with .* */
        SPECIFIER_NOT_EQUAL,     /* !=, also with .* */
        SPECIFIER_LESS_EQUAL,    /* <= */
        SPECIFIER_GREATER_EQUAL, /* >= */
        SPECIFIER_LESS,          /* < */
        SPECIFIER_GREATER,       /* > */
};

/* One clause. */
struct specifier {
        enum specifier_comparison comparison;
        bool wildcard;          /* the text ends in .* */
        char *text;             /* the version as written */
        struct version version; /* zeroed when === names something that is no version */
};

struct specifier_set {
        struct specifier *list; /* in the order written */
        size_t count, cap;
};

int specifier_set_parse(struct specifier_set *s, const char *text, struct err *e);
int specifier_set_parse_n(struct specifier_set *s, const char *text, size_t len, struct err *e);
void specifier_set_release(struct specifier_set *s); /* accepts a zeroed struct; leaves it zeroed */

/* Parses one clause and adds it. On -1 *s is unchanged. `e` may be NULL. */
int specifier_set_add(struct specifier_set *s, const char *clause, size_t len, struct err *e);
void specifier_set_copy(struct specifier_set *to, const struct specifier_set *from);

/* Does every clause hold? A pre-release is contained only when they are allowed. */
bool specifier_set_contains(
    const struct specifier_set *s, const struct version *v, bool allow_prereleases);

/*
 * Does the set itself ask for pre-releases: does a clause with ==, >=, <=, ~=
 * or === name one? (!= does not ask. Newer installers let < and > ask as well;
 * they do not here, or the usual "<3.0.dev0" would let in the pre-releases of
 * 2.x, which the author of that bound did not mean.)
 */
bool specifier_set_mentions_prerelease(const struct specifier_set *s);

/*
 * The choice PEP 440 asks for among all versions there are: sets keep[i] for
 * each of the `count` versions that the set contains, and returns how many.
 * Pre-releases are kept when allowed or mentioned, or when nothing else is left.
 */
size_t specifier_set_filter(const struct specifier_set *s, const struct version *const *versions,
    size_t count, bool allow_prereleases, bool *keep);

/* Is it bound to one version by == without .* or by ===? (PEP 592: may take yanked files.) */
bool specifier_set_pins(const struct specifier_set *s);

/* Adds the set as text: clauses sorted, doubles dropped, versions as written. 0, or -1: *out is
 * full. */
int specifier_set_text(const struct specifier_set *s, struct buf *out);

/* One clause alone, without the rule on pre-releases. */
bool specifier_contains(const struct specifier *s, const struct version *v);
const char *specifier_comparison_text(enum specifier_comparison comparison);

#endif
