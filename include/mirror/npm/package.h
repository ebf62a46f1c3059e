/*
 * The packages of a selection: each one's packument, from the registry that its
 * scope belongs to, or made of local tarballs.
 */
#ifndef MIRROR_NPM_PACKAGE_H
#define MIRROR_NPM_PACKAGE_H

#include "bundle/buf.h"
#include "mirror/intern.h"
#include "mirror/npm/packument.h"
#include "mirror/npm/signing.h"
#include "mirror/registry.h"

/* Where packages of a scope come from. */
struct npm_registry_place {
        char *scope; /* "@acme"; NULL: all others */
        char *url;   /* with a final '/' */
};

struct npm_package {
        char *name;
        const struct npm_registry_place *place; /* NULL: local */
        struct packument packument;
        bool loaded;
        char *error; /* why it cannot be had; then there are no versions */
        bool owed;   /* the registry may have it: what was asked failed, or was no packument */
        struct npm_local_release {
                char *path;
                json_t *manifest;
        } * locals; /* in-house: tarballs of this machine */
        size_t local_count, local_cap;
        struct buf local_text; /* the packument that they make */
};

struct npm_packages {
        struct npm_registry_place *places; /* the one without a scope is the last */
        size_t place_count;
        struct signing_keys *keys; /* of the one without a scope; NULL: it has none */
        char *keys_owed;           /* or these could not be had, and why */
        bool signature_required;   /* by that one, of each version */
        struct intern names;
        struct npm_package **items; /* by number of the name */
        size_t cap;
};

/* The package of that name, made if it is new. */
struct npm_package *npm_package_get(struct npm_packages *all, const char *name);
void npm_packages_release(struct npm_packages *all); /* accepts the zero value */

/*
 * Its packument, and the text that it was read from, lent until the next document is asked
 * for. 1: loaded, or its error says why not (then *bytes is NULL); 0: it has been asked for; -1.
 */
int npm_package_load(struct npm_packages *all, struct npm_package *p, struct host *host,
    const char **bytes, size_t *len, struct err *e);

/* A local tarball's version; the manifest states name and version. ERR_USAGE: it is there twice. */
int npm_package_add_local(
    struct npm_package *p, const char *path, json_t *manifest_take, struct err *e);

/* The path of the local tarball of a version; NULL: none. */
const char *npm_package_local(const struct npm_package *p, const char *version);

#endif
