#include "mirror/openpgp_armor.h"

#include "bundle/base64.h"
#include "bundle/err.h"

#define LINE_BYTES 48 /* 64 characters */

uint32_t openpgp_crc24(const void *bytes, size_t len)
{
        const unsigned char *p = bytes;
        uint32_t crc = 0xB704CE;

        for (size_t i = 0; i < len; i++) {
                crc ^= (uint32_t)p[i] << 16;
                for (int bit = 0; bit < 8; bit++) {
                        crc <<= 1;
                        if (crc & 0x1000000)
                                crc ^= 0x1864CFB;
                }
        }
        return crc & 0xFFFFFF;
}

int openpgp_armor(const char *kind, const void *bytes, size_t len, struct buf *out)
{
        const unsigned char *p = bytes;
        uint32_t crc = openpgp_crc24(bytes, len);
        unsigned char crc_bytes[] = {
            (unsigned char)(crc >> 16), (unsigned char)(crc >> 8), (unsigned char)crc};
        char line[BASE64_SIZE(LINE_BYTES)];

        if (buf_addf(out, "-----BEGIN PGP %s-----\n\n", kind) < 0)
                return -1;
        for (size_t at = 0; at < len; at += LINE_BYTES) {
                base64_encode(line, p + at, len - at < LINE_BYTES ? len - at : LINE_BYTES);
                if (buf_addf(out, "%s\n", line) < 0)
                        return -1;
        }
        base64_encode(line, crc_bytes, sizeof crc_bytes);
        return buf_addf(out, "=%s\n-----END PGP %s-----\n", line, kind);
}
