#include "mirror/httpd_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/mem.h"
#include "mirror/http_date.h"
#include "mirror/http_path.h"
#include "mirror/http_range.h"
#include "mirror/media_type.h"

#define CACHE_PAGE "max-age=60"
#define CACHE_FOREVER "max-age=31536000, immutable"
#define CACHE_NEVER "no-cache"

/* O_NONBLOCK: opening a pipe that somebody put into the tree must not hang a thread. */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY)

/* An open file with what its headers need. */
struct page {
        int fd;
        uint64_t size;
        time_t modified; /* what a client's date is compared with; 0: nothing */
        time_t told;     /* in Last-Modified; 0: nothing */
        const char *type;
        const struct media_variant *variant; /* of a directory's index; NULL for another file */
        const char *cache;
        char etag[96];
};

static void add(struct httpd_answer *a, const char *name, const char *value)
{
        if (a->response)
                MHD_add_response_header(a->response, name, value);
}

static void answer_text(struct httpd_answer *a, unsigned status, const char *text, const char *type)
{
        a->status = status;
        a->bytes = strlen(text);
        /* The text is a constant, so it is lent, not copied. */
        a->response = MHD_create_response_from_buffer(
            strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
        if (*text)
                add(a, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        add(a, MHD_HTTP_HEADER_X_CONTENT_TYPE_OPTIONS, "nosniff");
}

void httpd_answer_status(struct httpd_answer *a, unsigned status, bool json)
{
        const char *text = status == MHD_HTTP_BAD_REQUEST           ? "400 bad request\n"
                           : status == MHD_HTTP_FORBIDDEN           ? "403 forbidden\n"
                           : status == MHD_HTTP_NOT_FOUND           ? "404 not found\n"
                           : status == MHD_HTTP_METHOD_NOT_ALLOWED  ? "405 this site is read-only\n"
                           : status == MHD_HTTP_PRECONDITION_FAILED ? "412 precondition failed\n"
                           : status == MHD_HTTP_CONTENT_TOO_LARGE   ? "413 content too large\n"
                           : status == MHD_HTTP_URI_TOO_LONG        ? "414 address too long\n"
                           : status == MHD_HTTP_SERVICE_UNAVAILABLE ? "503 try again later\n"
                                                                    : "500 server error\n";

        if (json)
                answer_text(a, status, "{\"error\":\"not found\"}\n", "application/json");
        else
                answer_text(a, status, text, "text/plain; charset=utf-8");
        add(a, MHD_HTTP_HEADER_CACHE_CONTROL, CACHE_NEVER);
        if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
                add(a, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
        if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
                add(a, MHD_HTTP_HEADER_RETRY_AFTER, "10");
}

/* The status for an open() that failed; tells the operator what is not a client's mistake. */
static void answer_errno(struct httpd_answer *a, const char *path)
{
        switch (errno) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
                httpd_answer_status(a, MHD_HTTP_NOT_FOUND, false);
                return;
        case ELOOP:
        case EXDEV:
        case EINVAL:
                err_set(&a->problem, ERR_FAILED,
                    "/%.300s is a symbolic link, which is not served: publish the site again",
                    path);
                httpd_answer_status(a, MHD_HTTP_NOT_FOUND, false);
                return;
        case EACCES:
        case EPERM:
                err_sys(
                    &a->problem, "cannot read /%.300s: give this user access to the site", path);
                httpd_answer_status(a, MHD_HTTP_FORBIDDEN, false);
                return;
        case EMFILE:
        case ENFILE:
        case ENOMEM:
                err_sys(&a->problem, "cannot open /%.300s: raise the limit of open files", path);
                httpd_answer_status(a, MHD_HTTP_SERVICE_UNAVAILABLE, false);
                return;
        default:
                err_sys(&a->problem, "cannot open /%.300s", path);
                httpd_answer_status(a, MHD_HTTP_INTERNAL_SERVER_ERROR, false);
        }
}

/* The variants that the directory holds, as a mask over media_variants(). */
static uint32_t variants_in(int dir)
{
        size_t count;
        const struct media_variant *v = media_variants(&count);
        uint32_t present = 0;
        bool here = false;

        for (size_t i = 0; i < count; i++) {
                struct stat st;

                if (i == 0 || strcmp(v[i].file, v[i - 1].file) != 0)
                        here = fstatat(dir, v[i].file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                               S_ISREG(st.st_mode);
                if (here)
                        present |= (uint32_t)1 << i;
        }
        return present;
}

/* Opens the index of a directory in the variant that Accept prefers. -1 with errno. */
static int open_index(const struct http_tree *tree, int root, const char *path, const char *accept,
    const struct media_variant **variant)
{
        int dir = http_tree_file(tree, root, path, O_PATH | O_DIRECTORY);
        int fd = -1, saved = ENOENT;

        if (dir < 0)
                return -1;
        *variant = media_variant_choose(accept, variants_in(dir));
        if (*variant) {
                fd = openat(dir, (*variant)->file, OPEN_FLAGS | O_NOFOLLOW | O_CLOEXEC);
                saved = errno;
        }
        close(dir);
        errno = saved;
        return fd;
}

/* A file under the name of its own digest can never change. SHA-1 is too short a name for that. */
static bool named_by_digest(const char *path)
{
        while (*path) {
                size_t len = strcspn(path, "/");

                if ((len == 64 || len == 96 || len == 128) &&
                    strspn(path, "0123456789abcdef") == len)
                        return true;
                path += len + (path[len] == '/');
        }
        return false;
}

static int64_t nanoseconds(const struct statx_timestamp *t)
{
        return t->tv_sec * 1000000000 + t->tv_nsec;
}

/*
 * A file that changed within this second may change in it once more, and a
 * client that knows dates only would not see that. So until the second is over
 * it is told one second less, which costs such a client one transfer. A date
 * in the future is not told at all.
 */
static void set_dates(struct page *p, time_t mtime)
{
        struct timespec now; /* not time(), which may lag behind the clock of the file system */

        clock_gettime(CLOCK_REALTIME, &now);
        p->modified = mtime > now.tv_sec ? 0 : mtime;
        p->told = mtime == now.tv_sec ? mtime - 1 : p->modified;
}

static void describe(struct page *p, const struct statx *st, const char *path)
{
        size_t count;

        p->size = st->stx_size;
        set_dates(p, (time_t)st->stx_mtime.tv_sec);
        p->type = p->variant ? p->variant->type : media_type_of(path);
        p->cache = !p->variant && named_by_digest(path) ? CACHE_FOREVER : CACHE_PAGE;
        /* Variants may be links to the same bytes, but they are not the same representation. */
        snprintf(p->etag, sizeof p->etag, "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%x\"",
            (uint64_t)st->stx_ino, (uint64_t)st->stx_size, (uint64_t)nanoseconds(&st->stx_mtime),
            (uint64_t)nanoseconds(&st->stx_btime),
            p->variant ? (unsigned)(p->variant - media_variants(&count)) : 0);
}

static void add_validators(struct httpd_answer *a, const struct page *p)
{
        char told[HTTP_DATE_SIZE];

        add(a, MHD_HTTP_HEADER_ETAG, p->etag);
        if (p->told) {
                http_date_format(p->told, told);
                add(a, MHD_HTTP_HEADER_LAST_MODIFIED, told);
        }
        add(a, MHD_HTTP_HEADER_CACHE_CONTROL, p->cache);
        if (p->variant)
                add(a, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT);
}

static void answer_redirect(struct httpd_answer *a, const char *target)
{
        struct buf location;

        buf_init(&location, 3 * LIMIT_PATH + 8);
        if (http_path_redirect(&location, target) < 0) {
                httpd_answer_status(a, MHD_HTTP_URI_TOO_LONG, false);
        } else {
                answer_text(a, MHD_HTTP_MOVED_PERMANENTLY, "", NULL);
                add(a, MHD_HTTP_HEADER_LOCATION, location.data);
                add(a, MHD_HTTP_HEADER_CACHE_CONTROL, CACHE_PAGE);
        }
        buf_release(&location);
}

static void answer_unsatisfiable(struct httpd_answer *a, const struct page *p)
{
        char range[40];

        answer_text(a, MHD_HTTP_RANGE_NOT_SATISFIABLE, "", NULL);
        snprintf(range, sizeof range, "bytes */%" PRIu64, p->size);
        add(a, MHD_HTTP_HEADER_CONTENT_RANGE, range);
        add(a, MHD_HTTP_HEADER_CACHE_CONTROL, CACHE_NEVER);
}

/*
 * 200, 206 for a part, or 304. That one has no body either, but its
 * Content-Length must be the file's (RFC 9110 8.6), and the library takes it
 * from the response. Takes p->fd over.
 */
static void answer_bytes(struct httpd_answer *a, struct page *p, unsigned status, bool body,
    uint64_t first, uint64_t length)
{
        char range[80];

        a->status = status;
        a->bytes = body ? length : 0;
        a->response = MHD_create_response_from_fd_at_offset64(length, p->fd, first);
        if (a->response)
                p->fd = -1;
        if (status != MHD_HTTP_NOT_MODIFIED) {
                add(a, MHD_HTTP_HEADER_CONTENT_TYPE, p->type);
                add(a, MHD_HTTP_HEADER_X_CONTENT_TYPE_OPTIONS, "nosniff");
                add(a, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
        }
        if (status == MHD_HTTP_PARTIAL_CONTENT) {
                snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first,
                    first + length - 1, p->size);
                add(a, MHD_HTTP_HEADER_CONTENT_RANGE, range);
        }
        add_validators(a, p);
}

/* The file is open and is one: conditions, then the range, then the bytes. */
static void answer_page(struct httpd_answer *a, struct page *p, const struct httpd_request *r)
{
        uint64_t first = 0, length = p->size;
        enum http_range range = HTTP_RANGE_WHOLE;

        switch (http_condition_check(&r->when, p->etag, p->modified)) {
        case HTTP_PRECONDITION_FAILED:
                httpd_answer_status(a, MHD_HTTP_PRECONDITION_FAILED, false);
                return;
        case HTTP_NOT_MODIFIED:
                answer_bytes(a, p, MHD_HTTP_NOT_MODIFIED, false, 0, p->size);
                return;
        case HTTP_SEND:
                break;
        }
        if (r->range && !r->head && http_condition_allows_range(&r->when, p->etag, p->modified))
                range = http_range_parse(r->range, p->size, &first, &length);
        if (range == HTTP_RANGE_UNSATISFIABLE)
                answer_unsatisfiable(a, p);
        else
                answer_bytes(a, p,
                    range == HTTP_RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, !r->head,
                    first, length);
}

/* p->fd is open on whatever the path names. */
static void answer_open(struct httpd_answer *a, struct page *p, const struct http_path *path,
    const struct httpd_request *r)
{
        struct statx st;

        if (statx(p->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0) {
                answer_errno(a, path->text);
        } else if (S_ISDIR(st.stx_mode)) {
                answer_redirect(a, r->target);
        } else if (!S_ISREG(st.stx_mode)) {
                httpd_answer_status(a, MHD_HTTP_NOT_FOUND, false);
        } else {
                describe(p, &st, path->text);
                answer_page(a, p, r);
        }
}

static void answer_path(struct httpd_answer *a, const struct http_tree *tree,
    const struct http_path *path, const struct httpd_request *r)
{
        struct page p = {.fd = -1};
        int root = http_tree_root(tree), saved;

        if (root < 0) {
                err_sys(&a->problem,
                    "cannot open the site '%.200s': publish it first, with `dray publish`",
                    tree->name);
                httpd_answer_status(a, MHD_HTTP_SERVICE_UNAVAILABLE, false);
                return;
        }
        if (path->directory)
                p.fd = open_index(tree, root, path->text, r->accept, &p.variant);
        else
                p.fd = http_tree_file(tree, root, path->text, OPEN_FLAGS);
        saved = errno;
        close(root);
        errno = saved;
        if (p.fd < 0)
                answer_errno(a, path->text);
        else
                answer_open(a, &p, path, r);
        if (p.fd >= 0)
                close(p.fd);
}

void httpd_answer_file(
    struct httpd_answer *a, const struct http_tree *tree, const struct httpd_request *r)
{
        struct http_path path;

        *a = (struct httpd_answer){0};
        switch (http_path_parse(&path, r->target)) {
        case HTTP_PATH_OK:
                answer_path(a, tree, &path, r);
                break;
        case HTTP_PATH_BAD:
                httpd_answer_status(a, MHD_HTTP_BAD_REQUEST, false);
                break;
        case HTTP_PATH_HIDDEN:
                httpd_answer_status(a, MHD_HTTP_NOT_FOUND, false);
                break;
        case HTTP_PATH_LONG:
                httpd_answer_status(a, MHD_HTTP_URI_TOO_LONG, false);
                break;
        }
}
