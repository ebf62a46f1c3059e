/*
 * A local upstream (file://) answers like a web server: the head is written as a
 * server would write it and goes through the same checks, so that a range, a
 * resume, a size that differs and a missing file need no second set of rules.
 */
#include "mirror/fetch_attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/mem.h"
#include "mirror/http_date.h"
#include "mirror/url.h"

__attribute__((format(printf, 2, 3))) static void say(struct attempt *a, const char *fmt, ...)
{
        char line[128];
        va_list ap;
        int len;

        va_start(ap, fmt);
        len = vsnprintf(line, sizeof line, fmt, ap);
        va_end(ap);
        /* A few short lines: never over the limit. */
        http_head_line(&a->answer, line, len < 0 ? 0 : (size_t)len, &a->err);
}

static int open_path(const char *url, struct err *e)
{
        struct url u;
        char *path;
        int fd;

        errno = 0; /* the caller asks it about open() only */
        if (url_parse(url, &u, e) < 0)
                return -1;
        path = url_decode(u.path.at, u.path.len, e);
        if (!path)
                return -1;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */
        if (fd < 0)
                err_sys(e, "cannot open it");
        free(path);
        return fd;
}

/* Where to start reading and what to answer; false: the range lies outside the file. */
static bool answer_range(struct attempt *a, uint64_t size, uint64_t *from, uint64_t *end)
{
        struct transfer *t = a->t;
        char range[TRANSFER_RANGE_SIZE];
        const char *if_range;

        *from = 0;
        *end = size;
        if (!transfer_range(t, range, &if_range))
                return true;
        /* A date that the file no longer has: it changed, so all of it is sent. */
        if (if_range &&
            (!http_head_get(&a->answer, HEADER_LAST_MODIFIED) ||
                strcmp(if_range, http_head_get(&a->answer, HEADER_LAST_MODIFIED)) != 0)) {
                t->asked_range = false;
                return true;
        }
        if (t->r.range == FETCH_SUFFIX) {
                *from = (size > t->r.range_size ? size - t->r.range_size : 0) + t->have;
        } else {
                *from = t->r.range_offset + t->have;
                if (t->r.range == FETCH_PART && t->r.range_size && *end > t->r.range_offset &&
                    t->r.range_size < *end - t->r.range_offset)
                        *end = t->r.range_offset + t->r.range_size;
        }
        return *from < *end;
}

static void write_head(struct attempt *a, const struct stat *st, uint64_t *from, uint64_t *end)
{
        uint64_t size = (uint64_t)st->st_size;
        char modified[HTTP_DATE_SIZE];
        const char *known = a->t->r.last_modified;

        http_date_format((int64_t)st->st_mtime, modified);
        if (known && !a->t->have && !strcmp(known, modified)) {
                say(a, "HTTP/1.1 304");
                *end = *from = 0;
                return;
        }
        say(a, "HTTP/1.1 200");
        say(a, "Last-Modified: %s", modified);
        if (!answer_range(a, size, from, end)) {
                say(a, "HTTP/1.1 416");
                *end = *from = 0;
        } else if (a->t->asked_range) {
                say(a, "HTTP/1.1 206");
                say(a, "Last-Modified: %s", modified);
                say(a, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, *from, *end - 1,
                    size);
        } else {
                say(a, "Content-Length: %" PRIu64, size);
        }
}

static int begin(struct attempt *a, struct err *e)
{
        struct stat st;
        uint64_t from, end;

        a->file = open_path(a->t->r.url, e);
        if (a->file < 0 && (errno == ENOENT || errno == ENOTDIR)) {
                say(a, "HTTP/1.1 404");
                say(a, "%s", "");
                return 0;
        }
        if (a->file < 0)
                return -1;
        if (fstat(a->file, &st) < 0)
                return err_sys(e, "cannot look at it");
        if (!S_ISREG(st.st_mode))
                return err_set(e, ERR_FAILED, "not a regular file");
        write_head(a, &st, &from, &end);
        say(a, "%s", "");
        if (a->answer.status != 200 && a->answer.status != 206)
                return 0;
        if (lseek(a->file, (off_t)from, SEEK_SET) < 0)
                return err_sys(e, "cannot read it");
        attempt_begin(a, a->t->r.url); /* a refusal is in a->stop */
        return 0;
}

void file_start(struct attempt *a)
{
        if (begin(a, &a->err) < 0)
                a->stop = STOP_REFUSED;
}

int file_step(struct attempt *a, void *buffer)
{
        uint64_t left = a->t->want - a->t->have;
        ssize_t got;

        if (a->stop != STOP_NONE || !a->t->begun || !left)
                return 0;
        got = read(a->file, buffer, left < FILE_SLICE ? (size_t)left : FILE_SLICE);
        if (got < 0 && errno == EINTR)
                return 1;
        if (got < 0) {
                err_sys(&a->err, "cannot read it");
                a->again = AGAIN_NEVER;
                a->stop = STOP_REFUSED;
                return 0;
        }
        if (!got) /* it became shorter meanwhile: transfer_end says so */
                return 0;
        return attempt_body(a, buffer, (size_t)got) < 0 ? 0 : 1;
}
