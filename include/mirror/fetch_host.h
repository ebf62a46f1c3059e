/*
 * The hosts that requests go to: who waits for whom, and who is left alone for how
 * long. Used by fetch.c only. Times are milliseconds of fetch_clock_ms().
 *
 * A host takes up to `per_host` requests at once (`in_flight` once it has answered over
 * HTTP/2, where they share a connection). Refused (429, 503), it is left alone until
 * the wait is over, then gets half as many, and one more after each round of answers.
 * Out of reach, it gets one at a time, with growing pauses.
 *
 *     host_enter()                           pending
 *     host_queue(), host_next(), host_ended()   any number of times
 *     host_leave()                           the host may be gone after this
 */
#ifndef MIRROR_FETCH_HOST_H
#define MIRROR_FETCH_HOST_H

#include "mirror/fetch_transfer.h"

#define FETCH_HOST_BUCKETS 256

struct fetch_host {
        char *origin;             /* "https://host:port" */
        struct fetch_host *chain; /* same bucket */
        struct fetch_host *next;  /* in the ring */
        bool in_ring;
        bool multiplexed;
        struct transfer *first, *last; /* the queue */
        size_t queued;                 /* its length */
        size_t pending;                /* requests queued, waiting or in flight */
        unsigned in_flight;
        unsigned ceiling;    /* how many at once it has shown to bear */
        unsigned answers;    /* since the ceiling last moved */
        uint64_t not_before; /* left alone until then */
        uint64_t eased_at;   /* when the ceiling was last cut */
        bool lost;           /* given up: what is queued is not tried */
        bool lost_for_good;  /* ... and a later run would fare no better */
        unsigned failures;   /* in a row, to reach it */
        uint64_t failed_at;  /* when the last of these was counted */
        char reason[240];    /* of the last of these */
};

struct fetch_hosts {
        struct fetch_host *bucket[FETCH_HOST_BUCKETS];
        struct fetch_host *ring, *ring_last; /* those with a queue, next to be served first */
        size_t queued;                       /* over all hosts */
        unsigned in_flight, per_host, tries; /* set by the owner, as are these: */
        uint64_t backoff_ms, backoff_max_ms; /* for hosts out of reach */
};

void fetch_hosts_release(struct fetch_hosts *h); /* nothing may be pending */

/* Finds the host of the transfer's URL, or makes it, and sets t->host. */
int host_enter(struct fetch_hosts *h, struct transfer *t, struct err *e);
void host_leave(struct fetch_hosts *h, struct transfer *t, uint64_t now);

void host_queue(struct fetch_hosts *h, struct transfer *t);
void host_queue_first(struct fetch_hosts *h, struct transfer *t);

/* Takes the next transfer that may start now, hosts in turn, and counts it in flight. NULL: none.
 */
struct transfer *host_next(struct fetch_hosts *h, uint64_t now);

/* The next time at which host_next may have one because a pause ends; UINT64_MAX: never. */
uint64_t host_wake(const struct fetch_hosts *h, uint64_t now);

/* A try is over; then at most one of the four below. `started` is when it began. */
void host_ended(struct fetch_host *host);
void host_answered(struct fetch_host *host, bool multiplexed);
void host_refused(struct fetch_hosts *h, struct fetch_host *host, uint64_t started, uint64_t now,
    uint64_t wait_ms);
void host_unreached(struct fetch_hosts *h, struct fetch_host *host, uint64_t started, uint64_t now,
    const char *reason);

/* Something about the host (its certificate) fails every request alike. */
void host_hopeless(struct fetch_host *host, const char *reason);

/* Takes one queued transfer of a host that is lost. NULL: none. */
struct transfer *host_next_lost(struct fetch_hosts *h);

/* Takes any queued transfer. NULL: none. */
struct transfer *host_any(struct fetch_hosts *h);

/* How many are queued for hosts that are left alone now. */
size_t host_cooling(const struct fetch_hosts *h, uint64_t now);

#endif
