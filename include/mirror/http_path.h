/*
 * From the target of a request ("/npm/@sc%2fright/?x") to a path inside the
 * site ("npm/@sc/right"). Pure: what the path names is http_tree's question.
 *
 * Percent-encoding is undone once. An encoded slash separates like a plain one
 * (npm asks for scoped names so), and repeated slashes count as one. A parsed
 * path never holds "." or "..", a name that begins with a dot, an empty name,
 * a control character or a NUL.
 */
#ifndef MIRROR_HTTP_PATH_H
#define MIRROR_HTTP_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/buf.h"
#include "bundle/limit.h"

enum http_path_error {
        HTTP_PATH_OK = 0,
        HTTP_PATH_BAD,    /* 400: not an absolute path, or badly encoded */
        HTTP_PATH_HIDDEN, /* 404: a name that begins with a dot */
        HTTP_PATH_LONG,   /* 414 */
};

struct http_path {
        char text[LIMIT_PATH + 1]; /* "a/b", no slash at either end; "" is the root */
        size_t len;
        bool directory; /* the target ended in a slash */
};

/*
 * Parses an origin-form ("/a?q") or absolute-form ("http://h/a") target (RFC
 * 9112 3.2). The query is ignored. *p is meaningful only after HTTP_PATH_OK.
 */
enum http_path_error http_path_parse(struct http_path *p, const char *target);

/*
 * Writes the relative reference that leads from `target`, which named a
 * directory without its slash, to the directory: "/a/b%2fc" gives "b%2fc/".
 * Being relative it stays right behind a proxy that adds a prefix. 0, or -1
 * when *out is full.
 */
int http_path_redirect(struct buf *out, const char *target);

#endif
