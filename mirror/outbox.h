/*
 * The bundles in outbox/: how much they take, and which of them nobody needs
 * there because `dray bundle --resend` makes them again. Private to the commands.
 */
#ifndef MIRROR_OUTBOX_H
#define MIRROR_OUTBOX_H

#include "mirror/mirror.h"

struct outbox {
        size_t files; /* *.dray */
        uint64_t bytes;
        size_t removed; /* of these, or with dry_run to be removed */
        uint64_t removed_bytes;
        /* A bundle stays that could have gone. May be NULL. */
        void (*stays)(void *user, const char *stem, const char *why);
        void *user;
        int dry_run;
};

/* Counts the files. */
int outbox_look(struct mirror *m, struct outbox *o, struct err *e);

/*
 * Removes the files of each bundle that the far side holds by its receipt or, in a stream
 * without receipts, that is not the last one; and only what was made again first and came out as
 * the same bytes. The mirror is open with its dray.toml, and locked.
 */
int outbox_sweep(struct mirror *m, struct outbox *o, struct err *e);

#endif
