/* A version that parses has a canonical text that parses to the same version. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/mem.h"
#include "mirror/pypi/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *split = memchr(data, '\n', size);
        size_t first = split ? (size_t)(split - (const char *)data) : size;
        struct version a, b, again;
        struct err e = ERR_INIT;

        if (version_parse_n(&a, (const char *)data, first, &e) < 0)
                return 0;
        assert(version_parse(&again, a.text, &e) == 0);
        assert(strcmp(a.text, again.text) == 0 && version_compare(&a, &again) == 0);
        assert(version_same_base(&a, &again) && version_same_prefix(&a, &again, 300));
        version_release(&again);
        if (split && version_parse_n(&b, split + 1, size - first - 1, &e) == 0) {
                int order = version_compare(&a, &b);

                assert((order < 0) == (version_compare(&b, &a) > 0));
                assert(order != 0 || version_compare_public(&a, &b) == 0);
                version_release(&b);
        }
        version_release(&a);
        return 0;
}
