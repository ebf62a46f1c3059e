/* Input: header lines as a server might send them. */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "mirror/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct http_head *h)
{
        const char *range = http_head_get(h, HEADER_CONTENT_RANGE);
        uint64_t first, end, total;

        for (int i = 0; i < HEADER_COUNT; i++) {
                const char *value = http_head_get(h, (enum http_header)i);

                assert(!value || !strpbrk(value, "\r\n") || strlen(value) > 0);
        }
        http_head_validator(h);
        http_head_length(h);
        if (range && http_content_range_parse(range, &first, &end, &total) == 0)
                assert(first < end && end <= total);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct http_head h = {0};
        struct err e = ERR_INIT;

        while (size) {
                const uint8_t *end = memchr(data, '\n', size);
                size_t len = end ? (size_t)(end - data) + 1 : size;
                int ret = http_head_line(&h, (const char *)data, len, &e);

                if (ret < 0)
                        break;
                if (ret > 0)
                        assert(h.complete && h.status >= 0);
                look(&h);
                data += len;
                size -= len;
        }
        http_head_release(&h);
        return 0;
}
