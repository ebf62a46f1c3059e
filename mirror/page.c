#include "mirror/page.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/digest.h"
#include "bundle/fs.h"
#include "bundle/mem.h"
#include "bundle/xz.h"

#define CHUNK 16384 /* dozens are written at a time */

struct page {
        int folder;
        struct fs_temp file;
        struct digest *digest;
        unsigned char sha256[SHA256_SIZE];
        uint64_t size;
        size_t pending; /* bytes in chunk that are not in the file yet */
        char chunk[CHUNK];
};

struct page *page_new(int folder, struct err *e)
{
        struct page *p = xcalloc(1, sizeof *p);

        p->folder = folder;
        p->file = (struct fs_temp)FS_TEMP_INIT;
        if (fs_temp_open(&p->file, folder, e) < 0) {
                free(p);
                return NULL;
        }
        p->digest = digest_new(DIGEST_SHA256);
        return p;
}

void page_free(struct page *p)
{
        if (!p)
                return;
        fs_temp_discard(&p->file);
        digest_free(p->digest);
        free(p);
}

static int flush(struct page *p, struct err *e)
{
        if (fs_write(p->file.fd, p->chunk, p->pending, e) < 0)
                return err_prefix(e, "an index page");
        digest_update(p->digest, p->chunk, p->pending);
        p->size += p->pending;
        p->pending = 0;
        return 0;
}

int page_write(struct page *p, const void *bytes, size_t len, struct err *e)
{
        const char *from = bytes;

        while (len) {
                size_t n = len < CHUNK - p->pending ? len : CHUNK - p->pending;

                memcpy(p->chunk + p->pending, from, n);
                p->pending += n;
                from += n;
                len -= n;
                if (p->pending == CHUNK && flush(p, e) < 0)
                        return -1;
        }
        return 0;
}

int page_end(struct page *p, struct err *e)
{
        unsigned char value[DIGEST_MAX_SIZE];

        if (flush(p, e) < 0)
                return -1;
        digest_final(p->digest);
        digest_get(p->digest, DIGEST_SHA256, value);
        memcpy(p->sha256, value, SHA256_SIZE);
        return 0;
}

static int sink(void *context, const void *bytes, size_t len, struct err *e)
{
        return page_write(context, bytes, len, e);
}

static int compress(const struct page *p, struct xz_encoder *x, struct err *e)
{
        char chunk[65536];

        for (uint64_t at = 0; at < p->size;) {
                ssize_t n = fs_pread(p->file.fd, chunk, sizeof chunk, at, e);

                if (n == 0)
                        err_set(e, ERR_FAILED, "an index page is shorter than what was written");
                if (n <= 0 || xz_encoder_write(x, chunk, (size_t)n, e) < 0)
                        return -1;
                at += (uint64_t)n;
        }
        return xz_encoder_finish(x, e);
}

struct page *page_xz(const struct page *p, struct err *e)
{
        struct page *out = page_new(p->folder, e);
        struct xz_encoder *x;
        int ret;

        if (!out)
                return NULL;
        x = xz_encoder_new(XZ_PRESET_DEFAULT, sink, out);
        ret = compress(p, x, e) < 0 ? -1 : page_end(out, e);
        xz_encoder_free(x);
        if (ret < 0) {
                page_free(out);
                return NULL;
        }
        return out;
}

static int sum(void *context, const void *bytes, size_t len, struct err *e)
{
        (void)e;
        digest_update(context, bytes, len);
        return 0;
}

/* Copies the file, decoding it on the way. 0: what it holds has been summed; -1 */
static int copy_decoded(struct page *out, int fd, uint64_t size, struct digest *d)
{
        struct xz_decoder *x = xz_decoder_new(size, sum, d);
        struct err ignored = ERR_INIT;
        char chunk[65536];
        ssize_t n;
        int ret = -1;

        while ((n = fs_read(fd, chunk, sizeof chunk, &ignored)) > 0)
                if (xz_decoder_write(x, chunk, (size_t)n, &ignored) < 0 ||
                    page_write(out, chunk, (size_t)n, &ignored) < 0)
                        goto out;
        if (n == 0 && xz_decoder_finish(x, &ignored) == 0 && page_end(out, &ignored) == 0)
                ret = 0;
out:
        xz_decoder_free(x);
        return ret;
}

struct page *page_xz_again(const struct page *p, int dir, const char *path)
{
        int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        struct err ignored = ERR_INIT;
        struct page *out = fd < 0 ? NULL : page_new(p->folder, &ignored);
        struct digest *d = digest_new(DIGEST_SHA256);
        unsigned char value[DIGEST_MAX_SIZE];
        int same = out && copy_decoded(out, fd, p->size, d) == 0;

        digest_final(d);
        digest_get(d, DIGEST_SHA256, value);
        digest_free(d);
        if (fd >= 0)
                close(fd);
        if (same && memcmp(value, p->sha256, SHA256_SIZE) == 0)
                return out;
        page_free(out);
        return NULL;
}

const unsigned char *page_sha256(const struct page *p)
{
        return p->sha256;
}

uint64_t page_size(const struct page *p)
{
        return p->size;
}

bool page_is_at(const struct page *p, int dir, const char *path)
{
        int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        struct digest *d = digest_new(DIGEST_SHA256);
        unsigned char value[DIGEST_MAX_SIZE];
        struct err ignored = ERR_INIT;
        char chunk[65536];
        ssize_t n = -1;

        while (fd >= 0 && (n = fs_read(fd, chunk, sizeof chunk, &ignored)) > 0)
                digest_update(d, chunk, (size_t)n);
        digest_final(d);
        digest_get(d, DIGEST_SHA256, value);
        digest_free(d);
        if (fd >= 0)
                close(fd);
        return n == 0 && memcmp(value, p->sha256, SHA256_SIZE) == 0;
}

int page_link(const struct page *p, int dir, const char *path, struct err *e)
{
        if (fs_make_parents(dir, path, e) < 0)
                return -1;
        if (unlinkat(dir, path, 0) < 0 && errno != ENOENT)
                return err_sys(e, "cannot replace %s", path);
        if (fchmod(p->file.fd, 0644) < 0 || linkat(p->folder, p->file.name, dir, path, 0) < 0)
                return err_sys(e, "cannot place %s", path);
        return 0;
}
