/* Times in text: RFC 3339, UTC, whole seconds: "2026-11-22T12:00:00Z". */
#ifndef BUNDLE_TIMESTAMP_H
#define BUNDLE_TIMESTAMP_H

#include <stdint.h>

#define TIMESTAMP_SIZE 24

/* Does this second have a text? Those of the years 1970 to 9999 have. */
int timestamp_fits(int64_t seconds);

/* Writes the text of unix seconds (years 1970 to 9999) to out, and returns it. */
const char *timestamp_format(int64_t seconds, char out[TIMESTAMP_SIZE]);

/* Exactly that form. 0, or -1. */
int timestamp_parse(const char *text, int64_t *seconds);

/* Now; or SOURCE_DATE_EPOCH if that is set to a number that has a text. */
int64_t timestamp_now(void);

/* "3 minutes", "2 days": the age of something, for people. */
const char *timestamp_age(int64_t seconds, char out[32]);

#endif
