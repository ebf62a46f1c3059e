/*
 * Packuments: all that a registry says of one package, in one JSON document.
 *
 * Popular packages have thousands of versions and documents of many megabytes,
 * of which one or two versions are wanted. So the text is read once, as it is,
 * and no tree is built of it: what choosing a version needs is kept of each,
 * and where in the text the version's manifest lies, to be parsed only if it is
 * chosen.
 *
 *     struct packument p;
 *     if (packument_parse(&p, bytes, len, "left-pad", e) < 0) ...
 *     json_t *manifest = packument_manifest(&p, &p.versions[i], bytes, len, e);
 *     packument_release(&p);
 *
 * Both forms are read: the full one, and the abbreviated one
 * (application/vnd.npm.install-v1+json), which has no times.
 */
#ifndef MIRROR_NPM_PACKUMENT_H
#define MIRROR_NPM_PACKUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/err.h"
#include "mirror/arena.h"
#include "mirror/npm/semver.h"

#define PACKUMENT_NO_TIME INT64_MIN

struct packument_version {
        const char *text;     /* the key in `versions` */
        struct semver semver; /* of it, read loosely */
        bool readable;        /* false: no version; it is never chosen by a range */
        bool deprecated;
        const char *engines_node; /* what engines.node states, or NULL */
        int64_t published;        /* Unix seconds, or PACKUMENT_NO_TIME */
        const char *time;         /* the same, as written; or NULL */
        size_t at, len;           /* where its manifest lies in the document */
};

struct packument_tag {
        const char *name, *version;
};

struct packument {
        const char *name;
        struct packument_version *versions; /* in the document's order */
        size_t count;
        struct packument_tag *tags;
        size_t tag_count;
        bool has_times;
        struct arena text;
        size_t cap, tag_cap;
};

/* ERR_FAILED: not a packument, or one of another package. Leaves *p released on error. */
int packument_parse(
    struct packument *p, const char *bytes, size_t len, const char *name, struct err *e);
void packument_release(struct packument *p); /* accepts the zero value */

/* NULL when there is none. */
const char *packument_tag(const struct packument *p, const char *tag);
const struct packument_version *packument_version(const struct packument *p, const char *version);

/*
 * One version's manifest, an object that states the name and this version; NULL with
 * ERR_FAILED otherwise. The caller releases it. `bytes` is the document that *p was parsed from.
 */
json_t *packument_manifest(const struct packument *p, const struct packument_version *v,
    const char *bytes, size_t len, struct err *e);

#endif
