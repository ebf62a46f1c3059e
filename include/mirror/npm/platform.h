/*
 * Targets: the operating system, processor and C library that packages must
 * install on, and the Node that `engines` is held against.
 */
#ifndef MIRROR_NPM_PLATFORM_H
#define MIRROR_NPM_PLATFORM_H

#include <jansson.h>
#include <stdbool.h>

#include "bundle/err.h"
#include "mirror/npm/semver.h"

struct npm_platform {
        char *os, *cpu;        /* as Node names them: "linux", "x64" */
        char *libc;            /* "glibc" or "musl"; NULL: not Linux */
        char *node;            /* "20.11.0"; NULL: any */
        struct semver version; /* of node; if that is set */
        char *title;           /* "linux-x64-glibc", "linux-x64-glibc, node 20" */
};

/*
 * os and cpu are required; libc is glibc on Linux unless said. node: a version, or its first
 * numbers ("20": the newest of them). ERR_USAGE names what is wrong.
 */
int npm_platform_init(struct npm_platform *p, const char *os, const char *cpu, const char *libc,
    const char *node, struct err *e);
void npm_platform_release(struct npm_platform *p); /* accepts the zero value */

/* Whether a package with these lists (npm's manifest: os, cpu, libc) installs there. NULL: any. */
bool npm_platform_takes(
    const struct npm_platform *p, const json_t *os, const json_t *cpu, const json_t *libc);

#endif
