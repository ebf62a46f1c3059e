/*
 * npm's configuration on this machine: the environment (npm_config_...), then
 * .npmrc of the current folder, of the user, and of the machine.
 */
#ifndef MIRROR_NPM_NPMRC_H
#define MIRROR_NPM_NPMRC_H

#include <stddef.h>

#include "mirror/access.h"

struct npmrc_scope {
        char *name; /* "@acme" */
        char *url;
};

struct npmrc {
        char *registry, *found; /* and where that stands; NULL: nowhere */
        char *cafile;
        struct access_list access; /* //host/path/:_authToken, and :_auth */
        struct npmrc_scope *scopes;
        size_t scope_count, scope_cap;
};

/* Whatever cannot be read is passed over, as npm does. *rc is zero. */
void npmrc_read(struct npmrc *rc);
/* One text, whose statements count only where none came before. where: names it. */
void npmrc_parse(struct npmrc *rc, const char *text, const char *where);
/* Sets a scope's registry, in the place of one that is there. */
void npmrc_set_scope(struct npmrc *rc, const char *scope, const char *url);
void npmrc_release(struct npmrc *rc);

#endif
