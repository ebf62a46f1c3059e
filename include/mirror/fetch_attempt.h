/*
 * One try of one transfer, on one libcurl handle that is used again for the next.
 * Used by fetch.c only.
 *
 *     attempt_open()                       once a slot
 *     attempt_start()                      sets the handle up; the caller adds it to its multi
 *     ... libcurl calls back, the transfer's sink is fed ...
 *     attempt_verdict()                    when libcurl reports the end
 *     attempt_clear()
 *     attempt_close()
 */
#ifndef MIRROR_FETCH_ATTEMPT_H
#define MIRROR_FETCH_ATTEMPT_H

#include <curl/curl.h>

#include "mirror/fetch_transfer.h"

enum attempt_stop {
        STOP_NONE,
        STOP_SINK,     /* a callback of the caller's said no */
        STOP_REFUSED,  /* what comes is not what was asked for; `again` says what follows */
        STOP_DEADLINE, /* the time for the request is used up */
        STOP_BODY,     /* enough of an error page: the status tells all */
};

struct attempt {
        CURL *easy;
        struct transfer *t; /* NULL: free */
        struct curl_slist *headers;
        struct http_head answer;
        uint64_t started;  /* fetch_clock_ms() */
        uint64_t received; /* bytes that on_data was given in this try */
        uint64_t error_body;
        enum attempt_stop stop;
        enum transfer_again again;
        struct err err;            /* set with any stop but STOP_BODY */
        uint64_t rate, rate_bytes; /* bytes a second, smoothed; where it was last measured */
        bool is_file;              /* a file:// transfer: read from `file`, not by libcurl */
        int file;                  /* or -1 */
        char detail[CURL_ERROR_SIZE];
};

/* What the end of a try means. */
enum verdict_kind {
        VERDICT_DONE,      /* outcome is final: result, temporary and err are set */
        VERDICT_HOPELESS,  /* the same, and nothing else from this host will do better */
        VERDICT_AFRESH,    /* again at once, from the first byte */
        VERDICT_RETRY,     /* again after a backoff, or after wait_ms if has_wait */
        VERDICT_REFUSED,   /* the same, and the host asks for a pause */
        VERDICT_UNREACHED, /* the same, and the host could not be reached */
};

struct verdict {
        enum verdict_kind kind;
        enum fetch_result result;
        bool temporary;
        bool has_wait;
        uint64_t wait_ms;
        struct err err; /* without the URL */
};

/* Fills what stays the same for all tries. */
int attempt_open(struct attempt *a, const struct fetch_options *o, CURLSH *share, struct err *e);
void attempt_close(struct attempt *a);

int attempt_start(struct attempt *a, struct transfer *t, uint64_t now, struct err *e);
void attempt_clear(struct attempt *a); /* forgets the transfer, which is not freed */

/* The head is complete (a 200 or 206); body bytes. -1: a->stop is set. */
int attempt_begin(struct attempt *a, const char *url);
int attempt_body(struct attempt *a, const void *bytes, size_t len);

uint64_t attempt_received(const struct attempt *a); /* body bytes off the network, so far */
void attempt_measure(struct attempt *a, uint64_t passed_ms); /* updates a->rate */

/* In fetch_verdict.c. */
void attempt_verdict(
    struct attempt *a, CURLcode code, const struct fetch_options *o, struct verdict *v);

/* In fetch_file.c: the same for a file:// URL, without libcurl. */
void file_start(struct attempt *a);
#define FILE_SLICE (1024 * 1024)
int file_step(
    struct attempt *a, void *buffer); /* up to FILE_SLICE bytes; 1 more to come, 0 ended */

#endif
