/*
 * Any bytes to the TOML reader. What it accepts is walked whole: every value
 * must lie inside the text, within the depth limit, and be found by its key.
 */
#include <assert.h>

#include "bundle/limit.h"
#include "mirror/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct toml_value *v, size_t size, int depth)
{
        const struct toml_value *child;
        const char *key;
        size_t len, count = 0;

        assert(depth <= LIMIT_TOML_DEPTH);
        assert(toml_place(v)->start <= toml_place(v)->end && toml_place(v)->end <= size);
        for (child = toml_first(v); child; child = toml_next(child), count++) {
                key = toml_key(child, &len);
                assert((key != NULL) == (toml_kind(v) == TOML_TABLE));
                if (key && !memchr(key, '\0', len))
                        assert(toml_get(v, key) == child);
                walk(child, size, depth + 1);
        }
        assert(count == toml_count(v));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct err e = ERR_INIT;
        struct toml *t = toml_parse("fuzz", (const char *)data, size, &e);

        if (t)
                walk(toml_root(t), size, 0);
        else
                assert(e.code == ERR_USAGE && strncmp(e.msg, "fuzz:", 5) == 0);
        toml_free(t);
        return 0;
}
