/*
 * A libcurl multi handle driven by epoll: only sockets that are ready cost
 * anything, where curl_multi_perform() asks every transfer each time. Used by
 * fetch.c only. Must not move in memory once open.
 */
#ifndef MIRROR_FETCH_POLL_H
#define MIRROR_FETCH_POLL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "bundle/err.h"

struct fetch_poll {
        CURLM *multi;
        int epoll;
        uint64_t timer_at; /* when libcurl wants to be called; UINT64_MAX: never */
        bool broken;       /* a socket could not be watched */
};

/* Milliseconds of a clock that never goes back. */
uint64_t fetch_clock_ms(void);

int fetch_poll_open(struct fetch_poll *p, struct err *e);
void fetch_poll_close(struct fetch_poll *p); /* every easy handle must have been removed */

/* Waits until something is ready, at most until `until`, and lets libcurl work on it. */
int fetch_poll_wait(struct fetch_poll *p, uint64_t until, struct err *e);

#endif
