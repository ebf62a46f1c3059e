/* volume.json has one text for what it says: what is read is written as it was. */
#include <assert.h>
#include <stdint.h>

#include "bundle/volume.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct volume v;
        struct err e = ERR_INIT;
        struct buf text;

        if (volume_parse((const char *)data, size, &v, &e) < 0) {
                assert(e.code == ERR_REFUSED);
                return 0;
        }
        assert(v.volume >= 1 && v.volume <= v.volumes && v.volumes <= LIMIT_VOLUMES);
        assert(v.first_pack <= LIMIT_PACKS && v.pack_count <= LIMIT_PACKS);
        assert(v.signature_count <= LIMIT_SIGNATURES);
        buf_init(&text, LIMIT_VOLUME_JSON);
        if (size <= LIMIT_VOLUME_JSON) {
                assert(volume_format(&v, &text, &e) == 0);
                assert(text.len == size && memcmp(text.data, data, size) == 0);
        }
        buf_release(&text);
        return 0;
}
