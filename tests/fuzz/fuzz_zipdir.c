/*
 * Any bytes as a zip, read in ranges as a caller would, each copied out so
 * that a read beyond it is seen.
 */
#include <assert.h>
#include <stdint.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/wheel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *part(const uint8_t *data, size_t size, uint64_t offset, uint64_t len)
{
        void *copy;

        assert(offset <= size && len <= size - offset);
        copy = xmalloc(len);
        if (len)
                memcpy(copy, data + offset, len);
        return copy;
}

static int find(const uint8_t *data, size_t size, struct zipdir *d, struct err *e)
{
        size_t need = size < 32 ? size : 32, before;
        int r = 0;

        while (r == 0) {
                void *tail = part(data, size, size - need, need);

                before = need;
                r = zipdir_tail(d, tail, need, size, &need, e);
                assert(r != 0 || (need > before && need <= size));
                free(tail);
        }
        return r;
}

static void extract(const uint8_t *data, size_t size, const struct zipdir *d, const void *directory,
    const struct zip_member *m)
{
        struct zip_range range;
        struct err e = ERR_INIT;
        struct buf out;
        void *bytes;

        if (zipdir_range(d, directory, m, 1 << 20, &range, &e) < 0)
                return;
        bytes = part(data, size, range.offset, range.size);
        buf_init(&out, 1 << 20);
        if (zipdir_extract(m, bytes, range.size, 1 << 20, &out, &e) == 0)
                assert(out.len == m->size);
        else
                assert(e.code == ERR_REFUSED);
        buf_release(&out);
        free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct zipdir_iterator i;
        struct zip_member m;
        struct zipdir d;
        struct err e = ERR_INIT;
        void *directory;
        int count = 0;

        if (find(data, size, &d, &e) < 0) {
                assert(e.code == ERR_REFUSED);
                return 0;
        }
        directory = part(data, size, d.offset, d.size);
        zipdir_first(&i, &d, directory);
        while (count++ < 50 && zipdir_next(&i, &m, &e) == 1)
                extract(data, size, &d, directory, &m);
        wheel_find_metadata(&d, directory, &m, &e);
        free(directory);
        return 0;
}
