/* What is accepted as a public key has one text, which is accepted again. */
#include <assert.h>
#include <stdint.h>

#include "bundle/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct public_key key, again;
        struct err e = ERR_INIT;
        char text[PUBLIC_KEY_TEXT];
        size_t len;

        if (public_key_parse(&key, (const char *)data, size, &e) < 0) {
                assert(e.code == ERR_REFUSED);
                return 0;
        }
        len = public_key_format(&key, text);
        assert(len < sizeof text);
        assert(public_key_parse(&again, text, len, &e) == 0);
        assert(memcmp(&key, &again, sizeof key) == 0);
        return 0;
}
