#include "local.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/mem.h"

#define CHUNK (256 * 1024)

int local_read(const char *path, struct buf *out, struct err *e)
{
        return fs_read_file(AT_FDCWD, path, out, e);
}

int local_list(const char *pattern, struct buf *out, struct err *e)
{
        glob_t g = {0};
        int ret = -1, r = glob(pattern, GLOB_MARK, NULL, &g);

        if (r == GLOB_NOMATCH) {
                ret = 0;
                goto out;
        }
        if (r != 0) {
                err_set(e, ERR_FAILED, "%s: cannot be listed", pattern);
                goto out;
        }
        for (size_t i = 0; i < g.gl_pathc; i++)
                if (buf_addf(out, "%s\n", g.gl_pathv[i]) < 0) {
                        err_set(e, ERR_FAILED, "%s: too many files", pattern);
                        goto out;
                }
        ret = 1;
out:
        globfree(&g);
        return ret;
}

int local_hash(const char *path, unsigned char sha256[SHA256_SIZE], uint64_t *size, struct err *e)
{
        struct digest *d = NULL;
        unsigned char raw[DIGEST_MAX_SIZE];
        char *chunk = NULL;
        ssize_t n;
        int ret = -1, fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return errno == ENOENT ? 0 : err_sys(e, "%s", path);
        d = digest_new(DIGEST_SHA256);
        chunk = xmalloc(CHUNK);
        *size = 0;
        while ((n = fs_read(fd, chunk, CHUNK, e)) > 0) {
                digest_update(d, chunk, (size_t)n);
                *size += (uint64_t)n;
        }
        if (n < 0) {
                err_prefix(e, "%s", path);
                goto out;
        }
        digest_final(d);
        digest_get(d, DIGEST_SHA256, raw);
        memcpy(sha256, raw, SHA256_SIZE);
        ret = 1;
out:
        free(chunk);
        digest_free(d);
        close(fd);
        return ret;
}
