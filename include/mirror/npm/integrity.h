/*
 * What an index states of a tarball's bytes: Subresource Integrity
 * ("sha512-BASE64 sha1-BASE64"), and `shasum`, SHA-1 in hexadecimal.
 */
#ifndef MIRROR_NPM_INTEGRITY_H
#define MIRROR_NPM_INTEGRITY_H

#include "mirror/registry.h"

/* The strongest digest of an SRI text that can be read. 1, or 0: there is none. */
int integrity_strongest(const char *sri, struct stated_digest *out);

/* 1, or 0: no SHA-1 in hexadecimal. */
int integrity_shasum(const char *hex, struct stated_digest *out);

/*
 * The whole file against both statements, of which each may be NULL. ERR_REFUSED names the one
 * that does not hold, and `what`.
 */
int integrity_check(const char *what, int fd, const char *sri, const char *shasum, struct err *e);

/* Both statements for the whole file; the caller frees. -1: it cannot be read. */
int integrity_state(int fd, char **sri, char **shasum, struct err *e);

#endif
