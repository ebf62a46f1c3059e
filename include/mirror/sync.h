/*
 * sync: from dray.toml to a generation. And plan, which stops before the
 * first file is fetched and leaves nothing behind.
 *
 * For each source: ask whether anything changed; if so let the adapter select
 * again; fetch what is not held; then, in one transaction, make the next
 * generation of what is whole. A package of which a new file could not be had
 * keeps the files that it has, and so does a version of which upstream gives out
 * other bytes than before, unless somebody accepts them. What is missing is a hole: in the catalog, in
 * `status`, and in the error ERR_INCOMPLETE.
 */
#ifndef MIRROR_SYNC_H
#define MIRROR_SYNC_H

#include "mirror/documents.h"
#include "mirror/download.h"
#include "mirror/mirror.h"

struct sync_options {
        char *const *only; /* names of sources; NULL-terminated; NULL: all */
        const struct fetch_options *fetch;
        /* packages whose files may have other bytes than are held; NULL-terminated; NULL: none */
        char *const *accept_changed;
        int plan; /* select only */
        /* What goes on, for a display: called several times a second. May be NULL. */
        void (*tick)(
            void *user, const char *phase, struct fetch *f, const struct download_counts *counts);
        void *user;
};

/* What is held and not asked for any more. Nothing leaves a source that has holes. */
struct sync_leaving {
        struct leaving {
                char *title; /* wanted_title() */
                char *package;
        } * files;
        size_t count, cap;
        size_t packages; /* of which nothing is wanted */
};

/* Sources whose upstream is another address than it was in the last sync: a line about each. */
struct sync_moves {
        char **lines;
        size_t count, cap;
};

struct sync_result {
        struct wanted_list list; /* plan, and what sync selected anew */
        struct sync_leaving leaving;
        struct sync_moves moves;
        struct generation generation; /* now */
        int changed;                  /* a new generation was made */
        size_t sources_unchanged;     /* not selected again: nothing had changed upstream */
        struct document_counts documents;
        struct download_counts downloads;
        size_t open_holes; /* in the sources of this run */
};

/* 0, also when there are holes (see open_holes); -1 when nothing could be done. */
int sync_run(
    struct mirror *m, const struct sync_options *o, struct sync_result *out, struct err *e);
void sync_result_release(struct sync_result *r);

#endif
