/*
 * The files that a selection has chosen, by digest: one file is one record,
 * however many suites and architectures list it. Private to the Debian adapter.
 */
#ifndef MIRROR_DEB_CHOSEN_H
#define MIRROR_DEB_CHOSEN_H

#include "bundle/digest.h"
#include "mirror/deb/entry.h"

struct chosen_file {
        unsigned char sha256[SHA256_SIZE];
        const char *why;
        /* The rest once its stanza has been read. */
        bool found;
        bool local; /* url is a path of this machine */
        enum deb_kind kind;
        const char *package, *version, *architecture, *path, *url, *file, *control;
        uint64_t size;
        struct deb_list *lists;
        size_t list_count, list_cap;
};

struct chosen {
        struct chosen_file *files;
        size_t count, cap;
        uint32_t *table; /* index + 1, by digest; open addressing */
        size_t table_size;
        struct arena text;
};

/* Chooses a file; the first reason stands. */
struct chosen_file *chosen_add(
    struct chosen *c, const unsigned char sha256[SHA256_SIZE], const char *why);
struct chosen_file *chosen_find(
    const struct chosen *c, const unsigned char sha256[SHA256_SIZE]); /* or NULL */
void chosen_list(struct chosen_file *f, const char *suite, const char *component,
    const char *architecture);         /* borrowed texts */
void chosen_release(struct chosen *c); /* accepts the zero value */

#endif
