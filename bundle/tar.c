#include "bundle/tar.h"

/* 1980-01-01: the first day that FAT knows; an older one makes GNU tar complain. */
#define MTIME 315532800

static void octal(unsigned char *field, int digits, uint64_t value)
{
        for (int i = digits - 1; i >= 0; i--, value >>= 3)
                field[i] = (unsigned char)('0' + (value & 7));
}

void tar_header(const char *name, uint64_t size, unsigned char block[TAR_BLOCK])
{
        unsigned sum = 0;

        memset(block, 0, TAR_BLOCK);
        memcpy(block, name, strnlen(name, TAR_NAME));
        octal(block + 100, 7, 0644);
        octal(block + 108, 7, 0);
        octal(block + 116, 7, 0);
        octal(block + 124, 11, size);
        octal(block + 136, 11, MTIME);
        memset(block + 148, ' ', 8);
        block[156] = '0';
        memcpy(block + TAR_MAGIC, "ustar\00000", 8);
        for (int i = 0; i < TAR_BLOCK; i++)
                sum += block[i];
        octal(block + 148, 6, sum);
        block[154] = '\0';
}

int tar_header_parse(
    const unsigned char block[TAR_BLOCK], char name[TAR_NAME + 1], uint64_t *size, struct err *e)
{
        static const unsigned char zero[TAR_BLOCK];
        unsigned char expected[TAR_BLOCK];

        if (memcmp(block, zero, TAR_BLOCK) == 0)
                return 0;
        memcpy(name, block, TAR_NAME);
        name[TAR_NAME] = '\0';
        *size = 0;
        for (int i = 0; i < 11; i++)
                *size = *size << 3 | (unsigned)(block[124 + i] & 7);
        tar_header(name, *size, expected);
        if (!*name || memcmp(block, expected, TAR_BLOCK) != 0)
                return err_set(e, ERR_REFUSED, "a tar header is damaged");
        return 1;
}

unsigned tar_padding(uint64_t size)
{
        return (unsigned)(-size & (TAR_BLOCK - 1));
}
