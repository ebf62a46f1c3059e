/*
 * The Range request header (RFC 9110 14.2), byte ranges only.
 *
 * One range is answered with 206 or 416. A header that asks for several
 * ranges, that names another unit or that cannot be parsed is ignored, which
 * the standard allows: the client then gets the whole file with 200. So no
 * request can make the server assemble a multipart answer.
 */
#ifndef MIRROR_HTTP_RANGE_H
#define MIRROR_HTTP_RANGE_H

#include <stdint.h>

enum http_range {
        HTTP_RANGE_WHOLE,         /* no usable range: 200 with everything */
        HTTP_RANGE_PART,          /* 206 with *first and *length */
        HTTP_RANGE_UNSATISFIABLE, /* 416 */
};

/*
 * Reads the header's value (NULL: there is none) for a file of `size` bytes.
 * *first and *length are set only for HTTP_RANGE_PART; then *length > 0 and
 * *first + *length <= size.
 */
enum http_range http_range_parse(
    const char *value, uint64_t size, uint64_t *first, uint64_t *length);

#endif
