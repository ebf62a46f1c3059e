/*
 * The spool: packs of a bundle whose volumes come one by one, each compared
 * with the signed manifest before it counts. It survives anything that
 * happens between two volumes, and is held against the manifest again when it
 * is read.
 *
 *     state/spool/<SHA-256 of the manifest>/<SHA-256 of a pack>     as stored, mode 0444
 *                                          /seen/...                which volumes have come
 *                                          /about.json              for whoever asks what is awaited
 *
 *     struct spool *s;
 *     spool_open(state, sha, &manifest, &s, e);
 *     for each pack that a volume holds:
 *             if (!spool_has(s, pack)) spool_put(s, pack, read, user, e), spool_keep(s, pack, e);
 *     spool_saw(s, volume, e);
 *     spool_settle(s, e);                       durable, and about.json says how far it is
 *     if (spool_is_complete(s)) ... spool_get() for each pack ..., then
 *     spool_close(s); spool_remove(state, sha, e);
 *
 * Bounded: by the manifest's totals each, and LIMIT_SPOOLS of them.
 */
#ifndef BUNDLE_SPOOL_H
#define BUNDLE_SPOOL_H

#include "bundle/unpack.h"
#include "bundle/volume.h"

struct spool;

/* state: the descriptor of the state folder; m: a manifest that was judged; both borrowed until close. */
int spool_open(int state, const unsigned char manifest[SHA256_SIZE], const struct manifest *m,
    struct spool **out, struct err *e);
void spool_close(struct spool *s); /* accepts NULL */
/* Whether there is one of that manifest. */
int spool_exists(int state, const unsigned char manifest[SHA256_SIZE]);
/* That it is not there is fine. */
int spool_remove(int state, const unsigned char manifest[SHA256_SIZE], struct err *e);

int spool_has(const struct spool *s, size_t pack);
int spool_is_complete(const struct spool *s);
uint64_t spool_bytes(const struct spool *s); /* of packs held */

/* Reads a pack and hashes what it writes: ERR_REFUSED if that is not the signed one. */
int spool_put(struct spool *s, size_t pack, pack_read_fn *read, void *user, struct err *e);
/* What was put counts from now on. */
int spool_keep(struct spool *s, size_t pack, struct err *e);
/* A pack for reading, whose bytes are to be compared again; the caller closes it. */
int spool_get(const struct spool *s, size_t pack, struct err *e);
/*
 * A pack that is a blob, under dir/name: compared with its hash, then linked.
 * 1; 0 where no links can be made; -1, ERR_REFUSED when it was damaged since.
 */
int spool_link(struct spool *s, size_t pack, int dir, const char *name, struct err *e);
/* Compares a pack with its hash again: 1 whole, 0. */
int spool_check(const struct spool *s, size_t pack);
/* It was damaged since it was kept: it is to be brought again. */
void spool_drop(struct spool *s, size_t pack);

/* This volume was read, from its first byte on; whether all of it was good does not matter. */
int spool_saw(struct spool *s, const struct volume *v, struct err *e);
int spool_settle(struct spool *s, struct err *e);
/* What has to be brought yet, as volume_missing() says it; "": all is here, and the import failed here. */
void spool_missing(const struct spool *s, char *text, size_t size);

/* One bundle that waits. */
struct spool_row {
        unsigned char manifest[SHA256_SIZE];
        const char *stream, *missing; /* "" where an interrupted import did not say yet */
        int64_t epoch, seq;
        uint64_t held, total; /* bytes of packs */
        int64_t changed;      /* unix seconds */
};

/* each returns 0 to go on; its other values end the walk and are returned. */
int spool_list(int state, int (*each)(void *user, const struct spool_row *row, struct err *e),
    void *user, struct err *e);

#endif
