#include "mirror/pypi/zipfile.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/mem.h"

/* All of it, or an error. */
static int read_at(int fd, void *out, size_t len, uint64_t offset, struct err *e)
{
        char *p = out;

        while (len) {
                ssize_t n = pread(fd, p, len, (off_t)offset);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_sys(e, "reading a zip file");
                if (n == 0)
                        return err_set(
                            e, ERR_FAILED, "a zip file became shorter while it was read");
                p += n;
                offset += (uint64_t)n;
                len -= (size_t)n;
        }
        return 0;
}

static int find_directory(struct zipfile *z, uint64_t file_size, struct err *e)
{
        size_t need = file_size < ZIPDIR_TAIL ? (size_t)file_size : ZIPDIR_TAIL, len = 0;
        char *tail = NULL;
        int r = 0;

        while (r == 0) {
                if (need <= len) { /* it asks for no less than it has: our own bug */
                        r = err_set(e, ERR_FAILED, "zip: the directory is not found");
                        break;
                }
                len = need;
                tail = xrealloc(tail, len);
                r = read_at(z->fd, tail, len, file_size - len, e);
                if (r == 0)
                        r = zipdir_tail(&z->dir, tail, len, file_size, &need, e);
        }
        free(tail);
        return r < 0 ? -1 : 0;
}

int zipfile_open(struct zipfile *z, int fd, struct err *e)
{
        struct stat st;

        *z = (struct zipfile){.fd = fd};
        if (fstat(fd, &st) < 0)
                return err_sys(e, "reading a zip file");
        if (st.st_size <= 0)
                return err_set(e, ERR_REFUSED, "zip: the file is empty");
        if (find_directory(z, (uint64_t)st.st_size, e) < 0)
                return -1;
        z->directory = xmalloc((size_t)z->dir.size);
        if (read_at(fd, z->directory, (size_t)z->dir.size, z->dir.offset, e) < 0) {
                zipfile_close(z);
                return -1;
        }
        return 0;
}

void zipfile_close(struct zipfile *z)
{
        free(z->directory);
        *z = (struct zipfile){.fd = -1};
}

int zipfile_read(const struct zipfile *z, const struct zip_member *m, uint64_t max, struct buf *out,
    struct err *e)
{
        struct zip_range range;
        char *bytes = NULL;
        int ret = -1;

        if (zipdir_range(&z->dir, z->directory, m, max, &range, e) < 0)
                return -1;
        bytes = xmalloc((size_t)range.size);
        if (read_at(z->fd, bytes, (size_t)range.size, range.offset, e) < 0)
                goto out;
        ret = zipdir_extract(m, bytes, (size_t)range.size, max, out, e);
out:
        free(bytes);
        return ret;
}
