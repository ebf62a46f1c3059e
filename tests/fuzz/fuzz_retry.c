/* Input: a Retry-After value. */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/http_date.h"
#include "mirror/retry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = xstrndup((const char *)data, size), again[HTTP_DATE_SIZE];
        uint64_t wait;
        int64_t date, same;

        if (retry_after_parse(text, 1795000000, 300000, &wait) == 0)
                assert(wait <= 300000);
        if (http_date_parse(text, 1795000000, &date) == 0 && date >= 0 && date < 253402300800) {
                http_date_format(date, again);
                assert(http_date_parse(again, 1795000000, &same) == 0 && same == date);
        }
        free(text);
        return 0;
}
