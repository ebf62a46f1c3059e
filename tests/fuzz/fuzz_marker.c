/* A marker that parses can be judged, and its text is a marker that is judged the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/mem.h"
#include "mirror/pypi/marker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const names[] = {"a"};
        static const struct marker_env env = {"posix", "linux", "x86_64", "CPython", "6.1", "Linux",
            "#1", "3.11", "3.11.2", "cpython", "3.11.2", true, {names, 1}, {names, 1}};
        char *text = xstrndup((const char *)data, size);
        struct marker *m, *again;
        struct err e = ERR_INIT;
        struct buf first, second;

        buf_init(&first, 4 * size + 100);
        buf_init(&second, 4 * size + 100);
        if (marker_parse(&m, text, &e) == 0) {
                assert(marker_text(m, &first) == 0);
                assert(marker_parse(&again, first.data, &e) == 0);
                assert(marker_text(again, &second) == 0);
                assert(strcmp(first.data, second.data) == 0);
                assert(marker_evaluate(m, &env, "a", &e) == marker_evaluate(again, &env, "a", &e));
                assert(marker_evaluate_extras(m, &env, names, 1, &e) ==
                       marker_evaluate_extras(again, &env, names, 1, &e));
                marker_free(again);
                marker_free(m);
        }
        buf_release(&first);
        buf_release(&second);
        free(text);
        return 0;
}
