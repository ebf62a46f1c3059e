/* The files of this machine that a shell pattern of dray.toml matches, for adapters. */
#ifndef MIRROR_LOCAL_FILES_H
#define MIRROR_LOCAL_FILES_H

#include "mirror/registry.h"

/*
 * Calls each for every file, in the order of their names; folders are passed over. What each
 * returns, when it is not 0, ends the walk and is returned.
 * 0 also when there is no file: then, and when they cannot be listed, *why (which may
 * be NULL) is set.
 */
int local_files(struct host *host, const char *pattern,
    int (*each)(void *user, struct host *host, const char *path, struct err *e), void *user,
    struct err *why, struct err *e);

/* The same for every pattern of a source's `local`; one that gives no file is a hole. */
int local_packages(const struct config_source *source, struct host *host,
    int (*each)(void *user, struct host *host, const char *path, struct err *e), void *user,
    struct err *e);

#endif
