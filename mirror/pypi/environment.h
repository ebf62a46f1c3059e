/* What the files of an environment share. Private to environment*.c. */
#ifndef MIRROR_PYPI_ENVIRONMENT_H
#define MIRROR_PYPI_ENVIRONMENT_H

#include "selection.h"

#define WHY_TEXT (8 * KIB)

/* What the resolver asks; its pointer is the environment. */
extern const struct resolve_provider env_provider;

/* The resolver's number of a project, or of one of its extras. */
uint32_t env_package(struct environment *env, const char *project, const char *extra);

/*
 * Requires what a requirement names: for each extra the extra's package, else
 * the base. sink NULL: it is a root. text: as asked for; NULL: made from it.
 */
void env_depend(struct environment *env, const struct requirement *r, const char *text,
    struct resolve_sink *sink);

/* The base package with its candidates, newest first: 1, 0 not yet, -1. */
int env_know_package(
    struct environment *env, uint32_t package, struct env_package **out, struct err *e);
const struct version *env_candidate_version(const struct env_package *base, uint32_t candidate);

/* PEP 440: pre-releases only where asked for, or where nothing else fits. */
int env_takes_prereleases(struct env_requirement *q, const struct env_package *base);

/* Does some root of that name state hashes? And may this file be taken for them? */
int env_has_hashes(const struct environment *env, const char *name);
int env_hash_allowed(
    const struct environment *env, const struct project *p, const struct project_file *f);

/* True in one of the target's Pythons: 1, 0, -1. */
int env_marker_holds(
    const struct environment *env, const struct marker *m, const char *extra, struct err *e);

#endif
