/*
 * A release: one version of one package, as its manifest in the packument (or
 * the package.json of a local tarball) states it.
 */
#ifndef MIRROR_NPM_RELEASE_H
#define MIRROR_NPM_RELEASE_H

#include <jansson.h>
#include <stdbool.h>

#include "mirror/npm/semver.h"
#include "mirror/registry.h"

enum dependency_type {
        DEPENDENCY_PROD,
        DEPENDENCY_OPTIONAL,
        DEPENDENCY_PEER,
        DEPENDENCY_PEER_OPTIONAL,
};

struct npm_request; /* mirror/npm/picks.h: a name and a spec, and what it stands for */

struct dependency {
        const char *name; /* what it is installed as */
        const char *spec;
        enum dependency_type type;
        bool bundled; /* inside of the tarball: never fetched */
        struct npm_request *request;
};

struct release {
        const char *package; /* these live in the manifest */
        const char *version;
        struct semver semver; /* of it, read loosely; if readable */
        bool readable;
        struct dependency
            *dependencies; /* in the order in which npm looks at them, each name once */
        size_t dependency_count;
        const char *tarball;         /* the address, as stated; NULL: none */
        struct stated_digest digest; /* the strongest; kind 0: none */
        const char *time;            /* when it was published; NULL: not stated. Borrowed */
        const char *local;           /* path of a local tarball, or NULL. Borrowed */
        bool shrinkwrapped;          /* its own npm-shrinkwrap.json says what it needs */
        bool scripts;                /* it runs scripts when it is installed */
        json_t *manifest;
};

/*
 * A release of its manifest, which it takes over. ERR_FAILED: what must be there is not.
 * The dependencies have no requests yet.
 */
struct release *release_new(json_t *manifest_take, struct err *e);

/* A project: `dependencies` and `optionalDependencies` of it, and no name. */
struct release *release_new_project(json_t *manifest_take);

void release_free(struct release *r); /* NULL is fine */

/*
 * What the site's page needs of it, as the metadata of a record (canonical JSON); the caller frees.
 * tags: the dist-tags that stand at it, with a blank between; "" for none. keys: an array of
 * those that signed it, as the registry publishes them; or NULL.
 */
char *release_meta(const struct release *r, const char *tags, json_t *keys_take, struct err *e);

/* "node-1.0.0.tgz" of @types/node: the file name by npm's convention; the caller frees. */
char *release_file_name(const char *package, const char *version);

#endif
