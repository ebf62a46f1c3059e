/* A trust list that is accepted keeps its invariants and has one canonical text. */
#include <assert.h>
#include <stdint.h>

#include "bundle/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct trust t, again;
        struct err e = ERR_INIT;
        struct buf one, two;

        if (trust_from_json(&t, (const char *)data, size, &e) < 0) {
                assert(e.code == ERR_REFUSED);
                return 0;
        }
        assert(t.threshold >= 1 && t.threshold <= t.count && t.count <= LIMIT_TRUST_KEYS);
        assert(t.list_threshold >= 1 && t.list_threshold <= t.count && t.epoch >= 1);
        buf_init(&one, LIMIT_TRUST_JSON);
        buf_init(&two, LIMIT_TRUST_JSON);
        assert(trust_to_json(&t, &one, &e) == 0);
        assert(trust_from_json(&again, one.data, one.len, &e) == 0);
        assert(trust_to_json(&again, &two, &e) == 0);
        assert(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
        buf_release(&one);
        buf_release(&two);
        return 0;
}
