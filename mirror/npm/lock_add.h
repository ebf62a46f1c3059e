/* What the readers of lock files share. Private to the npm adapter. */
#ifndef MIRROR_NPM_LOCK_ADD_H
#define MIRROR_NPM_LOCK_ADD_H

#include "mirror/npm/lock.h"

/* Texts are copied; integrity may be NULL. Twice the same version is one. */
void npm_lock_add(struct npm_lock *l, const char *package, const char *version,
    const char *installed_as, const char *integrity, const char *where);
/* Something that is not the registry's. */
void npm_lock_add_foreign(struct npm_lock *l, const char *name, enum npm_spec_kind kind,
    const char *text, const char *where);

/*
 * Whether an address is that of a registry's tarball of this version: ".../-/name-1.0.0.tgz", or
 * ".../download/name/1.0.0/...". Anything else was named as an address by somebody.
 */
bool npm_lock_is_registry_address(const char *url, const char *package, const char *version);

int npm_lock_parse_npm(struct npm_lock *l, const char *text, size_t len, struct err *e);
int npm_lock_parse_pnpm(struct npm_lock *l, const char *text, size_t len, struct err *e);
int npm_lock_parse_yarn(
    struct npm_lock *l, const char *text, size_t len, struct err *e); /* Yarn 1 */
int npm_lock_parse_berry(
    struct npm_lock *l, const char *text, size_t len, struct err *e); /* later ones */

#endif
