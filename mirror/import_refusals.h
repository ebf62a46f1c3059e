/*
 * What one `dray import` over several files refuses: each refusal is said and
 * logged, and the worst decides how the command ends. Private to cmd_import.c.
 *
 *     struct import_refusals f = {.cmd = cmd, .mirror = m};
 *     for each refusal: import_refusals_log() and bundle_inputs_keep_worst(), or
 *                       import_refusals_older()
 *     ret = import_refusals_end(&f, &waits, ended, e);
 *     import_refusals_release(&f);
 *
 * Of one run, LIMIT_RUN_REFUSALS are logged each by itself; what is beyond that is one entry at the
 * end, and so are the older bundles of a stream: a medium cannot fill the log.
 */
#ifndef MIRROR_IMPORT_REFUSALS_H
#define MIRROR_IMPORT_REFUSALS_H

#include "import_waits.h"
#include "mirror/mirror.h"

/* Of a stream, in this run. */
struct refused_stream {
        char name[LIMIT_NAME + 1];
        int held; /* a bundle that is authentic was refused: what comes after it waits for that */
        size_t left;       /* files that were not looked at for it */
        size_t older;      /* bundles passed over, because there is a later one here */
        int64_t older_seq; /* of the first of them */
        struct err why;    /* what is said of that one */
};

struct import_refusals {
        const struct cmd *cmd;
        struct mirror *mirror;
        struct err worst;      /* what the command ends with, not said yet; ERR_NONE: nothing */
        struct err unlogged;   /* the last of those beyond the limit */
        size_t logged, beyond; /* how many are in the log each, and how many are not */
        struct refused_stream *streams;
        size_t count, cap;
};

/* Whether it is the bundle that e speaks of, and not this machine that failed. */
int import_refusals_is_one(const struct err *e);
/* Logs it. */
void import_refusals_log(
    struct import_refusals *f, const struct import_result *r, const struct err *why);
/* That this mirror has a later one is no matter, unless nothing else of its stream came. */
void import_refusals_older(
    struct import_refusals *f, const struct import_result *r, const struct err *why);
/* The rest of a stream's bundles is left where it is. */
void import_refusals_hold(struct import_refusals *f, const char *stream);
int import_refusals_holds(struct import_refusals *f, const char *stream);
/*
 * Ends the command: with what ended it early (ended < 0, *e), the worst refusal, or what waits.
 * 0: every bundle is here.
 */
int import_refusals_end(
    struct import_refusals *f, const struct import_waits *w, int ended, struct err *e);
void import_refusals_release(struct import_refusals *f); /* accepts a zeroed struct */

#endif
