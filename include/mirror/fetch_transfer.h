/*
 * One request on its way: what is kept of it from try to try, and the arithmetic
 * of ranges, sizes and resumption. No network; used by the fetch_*.c files only.
 *
 *     t = transfer_new(&request, e)
 *     each try:   transfer_range()  what to ask for
 *                 transfer_begin()  is the answer's head what was asked?
 *                 transfer_data()   do the sizes still hold?
 *                 transfer_end()    is it all?
 *                 transfer_rewind() after a failed try: what can be kept
 */
#ifndef MIRROR_FETCH_TRANSFER_H
#define MIRROR_FETCH_TRANSFER_H

#include "mirror/fetch.h"
#include "mirror/http_head.h"

/* What an error of a try means for the request. */
enum transfer_again {
        AGAIN_NEVER,
        AGAIN_LATER,  /* passing: after a backoff */
        AGAIN_AFRESH, /* at once, without a range: the part on offer does not fit what is held */
};

struct fetch_host;

struct transfer {
        struct fetch_request r; /* its strings are ours */
        char *shown;            /* the URL for people */
        struct transfer *next;  /* in its host's queue */
        struct fetch_host *host;

        uint64_t due_ms;  /* when waiting */
        uint64_t used_ms; /* time in flight of earlier tries */

        /* what the sink holds */
        uint64_t have;   /* valid bytes */
        char *validator; /* they came with it; NULL: cannot be told */
        uint64_t base;   /* place in the whole file of the first of them */
        uint64_t want;   /* bytes it will hold in the end, or FETCH_UNKNOWN */
        uint64_t total;  /* of the whole file, or FETCH_UNKNOWN */

        unsigned tries; /* failed ones */

        /* this try */
        bool asked_range;
        bool begun;      /* on_begin has been called */
        bool can_resume; /* the answer may be continued by a range */
};

/* NULL and *e: the request is unusable. */
struct transfer *transfer_new(
    const struct fetch_request *r, const struct fetch_options *o, struct err *e);
void transfer_free(struct transfer *t);

/*
 * The Range header's value for the next try ("bytes=5-9") into out; returns 1, or 0 when no
 * range is to be asked for. *if_range is what If-Range should say, or NULL.
 */
#define TRANSFER_RANGE_SIZE 64
int transfer_range(struct transfer *t, char out[TRANSFER_RANGE_SIZE], const char **if_range);

/*
 * Holds a 200 or 206 against what was asked, before anything the sink has is given up,
 * and fills *head for on_begin. -1: *again says what follows.
 */
int transfer_begin(struct transfer *t, const struct http_head *answer, const char *url,
    struct fetch_head *head, enum transfer_again *again, struct err *e);

/* Counts body bytes before the sink sees them. -1 (never again): more than may come. */
int transfer_data(struct transfer *t, size_t len, struct err *e);

/* After the last byte. -1 (later again): bytes are missing. */
int transfer_end(const struct transfer *t, struct err *e);

/* After a failed try: forgets what cannot be continued. `afresh`: everything. */
void transfer_rewind(struct transfer *t, bool afresh);

#endif
