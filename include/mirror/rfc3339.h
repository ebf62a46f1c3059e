/* Moments as registries write them: RFC 3339, "2026-11-01T12:00:00.123Z". */
#ifndef MIRROR_RFC3339_H
#define MIRROR_RFC3339_H

#include <stddef.h>
#include <stdint.h>

/* Unix seconds, fractions dropped. -1: not a moment with a zone. A blank may stand for the T. */
int rfc3339_parse(const char *text, size_t len, int64_t *out);

#endif
