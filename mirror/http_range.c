#include "mirror/http_range.h"

#include <stdbool.h>
#include <strings.h>

#include "bundle/err.h"

/* What one range-spec says, before it meets a file. */
struct spec {
        bool suffix;    /* "-N": the last N bytes, in `last` */
        uint64_t first; /* "F-" or "F-L" */
        uint64_t last;
};

static const char *skip_space(const char *p)
{
        while (*p == ' ' || *p == '\t')
                p++;
        return p;
}

/* A number too large for 64 bits is larger than any file, so it stays at the largest one. */
static const char *number(const char *p, uint64_t *value)
{
        *value = 0;
        for (; *p >= '0' && *p <= '9'; p++)
                if (__builtin_mul_overflow(*value, 10, value) ||
                    __builtin_add_overflow(*value, (uint64_t)(*p - '0'), value))
                        *value = UINT64_MAX;
        return p;
}

/* Returns the end of the spec, or NULL when it breaks the grammar. */
static const char *parse_spec(const char *p, struct spec *s)
{
        const char *start = p;

        *s = (struct spec){.last = UINT64_MAX};
        if (*p == '-') {
                s->suffix = true;
                p = number(p + 1, &s->last);
                return p == start + 1 ? NULL : p;
        }
        p = number(p, &s->first);
        if (p == start || *p != '-')
                return NULL;
        start = ++p;
        p = number(p, &s->last);
        if (p == start)
                s->last = UINT64_MAX;
        return s->last < s->first ? NULL : p;
}

static enum http_range resolve(
    const struct spec *s, uint64_t size, uint64_t *first, uint64_t *length)
{
        if (s->suffix) {
                if (s->last == 0)
                        return HTTP_RANGE_UNSATISFIABLE;
                if (size == 0)
                        return HTTP_RANGE_WHOLE; /* satisfiable, but a 206 cannot say "no bytes" */
                *length = s->last < size ? s->last : size;
                *first = size - *length;
                return HTTP_RANGE_PART;
        }
        if (s->first >= size)
                return HTTP_RANGE_UNSATISFIABLE;
        *first = s->first;
        *length = (s->last < size - 1 ? s->last : size - 1) - s->first + 1;
        return HTTP_RANGE_PART;
}

enum http_range http_range_parse(
    const char *value, uint64_t size, uint64_t *first, uint64_t *length)
{
        struct spec one = {0};
        unsigned count = 0;
        const char *p;

        if (!value)
                return HTTP_RANGE_WHOLE;
        p = skip_space(value);
        if (strncasecmp(p, "bytes=", 6) != 0)
                return HTTP_RANGE_WHOLE;
        for (p += 6;;) {
                p = skip_space(p);
                if (*p == ',') { /* empty list elements are to be ignored */
                        p++;
                        continue;
                }
                if (!*p)
                        break;
                if (++count > 1)
                        return HTTP_RANGE_WHOLE;
                p = parse_spec(p, &one);
                if (!p)
                        return HTTP_RANGE_WHOLE;
                p = skip_space(p);
                if (*p && *p != ',')
                        return HTTP_RANGE_WHOLE;
        }
        return count ? resolve(&one, size, first, length) : HTTP_RANGE_WHOLE;
}
