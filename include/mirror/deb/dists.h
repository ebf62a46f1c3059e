/*
 * The indexes of a Debian archive of our own: dists/, for what is held.
 *
 *     struct dists *d = dists_new(sink);
 *     dists_suite(d, &suite, e);                  every suite, also one that lists nothing
 *     dists_add(d, &list, stanza, len, e); ...    a stanza in one index
 *     dists_upstream(d, "bookworm");              upstream's own indexes are held: none is written
 *     dists_finish(d, label, key, date, e);
 *     dists_free(d);
 *
 * What is written, for each suite, component and architecture of the source
 * (all combinations, so that no client misses an index that it was told of):
 *
 *     dists/<suite>/<component>/binary-<architecture>/Packages, Packages.xz
 *     dists/<suite>/<component>/source/Sources, Sources.xz        if any source package is held
 *                        .../by-hash/SHA256/<sha256>              of each
 *     dists/<suite>/Release, InRelease, Release.gpg
 *
 * Release (Debian's DebianRepository/Format): Origin "dray", Label the source's
 * name, Suite the folder, Codename upstream's. None of these ever changes, or
 * every apt would have to be told that it may.
 */
#ifndef MIRROR_DEB_DISTS_H
#define MIRROR_DEB_DISTS_H

#include "mirror/deb/entry.h"
#include "mirror/registry.h"

struct dists;

struct dists *dists_new(struct page_sink *sink);
void dists_free(struct dists *d); /* accepts NULL */

/* Texts are copied. Told again, a suite stays as it was first told. */
int dists_suite(struct dists *d, const struct deb_suite *suite, struct err *e);
void dists_upstream(struct dists *d, const char *folder);

/* The suite has been told. The stanza ends with a newline; the blank line is added. */
int dists_add(
    struct dists *d, const struct deb_list *list, const char *stanza, size_t len, struct err *e);

/* Texts in byte order; they live as long as the dists. */
struct dists_names {
        const char **texts;
        size_t count;
};

struct dists_shape {
        struct dists_names suites;   /* for which indexes are written */
        struct dists_names upstream; /* those with upstream's own */
        struct dists_names components;
        struct dists_names architectures; /* "source" too, if there is one */
};

void dists_shape(struct dists *d, struct dists_shape *out);

/* Writes the indexes, and for each suite a Release of that date, signed by that key. */
int dists_finish(
    struct dists *d, const char *label, const struct signer *key, int64_t date, struct err *e);

#endif
