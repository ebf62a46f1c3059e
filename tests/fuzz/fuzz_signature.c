/*
 * What is accepted as a signature file differs from the text that stands for
 * it in the first line alone; and no key of the list made it.
 */
#include <assert.h>
#include <stdint.h>

#include "bundle/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const unsigned char hash[PREHASH_SIZE];
        struct public_key key = {{0}, {1}};
        struct signature_text text = {"x.minisig", (const char *)data, size};
        struct signature s;
        struct err e = ERR_INIT;
        struct verdict v;
        char again[SIGNATURE_TEXT];
        const char *first, *first_again;
        size_t len;

        assert(signatures_verify(&text, 1, hash, &key, 1, &v, &e) == -1);
        if (signature_parse(&s, (const char *)data, size, &e) < 0) {
                assert(e.code == ERR_REFUSED && v.state == SIGNATURE_BAD);
                return 0;
        }
        len = signature_format(&s, again);
        assert(len < sizeof again);
        first = memchr(data, '\n', size);
        first_again = memchr(again, '\n', len);
        assert(size - (size_t)(first - (const char *)data) == len - (size_t)(first_again - again));
        assert(memcmp(first, first_again, len - (size_t)(first_again - again)) == 0);
        return 0;
}
