/*
 * What a .deb says of itself (deb(5), deb-control(5)): the control file in its
 * second member. The file comes from anywhere: its size in every stage is
 * bounded by LIMIT_DEB_CONTROL*, and its data member is never read.
 *
 *     struct deb_control c;
 *     if (deb_control_read(fd, &c, e) < 0) ...
 *     use(c.package, c.text);
 *     deb_control_release(&c);
 */
#ifndef MIRROR_DEB_CONTROL_H
#define MIRROR_DEB_CONTROL_H

#include "bundle/buf.h"
#include "bundle/err.h"

struct deb_control {
        struct buf text; /* the stanza as it stands there, a newline at its end */
        char *package, *version, *architecture; /* each there exactly once */
        char *source;                           /* the source package's name, without a version */
};

/*
 * fd: at the file's start. ERR_REFUSED: it is no .deb, or not one that dpkg of today would
 * unpack, or its control file is not one stanza of one package. *out is then released.
 */
int deb_control_read(int fd, struct deb_control *out, struct err *e);
void deb_control_release(struct deb_control *c); /* accepts the zero value */

#endif
