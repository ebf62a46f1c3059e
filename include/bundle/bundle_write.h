/*
 * Writing a bundle: from two generations of the catalog to one file, or to
 * several volumes.
 *
 *     struct bundle_spec spec = {...};
 *     bundle_write(&spec, fd, &written, e);              one file
 *     bundle_write_volumes(&spec, &files, &written, e);  as many as spec.volume_size wants
 *
 * The same spec gives the same bytes (rule: same generation, base, keys and
 * issued), whatever the number of threads; the manifest is the same whatever
 * the volumes. No file is begun before everything that can be refused has
 * been checked; each is written once, from the first byte to the last, so it
 * may be a pipe.
 */
#ifndef BUNDLE_BUNDLE_WRITE_H
#define BUNDLE_BUNDLE_WRITE_H

#include "bundle/catalog.h"
#include "bundle/catalog_trust.h"
#include "bundle/pack.h"
#include "bundle/secret_key.h"
#include "bundle/store.h"
#include "bundle/volume_write.h"

struct bundle_spec {
        struct catalog *catalog;
        const struct store *store;
        int cache; /* descriptor of state/packs */
        const char *stream, *audience;
        char *const *sources; /* those of the stream, sorted */
        size_t source_count;
        int64_t epoch, seq, issued, next_by;
        int64_t generation;      /* what the far side shall have */
        int64_t base_seq;        /* 0: full */
        int64_t base_generation; /* 0 when full */
        unsigned char base_state[SHA256_SIZE], base_manifest[SHA256_SIZE];
        const struct trust_text *lists; /* the stream's signed trust lists, by number */
        size_t list_count;
        struct secret_key *const *keys; /* who signs; at least one */
        size_t key_count;
        char *const *holes; /* sorted; what is known to be missing */
        size_t hole_count;
        uint64_t volume_size; /* of one file, at most; 0: one file of any size */
        const char *medium;   /* what holds so much, as people call it; NULL: no name for it */
        unsigned threads;
        /* Told the finished head before any file is begun, to keep it (bundle_again.h). May be NULL. */
        int (*made)(void *user, struct bundle_head *head, struct err *e);
        pack_progress_fn *building, *writing; /* may be NULL */
        void *user;
};

struct bundle_written {
        unsigned char manifest[SHA256_SIZE]; /* of manifest.jsonl.xz as stored */
        unsigned char state[SHA256_SIZE];
        struct manifest_totals totals;
        uint64_t size; /* bytes written, in all */
        size_t volumes;
};

/* spec->volume_size is not looked at: a descriptor takes one file. */
int bundle_write(const struct bundle_spec *spec, int fd, struct bundle_written *out, struct err *e);
int bundle_write_volumes(const struct bundle_spec *spec, const struct volume_files *files,
    struct bundle_written *out, struct err *e);

#endif
