/*
 * The held files of one source package, gathered so that a stanza of Sources
 * is only written when every file that it names is there. Private to
 * mirror/deb.
 */
#ifndef MIRROR_DEB_SOURCE_GROUP_H
#define MIRROR_DEB_SOURCE_GROUP_H

#include "mirror/deb/dists.h"

struct source_file {
        char *path; /* as in the entry; owned */
        unsigned char sha256[SHA256_SIZE];
        uint64_t size;
        struct deb_entry entry; /* owned; with a stanza only of a .dsc */
};

struct source_group {
        char *package; /* of every file; owned */
        struct source_file *files;
        size_t count, cap;
};

/* Takes the entry over. A record of another package than those before: write and reset first. */
void source_group_add_take(struct source_group *g, const struct record *r, struct deb_entry *entry);
/* Adds the stanzas of all complete packages to d. */
int source_group_write(const struct source_group *g, struct dists *d, struct err *e);
void source_group_release(struct source_group *g); /* accepts the zero value; leaves it so */

#endif
