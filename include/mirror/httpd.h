/*
 * The web server behind `dray serve`: one static tree, read-only.
 *
 *     struct httpd *h = httpd_start(&options, e);
 *     for (i = 0; (a = httpd_address(h, i)); i++) ...   "127.0.0.1:8080"
 *     ... wait for a signal ...
 *     cut = httpd_stop(h);
 *
 * What it answers
 * - GET and HEAD of the files under `site`, which may be a symbolic link and is
 *   resolved anew by every request, so it may be switched by rename at any time
 *   (http_tree.h). Names that begin with a dot do not exist; symbolic links
 *   inside the tree are not followed.
 * - A directory without its slash is redirected; with it, its index is sent in
 *   the variant that Accept prefers (media_type.h). There are no listings.
 * - Ranges, conditions, a strong ETag, Last-Modified, Cache-Control.
 * - npm's audit POST gets 404 and a line of JSON; any other method 405.
 *
 * The ETag is inode, size, modification and birth time, and the variant:
 * published files are immutable hard links, so this names the content, costs
 * one statx() and survives a switch between two trees that share the file.
 * Pages that a publisher links (rather than writes again) into both trees keep
 * their ETag too. Two versions of a page must differ in modification time by a
 * second for clients that only compare dates (apt).
 *
 * It runs on threads of its own, which take no signals. File payloads go out by
 * sendfile(); under TLS they are copied and encrypted. The engine prints
 * nothing: what happens is told through the callbacks, from any thread, several
 * at once.
 */
#ifndef MIRROR_HTTPD_H
#define MIRROR_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/err.h"

#define HTTPD_DEFAULT_LISTEN "localhost:8080" /* both loopbacks */

/* One finished request. The strings are as the client sent them: see httpd_access_line(). */
struct httpd_access {
        const char *peer;   /* "127.0.0.1" */
        const char *method; /* "-" when the request was refused before it was read */
        const char *target; /* with the query */
        unsigned status;    /* 0: closed without an answer */
        uint64_t bytes;     /* of the body; the promised size when not `complete` */
        unsigned ms;        /* from the request line to the last byte handed to the kernel */
        bool complete;      /* false: the connection ended first */
};

struct httpd_options {
        const char *site;          /* the link or directory to serve; its parent must exist */
        const char *const *listen; /* "ADDR:PORT", see httpd_listen.h */
        size_t listen_count;       /* 0: HTTPD_DEFAULT_LISTEN */
        const char *cert_file;     /* PEM chain and key: TLS 1.2 and 1.3 only; both or neither */
        const char *key_file;
        unsigned threads;     /* 0: by the number of processors */
        unsigned connections; /* open at once; 0 and the maximum: LIMIT_HTTP_CONNECTIONS */

        /* Patience in seconds; 0: the LIMIT_HTTP_*_SECONDS of limit.h. */
        unsigned header_seconds;
        unsigned idle_seconds;
        unsigned slow_seconds;
        unsigned grace_seconds;

        /* Either may be NULL. What is handed over lives until the callback returns. */
        void (*access)(void *user, const struct httpd_access *a);
        void (*problem)(void *user, const char *line); /* at most one line a second */
        void *user;
};

struct httpd;

/*
 * Starts to listen and to answer. Raises the process's soft limit of open files
 * as far as the connections need it and the hard limit allows; where that is
 * not far enough fewer connections are taken. NULL on error.
 */
struct httpd *httpd_start(const struct httpd_options *o, struct err *e);

/* The port of the first address; tells what port 0 became. */
unsigned httpd_port(const struct httpd *h);

/* The i-th address listened on, "[::1]:8080"; NULL behind the last. Valid until httpd_stop(). */
const char *httpd_address(const struct httpd *h, size_t i);

/*
 * Stops listening, waits up to the grace time for requests in flight, closes
 * everything and frees *h (NULL is accepted). Returns how many requests were
 * cut off.
 */
unsigned httpd_stop(struct httpd *h);

/*
 * Appends one line without its newline: peer "METHOD target" status bytes ms,
 * and " incomplete" where that is so. Whatever is not printable ASCII, and
 * quotes and backslashes, become \xHH. 0, or -1 when *line is full.
 */
int httpd_access_line(struct buf *line, const struct httpd_access *a);

#endif
