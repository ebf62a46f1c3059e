/*
 * A target: the Python environment that packages must install on, as one
 * [[source.target]] of dray.toml states it, and what follows from it: the tags
 * of wheels it takes (tags.h) and the values of environment markers.
 *
 *     struct target t;
 *     struct target_profile p = {.python = "3.11", .platform = "manylinux_2_28_x86_64"};
 *     if (target_init(&t, &p, &e) < 0) ...
 *     for (size_t i = 0; i < t.python_count; i++) {
 *             target_marker_env(&t, i, &env);
 *             take it if marker_evaluate(m, &env, extra, &e) is true for one of them
 *     }
 *     target_release(&t);
 *
 * When only "3.11" is given, the target stands for every 3.11.x, and it has
 * two Python versions: 3.11.0 and 3.11.99. A mirror that serves either serves
 * what lies between them, too (markers such as python_full_version < "3.11.3"
 * and >= "3.11.4" are both in use).
 */
#ifndef MIRROR_PYPI_TARGET_H
#define MIRROR_PYPI_TARGET_H

#include "bundle/err.h"
#include "mirror/pypi/marker.h"
#include "mirror/pypi/platform.h"
#include "mirror/pypi/version.h"

/* As configured; borrowed. NULL means the default. */
struct target_profile {
        const char *python;         /* "3.11", "3.11.7", "3.13t" (free-threaded); no default */
        const char *implementation; /* "cp", "pp" or "cpython", "pypy"; default: cp */
        /*
         * Default: cp311; cp37m up to 3.7; cp27mu on Linux and cp27m elsewhere up to 3.2;
         * cp313t when free-threaded; pypy310_pp73 for PyPy. "abi3" or "none": no wheels that
         * are built for exactly this Python.
         */
        const char *abi;
        const char *platform;         /* see platform.h; default: any */
        const char *platform_release; /* uname -r, for markers; default: "" */
        const char *platform_version; /* uname -v, for markers; default: "" */
};

enum target_implementation {
        TARGET_CPYTHON,
        TARGET_PYPY,
};

struct target {
        enum target_implementation implementation;
        unsigned major, minor;
        char *short_version; /* "3.11" */
        char *abi;           /* "cp311" */
        bool free_threaded;  /* takes abi3t in place of abi3 */
        struct platform platform;
        struct version python[2]; /* full versions, the lowest first */
        size_t python_count;      /* 1 when the profile gave the full version, else 2 */
        char *platform_release, *platform_version; /* for markers */
};

int target_init(struct target *t, const struct target_profile *p, struct err *e);
void target_release(struct target *t); /* accepts a zeroed struct; leaves it zeroed */

/*
 * The marker values with python[which]. Borrowed from *t. On the platform
 * "any" all that describes a platform is "". implementation_version is the
 * Python version for CPython and "7.3.0" for PyPy.
 */
void target_marker_env(const struct target *t, size_t which, struct marker_env *env);

#endif
