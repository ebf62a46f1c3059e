/*
 * Whether files are what their records say, by what stands inside them: the
 * last thing that import and sync ask of a file before they take it.
 */
#ifndef MIRROR_IDENTITY_H
#define MIRROR_IDENTITY_H

#include "mirror/mirror.h"
#include "mirror/registry.h"
#include "mirror/wanted.h"

/* One record, whose file `files` has. 0, or -1; ERR_REFUSED: it is another package inside. */
int identity_check(const struct registry *registry, const struct record *r,
    struct held_files *files, struct err *e);

/*
 * Every file of a source that is held and whose record is new to the catalog.
 * One that is another package inside is not held any more: its `error` says why.
 * -1: this machine failed.
 */
int identity_check_list(struct mirror *m, const char *source, const struct registry *registry,
    struct wanted_list *l, struct err *e);

#endif
