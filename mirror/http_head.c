#include "mirror/http_head.h"

#include <strings.h>

#include "bundle/limit.h"
#include "mirror/http_date.h"

static const char *const names[HEADER_COUNT] = {
    [HEADER_ACCEPT_RANGES] = "accept-ranges",
    [HEADER_CONTENT_ENCODING] = "content-encoding",
    [HEADER_CONTENT_LENGTH] = "content-length",
    [HEADER_CONTENT_RANGE] = "content-range",
    [HEADER_CONTENT_TYPE] = "content-type",
    [HEADER_DATE] = "date",
    [HEADER_ETAG] = "etag",
    [HEADER_LAST_MODIFIED] = "last-modified",
    [HEADER_LOCATION] = "location",
    [HEADER_RETRY_AFTER] = "retry-after",
    [HEADER_TRANSFER_ENCODING] = "transfer-encoding",
};

void http_head_release(struct http_head *h)
{
        buf_release(&h->text);
        *h = (struct http_head){0};
}

/* A new head in the old memory; `bytes` goes on, or a redirect would renew the allowance. */
static void start(struct http_head *h)
{
        if (!h->text.data)
                buf_init(&h->text, LIMIT_HTTP_HEAD * 2);
        buf_reset(&h->text);
        memset(h->at, 0, sizeof h->at);
        h->status = 0;
        h->complete = h->framed = false;
}

void http_head_reset(struct http_head *h)
{
        start(h);
        h->bytes = 0;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200" */
static long status_of(const char *line, size_t len)
{
        long status = 0;
        size_t i = 5;

        while (i < len && line[i] != ' ')
                i++;
        while (i < len && line[i] == ' ')
                i++;
        for (size_t n = 0; n < 3; n++, i++) {
                if (i >= len || line[i] < '0' || line[i] > '9')
                        return 0;
                status = status * 10 + (line[i] - '0');
        }
        return status;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void keep(struct http_head *h, const char *line, size_t len)
{
        const char *colon = memchr(line, ':', len), *end = line + len, *value;
        size_t name_len, at;

        if (!colon)
                return;
        name_len = (size_t)(colon - line);
        for (int i = 0; i < HEADER_COUNT; i++) {
                if (h->at[i] || strlen(names[i]) != name_len ||
                    strncasecmp(line, names[i], name_len) != 0)
                        continue;
                value = colon + 1;
                while (value < end && is_blank(*value))
                        value++;
                while (end > value && is_blank(end[-1]))
                        end--;
                if (memchr(value, '\0', (size_t)(end - value)))
                        return; /* would read as something shorter than was sent */
                at = h->text.len;
                if (buf_add(&h->text, value, (size_t)(end - value)) == 0 &&
                    buf_addc(&h->text, '\0') == 0)
                        h->at[i] = 1 + at;
                return;
        }
}

int http_head_line(struct http_head *h, const char *line, size_t len, struct err *e)
{
        if (__builtin_add_overflow(h->bytes, len, &h->bytes) || h->bytes > LIMIT_HTTP_HEAD)
                return err_set(e, ERR_FAILED, "the server sends more than %llu KiB of headers",
                    (unsigned long long)(LIMIT_HTTP_HEAD / KIB));
        if (len >= 5 && !memcmp(line, "HTTP/", 5)) {
                start(h);
                h->status = status_of(line, len);
                h->framed = len > 5 && line[5] >= '2';
                return 0;
        }
        if (h->complete || !h->status)
                return 0;
        while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
                len--;
        if (!len) {
                h->complete = true;
                return 1;
        }
        keep(h, line, len);
        return 0;
}

const char *http_head_get(const struct http_head *h, enum http_header name)
{
        return h->at[name] ? h->text.data + h->at[name] - 1 : NULL;
}

/* Digits up to a stop character or the end; false: none, or beyond 2^64-2. */
static bool number(const char **p, uint64_t *value)
{
        const char *start_at = *p;

        for (*value = 0; **p >= '0' && **p <= '9'; ++*p)
                if (__builtin_mul_overflow(*value, (uint64_t)10, value) ||
                    __builtin_add_overflow(*value, (uint64_t)(**p - '0'), value))
                        return false;
        return *p != start_at && *value != UINT64_MAX;
}

uint64_t http_head_length(const struct http_head *h)
{
        const char *p = http_head_get(h, HEADER_CONTENT_LENGTH);
        uint64_t length;

        return p && number(&p, &length) && !*p ? length : UINT64_MAX;
}

bool http_head_shows_end(const struct http_head *h)
{
        return h->framed || http_head_get(h, HEADER_CONTENT_LENGTH) ||
               http_head_get(h, HEADER_TRANSFER_ENCODING);
}

const char *http_head_validator(const struct http_head *h)
{
        const char *etag = http_head_get(h, HEADER_ETAG);
        const char *modified = http_head_get(h, HEADER_LAST_MODIFIED);
        const char *date = http_head_get(h, HEADER_DATE);
        int64_t now = (int64_t)time(NULL), then;

        if (etag && etag[0] == '"') /* W/"..." is weak: same meaning, maybe not the same bytes */
                return etag;
        if (!modified || http_date_parse(modified, now, &then) < 0)
                return NULL;
        if (date && http_date_parse(date, now, &now) < 0)
                return NULL;
        return then < now ? modified : NULL;
}

int http_content_range_parse(const char *value, uint64_t *first, uint64_t *end, uint64_t *total)
{
        const char *p = value;

        if (strncasecmp(p, "bytes", 5) != 0 || !is_blank(p[5]))
                return -1;
        for (p += 5; is_blank(*p); p++)
                ;
        if (!number(&p, first) || *p++ != '-' || !number(&p, end) || *p++ != '/')
                return -1;
        if (*end < *first)
                return -1;
        ++*end; /* cannot wrap: number() refuses 2^64-1 */
        if (p[0] == '*' && !p[1]) {
                *total = UINT64_MAX;
                return 0;
        }
        return number(&p, total) && !*p && *end <= *total ? 0 : -1;
}
