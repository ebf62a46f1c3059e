/* A code is refused, or says numbers that a receipt may have, and those alone. */
#include <assert.h>
#include <stdint.h>

#include "bundle/mem.h"
#include "bundle/receipt_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = xmalloc(size + 1);
        struct receipt_code code;
        struct err e = ERR_INIT;

        memcpy(text, data, size);
        text[size] = '\0';
        if (receipt_code_parse(text, &code, &e) < 0) {
                assert(e.code == ERR_USAGE);
        } else {
                assert(code.epoch >= 1 && code.epoch < 1 << 15);
                assert(code.seq >= 1 && code.seq < (int64_t)1 << 40);
                assert(code.stream < 1U << 25 && (code.proof[9] & 0x1f) == 0);
        }
        free(text);
        return 0;
}
