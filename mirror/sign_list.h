/* Signing a trust list. Private to cmd_sign.c. */
#ifndef MIRROR_SIGN_LIST_H
#define MIRROR_SIGN_LIST_H

#include "mirror/cmd.h"

/* Shows the list, opens the key of --key, adds its signature: the file is replaced in one step. */
int sign_list(const struct cmd *c, const char *path, struct err *e);

#endif
