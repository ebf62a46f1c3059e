#include "bundle/hex.h"

#include "bundle/err.h"

void hex_encode(char *out, const void *bytes, size_t len)
{
        static const char digits[] = "0123456789abcdef";
        const unsigned char *p = bytes;

        for (size_t i = 0; i < len; i++) {
                *out++ = digits[p[i] >> 4];
                *out++ = digits[p[i] & 15];
        }
        *out = '\0';
}

static int value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

int hex_decode(void *out, size_t len, const char *text)
{
        unsigned char *p = out;

        for (size_t i = 0; i < len; i++) {
                int hi = value(text[0]), lo = hi < 0 ? -1 : value(text[1]);

                if (lo < 0)
                        return -1;
                p[i] = (unsigned char)(hi << 4 | lo);
                text += 2;
        }
        return *text ? -1 : 0;
}
