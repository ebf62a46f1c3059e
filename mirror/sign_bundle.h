/* Signing a finished bundle. Private to cmd_sign.c. */
#ifndef MIRROR_SIGN_BUNDLE_H
#define MIRROR_SIGN_BUNDLE_H

#include "mirror/cmd.h"

/* Is the file a bundle, by its first bytes? 1, 0, -1 */
int sign_is_bundle(const char *path, struct err *e);

/*
 * Shows the bundle, opens the key of --key, and adds its signature to each of the files, which are
 * one bundle or volumes of one. Each is replaced in one step by a new file that was read back.
 */
int sign_bundle(const struct cmd *c, const char *const *paths, size_t count, struct err *e);

#endif
