/* The first byte picks the kind of lock file. */
#include <stddef.h>
#include <stdint.h>

#include "bundle/mem.h"
#include "mirror/pypi/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const names[] = {"pylock.toml", "uv.lock", "poetry.lock"};
        struct target_profile profile = {.python = "3.11", .platform = "manylinux_2_28_x86_64"};
        struct target target;
        struct lock l;
        struct err e = ERR_INIT;

        if (size == 0 ||
            lock_parse(&l, names[data[0] % 3], (const char *)data + 1, size - 1, &e) < 0)
                return 0;
        if (target_init(&target, &profile, &e) < 0)
                abort();
        enum lock_need *need = xcalloc(l.count, sizeof *need);

        for (size_t i = 0; i < l.count; i++)
                if (!l.packages[i].name ||
                    (l.packages[i].origin == LOCK_INDEX && !l.packages[i].version))
                        abort();
        lock_needs(&l, &target, need, &e);
        free(need);
        target_release(&target);
        lock_release(&l);
        return 0;
}
