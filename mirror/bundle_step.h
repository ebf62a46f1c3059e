/*
 * Which step of its stream the next bundle is: its number, its base, its
 * generation. Private to the commands.
 *
 * The number is given out, with its time, before a byte is written; a build
 * that was interrupted goes on as the same bundle if the same is asked for.
 * Else its number is given anew, unless its head is kept (bundle_sent.h): then
 * the file may be out already, and the number is never that of another one.
 */
#ifndef MIRROR_BUNDLE_STEP_H
#define MIRROR_BUNDLE_STEP_H

#include "bundle/catalog_stream.h"

/* What was asked for. */
struct bundle_wish {
        const char *stream;
        int64_t epoch;        /* numbers begin anew with each */
        char *const *sources; /* sorted */
        size_t source_count;
        int full;
        int64_t base;       /* 0: the last bundle that was finished */
        char *const *holes; /* what is missing, sorted */
        size_t hole_count;
        /*
         * Nothing to do when neither records nor holes have changed since then, and no trust list is
         * in force that it did not carry (has_new_list) ...
         */
        int if_changed, has_new_list;
        int64_t cadence; /* ... but for a sign of life, when one is due; seconds, 0: never */
        int state;       /* descriptor of the state folder */
        const char *const *dirs; /* where finished bundles may lie; ends with NULL */
};

struct bundle_step {
        struct bundle_row row;  /* as it stands in the catalog; done = 0 */
        struct bundle_row base; /* seq 0: a full bundle */
        int resumed;            /* it was begun before ... */
        int made;               /* ... and its head is kept: it is written again, from that */
        /* the number of one that was begun, and may be out, and of which what is kept is damaged; 0: none */
        int64_t spoilt;
        int64_t
            last_issued; /* of the last one, where that is later than this one: a clock was set back; 0 */
        int sign_of_life;  /* nothing has changed, and the far side expects one by now */
        int other_sources; /* full, because the last bundle had other sources */
};

/* 1: a bundle shall be made; 0: nothing has changed; -1. Release *out in any case. */
int bundle_step_next(
    struct catalog *c, const struct bundle_wish *wish, struct bundle_step *out, struct err *e);
void bundle_step_release(struct bundle_step *s);
/* The row, in a transaction of its own. */
int bundle_step_save(struct catalog *c, const struct bundle_row *row, struct err *e);

#endif
