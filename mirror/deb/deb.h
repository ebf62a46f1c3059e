/* The parts of the Debian adapter, as deb.c puts them together. Private to it. */
#ifndef MIRROR_DEB_DEB_H
#define MIRROR_DEB_DEB_H

#include "mirror/registry.h"

struct selection *deb_open(const struct config_source *source, const char *upstream, struct err *e);
int deb_step(struct selection *s, struct host *host, struct err *e);
void deb_close(struct selection *s);

void deb_client(struct client *out);
int deb_builtin(struct upstream *out, struct err *e);

#endif
