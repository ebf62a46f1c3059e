#include "mirror/fetch_transfer.h"

#include <inttypes.h>
#include <strings.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/access.h"
#include "mirror/url.h"

/* A line end inside a header value would let its author write further headers. */
static int check_header(const char *what, const char *value, struct err *e)
{
        for (const char *p = value; p && *p; p++)
                if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
                        return err_set(
                            e, ERR_FAILED, "the %s header has a control character in it", what);
        return 0;
}

static int check_request(const struct fetch_request *r, bool allow_file, struct err *e)
{
        struct url u;

        if (url_parse(r->url, &u, e) < 0)
                return -1;
        if (!strncasecmp(r->url, "file:", 5) && !allow_file)
                return err_set(
                    e, ERR_FAILED, "%.240s: file:// addresses are not allowed here", r->url);
        if (r->document && (r->range != FETCH_WHOLE || r->resume_have))
                return err_set(e, ERR_FAILED, "a document cannot be fetched in parts");
        if (r->range == FETCH_SUFFIX && !r->range_size)
                return err_set(e, ERR_FAILED, "the last 0 bytes of a file cannot be asked for");
        if (r->range != FETCH_WHOLE && r->resume_have)
                return err_set(
                    e, ERR_FAILED, "a part of a file cannot be resumed, only a whole file");
        if (check_header("Accept", r->accept, e) < 0 ||
            check_header("If-None-Match", r->etag, e) < 0 ||
            check_header("If-Modified-Since", r->last_modified, e) < 0 ||
            check_header("If-Range", r->resume_validator, e) < 0)
                return -1;
        return 0;
}

struct transfer *transfer_new(
    const struct fetch_request *r, const struct fetch_options *o, struct err *e)
{
        const char *authorization =
            r->authorization ? r->authorization : access_find(o->access, r->url);
        struct transfer *t;

        if (check_request(r, o->allow_file, e) < 0 ||
            check_header("Authorization", authorization, e) < 0)
                return NULL;
        t = xcalloc(1, sizeof *t);
        t->r = *r;
        t->r.url = url_without_fragment(r->url, NULL);
        t->r.accept = xstrdup(r->accept);
        t->r.authorization = xstrdup(authorization);
        t->r.etag = xstrdup(r->etag);
        t->r.last_modified = xstrdup(r->last_modified);
        t->r.resume_validator = NULL;
        if (!t->r.max_size)
                t->r.max_size = LIMIT_FILE;
        t->shown = url_display(r->url);
        t->have = r->resume_have;
        t->validator = xstrdup(r->resume_validator);
        t->want = t->total = FETCH_UNKNOWN;
        return t;
}

/* The request lends its strings as const to callers; here they are ours. */
static void free_text(const char *text)
{
        union {
                const char *lent;
                char *own;
        } u = {.lent = text};

        free(u.own);
}

void transfer_free(struct transfer *t)
{
        if (!t)
                return;
        free_text(t->r.url);
        free_text(t->r.accept);
        free_text(t->r.authorization);
        free_text(t->r.etag);
        free_text(t->r.last_modified);
        free(t->shown);
        free(t->validator);
        free(t);
}

/* The first place of the next body byte, and one past the last; FETCH_UNKNOWN: to the end. */
static void wanted_range(const struct transfer *t, uint64_t *from, uint64_t *to)
{
        *from = (t->have || t->r.range != FETCH_PART ? t->base : t->r.range_offset) + t->have;
        *to = FETCH_UNKNOWN;
        if (t->r.range == FETCH_PART && t->r.range_size &&
            __builtin_add_overflow(t->r.range_offset, t->r.range_size, to))
                *to = FETCH_UNKNOWN;
        if (t->r.range == FETCH_SUFFIX && t->want != FETCH_UNKNOWN)
                *to = t->base + t->want;
}

int transfer_range(struct transfer *t, char out[TRANSFER_RANGE_SIZE], const char **if_range)
{
        uint64_t from, to;

        wanted_range(t, &from, &to);
        *if_range = t->have ? t->validator : NULL;
        t->asked_range = t->have || t->r.range != FETCH_WHOLE;
        if (!t->asked_range)
                return 0;
        if (t->r.range == FETCH_SUFFIX && !t->have)
                snprintf(out, TRANSFER_RANGE_SIZE, "bytes=-%" PRIu64, t->r.range_size);
        else if (to == FETCH_UNKNOWN)
                snprintf(out, TRANSFER_RANGE_SIZE, "bytes=%" PRIu64 "-", from);
        else
                snprintf(out, TRANSFER_RANGE_SIZE, "bytes=%" PRIu64 "-%" PRIu64, from, to - 1);
        return 1;
}

/* The whole file's size against what the caller knows of it. */
static int check_total(const struct transfer *t, uint64_t total, struct err *e)
{
        if (total == FETCH_UNKNOWN || !t->r.expect_size || total == t->r.expect_size)
                return 0;
        return err_set(e, ERR_FAILED,
            "the server has %" PRIu64 " bytes where the index says %" PRIu64, total,
            t->r.expect_size);
}

static int too_large(const struct transfer *t, struct err *e)
{
        return err_set(
            e, ERR_FAILED, "larger than the %" PRIu64 " bytes allowed for it", t->r.max_size);
}

/* A 200 brings the whole file, whatever was asked for. */
static int begin_whole(
    struct transfer *t, const struct http_head *answer, enum transfer_again *again, struct err *e)
{
        bool decoded = t->r.document && http_head_get(answer, HEADER_CONTENT_ENCODING);
        uint64_t total = decoded ? FETCH_UNKNOWN : http_head_length(answer);

