/*
 * The head of an HTTP answer, collected line by line as it comes in, and the
 * few headers that a download looks at. Zero is a valid empty head.
 *
 *     struct http_head h = {0};
 *     int end = http_head_line(&h, line, len, e);   1 when the head is complete
 *     const char *etag = http_head_get(&h, HEADER_ETAG);
 *     http_head_release(&h);
 *
 * A status line starts a new head (after a redirect, or 100 Continue), in the
 * same memory.
 */
#ifndef MIRROR_HTTP_HEAD_H
#define MIRROR_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/err.h"

enum http_header {
        HEADER_ACCEPT_RANGES,
        HEADER_CONTENT_ENCODING,
        HEADER_CONTENT_LENGTH,
        HEADER_CONTENT_RANGE,
        HEADER_CONTENT_TYPE,
        HEADER_DATE,
        HEADER_ETAG,
        HEADER_LAST_MODIFIED,
        HEADER_LOCATION,
        HEADER_RETRY_AFTER,
        HEADER_TRANSFER_ENCODING,
        HEADER_COUNT,
};

struct http_head {
        long status;             /* 0: no status line yet */
        bool framed;             /* by its protocol (HTTP/2), whatever the headers say */
        bool complete;           /* the empty line has come */
        size_t bytes;            /* all lines of all heads: what LIMIT_HTTP_HEAD bounds */
        size_t at[HEADER_COUNT]; /* 1 + place in text; 0: absent */
        struct buf text;
};

void http_head_release(struct http_head *h);
void http_head_reset(struct http_head *h); /* empty, with `bytes` at 0; keeps the memory */

/*
 * One line, with or without its line end. Returns 1 on the empty line, 0 else, -1
 * when the heads together pass LIMIT_HTTP_HEAD. Lines after a complete head
 * (trailers) are ignored. Of a repeated header the first counts.
 */
int http_head_line(struct http_head *h, const char *line, size_t len, struct err *e);

/* The value without blanks around it, valid until the next line; NULL when absent. */
const char *http_head_get(const struct http_head *h, enum http_header name);

/* Content-Length, or UINT64_MAX when absent or not a number. */
uint64_t http_head_length(const struct http_head *h);

/* Whether the end of a body can be told from a connection that broke (RFC 9112 6.3). */
bool http_head_shows_end(const struct http_head *h);

/*
 * The validator to send as If-Range (RFC 9110 13.1.5): a strong ETag, or a
 * Last-Modified that lies at least a second before Date; else NULL.
 */
const char *http_head_validator(const struct http_head *h);

/* "bytes 5-9/20": first 5, end 10 (one past the last), total 20, UINT64_MAX for "*". 0, or -1. */
int http_content_range_parse(const char *value, uint64_t *first, uint64_t *end, uint64_t *total);

#endif
