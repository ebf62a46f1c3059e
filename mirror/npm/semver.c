#include "mirror/npm/semver.h"

#include <stdbool.h>

#define EXACT_DIGITS 15 /* so many digits are a double without rounding */

static bool is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_identifier(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* The end of a number, or NULL. Strict: no leading zero. */
static const char *number_end(const char *p, const char *end, bool loose)
{
        const char *start = p;

        while (p < end && is_digit(*p))
                p++;
        if (p == start || (!loose && *start == '0' && p - start > 1))
                return NULL;
        return p;
}

static int number_value(const char *p, const char *end, uint64_t *out)
{
        *out = 0;
        for (; p < end; p++) {
                *out = *out * 10 + (uint64_t)(*p - '0');
                if (*out > SEMVER_MAX_NUMBER)
                        return SEMVER_TOO_LARGE;
        }
        return 0;
}

/* The end of identifiers joined by dots, or NULL. numbers: those of digits only have no leading zero. */
static const char *identifiers_end(const char *p, const char *end, bool numbers)
{
        for (;;) {
                const char *start = p;
                bool digits = true;

                for (; p < end && is_identifier(*p); p++)
                        digits = digits && is_digit(*p);
                if (p == start || (numbers && digits && *start == '0' && p - start > 1))
                        return NULL;
                if (p == end || *p != '.')
                        return p;
                p++;
        }
}

/* [-pre][+build] up to the end of the text. */
static int parse_rest(struct semver *v, const char *p, const char *end, bool loose)
{
        const char *pre = p;

        if (p < end && *p != '+') {
                if (*p == '-')
                        pre = p + 1;
                else if (!loose)
                        return -1;
                p = identifiers_end(pre, end, !loose);
                /* loose: the hyphen is optional, and an identifier may be one */
                if (!p && loose && pre[-1] == '-')
                        p = identifiers_end(--pre, end, false);
                if (!p)
                        return -1;
                v->pre = pre;
                v->pre_len = (size_t)(p - pre);
        }
        if (p < end && *p == '+') {
                p = identifiers_end(p + 1, end, false);
                if (!p)
                        return -1;
        }
        return p == end ? 0 : -1;
}

int semver_parse(struct semver *v, const char *text, size_t len, unsigned flags)
{
        const char *p = text, *end = text + len, *stop;
        bool loose = flags & SEMVER_LOOSE;
        uint64_t *const numbers[] = {&v->major, &v->minor, &v->patch};
        int large = 0;

        *v = (struct semver){0};
        if (len > SEMVER_MAX_LENGTH)
                return -1;
        while (p < end && is_space(*p))
                p++;
        while (p < end && is_space(end[-1]))
                end--;
        if (loose)
                while (p < end && (*p == 'v' || *p == '=' || is_space(*p)))
                        p++;
        else if (p < end && *p == 'v')
                p++;
        for (size_t i = 0; i < 3; i++) {
                if (i && (p == end || *p++ != '.'))
                        return -1;
                stop = number_end(p, end, loose);
                if (!stop)
                        return -1;
                /* 1.2.34.5 is, loosely, 1.2.3-4.5: the hyphen is optional */
                if (i == 2 && loose && stop < end && *stop == '.' && stop - p > 1)
                        stop--;
                if (number_value(p, stop, numbers[i]) < 0)
                        large = SEMVER_TOO_LARGE;
                p = stop;
        }
        return parse_rest(v, p, end, loose) < 0 ? -1 : large;
}

/* -- the order -- */

/* The next identifier of *p, which moves behind it. */
static size_t identifier(const char **p, const char *end)
{
        const char *start = *p;

        while (*p < end && **p != '.')
                (*p)++;
        return (size_t)(*p - start);
}

static bool all_digits(const char *p, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (!is_digit(p[i]))
                        return false;
        return true;
}

/* Numbers are JavaScript's: beyond 2^53 they are rounded. */
static double number_of(const char *p, size_t len)
{
        char text[SEMVER_MAX_LENGTH + 1];

        memcpy(text, p, len);
        text[len] = '\0';
        return strtod(text, NULL);
}

static int compare_numbers(const char *a, size_t a_len, const char *b, size_t b_len)
{
        uint64_t x, y;
        double p, q;

        if (a_len <= EXACT_DIGITS && b_len <= EXACT_DIGITS) {
                number_value(a, a + a_len, &x);
                number_value(b, b + b_len, &y);
                return (x > y) - (x < y);
        }
        p = number_of(a, a_len);
        q = number_of(b, b_len);
        return (p > q) - (p < q);
}

static int compare_identifiers(const char *a, size_t a_len, const char *b, size_t b_len)
{
        bool a_number = all_digits(a, a_len), b_number = all_digits(b, b_len);
        int d;

        if (a_number && b_number)
                return compare_numbers(a, a_len, b, b_len);
        if (a_number != b_number)
                return a_number ? -1 : 1;
        d = memcmp(a, b, a_len < b_len ? a_len : b_len);
        return d ? d : (a_len > b_len) - (a_len < b_len);
}

static bool is_rounded(const char *a, size_t a_len, const char *b, size_t b_len)
{
        return a_len > EXACT_DIGITS && b_len > EXACT_DIGITS &&
               (a_len != b_len || memcmp(a, b, a_len) != 0) &&
               number_of(a, a_len) >= (double)SEMVER_MAX_NUMBER;
}

static int compare_pre(const struct semver *a, const struct semver *b)
{
        const char *p = a->pre, *q = b->pre;
        const char *p_end, *q_end;

        if (!p || !q)
                return (p == NULL) - (q == NULL);
        p_end = p + a->pre_len;
        q_end = q + b->pre_len;
        for (;;) {
                const char *x = p, *y = q;
                size_t x_len = identifier(&p, p_end), y_len = identifier(&q, q_end);
                int d = compare_identifiers(x, x_len, y, y_len);

                /* numbers that are equal only because they were rounded end it, too */
                if (d || is_rounded(x, x_len, y, y_len))
                        return d;
                if (p == p_end || q == q_end)
                        return (q == q_end) - (p == p_end);
                p++;
                q++;
        }
}

int semver_compare(const struct semver *a, const struct semver *b)
{
        if (a->major != b->major)
                return a->major < b->major ? -1 : 1;
        if (a->minor != b->minor)
                return a->minor < b->minor ? -1 : 1;
        if (a->patch != b->patch)
                return a->patch < b->patch ? -1 : 1;
        return compare_pre(a, b);
}

/* A number is written without leading zeros, as long as it is an exact one. */
static int format_identifier(const char *id, size_t len, char before, struct buf *out)
{
        if (all_digits(id, len) && number_of(id, len) < (double)SEMVER_MAX_NUMBER) {
                while (len > 1 && *id == '0') {
                        id++;
                        len--;
                }
        }
        return buf_addc(out, before) < 0 ? -1 : buf_add(out, id, len);
}

int semver_format(const struct semver *v, struct buf *out)
{
        const char *p = v->pre, *end = v->pre ? v->pre + v->pre_len : NULL;
        int r = buf_addf(out, "%llu.%llu.%llu", (unsigned long long)v->major,
            (unsigned long long)v->minor, (unsigned long long)v->patch);

        while (r == 0 && p) {
                const char *id = p;
                size_t len = identifier(&p, end);

                r = format_identifier(id, len, id == v->pre ? '-' : '.', out);
                p = p == end ? NULL : p + 1;
        }
        return r;
}
