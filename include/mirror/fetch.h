/*
 * Downloads: many requests, N of them in flight, on one thread.
 *
 *     struct fetch_options o = {0};                     zero means the default, field by field
 *     struct fetch *f = fetch_open(&o, e);
 *     fetch_add(f, &request, e); ...                    any number; strings are copied
 *     while ((more = fetch_run(f, 200, e)) > 0)
 *             draw(f);
 *     fetch_close(f);
 *
 * Callbacks run inside fetch_run, in the caller's thread, and may call fetch_add
 * (not fetch_run, not fetch_close). For each accepted request they come as
 *
 *     on_begin (on_data)*          once for each try that delivers a body, and then
 *     on_done                      exactly once, in fetch_close at the latest
 *
 * What failed for a passing reason (no connection, no name, too slow, 408, 425,
 * 429, 5xx, a body cut short) is tried again after a backoff with jitter, or when
 * Retry-After says so, and goes on where it broke off when the server can vouch
 * that the file is still the same (Range with If-Range). So on_begin may come
 * more than once: its `keep` says how many bytes of what the sink has received
 * stay valid, and the sink drops what lies behind them (0: it starts afresh).
 * Only on_done with FETCH_OK says that the bytes are complete. They are not
 * authentic: that is for the caller's digest to say.
 *
 * A host that answers 429 or 503 is left alone for a while and then asked less at
 * a time; one that cannot be reached `tries` times in a row is given up, with all
 * that is still queued for it, so that an outage ends a run in a minute.
 *
 * Proxies (http_proxy, https_proxy, all_proxy, no_proxy), ~/.netrc, credentials in the URL and
 * CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR work as for the curl command. Credentials
 * follow no redirect to another host and stand in no message. Redirects from
 * https to http are refused. Bodies are never held in memory.
 */
#ifndef MIRROR_FETCH_H
#define MIRROR_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/err.h"

struct access_list; /* mirror/access.h */

#define FETCH_UNKNOWN UINT64_MAX

struct fetch_options {
        unsigned in_flight; /* requests at once; 16, at most LIMIT_IN_FLIGHT */
        unsigned per_host;  /* of these to one host; 8 (no such bound once it speaks HTTP/2) */
        unsigned tries;     /* per request, the first included; 5 */

        unsigned connect_timeout_ms; /* name look-up, TCP and TLS; 30 s */
        unsigned low_speed_bytes;    /* slower than so many bytes a second (1 KiB) ... */
        unsigned low_speed_seconds;  /* ... for so long (30) is a failed try */
        unsigned deadline_ms;        /* a request's time in flight, all tries: this (10 min) ... */
        unsigned deadline_rate;      /* ... and size / rate, bytes a second (16 KiB) */

        unsigned backoff_ms;         /* bound of the first wait, then doubled; 1 s */
        unsigned backoff_max_ms;     /* 60 s */
        unsigned retry_after_max_ms; /* Retry-After is honoured up to this; 5 min */

        const char *ca_file;    /* PEM; goes before the environment */
        const char *netrc_file; /* instead of ~/.netrc */
        const struct access_list
            *access;     /* borrowed: for requests without `authorization`; or NULL */
        bool allow_file; /* file:// URLs may be added (never as a redirect's target) */
};

/* What a server said before the body. Strings live until the callback returns. */
struct fetch_head {
        long status;     /* 200, or 206: a part, as asked for */
        const char *url; /* where it came from after redirects; base for relative references;
                            may hold credentials: show it with url_display() only */
        const char *content_type; /* this and the next two: as sent; NULL when absent */
        const char *etag;
        const char *last_modified;
        uint64_t keep;       /* valid bytes that the sink has; the body continues there */
        uint64_t offset;     /* place of the next body byte in the whole file */
        uint64_t body_size;  /* bytes that on_data will get now, or FETCH_UNKNOWN */
        uint64_t total_size; /* of the whole file, or FETCH_UNKNOWN */
        bool
            open_ended; /* it ends where the connection does: nobody can tell if it was cut short */
};

enum fetch_result {
        FETCH_OK,           /* 200 or 206, complete */
        FETCH_NOT_MODIFIED, /* 304: what the caller holds is current; drop what on_data gave, if
                               anything */
        FETCH_GONE,         /* 404, 410, 451 */
        FETCH_FAILED,
};

