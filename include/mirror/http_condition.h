/*
 * Conditional requests (RFC 9110 13): does the client already hold this file,
 * and may a range be answered?
 *
 * Dates are compared for equality, not for order: after `dray rollback` a page
 * is older than the one a client holds, and "not modified since" would then be
 * wrong. Asking for more than equality costs a transfer at most.
 */
#ifndef MIRROR_HTTP_CONDITION_H
#define MIRROR_HTTP_CONDITION_H

#include <stdbool.h>
#include <time.h>

/* The values of the request headers; NULL where there is none. */
struct http_conditions {
        const char *if_match;
        const char *if_none_match;
        const char *if_modified_since;
        const char *if_unmodified_since;
        const char *if_range;
};

enum http_verdict {
        HTTP_SEND,                /* 200 or 206 */
        HTTP_NOT_MODIFIED,        /* 304 */
        HTTP_PRECONDITION_FAILED, /* 412 */
};

/*
 * RFC 9110 13.2.2, for GET and HEAD. `etag` is strong and stands in its quotes;
 * `modified` is 0 where no date is known, and then matches none.
 */
enum http_verdict http_condition_check(
    const struct http_conditions *c, const char *etag, time_t modified);

/* Whether a Range header may be followed: there is no If-Range, or it names this file. */
bool http_condition_allows_range(
    const struct http_conditions *c, const char *etag, time_t modified);

/*
 * Whether `etag` stands in a list like `"a", W/"b"`, or the list is `*`. A weak
 * member matches only where `weak` allows the weak comparison (8.8.3.2).
 */
bool http_etag_listed(const char *list, const char *etag, bool weak);

#endif
