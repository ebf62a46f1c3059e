/*
 * What the file name of a Python distribution says: wheels
 * (binary-distribution-format: NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl)
 * and source distributions (PEP 625: NAME-VERSION.tar.gz; older kinds too).
 *
 *     struct wheel_name w;
 *     if (wheel_name_parse(&w, "Foo_Bar-1.0-1-py2.py3-none-any.whl", &e) < 0) ...
 *     w.name "foo-bar", w.version, w.build "1", w.pythons {"py2", "py3"}, ...
 *     wheel_name_release(&w);
 *
 * A name that parses holds no slash, no white space and no control character.
 */
#ifndef MIRROR_PYPI_WHEELNAME_H
#define MIRROR_PYPI_WHEELNAME_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/err.h"
#include "mirror/pypi/version.h"

/* One compressed tag set ("py2.py3"), taken apart; lower case. */
struct wheel_tag_set {
        char **list;
        size_t count; /* at least 1 */
};

struct wheel_name {
        char *name; /* normalised (PEP 503) */
        struct version version;
        char *build; /* as written, or NULL */
        struct wheel_tag_set pythons, abis, platforms;
        char *parts; /* holds what the tag sets and build point at */
};

/*
 * Forgives what older build tools wrote and installers took: "_" for "-" in a
 * version, "__" in a name. Refuses empty parts and members of tag sets.
 */
int wheel_name_parse(struct wheel_name *w, const char *file_name, struct err *e);
void wheel_name_release(struct wheel_name *w); /* accepts a zeroed struct; leaves it zeroed */

/* The order of build tags: none, then by leading number, then by the rest. NULL is none. */
int wheel_build_compare(const char *a, const char *b);

/*
 * The version in the file name of a source distribution of `project`, whose
 * name tells where an ambiguous old name ("foo-1-2.zip") is to be cut.
 * Knows .tar.gz, .zip and the outdated .tgz, .tar.bz2, .tar.xz.
 */
int sdist_name_parse(struct version *v, const char *file_name, const char *project, struct err *e);

/* Does the name end in one of the endings above? */
bool sdist_name_has_ending(const char *file_name);

#endif
