/*
 * Importing a bundle: all of it or nothing. It comes as one file or as several
 * volumes, in any order, over any time, from any mix of copies.
 *
 *     struct import im = {.catalog = c, .store = s, ...};
 *     import_bundle(&im, fd, &result, e);
 *     import_result_release(&result);
 *
 * The order: signatures over the manifest as stored; the manifest; the chain
 * (is this the next step of its stream here?); the free space; each pack and
 * each blob into a staging folder; then one transaction: records, state id
 * compared with the signed one, each new file held against its record, holes
 * (under the stream's name), blobs moved into the store, commit. Whatever fails before the commit leaves the mirror
 * as it was; the packs of volumes are kept in the spool (spool.h) until all
 * have come.
 *
 * Errors: ERR_REFUSED not authentic or damaged; ERR_CHAIN authentic but not
 * the next step here; ERR_FAILED this machine (disk full, ...).
 */
#ifndef BUNDLE_IMPORT_H
#define BUNDLE_IMPORT_H

#include "bundle/bundle_read.h"
#include "bundle/catalog.h"
#include "bundle/held_files.h"
#include "bundle/store.h"
#include "bundle/trust_walk.h"

struct import_result;

/* What the isolated side expects of a stream. */
struct import_rules {
        const char *audience; /* a bundle for another one is refused; NULL: for anybody */
        int64_t max_jump;     /* how far a number may lie beyond the last one; 0: LIMIT_SEQ_JUMP */
};

struct import {
        struct catalog *catalog;
        struct store *store;
        const char *name; /* of the bundle, for the log: a path or "-" */
        int gather;       /* other copies are at hand: damage in one is no refusal yet */
        /* For a stream; may be NULL, and set nothing. */
        void (*rules)(void *user, const char *stream, struct import_rules *out);
        /*
         * Whether this mirror wants the bundle, which is authentic and the next step: asked once,
         * before anything is changed. 0, or -1. May be NULL.
         */
        int (*accept_bundle)(void *user, const struct import_result *r, struct err *e);
        /*
         * Whether this mirror can publish such a record: asked for every one
         * before anything is changed. 0, or -1 with ERR_REFUSED. May be NULL.
         */
        int (*accept)(void *user, const char *kind, const struct record *r, struct err *e);
        /* Likewise for each source that the manifest names, also one without new records. May be NULL. */
        int (*accept_source)(void *user, const char *name, const char *kind, struct err *e);
        /*
         * Whether the file is the package that the record says, by what stands inside it: asked
         * for every record that is new here, when all files have come and nothing is committed.
         * 0, or -1 with ERR_REFUSED. May be NULL.
         */
        int (*identify)(void *user, const char *kind, const struct record *r,
            struct held_files *files, struct err *e);
        /*
         * Whether the mirror may be as the bundle makes it: asked once, when all records of the
         * generation are in place and nothing is committed. 0, or -1. May be NULL.
         */
        int (*accept_result)(void *user, int64_t generation, struct err *e);
        /* Called once the bundle is known to be authentic and the next step. May be NULL. */
        void (*begun)(void *user, const struct manifest *m);
        void (*progress)(void *user, uint64_t done, uint64_t total);
        /* Likewise, of the volumes that are taken into the spool. */
        void (*gathering)(void *user, uint64_t done, uint64_t total);
        void *user;
        const char
            *note; /* goes into the log with the import; NULL: none. accept_bundle may set it */
};

struct import_result {
        /*
         * Volumes have come that are good, and nothing is imported yet: `missing` names what has to
         * come. After an error too, if there is something kept.
         */
        int waiting;
        uint64_t held, total; /* bytes of packs */
        char missing[256];
        struct err damage;        /* what is wrong with this file, although all is here now; or 0 */
        int already;              /* this very bundle was imported before; no record was changed */
        uint64_t healed;          /* already: blobs brought back that the store had lost since */
        int64_t already_at;       /* when, unix seconds */
        struct manifest manifest; /* header, sources, totals */
        unsigned char manifest_sha256[SHA256_SIZE];
        /*
         * ERR_NONE: the bundle's base is what is here. Else it is not, and the bundle can be taken only
         * if all it needs is here and the state comes out as signed: if not, this is the refusal.
         */
        struct err leap;
        /*
         * What failed after the commit, which is no error of the import: the bundle is in, and
         * importing it again does the rest. ERR_NONE: nothing.
         */
        struct err untidy;
        struct trust_walk walk; /* to the list that judged it; kept by the import */
        struct generation generation;
        uint64_t added, removed; /* records, from the generation before: what was really changed */
        uint64_t new_files;      /* of the bundle's: nobody had them here */
        char signers[LIMIT_TRUST_KEYS][KEY_ID_TEXT]; /* key ids that signed */
        size_t signer_count;
};

/*
 * fd: a bundle, or a volume of one. 0 also when other volumes are awaited: out->waiting. A fork is
 * noted beside the catalog (seen.h), and stops the stream from then on.
 */
int import_bundle(const struct import *im, int fd, struct import_result *out, struct err *e);
void import_result_release(struct import_result *r);

/*
 * Judges an open bundle by the trust lists of a mirror: finds the stream that
 * it belongs to, walks the trust lists that it carries, reads its manifest and
 * checks the threshold. Changes nothing. Shared with `verify`.
 */
int import_judge(
    struct catalog *catalog, const struct bundle *b, struct import_result *out, struct err *e);

/*
 * Is a bundle that was judged the next step of its stream here? Changes nothing but *r. r has the
 * manifest and its hash, and the trust list that judged it; already, already_at and leap are set.
 * Of im: catalog, store, rules and user. 1: this very bundle was imported before; 0: it is the
 * next step, or (r->leap) may be; -1: ERR_CHAIN says which case it is, and what to do; its cause is
 * one of
 *     "older" "gap" "other-base" "no-base" "fork" "jump" "epoch" "other-audience" "lost-state"
 *     "source-taken"
 */
int import_place(const struct import *im, struct import_result *r, struct err *e);

#endif
