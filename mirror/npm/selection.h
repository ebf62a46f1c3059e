/* A selection of npm packages on its way. Private to the npm adapter. */
#ifndef MIRROR_NPM_SELECTION_H
#define MIRROR_NPM_SELECTION_H

#include "mirror/config.h"
#include "mirror/npm/ideal.h"
#include "mirror/npm/lock.h"
#include "mirror/npm/picks.h"
#include "mirror/npm/platform.h"

/* Targets with the same Node choose the same versions. */
struct universe {
        struct pick_policy policy;
        struct picks *picks;
        struct npm_platform **targets; /* borrowed; none: every platform */
        size_t target_count;
};

/* What is installed as one project. */
struct group {
        struct universe *universe;
        char *title; /* "packages", or the spec that it is about; for messages */
        struct release *project;
        char **texts; /* of each dependency of the project: who asked for it */
        bool extra;   /* an older version that `keep` asks for: what is missing of it is a note */
};

struct selection {
        const struct config_source *source;
        struct npm_packages packages;
        struct npm_platform *targets;
        size_t target_count;
        struct universe *universes;
        size_t universe_count;
        struct group *groups;
        size_t group_count, group_cap;
        struct picks *locked; /* of lock files: each version by itself, and nothing that it needs */
        struct npm_lock *locks;
        size_t lock_count;
        char *signing_keys; /* path of pinned ones; NULL: the registry's own */
        bool unrepeatable;  /* scopes come from the client's configuration */
        bool locks_widened; /* what they leave out has been asked for */
        int phase;
};

/* A group for a project: its `dependencies` and `optionalDependencies`. The title is copied. */
struct group *npm_add_group(
    struct selection *s, struct universe *u, const char *title, json_t *project_take);
/* Text behind "you asked for" of the group's dependency of that name. */
void group_set_text(struct group *g, const char *name, const char *text);

bool npm_excludes(void *selection, const char *package);

/* Whether any target of the universe takes the release. */
bool universe_takes(const struct universe *u, const struct release *r);

/* Hands a release's tarball to the host. why: copied by the host. */
int npm_want(struct selection *s, const struct release *r, const char *why,
    const struct stated_digest *stronger, struct host *host, struct err *e);

/* Builds the group's tree and hands over what its targets install. */
int npm_collect(struct selection *s, struct group *g, struct host *host, struct err *e);

/* The keys that versions are to be signed by, pinned or the registry's own. 1; 0: asked for; -1. */
int npm_read_keys(struct selection *s, struct host *host, struct err *e);

/* What lies on this machine: in-house tarballs and lock files. */
int npm_read_local(struct selection *s, struct host *host, struct err *e);
int npm_read_locks(struct selection *s, struct host *host, struct err *e);
/* What the lock files name, once it has been answered: 1; 0: more has been asked for; -1. */
int npm_collect_locks(struct selection *s, struct host *host, struct err *e);

#endif
