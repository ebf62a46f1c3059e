#include "mirror/pypi/zipdir.h"

#define ZLIB_CONST
#include <zlib.h>

#include "bundle/limit.h"

/* Sizes of the fixed parts, and the signatures they begin with. */
enum {
        END_SIZE = 22,
        END64_SIZE = 56,
        LOCATOR_SIZE = 20,
        ENTRY_SIZE = 46,
        LOCAL_SIZE = 30,
        COMMENT_MAX = 65535,
        EXTRA_MAX = 65535,
};

#define END_SIGNATURE 0x06054b50U
#define END64_SIGNATURE 0x06064b50U
#define LOCATOR_SIGNATURE 0x07064b50U
#define ENTRY_SIGNATURE 0x02014b50U
#define LOCAL_SIGNATURE 0x04034b50U

#define FLAG_ENCRYPTED 0x0001U
#define FLAG_DESCRIPTOR 0x0008U /* sizes and CRC stand behind the data */
#define FLAG_PATCHED 0x0020U
#define FLAG_STRONG 0x0040U
#define FLAG_MASKED 0x2000U

static uint16_t u16(const unsigned char *p)
{
        return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const unsigned char *p)
{
        return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

static uint64_t u64(const unsigned char *p)
{
        return (uint64_t)u32(p) | (uint64_t)u32(p + 4) << 32;
}

static int refuse(struct err *e, const char *what)
{
        return err_set(e, ERR_REFUSED, "zip: %s", what);
}

/* What both end records say, and where the earlier of them begins. */
struct end {
        uint64_t at; /* in the file */
        uint64_t entries, size, offset;
};

/* The last end record in the tail; NULL if there is none. */
static const unsigned char *find_end(const unsigned char *tail, size_t len)
{
        for (size_t i = len < END_SIZE ? 0 : len - END_SIZE + 1; i > 0; i--)
                if (u32(tail + i - 1) == END_SIGNATURE)
                        return tail + i - 1;
        return NULL;
}

static int read_end(
    const unsigned char *p, uint64_t at, uint64_t file_size, struct end *end, struct err *e)
{
        if (at + END_SIZE + u16(p + 20) != file_size)
                return refuse(e, "its end record does not end where the file does");
        if (u16(p + 4) != 0 || u16(p + 6) != 0 || u16(p + 8) != u16(p + 10))
                return refuse(e, "it spans several disks");
        *end = (struct end){at, u16(p + 10), u32(p + 12), u32(p + 16)};
        return 0;
}

/* A field of the old record either says the same as the new one or points to it. */
static int agrees(uint64_t old, uint64_t marker, uint64_t new)
{
        return old == marker || old == new;
}

/* The zip64 end record at p lies at `at` in the file, and its locator at `locator_at`. */
static int read_end64(
    const unsigned char *p, uint64_t at, uint64_t locator_at, struct end *end, struct err *e)
{
        struct end new = {at, u64(p + 32), u64(p + 40), u64(p + 48)};

        if (u32(p) != END64_SIGNATURE)
                return refuse(e, "its zip64 locator does not lead to an end record");
        if (u64(p + 4) != locator_at - at - 12)
                return refuse(e, "its zip64 end record has a wrong length");
        if (u32(p + 16) != 0 || u32(p + 20) != 0 || u64(p + 24) != new.entries)
                return refuse(e, "it spans several disks");
        if (!agrees(end->entries, 0xffff, new.entries) ||
            !agrees(end->size, 0xffffffff, new.size) ||
            !agrees(end->offset, 0xffffffff, new.offset))
                return refuse(e, "its two end records contradict each other");
        *end = new;
        return 0;
}

static int check_directory(const struct end *end, struct err *e)
{
        if (end->offset > end->at || end->size != end->at - end->offset)
                return refuse(e, "its directory does not lie where its end record says");
        if (end->size > LIMIT_ZIP_DIRECTORY)
                return refuse(e, "its directory is too large");
        if (end->entries > end->size / ENTRY_SIZE)
                return refuse(e, "its directory is too small for its number of entries");
        return 0;
}

/* Follows the zip64 locator in front of the end record, if there is one. 1 done, 0 *need, -1. */
static int follow_locator(const unsigned char *tail, size_t len, uint64_t file_size,
    struct end *end, size_t *need, struct err *e)
{
        uint64_t start = file_size - len, locator_at, at;
        const unsigned char *p;

        if (end->at < LOCATOR_SIZE)
                return 1;
        locator_at = end->at - LOCATOR_SIZE;
        if (locator_at < start) {
                *need = (size_t)(file_size - locator_at);
                return 0;
        }
        p = tail + (locator_at - start);
        if (u32(p) != LOCATOR_SIGNATURE)
                return 1;
        at = u64(p + 8);
        if (u32(p + 4) != 0 || u32(p + 16) > 1)
                return refuse(e, "it spans several disks");
        if (at > locator_at || locator_at - at < END64_SIZE || locator_at - at > 2 * COMMENT_MAX)
                return refuse(e, "its zip64 locator leads nowhere");
        if (at < start) {
                *need = (size_t)(file_size - at);
                return 0;
        }
        return read_end64(tail + (at - start), at, locator_at, end, e) < 0 ? -1 : 1;
}

int zipdir_tail(
    struct zipdir *d, const void *tail, size_t len, uint64_t file_size, size_t *need, struct err *e)
{
        uint64_t most = END_SIZE + COMMENT_MAX;
        const unsigned char *p;
        struct end end = {0};
        int r;

        if (file_size < most)
                most = file_size;
        if (len > file_size)
                return refuse(e, "more bytes were read than the file has");
        p = find_end(tail, len);
        if (!p && len < most) {
                *need = len < ZIPDIR_TAIL && most > ZIPDIR_TAIL ? ZIPDIR_TAIL : (size_t)most;
                return 0;
        }
        if (!p)
                return refuse(e, "no end record: this is no zip file, or it is cut short");
        if (read_end(p, file_size - len + (uint64_t)(p - (const unsigned char *)tail), file_size,
                &end, e) < 0)
                return -1;
        r = follow_locator(tail, len, file_size, &end, need, e);
        if (r != 1)
                return r;
        if (check_directory(&end, e) < 0)
                return -1;
        *d = (struct zipdir){file_size, end.offset, end.size, end.entries};
        return 1;
}

void zipdir_first(struct zipdir_iterator *i, const struct zipdir *d, const void *directory)
{
        i->at = directory;
        i->end = i->at + d->size;
        i->left = d->entries;
        i->data_end = d->offset;
}

/* Takes the 64-bit values from the extra field for those that are marked as too large. */
static int read_extra64(struct zip_member *m, const unsigned char *p, size_t len, struct err *e)
{
        uint64_t *const fields[] = {&m->size, &m->stored, &m->offset};

        while (len >= 4) {
                size_t n = u16(p + 2);
                const unsigned char *value = p + 4;

                if (n > len - 4)
                        break;
                if (u16(p) == 1) {
                        for (size_t k = 0; k < 3; k++) {
                                if (*fields[k] != 0xffffffff)
                                        continue;
                                if (n < 8)
                                        return refuse(e, "a zip64 field is cut short");
                                *fields[k] = u64(value);
                                value += 8;
                                n -= 8;
                        }
                        return 0;
                }
                p += 4 + n;
                len -= 4 + n;
        }
        return 0;
}

static int check_member(const struct zip_member *m, uint64_t data_end, struct err *e)
{
        uint64_t end;

        if (m->name_len == 0 || memchr(m->name, '\0', m->name_len))
                return refuse(e, "a member's name is empty or holds a NUL");
        if (__builtin_add_overflow(m->offset, LOCAL_SIZE + m->name_len, &end) ||
            __builtin_add_overflow(end, m->stored, &end) || end > data_end)
                return refuse(e, "a member lies outside of the file");
        return 0;
}

int zipdir_next(struct zipdir_iterator *i, struct zip_member *m, struct err *e)
{
        const unsigned char *p = i->at;
        size_t left = (size_t)(i->end - p), name, extra, comment;

        if (i->left == 0)
                return left == 0 ? 0 : refuse(e, "its directory holds more than its entries");
        if (left < ENTRY_SIZE || u32(p) != ENTRY_SIGNATURE)
                return refuse(e, "its directory is damaged");
        name = u16(p + 28);
        extra = u16(p + 30);
        comment = u16(p + 32);
        if (left - ENTRY_SIZE < name + extra + comment)
                return refuse(e, "its directory is cut short");
        *m = (struct zip_member){.name = (const char *)p + ENTRY_SIZE,
            .name_len = name,
            .offset = u32(p + 42),
            .stored = u32(p + 20),
            .size = u32(p + 24),
            .crc = u32(p + 16),
            .flags = u16(p + 8),
            .method = u16(p + 10)};
        if (read_extra64(m, p + ENTRY_SIZE + name, extra, e) < 0 ||
            check_member(m, i->data_end, e) < 0)
                return -1;
        i->at = p + ENTRY_SIZE + name + extra + comment;
        i->left--;
        return 1;
}

static int check_size(const struct zip_member *m, uint64_t max, struct err *e)
{
        /* Deflated data may be a little larger than its content, if that is random. */
        if (m->size > max || m->stored > m->size + m->size / 8 + 1024)
                return refuse(e, "a member is larger than allowed");
        return 0;
}

int zipdir_range(const struct zipdir *d, const void *directory, const struct zip_member *m,
    uint64_t max, struct zip_range *out, struct err *e)
{
        uint64_t end = d->offset; /* where the next member begins */
        uint64_t least = LOCAL_SIZE + m->name_len + m->stored;
        struct zipdir_iterator i;
        struct zip_member other = {0};
        int r;

        if (check_size(m, max, e) < 0)
                return -1;
        zipdir_first(&i, d, directory);
        while ((r = zipdir_next(&i, &other, e)) == 1)
                if (other.offset > m->offset && other.offset < end)
                        end = other.offset;
        if (r < 0)
                return -1;
        if (end - m->offset < least)
                return refuse(e, "two members overlap");
        out->offset = m->offset;
        out->size = end - m->offset;
        if (out->size > least + EXTRA_MAX)
                out->size = least + EXTRA_MAX;
        return 0;
}

/* The local header must say what the directory said. Returns the data's offset behind it, or 0. */
static size_t check_local(
    const struct zip_member *m, const unsigned char *p, size_t len, struct err *e)
{
        size_t head;
        int later;

        if (len < LOCAL_SIZE || u32(p) != LOCAL_SIGNATURE)
                return refuse(e, "a member has no local header"), (size_t)0;
        later = (u16(p + 6) & FLAG_DESCRIPTOR) != 0;
        head = LOCAL_SIZE + (size_t)u16(p + 26) + u16(p + 28);
        if (len < head || len - head < m->stored)
                return refuse(e, "a member overlaps with the next"), (size_t)0;
        if (u16(p + 26) != m->name_len || memcmp(p + LOCAL_SIZE, m->name, m->name_len) != 0)
                return refuse(e, "a member has two names"), (size_t)0;
        if (u16(p + 8) != m->method || ((u16(p + 6) ^ m->flags) & FLAG_ENCRYPTED))
                return refuse(e, "a member is said to be encoded in two ways"), (size_t)0;
        if (!(later && u32(p + 14) == 0) && u32(p + 14) != m->crc)
                return refuse(e, "a member has two checksums"), (size_t)0;
        if (!(later && u32(p + 18) == 0) && !agrees(u32(p + 18), 0xffffffff, m->stored))
                return refuse(e, "a member has two lengths"), (size_t)0;
        if (!(later && u32(p + 22) == 0) && !agrees(u32(p + 22), 0xffffffff, m->size))
                return refuse(e, "a member has two sizes"), (size_t)0;
        return head;
}

/* Appends the inflated data; it must be exactly m->size bytes, and use the input up. */
static int inflate_into(
    const struct zip_member *m, const unsigned char *data, struct buf *out, struct err *e)
{
        unsigned char chunk[16 * 1024];
        uint64_t made = 0;
        z_stream z = {0};
        int r = Z_OK, ret = -1;

        if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
                return err_set(e, ERR_FAILED, "zlib cannot start");
        z.next_in = data;
        z.avail_in = (uInt)m->stored;
        while (r == Z_OK) {
                size_t n;

                z.next_out = chunk;
                z.avail_out = sizeof chunk;
                r = inflate(&z, Z_NO_FLUSH);
                n = sizeof chunk - z.avail_out;
                made += n;
                if (made > m->size || buf_add(out, chunk, n) < 0) {
                        refuse(e, "a member is larger than its size");
                        goto out;
                }
        }
        if (r != Z_STREAM_END || z.avail_in != 0 || made != m->size) {
                refuse(e, "a member's compressed data is damaged");
                goto out;
        }
        ret = 0;
out:
        inflateEnd(&z);
        return ret;
}

int zipdir_extract(const struct zip_member *m, const void *range, size_t len, uint64_t max,
    struct buf *out, struct err *e)
{
        size_t head, before = out->len;
        const unsigned char *data;

        if (m->flags & (FLAG_ENCRYPTED | FLAG_PATCHED | FLAG_STRONG | FLAG_MASKED))
                return refuse(e, "a member is encrypted or patched");
        if (check_size(m, max, e) < 0)
                return -1;
        head = check_local(m, range, len, e);
        if (head == 0)
                return -1;
        data = (const unsigned char *)range + head;
        if (m->method == Z_DEFLATED) {
                if (inflate_into(m, data, out, e) < 0)
                        return -1;
        } else if (m->method == 0) {
                if (m->stored != m->size || buf_add(out, data, (size_t)m->size) < 0)
                        return refuse(e, "a stored member has two sizes");
        } else {
                return err_set(
                    e, ERR_REFUSED, "zip: compression method %u is not supported", m->method);
        }
        if (crc32_z(0, (const Bytef *)out->data + before, out->len - before) != m->crc)
                return refuse(e, "a member's checksum does not match");
        return 0;
}
