/*
 * What `struct fetch` holds: for fetch.c, which works it, and fetch_progress.c, which looks at it.
 */
#ifndef MIRROR_FETCH_ENGINE_H
#define MIRROR_FETCH_ENGINE_H

#include "mirror/fetch_attempt.h"
#include "mirror/fetch_host.h"
#include "mirror/fetch_poll.h"
#include "mirror/fetch_wait.h"

struct fetch {
        struct fetch_options o;
        struct fetch_poll poll;
        CURLSH *share;
        struct attempt *slot; /* o.in_flight of them */
        struct attempt **idle;
        unsigned idle_count;
        unsigned files; /* slots that read a file:// URL */
        void *file_buffer;
        struct fetch_hosts hosts;
        struct fetch_wait waiting;
        size_t busy, done, failed;
        uint64_t received, delivered; /* by tries that are over */
        uint64_t ticked;
        bool closing, global;
};

#endif
