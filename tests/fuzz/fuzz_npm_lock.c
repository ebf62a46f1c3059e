/* Lock files of every kind: what was read is named, and has a version or says what it is instead. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mirror/npm/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const names[] = {
            "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "npm-shrinkwrap.json"};
        struct npm_lock l;
        struct err e = ERR_INIT;

        if (size == 0)
                return 0;
        if (npm_lock_parse(&l, names[data[0] % 4], (const char *)data + 1, size - 1, &e) < 0) {
                assert(e.code == ERR_USAGE && *e.msg);
                return 0;
        }
        for (size_t i = 0; i < l.count; i++) {
                const struct locked *item = &l.items[i];

                assert(item->package && item->installed_as && item->where);
                assert((item->version != NULL) != (item->text != NULL));
        }
        npm_lock_release(&l);
        return 0;
}
