#include "bundle_read_back.h"

#include <unistd.h>

#include "bundle/bundle_read.h"
#include "bundle/unpack.h"

static int ignore_blob(struct blob_sink *s, uint32_t blob, struct err *e)
{
        (void)s;
        (void)blob;
        (void)e;
        return 0;
}

static int ignore_data(
    struct blob_sink *s, uint32_t blob, const void *bytes, size_t len, struct err *e)
{
        (void)bytes;
        (void)len;
        return ignore_blob(s, blob, e);
}

int bundle_read_back(int fd, struct err *e)
{
        struct blob_sink sink = {NULL, ignore_blob, ignore_data, ignore_blob, NULL};
        struct manifest m = {0};
        struct unpack *u = NULL;
        struct bundle *b = NULL;
        int ret = -1;

        if (lseek(fd, 0, SEEK_SET) < 0)
                return err_sys(e, "cannot read the bundle back");
        if (bundle_open(fd, &b, e) < 0 || bundle_manifest(b, NULL, NULL, &m, e) < 0 ||
            unpack_new(&m, &sink, &u, e) < 0 || bundle_unpack_volume(b, &m, u, e) < 0) {
                err_prefix(e, "reading the new bundle back");
                goto out;
        }
        ret = 0;
out:
        unpack_free(u);
        manifest_release(&m);
        bundle_close(b);
        return ret;
}
