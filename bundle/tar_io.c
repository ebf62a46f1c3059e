#include "bundle/tar_io.h"

#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/manifest.h"
#include "bundle/mem.h"

#define PREFIX MANIFEST_FORMAT "/"
#define CHUNK (256 * 1024)

static const unsigned char zero[TAR_END];

int tar_in_read(struct tar_in *t, void *bytes, size_t len, struct err *e)
{
        ssize_t n = fs_read(t->fd, bytes, len, e);

        if (n < 0)
                return -1;
        if (n == 0 && len && !t->begun)
                return err_set(
                    e, ERR_REFUSED, "the file is empty; copy it again from the other side");
        t->begun = t->begun || n > 0;
        if ((size_t)n < len)
                return err_set(e, ERR_REFUSED,
                    "the bundle ends too early: it was cut short; copy it again from the other side");
        return 0;
}

int tar_in_header(struct tar_in *t, char name[TAR_NAME + 1], uint64_t *size, struct err *e)
{
        unsigned char block[TAR_BLOCK];
        int r;

        if (tar_in_read(t, block, sizeof block, e) < 0)
                return -1;
        r = tar_header_parse(block, name, size, e);
        if (r != 1)
                return r;
        if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
                return err_set(e, ERR_REFUSED, "the bundle holds a member that no bundle has");
        memmove(name, name + strlen(PREFIX), strlen(name) + 1 - strlen(PREFIX));
        return 1;
}

int tar_in_padding(struct tar_in *t, uint64_t size, struct err *e)
{
        unsigned char padding[TAR_BLOCK];
        unsigned n = tar_padding(size);

        if (tar_in_read(t, padding, n, e) < 0)
                return -1;
        if (memcmp(padding, zero, n) != 0)
                return err_set(e, ERR_REFUSED, "padding of the bundle is damaged");
        return 0;
}

int tar_in_member(struct tar_in *t, uint64_t size, struct buf *out, struct err *e)
{
        char *bytes;
        int ret = -1;

        if (size > out->max - out->len)
                return err_set(e, ERR_REFUSED, "a member of the bundle is larger than any may be");
        bytes = xmalloc(size);
        if (tar_in_read(t, bytes, size, e) < 0 || tar_in_padding(t, size, e) < 0 ||
            buf_add(out, bytes, size) < 0)
                goto out;
        ret = 0;
out:
        free(bytes);
        return ret;
}

/* A seek beyond the end is no error: the padding, or the next header, finds that nothing is there. */
int tar_in_skip(struct tar_in *t, uint64_t size, struct err *e)
{
        char *chunk;
        int ret = -1;

        if (lseek(t->fd, (off_t)size, SEEK_CUR) >= 0)
                return tar_in_padding(t, size, e);
        chunk = xmalloc(CHUNK);
        for (uint64_t left = size; left;) {
                size_t n = left < CHUNK ? (size_t)left : CHUNK;

                if (tar_in_read(t, chunk, n, e) < 0)
                        goto out;
                left -= n;
        }
        ret = tar_in_padding(t, size, e);
out:
        free(chunk);
        return ret;
}

int tar_in_end(struct tar_in *t, struct err *e)
{
        unsigned char block[TAR_END], extra;
        ssize_t n;

        if (tar_in_read(t, block, sizeof block, e) < 0)
                return -1;
        if (memcmp(block, zero, sizeof block) != 0)
                return err_set(e, ERR_REFUSED, "the bundle holds more than its manifest lists");
        n = fs_read(t->fd, &extra, 1, e);
        if (n < 0)
                return -1;
        if (n > 0)
                return err_set(e, ERR_REFUSED, "there are bytes after the end of the bundle");
        return 0;
}

int tar_out_header(struct tar_out *t, const char *name, uint64_t size, struct err *e)
{
        unsigned char block[TAR_BLOCK];
        char path[TAR_NAME + 1];

        snprintf(path, sizeof path, PREFIX "%s", name);
        tar_header(path, size, block);
        t->written += TAR_BLOCK;
        return fs_write(t->fd, block, sizeof block, e);
}

int tar_out_padding(struct tar_out *t, uint64_t size, struct err *e)
{
        unsigned padding = tar_padding(size);

        t->written += size + padding;
        return fs_write(t->fd, zero, padding, e);
}

int tar_out_member(
    struct tar_out *t, const char *name, const void *bytes, size_t len, struct err *e)
{
        if (tar_out_header(t, name, len, e) < 0 || fs_write(t->fd, bytes, len, e) < 0)
                return -1;
        return tar_out_padding(t, len, e);
}

int tar_out_end(struct tar_out *t, struct err *e)
{
        t->written += TAR_END;
        return fs_write(t->fd, zero, TAR_END, e);
}

uint64_t tar_member_size(uint64_t size)
{
        return TAR_BLOCK + size + tar_padding(size);
}
