/* The Debian adapter: packages from an archive with dists/ and a signed Release for each suite. */
#ifndef MIRROR_DEB_H
#define MIRROR_DEB_H

#include "mirror/registry.h"

extern const struct registry deb_registry;

#endif
