/*
 * The same bundle once more, to the byte: from the head that was kept when it
 * was made (bundle_spec.made), and the blobs in the store. No key is needed,
 * and neither the generation nor its sources are asked.
 *
 *     bundle_head_read(&in, &head, e);
 *     bundle_write_again(&again, &head, &files, &written, e);
 */
#ifndef BUNDLE_BUNDLE_AGAIN_H
#define BUNDLE_BUNDLE_AGAIN_H

#include "bundle/bundle_write.h"

struct bundle_again {
        const struct store *store;
        int cache; /* descriptor of state/packs */
        unsigned threads;
        uint64_t volume_size; /* as in bundle_spec, and so the next one */
        const char *medium;
        pack_progress_fn *building, *writing; /* may be NULL */
        void *user;
};

/* ERR_FAILED: a blob is gone, or packs come out otherwise than they did. */
int bundle_write_again(const struct bundle_again *again, struct bundle_head *head,
    const struct volume_files *files, struct bundle_written *out, struct err *e);

#endif
