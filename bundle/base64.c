#include "bundle/base64.h"

#include <sodium.h>

#include "bundle/err.h"

void base64_encode(char *out, const void *bytes, size_t len)
{
        sodium_bin2base64(out, BASE64_SIZE(len), bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

int base64_decode(void *out, size_t len, const char *text, size_t text_len)
{
        size_t got = 0;

        /* libsodium 1.0.18 takes some bytes above 0x7f for digits. */
        for (size_t i = 0; i < text_len; i++)
                if ((unsigned char)text[i] > 0x7f)
                        return -1;
        /* Without an end pointer libsodium wants the whole text used; it refuses low bits itself. */
        if (sodium_base642bin(
                out, len, text, text_len, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
                return -1;
        return got == len ? 0 : -1;
}
