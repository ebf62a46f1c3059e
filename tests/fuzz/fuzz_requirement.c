/* A requirement that parses has a text that parses to the same text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/mem.h"
#include "mirror/pypi/requirement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct requirement r, again;
        struct err e = ERR_INIT;
        struct buf first, second;

        if (requirement_parse_n(&r, (const char *)data, size, &e) < 0)
                return 0;
        buf_init(&first, 4 * size + 100);
        buf_init(&second, 4 * size + 100);
        assert(requirement_text(&r, &first) == 0);
        if (!memchr(data, '\0', size)) {
                assert(requirement_parse(&again, first.data, &e) == 0);
                assert(requirement_text(&again, &second) == 0);
                assert(strcmp(first.data, second.data) == 0);
                requirement_release(&again);
        }
        requirement_release(&r);
        buf_release(&first);
        buf_release(&second);
        return 0;
}
