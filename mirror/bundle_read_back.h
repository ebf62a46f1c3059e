/* A bundle's file is read once more before it is let out. Private to the commands. */
#ifndef MIRROR_BUNDLE_READ_BACK_H
#define MIRROR_BUNDLE_READ_BACK_H

#include "bundle/err.h"

/*
 * Reads the file, whole or one volume, from its beginning and unpacks what is in it: every pack and
 * every blob is what the manifest says. Signatures are not looked at. fd: seekable, lent; where it
 * stands afterwards is open. 0; -1: ERR_REFUSED for what is not so, ERR_FAILED when it cannot be read.
 */
int bundle_read_back(int fd, struct err *e);

#endif
