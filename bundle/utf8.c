#include "bundle/utf8.h"

#include "bundle/err.h"

static int continues(const char *p, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (((unsigned char)p[i] & 0xc0) != 0x80)
                        return 0;
        return 1;
}

size_t utf8_length(const char *p, size_t left)
{
        unsigned char first = (unsigned char)p[0];
        unsigned char second = left > 1 ? (unsigned char)p[1] : 0;

        if (first < 0x80)
                return 1;
        if (first >= 0xc2 && first <= 0xdf)
                return left >= 2 && continues(p + 1, 1) ? 2 : 0;
        if (first >= 0xe0 && first <= 0xef) {
                if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f))
                        return 0;
                return left >= 3 && continues(p + 1, 2) ? 3 : 0;
        }
        if (first >= 0xf0 && first <= 0xf4) {
                if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
                        return 0;
                return left >= 4 && continues(p + 1, 3) ? 4 : 0;
        }
        return 0;
}

int utf8_valid(const char *bytes, size_t len)
{
        for (size_t i = 0, n; i < len; i += n) {
                n = utf8_length(bytes + i, len - i);
                if (n == 0)
                        return 0;
        }
        return 1;
}

size_t utf8_encode(uint32_t c, char out[UTF8_MAX])
{
        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                c = UTF8_REPLACEMENT;
        if (c < 0x80) {
                out[0] = (char)c;
                return 1;
        }
        if (c < 0x800) {
                out[0] = (char)(0xc0 | c >> 6);
                out[1] = (char)(0x80 | (c & 0x3f));
                return 2;
        }
        if (c < 0x10000) {
                out[0] = (char)(0xe0 | c >> 12);
                out[1] = (char)(0x80 | (c >> 6 & 0x3f));
                out[2] = (char)(0x80 | (c & 0x3f));
                return 3;
        }
        out[0] = (char)(0xf0 | c >> 18);
        out[1] = (char)(0x80 | (c >> 12 & 0x3f));
        out[2] = (char)(0x80 | (c >> 6 & 0x3f));
        out[3] = (char)(0x80 | (c & 0x3f));
        return 4;
}

int utf8_repair(struct buf *out, const char *bytes, size_t len)
{
        char replacement[UTF8_MAX];
        size_t width = utf8_encode(UTF8_REPLACEMENT, replacement);
        size_t i = 0;

        while (i < len) {
                size_t good = i, n = 1;

                while (good < len && bytes[good] && n) {
                        n = utf8_length(bytes + good, len - good);
                        good += n;
                }
                if (buf_add(out, bytes + i, good - i) < 0)
                        return -1;
                if (good < len && buf_add(out, replacement, width) < 0)
                        return -1;
                i = good + 1;
        }
        return 0;
}
