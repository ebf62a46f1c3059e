/*
 * Where apt gets its packages from: the entries of sources.list and of
 * sources.list.d/ (sources.list(5)), in their one-line form (.list) and as
 * stanzas (.sources). What apt would not fetch (disabled, commented out, a
 * cdrom) is left out.
 */
#ifndef MIRROR_DEB_APT_SOURCES_H
#define MIRROR_DEB_APT_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/err.h"
#include "mirror/arena.h"

/* One address with one suite. */
struct apt_source {
        const char *uri;   /* http, https or file, as written */
        const char *suite; /* its folder below dists/; ends in '/': a flat archive */
        const char **components;
        size_t component_count;
        const char *signed_by; /* Signed-By as written: paths, fingerprints, or a key; "" */
        const char *file;      /* that it stands in */
};

struct apt_sources {
        struct apt_source *items;
        size_t count, cap;
        struct arena text;
};

/*
 * Adds the entries of a file. What apt refuses in it is passed over, as it stands in a
 * file that is not ours.
 */
void apt_sources_read(struct apt_sources *s, const char *file, const char *text, size_t len);
void apt_sources_release(struct apt_sources *s); /* accepts the zero value */

/* The first entry of a suite that has the component (NULL: any); NULL: there is none. */
const struct apt_source *apt_sources_find(
    const struct apt_sources *s, const char *suite, const char *component);

/* Where apt keeps its lists and keys on this machine; apt-config is asked, else the usual places. */
struct apt_paths {
        char *list;          /* sources.list */
        char *parts;         /* sources.list.d/, with a final '/' */
        char *trusted;       /* trusted.gpg */
        char *trusted_parts; /* trusted.gpg.d/, with a final '/' */
};
void apt_paths_find(struct apt_paths *out);
void apt_paths_release(struct apt_paths *p); /* accepts the zero value */

#endif