struct fetch_outcome {
        enum fetch_result result;
        bool temporary;        /* FETCH_FAILED: a later run may well succeed */
        long status;           /* the last HTTP status, 0 when there was none */
        unsigned tries;        /* 0: never tried (its host was given up, or fetch_close) */
        uint64_t bytes;        /* FETCH_OK: all; else what a later resume may start from, with: */
        const char *validator; /* resume_validator, or NULL. This and the next two live */
        const char *etag, *last_modified; /* until on_done returns; of the last answer, or NULL */
        struct err
            err; /* set unless FETCH_OK or FETCH_NOT_MODIFIED; names the URL and the reason */
};

enum fetch_range {
        FETCH_WHOLE,
        FETCH_PART,   /* range_size bytes from range_offset; range_size 0: to the end */
        FETCH_SUFFIX, /* the last range_size bytes */
};

struct fetch_request {
        const char *url;           /* http, https, or file where allowed */
        const char *accept;        /* Accept header, or NULL */
        const char *authorization; /* "Bearer ...", or NULL; sent to this URL's host only */
        const char *etag;          /* If-None-Match, or NULL */
        const char *last_modified; /* If-Modified-Since, or NULL */

        uint64_t max_size;    /* of what the sink holds in the end, decoded; 0: LIMIT_FILE */
        uint64_t expect_size; /* of the whole file; 0: unknown. Another size fails at once */

        /*
         * Ask for gzip, br or zstd and deliver decoded bytes. Never for what is
         * hashed as a file. Not with a range or a resume.
         */
        bool document;

        /* A server may ignore it: on_begin then says 200 with offset 0 and may refuse. */
        enum fetch_range range;
        uint64_t range_offset, range_size;

        /*
         * The sink already holds so many bytes from the file's start. `resume_validator`,
         * the strong ETag or Last-Modified they came with, makes the server send all
         * when the file has changed; NULL trusts the caller's digest to notice.
         */
        uint64_t resume_have;
        const char *resume_validator;

        /* Any may be NULL. -1 (with *e set) ends the request: FETCH_FAILED, not tried again. */
        int (*on_begin)(void *user, const struct fetch_head *head, struct err *e);
        int (*on_data)(void *user, const void *bytes, size_t len, struct err *e);
        void (*on_done)(void *user, const struct fetch_outcome *outcome);
        void *user;
};

struct fetch;

/* NULL on error. Reads the environment variables named above. */
struct fetch *fetch_open(const struct fetch_options *o, struct err *e);

/* Ends what is left (on_done: FETCH_FAILED, temporary, "stopped"), frees all. NULL is allowed. */
void fetch_close(struct fetch *f);

/* Queues. -1: the request itself is unusable (its URL, a control character in a header); no
 * callback comes. */
int fetch_add(struct fetch *f, const struct fetch_request *r, struct err *e);

/*
 * Works until a request has ended or timeout_ms have passed (negative: no limit).
 * Returns 1 when requests are left, 0 when none are, -1 when the machinery failed:
 * then only fetch_close may follow.
 */
int fetch_run(struct fetch *f, int timeout_ms, struct err *e);

/* Requests added and not yet done. */
size_t fetch_busy(const struct fetch *f);

#define FETCH_PROGRESS_ITEMS 8

struct fetch_progress_item {
        const char *url;  /* fit to be shown */
        const char *name; /* its last path segment */
        uint64_t bytes;   /* that the sink holds */
        uint64_t total;   /* or FETCH_UNKNOWN */
        uint64_t rate;    /* bytes a second, over the last seconds */
        unsigned tries;   /* failed ones so far */
};

/* A snapshot. Strings live until the next fetch_run. */
struct fetch_progress {
        uint64_t received;  /* body bytes off the network, failed tries included */
        uint64_t delivered; /* bytes handed to sinks */
        size_t done, failed, queued, in_flight;
        size_t waiting;       /* of the queued: for a backoff or a host's cool-down */
        uint64_t next_try_ms; /* when waiting: to the next try */
        size_t count;         /* of item[]: those longest in flight, longest first */
        struct fetch_progress_item item[FETCH_PROGRESS_ITEMS];
};

void fetch_progress(struct fetch *f, struct fetch_progress *p);

#endif
