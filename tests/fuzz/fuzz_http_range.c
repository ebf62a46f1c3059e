/*
 * Any text as a Range header, for files of several sizes: what is to be sent
 * lies inside the file, and is one of its bytes at least.
 */
#include <assert.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/http_range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *value, uint64_t size)
{
        uint64_t first = 0, length = 0, end = 0;

        if (http_range_parse(value, size, &first, &length) == HTTP_RANGE_PART) {
                assert(length > 0);
                assert(!__builtin_add_overflow(first, length, &end));
                assert(end <= size);
        } else {
                assert(first == 0 && length == 0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const uint64_t sizes[] = {0, 1, 100, UINT32_MAX, INT64_MAX, UINT64_MAX};
        char *value = xstrndup((const char *)data, size);

        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
                check(value, sizes[i]);
        free(value);
        return 0;
}