        if (t->have && t->r.range != FETCH_WHOLE) {
                *again = AGAIN_AFRESH;
                return err_set(e, ERR_FAILED, "the file changed on the server in the meantime");
        }
        if (check_total(t, total, e) < 0)
                return -1;
        if (total != FETCH_UNKNOWN && total > t->r.max_size)
                return t->r.range == FETCH_WHOLE
                           ? too_large(t, e)
                           : err_set(e, ERR_FAILED,
                                 "the server ignores Range and would send %" PRIu64
                                 " bytes, more than the %" PRIu64 " allowed",
                                 total, t->r.max_size);
        if (total == FETCH_UNKNOWN && t->r.expect_size)
                total = t->r.expect_size;
        t->have = 0;
        t->base = 0;
        t->total = t->want = total;
        return 0;
}

/* Does a first part (nothing held yet) lie where it was asked for? */
static bool part_fits(const struct transfer *t, uint64_t first, uint64_t end, uint64_t total)
{
        uint64_t from, to;

        if (t->r.range == FETCH_SUFFIX)
                return total != FETCH_UNKNOWN && end == total && end - first <= t->r.range_size;
        wanted_range(t, &from, &to);
        return first == from && end <= to;
}

/* What the sink holds when all parts are in. */
static uint64_t wanted_bytes(const struct transfer *t, uint64_t end, uint64_t total)
{
        uint64_t from, to;

        wanted_range(t, &from, &to);
        if (t->r.range == FETCH_SUFFIX)
                return end - t->base;
        if (total != FETCH_UNKNOWN && total < to)
                to = total;
        return (to == FETCH_UNKNOWN ? end : to) - t->base;
}

static int begin_part(
    struct transfer *t, const struct http_head *answer, enum transfer_again *again, struct err *e)
{
        const char *range = http_head_get(answer, HEADER_CONTENT_RANGE);
        uint64_t first, end, total, want;
        bool fits;

        if (!t->asked_range)
                return err_set(
                    e, ERR_FAILED, "the server sends a part (206) that was not asked for");
        fits = range && http_content_range_parse(range, &first, &end, &total) == 0;
        if (fits && t->have)
                fits = first == t->base + t->have &&
                       (total == t->total || total == FETCH_UNKNOWN || t->total == FETCH_UNKNOWN);
        else if (fits)
                fits = part_fits(t, first, end, total);
        if (!fits) {
                *again = t->have ? AGAIN_AFRESH : AGAIN_NEVER;
                return err_set(e, ERR_FAILED,
                    "the server sends another part (%.60s) than was asked for",
                    range ? range : "not said which");
        }
        if (check_total(t, total, e) < 0)
                return -1;
        if (!t->have)
                t->base = first;
        want = wanted_bytes(t, end, total);
        if (want > t->r.max_size)
                return too_large(t, e);
        t->want = want;
        t->total = total;
        return 0;
}

int transfer_begin(struct transfer *t, const struct http_head *answer, const char *url,
    struct fetch_head *head, enum transfer_again *again, struct err *e)
{
        const char *validator = http_head_validator(answer);
        const char *ranges = http_head_get(answer, HEADER_ACCEPT_RANGES);

        *again = AGAIN_NEVER;
        if (answer->status == 206 ? begin_part(t, answer, again, e)
                                  : begin_whole(t, answer, again, e))
                return -1;
        if (validator || !t->have) { /* a 206 may leave out what its 200 said */
                free(t->validator);
                t->validator = xstrdup(validator);
        }
        t->begun = true;
        /* A server that answered a range with 200 would only send all again. */
        t->can_resume = !t->r.document && !(ranges && !strcasecmp(ranges, "none")) &&
                        (t->r.range == FETCH_WHOLE || answer->status == 206);
        *head = (struct fetch_head){
            .status = answer->status,
            .url = url,
            .content_type = http_head_get(answer, HEADER_CONTENT_TYPE),
            .etag = http_head_get(answer, HEADER_ETAG),
            .last_modified = http_head_get(answer, HEADER_LAST_MODIFIED),
            .keep = t->have,
            .offset = t->base + t->have,
            .body_size = t->want == FETCH_UNKNOWN ? FETCH_UNKNOWN : t->want - t->have,
            .total_size = t->total,
            .open_ended = !http_head_shows_end(answer),
        };
        return 0;
}

int transfer_data(struct transfer *t, size_t len, struct err *e)
{
        uint64_t have;

        if (__builtin_add_overflow(t->have, (uint64_t)len, &have) || have > t->r.max_size)
                return too_large(t, e);
        if (have > t->want) /* FETCH_UNKNOWN is never passed */
                return err_set(e, ERR_FAILED, "the server sends more than the %" PRIu64 " bytes %s",
                    t->want, t->want == t->r.expect_size ? "that the index says" : "it announced");
        t->have = have;
        return 0;
}

int transfer_end(const struct transfer *t, struct err *e)
{
        if (t->want == FETCH_UNKNOWN || t->have == t->want)
                return 0;
        return err_set(
            e, ERR_FAILED, "cut short: %" PRIu64 " of %" PRIu64 " bytes came", t->have, t->want);
}

void transfer_rewind(struct transfer *t, bool afresh)
{
        bool resume = !afresh && t->have && (!t->begun || (t->can_resume && t->validator));

        t->begun = false;
        if (resume)
                return;
        t->have = t->base = 0;
        t->want = t->total = FETCH_UNKNOWN;
        free(t->validator);
        t->validator = NULL;
}
