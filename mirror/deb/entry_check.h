/* What an entry that comes from outside is held against. Private to entry*.c. */
#ifndef MIRROR_DEB_ENTRY_CHECK_H
#define MIRROR_DEB_ENTRY_CHECK_H

#include "mirror/deb/entry.h"

/* 0, or -1 with ERR_REFUSED: see deb_entry_parse(). */
int entry_check(const struct record *r, const struct deb_entry *entry, struct err *e);

#endif
