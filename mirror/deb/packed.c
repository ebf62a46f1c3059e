#include "packed.h"

#include <archive_entry.h>

#include "bundle/mem.h"

#define CHUNK ((size_t)64 * 1024)

static int damaged(struct archive *a, const char *what, struct err *e)
{
        const char *why = archive_error_string(a);

        return err_set(e, ERR_REFUSED, "%s: %s", what, why ? why : "another format");
}

/* One compressed file is to libarchive an archive without a format, or an empty one. 1, 0 empty, -1 */
static int open_packed(struct archive *a, const struct packed *p, int filter, struct err *e)
{
        struct archive_entry *entry;
        int r;

        archive_read_support_format_raw(a);
        archive_read_support_format_empty(a);
        if (filter == ARCHIVE_FILTER_GZIP)
                archive_read_support_filter_gzip(a);
        else
                archive_read_support_filter_zstd(a);
        r = p->fd < 0 ? archive_read_open_memory(a, p->bytes, p->len)
                      : archive_read_open_fd(a, p->fd, CHUNK);
        if (r == ARCHIVE_OK)
                r = archive_read_next_header(a, &entry);
        if ((r != ARCHIVE_OK && r != ARCHIVE_EOF) || archive_filter_code(a, 0) != filter)
                return damaged(a, "not compressed as it says", e);
        return r == ARCHIVE_OK;
}

int packed_decode(const struct packed *p, int filter, xz_sink *sink, void *context, struct err *e)
{
        struct archive *a = archive_read_new();
        char *chunk = xmalloc(CHUNK);
        ssize_t n = 0;
        int ret = -1, more = a ? open_packed(a, p, filter, e)
                               : err_set(e, ERR_FAILED, "libarchive cannot start");

        while (more == 1 && (n = archive_read_data(a, chunk, CHUNK)) > 0)
                if (sink(context, chunk, (size_t)n, e) < 0)
                        goto out;
        if (n < 0)
                damaged(a, "damaged", e);
        else
                ret = more < 0 ? -1 : 0;
out:
        archive_read_free(a);
        free(chunk);
        return ret;
}
