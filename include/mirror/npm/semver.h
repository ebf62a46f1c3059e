/*
 * Versions of npm packages: Semantic Versioning 2.0.0 as node-semver reads it.
 *
 *     struct semver v;
 *     if (semver_parse(&v, text, len, SEMVER_LOOSE) < 0) ...
 *     semver_compare(&v, &other)
 *
 * Nothing is allocated: `pre` points into the text that was parsed, which must
 * outlive the struct.
 */
#ifndef MIRROR_NPM_SEMVER_H
#define MIRROR_NPM_SEMVER_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/err.h"

#define SEMVER_MAX_LENGTH 256               /* characters of one version */
#define SEMVER_MAX_NUMBER 9007199254740991U /* of each of the three numbers: 2^53 - 1 */

enum {
        SEMVER_STRICT = 0,
        SEMVER_LOOSE = 1,      /* =v1.2.3, 1.2.3beta, leading zeros: as npm does everywhere */
        SEMVER_PRERELEASE = 2, /* of a range: pre-releases are versions like any other */
};

struct semver {
        uint64_t major, minor, patch;
        const char *pre; /* "beta.1"; not NUL-terminated; NULL: no pre-release */
        size_t pre_len;
};

#define SEMVER_TOO_LARGE (-2)

/*
 * 0; -1: no version; SEMVER_TOO_LARGE: it has the form of one, but a number is
 * beyond SEMVER_MAX_NUMBER. White space around it is allowed; build metadata is dropped.
 */
int semver_parse(struct semver *v, const char *text, size_t len, unsigned flags);

/* Less than, equal to or greater than 0: precedence, where build metadata does not count. */
int semver_compare(const struct semver *a, const struct semver *b);

/* Appends the canonical text, without build metadata. -1: out is full. */
int semver_format(const struct semver *v, struct buf *out);

#endif
