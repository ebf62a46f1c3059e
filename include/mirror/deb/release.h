/*
 * A Release file (Debian's RepositoryFormat): the signed statement at the top
 * of a suite, which vouches for every index below it by SHA-256.
 *
 *     struct release r;
 *     if (release_parse(&r, body, len, e) < 0) ...     the verified body only
 *     const struct release_file *f = release_find(&r, "main/binary-amd64/Packages.xz");
 *     release_release(&r);
 */
#ifndef MIRROR_DEB_RELEASE_H
#define MIRROR_DEB_RELEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/digest.h"
#include "bundle/err.h"
#include "mirror/arena.h"

struct release_file {
        const char *path; /* relative to the Release */
        unsigned char sha256[SHA256_SIZE];
        uint64_t size;
};

struct release {
        const char *suite, *codename; /* "" when not stated */
        const char *architectures;    /* blanks between; "" when not stated */
        int64_t date;                 /* Unix seconds */
        bool has_valid_until;
        int64_t valid_until;
        bool by_hash;       /* Acquire-By-Hash: yes */
        bool all_in_each;   /* No-Support-for-Architecture-all: Packages */
        bool not_automatic; /* NotAutomatic: yes */
        bool but_automatic_upgrades;
        struct release_file *files; /* sorted by path */
        size_t file_count;
        struct arena text;
};

/*
 * ERR_REFUSED: no stanza, no Date that can be read, no SHA256 field or a line of it that is
 * none. Lines whose path is not a
 * plain one below the suite's folder are left out. *r is then released.
 */
int release_parse(struct release *r, const char *body, size_t len, struct err *e);
void release_release(struct release *r); /* accepts the zero value */

const struct release_file *release_find(const struct release *r, const char *path); /* or NULL */

/* Is this the release of the suite that is configured as `folder` ("bookworm", "stable/updates")? */
bool release_is_of(const struct release *r, const char *folder);

/* Is the word one of `architectures`? */
bool release_has_architecture(const struct release *r, const char *architecture);

/* A date as Release files have it (RFC 5322, a zone of UTC, GMT, Z or +0000): 0 or -1. */
int release_date(const char *text, size_t len, int64_t *out);

#endif
