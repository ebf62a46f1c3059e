/* Key files, for commands. */
#ifndef MIRROR_KEYFILE_H
#define MIRROR_KEYFILE_H

#include "bundle/key.h"
#include "bundle/secret_key.h"
#include "mirror/cmd.h"

/* --password-file, --password-fd */
extern const struct opt_spec keyfile_options[];

/* Opens a secret key file; asks for its password where it has one. NULL on error. */
struct secret_key *keyfile_open(const struct cmd *c, const char *path, struct err *e);
/* Reads a public key: a file, or the key line itself ("RW..."). */
int keyfile_public(const char *text_or_path, struct public_key *out, struct err *e);

#endif
