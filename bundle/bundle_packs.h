/*
 * The files of a bundle whose packs are built, whether it is new or made
 * again: the same bytes for the same plan and head. Private to bundle_*.c.
 *
 *     struct bundle_packs packs = {.plan = &plan, .store = store, .cache = cache};
 *     bundle_packs_write(&packs, &head, limit, medium, &files, &written, e);
 */
#ifndef BUNDLE_BUNDLE_PACKS_H
#define BUNDLE_BUNDLE_PACKS_H

#include "bundle/bundle_write.h"

struct bundle_packs {
        const struct pack_plan *plan; /* after pack_build(), and with it the manifest */
        const struct store *store;
        int cache;                 /* descriptor of state/packs */
        pack_progress_fn *writing; /* may be NULL */
        void *user;
        uint64_t packed; /* bytes of packs so far */
};

/* limit, medium: as volume_write() has them. */
int bundle_packs_write(struct bundle_packs *packs, struct bundle_head *head, uint64_t limit,
    const char *medium, const struct volume_files *files, struct bundle_written *out,
    struct err *e);

#endif
