/*
 * Transfers that wait for a time, the earliest first (a binary heap on due_ms).
 * Used by fetch.c only. Zero is a valid empty list.
 */
#ifndef MIRROR_FETCH_WAIT_H
#define MIRROR_FETCH_WAIT_H

#include "mirror/fetch_transfer.h"

struct fetch_wait {
        struct transfer **list;
        size_t count, cap;
};

void fetch_wait_release(struct fetch_wait *w); /* the transfers are not freed */
void fetch_wait_put(struct fetch_wait *w, struct transfer *t);
struct transfer *fetch_wait_first(const struct fetch_wait *w); /* NULL: none waits */
struct transfer *fetch_wait_take(struct fetch_wait *w);        /* the same, and removes it */

#endif
