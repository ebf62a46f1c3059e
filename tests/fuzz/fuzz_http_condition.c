/*
 * Any text as the value of each conditional header: no crash, and a client
 * that shows neither the tag nor the date is never told that it has the file.
 */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/http_condition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TAG "\"1a-2b\""
#define WHEN ((time_t)784111777)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *value = xstrndup((const char *)data, size);
        struct http_conditions tags = {.if_none_match = value};
        struct http_conditions dates = {.if_modified_since = value};
        struct http_conditions guards = {.if_match = value, .if_range = value};

        if (http_condition_check(&tags, TAG, WHEN) == HTTP_NOT_MODIFIED)
                assert(strstr(value, TAG) || strchr(value, '*'));
        http_condition_check(
            &dates, TAG, WHEN); /* a date has three spellings: no crash is enough */
        if (http_condition_check(&guards, TAG, WHEN) == HTTP_SEND)
                assert(strstr(value, TAG) || strchr(value, '*'));
        http_condition_allows_range(&guards, TAG, WHEN);
        free(value);
        return 0;
}
