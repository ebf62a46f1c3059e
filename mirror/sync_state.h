/* One sync, or plan, while it runs. Private to sync*.c. */
#ifndef MIRROR_SYNC_STATE_H
#define MIRROR_SYNC_STATE_H

#include "mirror/access.h"
#include "mirror/config.h"
#include "mirror/facts.h"
#include "mirror/gpgv.h"
#include "mirror/sync.h"

/* One source in this run. */
struct source_run {
        const struct config_source *config;
        const struct registry *registry;
        int unchanged;    /* as in the last run: not selected again */
        int64_t until;    /* after it the selection is made again; 0: as long as nothing changes */
        int unrepeatable; /* depends on more than documents and dray.toml, or one of these failed */
};

struct sync {
        struct mirror *mirror;
        const struct sync_options *options;
        struct sync_result *result;
        struct fetch *fetch;
        char *ca_file;             /* that it trusts; NULL: as the environment says */
        struct access_list access; /* that it has */
        struct documents *documents;
        struct download *download;
        struct source_run *runs;
        size_t run_count;
        struct source_run *current;  /* whose adapter is at work */
        struct facts facts;          /* that adapters want remembered */
        struct gpgv_answer verified; /* the last one, lent to the adapter */
        struct err fault;            /* of this machine, while an adapter was answered */
};

/* Shows what goes on. */
void sync_tick(struct sync *s, const char *phase);

/* What the adapter of s->current may ask. */
struct host sync_host(struct sync *s);

/*
 * Fills in the wanted list: asks for every known page, and lets the adapters of
 * the sources that changed select. A source that cannot be selected is a hole. -1: the run ends.
 */
int sync_select(struct sync *s, struct err *e);

/* The fact that says until when (struct source_run) the last selection holds. No adapter's name. */
#define SYNC_UNTIL ".until"

/* What the source's selection is made from: it is not made again while this is the same. */
int sync_inputs(
    struct sync *s, const struct source_run *run, unsigned char inputs[SHA256_SIZE], struct err *e);

/* Is something of this source missing? While it is, nothing that it holds goes out. */
int sync_has_holes(const struct sync *s, const char *name);

/* A file that is held with other bytes than it has now is not taken: an error of its own, and of its version's. */
int sync_check_changed(struct sync *s, struct err *e);

/* Of files whose names not every host can tell apart one is taken: an error of each other one. */
int sync_check_names(struct sync *s, struct err *e);

/* Fills in what leaves with the generation that sync_commit() is to make. */
int sync_leave(struct sync *s, struct err *e);

/* Makes the next generation of what is held, and notes the rest as holes, in one transaction. */
int sync_commit(struct sync *s, struct err *e);

#endif
