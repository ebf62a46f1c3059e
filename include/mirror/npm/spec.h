/*
 * Package specs: what stands behind a name in `dependencies`, and what people
 * write in `packages` ("left-pad", "react@^18", "@types/node@20",
 * "old-react@npm:react@16"), as npm-package-arg reads them.
 */
#ifndef MIRROR_NPM_SPEC_H
#define MIRROR_NPM_SPEC_H

#include <stdbool.h>

#include "bundle/err.h"
#include "mirror/npm/range.h"

enum npm_spec_kind {
        NPM_SPEC_RANGE,
        NPM_SPEC_VERSION, /* exactly one */
        NPM_SPEC_TAG,
        NPM_SPEC_GIT,       /* a git repository: none of the registry's */
        NPM_SPEC_URL,       /* a tarball at an address */
        NPM_SPEC_PATH,      /* a file or folder */
        NPM_SPEC_WORKSPACE, /* workspace:, portal:, link:, patch: of other package managers */
        NPM_SPEC_WRONG,     /* not a spec at all */
};

struct npm_spec {
        enum npm_spec_kind kind;
        char *package;              /* on the registry; of npm:package@text it is `package` */
        char *text;                 /* range, version or tag; of other kinds: all of it */
        struct semver_range *range; /* NPM_SPEC_RANGE, NPM_SPEC_VERSION */
};

/* What `name` is required as. Never fails: what cannot be read has NPM_SPEC_WRONG. */
void npm_spec_parse(struct npm_spec *s, const char *name, const char *text);
void npm_spec_release(struct npm_spec *s); /* accepts the zero value */

/* Is it the registry's? */
bool npm_spec_is_registry(const struct npm_spec *s);

/* "a git repository", for messages about what is not the registry's. */
const char *npm_spec_kind_name(enum npm_spec_kind kind);

/*
 * NAME or NAME@SPEC, as a person writes it. *name: what it is installed as; the caller frees.
 * ERR_USAGE: no package of the registry.
 */
int npm_spec_parse_argument(char **name, struct npm_spec *s, const char *argument, struct err *e);

/*
 * Whether a package of this version is what the spec asks for (depValid of npm's arborist: a tag is
 * met by whatever the registry gave, and of an alias only the version counts). version NULL: it
 * could not be read.
 */
bool npm_spec_is_met(const struct npm_spec *s, const struct semver *version);

#endif
