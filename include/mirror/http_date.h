/*
 * The three date forms of HTTP (RFC 9110 5.6.7), always GMT:
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT      what everybody sends
 *     Sunday, 06-Nov-94 08:49:37 GMT     RFC 850
 *     Sun Nov  6 08:49:37 1994           ANSI C
 */
#ifndef MIRROR_HTTP_DATE_H
#define MIRROR_HTTP_DATE_H

#include <stdint.h>

#include "bundle/err.h"

#define HTTP_DATE_SIZE 30 /* with the NUL */

/*
 * Seconds since 1970 into *seconds. `now` settles the century of a two-digit
 * year (the one that is not more than 50 years ahead). Returns 0, or -1 when the
 * text is not a date or names a day or time that does not exist; *seconds is
 * then untouched.
 */
int http_date_parse(const char *text, int64_t now, int64_t *seconds);

/* The first form. `seconds` must lie in the years 1970 to 9999. */
void http_date_format(int64_t seconds, char out[HTTP_DATE_SIZE]);

#endif
