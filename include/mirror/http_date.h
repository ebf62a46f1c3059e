/*
 * Dates as HTTP writes them: "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate,
 * RFC 9110 5.6.7), the same under every locale.
 *
 * The two obsolete forms are not read. They would stand only in conditions,
 * and a condition that is not understood costs one transfer, no more.
 */
#ifndef MIRROR_HTTP_DATE_H
#define MIRROR_HTTP_DATE_H

#include <time.h>

#define HTTP_DATE_SIZE 30 /* with the NUL */

/* Writes `when`; what lies outside the years 1970 to 9999 becomes the nearest second inside. */
void http_date_format(char out[HTTP_DATE_SIZE], time_t when);

/* 0, or -1: not an IMF-fixdate. */
int http_date_parse(const char *text, time_t *when);

#endif
