/* A range holds each version of its own text; versions keep their order when they are written again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/mem.h"
#include "mirror/npm/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *range = xstrndup((const char *)data + 1, size ? size - 1 : 0);
        char *version = strchr(range, '\n');
        unsigned flags = size ? data[0] & 3 : 0;
        struct semver_range *r;
        struct semver v, again;
        struct buf text;

        if (version)
                *version++ = '\0';
        r = semver_range_parse(range, flags);
        if (version && semver_parse(&v, version, strlen(version), flags) == 0) {
                buf_init(&text, 4096);
                assert(semver_format(&v, &text) == 0);
                assert(semver_parse(&again, text.data, text.len, flags) == 0);
                assert(semver_compare(&v, &again) == 0);
                assert(semver_satisfies(text.data, text.data, flags));
                if (r)
                        assert(semver_range_has(r, &v) == semver_range_has(r, &again));
                buf_release(&text);
        }
        semver_range_free(r);
        free(range);
        return 0;
}
