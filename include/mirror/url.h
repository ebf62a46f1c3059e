/*
 * URLs as text: split, join, quote, show (RFC 3986). No network, no state.
 *
 * What an index page holds goes through url_join() before it is fetched, and
 * every URL that a person sees goes through url_display(): user names,
 * passwords and query strings (which carry signatures and tokens) stay out of
 * messages and logs.
 *
 * A function that returns char * returns memory of the caller's; on error it
 * returns NULL and sets *e.
 */
#ifndef MIRROR_URL_H
#define MIRROR_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/err.h"

struct url_slice {
        const char *at; /* into the parsed text; NULL when the part is absent */
        size_t len;
};

/* The parts as written, neither decoded nor normalised; delimiters belong to none of them. */
struct url {
        struct url_slice scheme, userinfo, host, port, path, query, fragment;
};

/*
 * Splits an absolute http, https or file URL, and refuses what must not reach a
 * network library: another scheme, no host (http, https), a bad port, more than
 * LIMIT_URL bytes, blanks or control characters. The slices point into `text`.
 * The brackets of an IPv6 address belong to `host`.
 */
int url_parse(const char *text, struct url *u, struct err *e);

/*
 * The reference as seen from the base (RFC 3986 5.2, strict), without its
 * fragment. Bytes that may not stand in a URL (blanks, quotes, bytes above
 * 0x7e) are percent-encoded. `base` must be absolute. A relative reference
 * keeps the base's user name and password.
 */
char *url_join(const char *base, const char *reference, struct err *e);

/* For people: no user, password, query ("?..." stands for it), fragment; never NULL. */
char *url_display(const char *text);

/*
 * The decoded last segment of the path, when it can be a file name: not empty,
 * not "." or "..", no NUL, slash or control character, at most LIMIT_NAME bytes.
 */
char *url_file_name(const char *text, struct err *e);

/* The URL up to its fragment; *fragment (may be NULL) points behind the '#' in `text`, or is NULL.
 */
char *url_without_fragment(const char *text, const char **fragment);

/* Percent-encodes everything but unreserved characters (RFC 3986 2.3), '/' included. */
char *url_encode_segment(const char *segment);

/* Decodes %XX; a bad escape or %00 is an error. `len` bytes are read. */
char *url_decode(const char *text, size_t len, struct err *e);

/* "https://host:port" in lower case with the port always there; "file://" for a file. */
char *url_origin(const char *text, struct err *e);

bool url_same_origin(const char *a, const char *b);

/*
 * `text` with the user name and password of `from`, when both have the same
 * origin and `text` has none of its own; a plain copy otherwise. For the absolute
 * addresses in a page that was itself fetched with credentials.
 */
char *url_with_credentials(const char *text, const char *from);

#endif
