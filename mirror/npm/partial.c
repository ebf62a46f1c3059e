#include "mirror/npm/partial.h"

#include "mirror/npm/semver.h"

static bool is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* One number or x at *p. 0 none, 1 read. A number beyond all versions' is kept as one that is. */
static int read_part(const char **p, const char *end, bool loose, int64_t *out)
{
        const char *start = *p;

        if (start == end)
                return 0;
        if (*start == 'x' || *start == 'X' || *start == '*') {
                *out = PART_X;
                (*p)++;
                return 1;
        }
        for (*out = 0; *p < end && is_digit(**p); (*p)++)
                if (*out <= (int64_t)SEMVER_MAX_NUMBER)
                        *out = *out * 10 + (**p - '0');
        return *p > start && (loose || *start != '0' || *p - start == 1);
}

/* The pre-release behind three parts; the whole rest must be one, and build metadata. */
static bool read_pre(const char *p, const char *end, bool loose, struct partial *out)
{
        /* behind any three numbers it makes a version, which semver_parse knows how to end */
        char text[SEMVER_MAX_LENGTH + 1] = "0.0.0";
        struct semver v;
        size_t len = (size_t)(end - p), at = 5;

        if (len == 0)
                return true;
        if (len > SEMVER_MAX_LENGTH - at - 1)
                return false;
        if (loose && *p != '-' && *p != '+' && *p != '.')
                text[at++] = '-'; /* loosely, it needs none */
        memcpy(text + at, p, len);
        if (semver_parse(&v, text, at + len, loose ? SEMVER_LOOSE : SEMVER_STRICT) < 0)
                return false;
        if (v.pre) {
                out->pre = p + (v.pre - (text + at));
                out->pre_len = v.pre_len;
        }
        return true;
}

bool partial_read(const char *p, const char *end, bool loose, struct partial *out)
{
        int64_t *const parts[] = {&out->major, &out->minor, &out->patch};
        const char *start = p;
        size_t i;

        *out = (struct partial){.major = PART_X, .minor = PART_X, .patch = PART_X};
        while (p < end && (*p == 'v' || *p == '=' || is_space(*p)))
                p++;
        out->plain = p == start;
        for (i = 0; i < 3; i++) {
                if (i && (p == end || *p != '.'))
                        break;
                p += i > 0;
                start = p;
                if (!read_part(&p, end, loose, parts[i]))
                        return false;
                if (i < 2)
                        *(i ? &out->minor_zero : &out->major_zero) =
                            p - start == 1 && *start == '0';
        }
        if (i < 3)
                return p == end;
        /* loosely, a last digit may begin the pre-release: 1.2.34.5 is 1.2.3-4.5 */
        if (loose && p < end && *p == '.' && p - start > 1 && is_digit(*start)) {
                p--;
                *parts[2] = 0;
                for (const char *q = start; q < p; q++)
                        if (*parts[2] <= (int64_t)SEMVER_MAX_NUMBER)
                                *parts[2] = *parts[2] * 10 + (*q - '0');
        }
        return read_pre(p, end, loose, out);
}
