/*
 * Environment markers (PEP 508): the condition after ";" in a requirement.
 *
 *     struct marker *m;
 *     if (marker_parse(&m, "python_version < '3.11' and extra == 'tls'", &e) < 0) ...
 *     marker_evaluate(m, &env, "tls", &e)          1 true, 0 false, -1 error
 *     marker_free(m);
 *
 * A marker is judged in the environment of a target, never in that of the
 * machine dray runs on; see target_marker_env() in target.h.
 *
 * Comparisons follow PEP 508: as versions (PEP 440, pre-releases allowed)
 * where both sides are versions, otherwise as Python compares strings.
 * "extra", "extras" and "dependency_groups" hold names, which are normalised
 * and compared as strings. Either side may be a variable. ~= without versions
 * on both sides is an error, as PEP 508 says. The revision of the
 * specification after PEP 508 gives < and > on strings no meaning; we keep
 * what PEP 508 and the installers of Debian 12 do.
 */
#ifndef MIRROR_PYPI_MARKER_H
#define MIRROR_PYPI_MARKER_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/buf.h"
#include "bundle/err.h"

struct marker;

/* Names that a lock file's markers may ask for with "in". */
struct marker_names {
        const char *const *list;
        size_t count;
};

/* Borrowed texts, none of them NULL. What cannot be known is "", as the specification asks. */
struct marker_env {
        const char *os_name;                        /* "posix", "nt" */
        const char *sys_platform;                   /* "linux", "darwin", "win32" */
        const char *platform_machine;               /* "x86_64", "arm64", "AMD64" */
        const char *platform_python_implementation; /* "CPython", "PyPy" */
        const char *platform_release;
        const char *platform_system; /* "Linux", "Darwin", "Windows" */
        const char *platform_version;
        const char *python_version;      /* "3.11" */
        const char *python_full_version; /* "3.11.7" */
        const char *implementation_name; /* "cpython", "pypy" */
        const char *implementation_version;
        bool lock_file; /* pylock.toml (PEP 751): "x" in extras, "x" in dependency_groups */
        struct marker_names extras, dependency_groups;
};

int marker_parse(struct marker **m, const char *text, struct err *e);

/*
 * The marker that begins at text[*at] and ends at text[len] or before the
 * first thing that does not continue it; *at moves there. Columns in messages
 * count from text[0].
 */
int marker_parse_at(struct marker **m, const char *text, size_t len, size_t *at, struct err *e);
void marker_free(struct marker *m); /* accepts NULL */

/* With one extra, or none (NULL or ""). A NULL marker is true. 1, 0, or -1. */
int marker_evaluate(
    const struct marker *m, const struct marker_env *env, const char *extra, struct err *e);

/* With several: true without any extra, or with at least one of them alone, as pip does. */
int marker_evaluate_extras(const struct marker *m, const struct marker_env *env,
    const char *const *extras, size_t count, struct err *e);

bool marker_mentions_extra(const struct marker *m);

/* Adds the marker as text, with the parentheses it needs and no others. 0, or -1: *out is full. */
int marker_text(const struct marker *m, struct buf *out);

#endif
