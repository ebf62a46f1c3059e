/* The file "control" out of a .deb, as bytes. Private to mirror/deb. */
#ifndef MIRROR_DEB_CONTROL_MEMBER_H
#define MIRROR_DEB_CONTROL_MEMBER_H

#include "bundle/buf.h"
#include "bundle/err.h"

/* Appends it to out, whose maximum is LIMIT_DEB_CONTROL. As deb_control_read(). */
int control_member_read(int fd, struct buf *out, struct err *e);

#endif
