/*
 * Lock files: which versions a project was resolved to.
 *
 *     package-lock.json, npm-shrinkwrap.json    lockfileVersion 1, 2, 3
 *     pnpm-lock.yaml                            lockfileVersion 5 to 9
 *     yarn.lock                                 Yarn 1, and later ones (YAML)
 *
 * A lock is read for what it names; what it says of who needs whom is left to
 * the registry's own documents.
 */
#ifndef MIRROR_NPM_LOCK_H
#define MIRROR_NPM_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/err.h"
#include "mirror/npm/spec.h"

struct locked {
        char *package, *version; /* of the registry; version NULL: not the registry's */
        char *installed_as;      /* the folder's name, of an alias another one than `package` */
        char *integrity;         /* SRI of the tarball, or NULL */
        char *where;             /* "node_modules/foo", "line 12": for messages */
        enum npm_spec_kind kind; /* of what is not the registry's */
        char *text;              /* the same, as written */
};

struct npm_lock {
        char *path;
        struct locked *items;
        size_t count, cap;
        bool whole; /* its client fetches the packages of all platforms, and fails without them */
};

/* By the name of the file. ERR_USAGE: none of the known names, or it cannot be read, with the line. */
int npm_lock_parse(
    struct npm_lock *l, const char *path, const char *text, size_t len, struct err *e);
void npm_lock_release(struct npm_lock *l); /* accepts the zero value */

/* Whether `path` ends with a name that npm_lock_parse knows. */
bool npm_lock_name_is_known(const char *path);

#endif
