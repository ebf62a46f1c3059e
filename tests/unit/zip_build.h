/* Makes small zip files in memory, whole ones; tests then bend them. */
#ifndef TESTS_ZIP_BUILD_H
#define TESTS_ZIP_BUILD_H

#include <stdint.h>
#include <zlib.h>

#include "bundle/buf.h"
#include "bundle/err.h"
#include "bundle/mem.h"

struct zip_build {
        struct buf out, directory;
        unsigned count;
        int descriptors; /* write sizes behind the data, zero in front */
        int zip64;       /* write all numbers as 64-bit ones */
};

static inline void zip_number(struct buf *b, uint64_t v, int bytes)
{
        for (int i = 0; i < bytes; i++)
                buf_addc(b, (char)(v >> (8 * i)));
}

static inline void zip_init(struct zip_build *z)
{
        *z = (struct zip_build){0};
        buf_init(&z->out, (size_t)1 << 26);
        buf_init(&z->directory, (size_t)1 << 26);
}

static inline void zip_release(struct zip_build *z)
{
        buf_release(&z->out);
        buf_release(&z->directory);
}

/* Raw deflate; the caller frees. */
static inline unsigned char *zip_deflate(const void *data, size_t len, size_t *stored)
{
        size_t room = len + len / 100 + 100;
        unsigned char *out = xmalloc(room);
        z_stream s = {0};

        deflateInit2(&s, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
        s.next_in = (Bytef *)(uintptr_t)data;
        s.avail_in = (uInt)len;
        s.next_out = out;
        s.avail_out = (uInt)room;
        deflate(&s, Z_FINISH);
        *stored = room - s.avail_out;
        deflateEnd(&s);
        return out;
}

static inline void zip_common(struct zip_build *z, struct buf *b, int method, uint32_t crc,
    uint64_t stored, uint64_t size, int hide)
{
        int large = z->zip64;

        zip_number(b, z->descriptors ? 8 : 0, 2);
        zip_number(b, (uint64_t)method, 2);
        zip_number(b, 0, 4); /* time and date */
        zip_number(b, hide ? 0 : crc, 4);
        zip_number(b, hide ? 0 : large ? 0xffffffff : stored, 4);
        zip_number(b, hide ? 0 : large ? 0xffffffff : size, 4);
}

static inline void zip_add(
    struct zip_build *z, const char *name, const void *data, size_t size, int method)
{
        uint64_t offset = z->out.len;
        size_t stored = size;
        unsigned char *bytes = method ? zip_deflate(data, size, &stored) : NULL;
        uint32_t crc = (uint32_t)crc32(0, data, (uInt)size);
        struct buf *b = &z->out;

        zip_number(b, 0x04034b50, 4);
        zip_number(b, 20, 2);
        zip_common(z, b, method, crc, stored, size, z->descriptors);
        zip_number(b, strlen(name), 2);
        zip_number(b, z->zip64 ? 20 : 0, 2);
        buf_adds(b, name);
        if (z->zip64) {
                zip_number(b, 1, 2);
                zip_number(b, 16, 2);
                zip_number(b, size, 8);
                zip_number(b, stored, 8);
        }
        buf_add(b, bytes ? bytes : data, stored);
        if (z->descriptors) {
                zip_number(b, 0x08074b50, 4);
                zip_number(b, crc, 4);
                zip_number(b, stored, 4);
                zip_number(b, size, 4);
        }
        b = &z->directory;
        zip_number(b, 0x02014b50, 4);
        zip_number(b, 20, 2);
        zip_number(b, 20, 2);
        zip_common(z, b, method, crc, stored, size, 0);
        zip_number(b, strlen(name), 2);
        zip_number(b, z->zip64 ? 28 : 0, 2);
        zip_number(b, 0, 6); /* comment, disk, internal attributes */
        zip_number(b, 0, 2);
        zip_number(b, 0, 2);
        zip_number(b, z->zip64 ? 0xffffffff : offset, 4);
        buf_adds(b, name);
        if (z->zip64) {
                zip_number(b, 1, 2);
                zip_number(b, 24, 2);
                zip_number(b, size, 8);
                zip_number(b, stored, 8);
                zip_number(b, offset, 8);
        }
        z->count++;
        free(bytes);
}

static inline void zip_add_text(struct zip_build *z, const char *name, const char *text)
{
        zip_add(z, name, text, strlen(text), Z_DEFLATED);
}

static inline void zip_end64(struct zip_build *z, uint64_t offset)
{
        struct buf *b = &z->out;
        uint64_t at = b->len;

        zip_number(b, 0x06064b50, 4);
        zip_number(b, 44, 8);
        zip_number(b, 45, 2);
        zip_number(b, 45, 2);
        zip_number(b, 0, 8); /* disks */
        zip_number(b, z->count, 8);
        zip_number(b, z->count, 8);
        zip_number(b, z->directory.len, 8);
        zip_number(b, offset, 8);
        zip_number(b, 0x07064b50, 4);
        zip_number(b, 0, 4);
        zip_number(b, at, 8);
        zip_number(b, 1, 4);
}

static inline void zip_finish(struct zip_build *z, const char *comment)
{
        struct buf *b = &z->out;
        uint64_t offset = b->len;

        buf_add(b, z->directory.data, z->directory.len);
        if (z->zip64)
                zip_end64(z, offset);
        zip_number(b, 0x06054b50, 4);
        zip_number(b, 0, 4); /* disks */
        zip_number(b, z->zip64 ? 0xffff : z->count, 2);
        zip_number(b, z->zip64 ? 0xffff : z->count, 2);
        zip_number(b, z->zip64 ? 0xffffffff : z->directory.len, 4);
        zip_number(b, z->zip64 ? 0xffffffff : offset, 4);
        zip_number(b, strlen(comment), 2);
        buf_adds(b, comment);
}

#endif
