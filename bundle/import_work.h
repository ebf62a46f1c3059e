/*
 * An import under way, and its staging folder: state/tmp/import, where blobs
 * lie under their names until the import commits. Private to import*.c.
 */
#ifndef BUNDLE_IMPORT_WORK_H
#define BUNDLE_IMPORT_WORK_H

#include "bundle/import.h"
#include "bundle/spool.h"

#define STAGE_FILES 4 /* as many blobs as unpacking has open */

struct importer {
        const struct import *im;
        struct catalog *catalog;
        const struct manifest *m;
        int healing;            /* take only what should be here and is not */
        const struct err *leap; /* the base is another than what is here: content decides, and this
                                   is the refusal; else NULL */
        int trying;             /* the records only, before the files have come */
        struct blob_sink sink;
        int staging; /* descriptor of the folder; -1: none */
        struct {
                int fd; /* -1: the blob is held already; -2: place free */
                uint32_t blob;
        } open[STAGE_FILES];
        unsigned char *strays; /* by blob, what is known so far; NULL: nothing was asked yet */
        int replaces; /* a staged blob takes the place of one that the catalog has a row for */
        struct spool *spool; /* NULL: the packs come straight from the bundle */
};

void stage_init(struct importer *w);
/* An empty folder, with room for what is to come; from then on w->sink puts blobs there. */
int stage_open(struct importer *w, struct err *e);
void stage_close(struct importer *w); /* removes it */
/* The name of a blob there. */
void stage_name(const struct importer *w, uint32_t blob, char out[SHA256_HEX]);
enum stage_lack {
        STAGE_HELD = 0,
        STAGE_NEW,  /* nobody has it here */
        STAGE_LOST, /* the catalog has a row for it, and its file is gone (dray fsck --repair) */
};
/*
 * Whether the store lacks a blob. When healing, only what was lost counts. One without a row, left by
 * an import that was killed before its commit, is held if it is whole: a disk that had room for it
 * once need not have it twice. enum stage_lack, or -1
 */
int stage_lacks(struct importer *w, uint32_t blob, struct err *e);
/* The bytes of those blobs that the store lacks, but for those that are only linked from the spool. */
int stage_needs(struct importer *w, uint64_t *bytes, struct err *e);
/*
 * Every staged blob goes into the store, and is on the disk under its name there. One wait does for
 * both as long as none of them has a row in the catalog: until it has one, nobody takes it for whole.
 * A lost one that comes back has its row already, so its bytes are on the disk before its name is.
 */
int stage_move(struct importer *w, struct err *e);

/*
 * The packs of a volume go to the spool, unless they are there. 1: now all of
 * the bundle's are; 0: more have to come; -1: ERR_REFUSED for a damaged one,
 * of which what is good was taken. In all three, r->waiting is true of it.
 */
int gather_volume(struct importer *w, struct bundle *b, struct import_result *r, struct err *e);
/* Unpacks what lies in the spool. */
int gather_unpack(struct importer *w, struct err *e);
/* After the commit: removes what waits for volumes and was overtaken by this bundle. */
int gather_sweep(struct importer *w, struct err *e);

/* What is remembered of an import: the bundle of its stream, and when the next one is to come. */
int note_row(const struct importer *w, const struct import_result *r, struct err *e);
/*
 * What the sender knows to be missing is missing here too. Changes nothing
 * when these holes are noted already.
 */
int note_holes(struct catalog *c, const struct manifest *m, struct err *e);
/* The holes are those of the last bundle, also for whoever imports it again. */
int note_holes_again(struct catalog *c, const struct import_result *result, struct err *e);
int note_log(const struct importer *w, const struct import_result *r, struct err *e);
/* Beside the catalog, in case that is lost. After the commit: it must not be ahead. */
int note_seen(const struct importer *w, const struct import_result *r, struct err *e);

#endif
