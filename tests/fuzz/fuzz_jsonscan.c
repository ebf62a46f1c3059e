/* Any bytes to the JSON reader. What jansson takes, it must take too, but for what its header says it refuses. */
#include <assert.h>
#include <jansson.h>

#include "bundle/limit.h"
#include "mirror/jsonscan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t depth_of(const uint8_t *data, size_t size)
{
        size_t open = 0;

        for (size_t i = 0; i < size; i++)
                open += data[i] == '[' || data[i] == '{';
        return open;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct jsonscan j;
        struct err e = ERR_INIT;
        int ok;

        jsonscan_init(&j, (const char *)data, size);
        ok = jsonscan_skip(&j, &e) == 0 && jsonscan_end(&j, &e) == 0;
        jsonscan_release(&j);
        assert(ok == (e.code == ERR_NONE));
        /* jansson takes a NUL for the end of the text */
        if (!ok && size && depth_of(data, size) <= LIMIT_JSON_DEPTH && !memchr(data, 0, size)) {
                json_t *v = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);

                assert(!v);
        }
        return 0;
}
