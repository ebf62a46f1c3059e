#include <errno.h>
#include <locale.h>
#include <math.h>

#include "mirror/toml_scan.h"

/* One piece of the text, of the form that no TOML scalar without quotes exceeds. */
struct word {
        const char *p, *end;
};

static bool digit(char c)
{
        return c >= '0' && c <= '9';
}

static int digit_value(char c, int base)
{
        int d = digit(c)               ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : 99;

        return d < base ? d : -1;
}

static bool take(struct word *w, char c)
{
        if (w->p == w->end || *w->p != c)
                return false;
        w->p++;
        return true;
}

/* Exactly n digits, from low to high. */
static bool fixed(struct word *w, int n, int low, int high, int *out)
{
        *out = 0;
        for (; n > 0; n--, w->p++) {
                if (w->p == w->end || !digit(*w->p))
                        return false;
                *out = *out * 10 + (*w->p - '0');
        }
        return *out >= low && *out <= high;
}

static int days_in_month(int year, int month)
{
        static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return month == 2 && leap ? 29 : days[month - 1];
}

/* Days from 1970-01-01, proleptic Gregorian, by counting from 1 March of year 0. */
static int64_t days_from_civil(int year, int month, int day)
{
        int64_t y = month > 2 ? year : year - 1;
        int64_t era = (y >= 0 ? y : y - 399) / 400;
        int64_t year_of_era = y - era * 400;
        int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

        return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
               day_of_year - 719468;
}

static bool date(struct word *w, int64_t *days)
{
        int year, month, day;

        if (!fixed(w, 4, 0, 9999, &year) || !take(w, '-') || !fixed(w, 2, 1, 12, &month) ||
            !take(w, '-') || !fixed(w, 2, 1, 31, &day) || day > days_in_month(year, month))
                return false;
        *days = days_from_civil(year, month, day);
        return true;
}

static bool time_of_day(struct word *w, int64_t *seconds)
{
        int hour, minute, second;

        /* 60 is a leap second (RFC 3339 5.6) */
        if (!fixed(w, 2, 0, 23, &hour) || !take(w, ':') || !fixed(w, 2, 0, 59, &minute) ||
            !take(w, ':') || !fixed(w, 2, 0, 60, &second))
                return false;
        *seconds = hour * 3600 + minute * 60 + second;
        if (!take(w, '.'))
                return true;
        if (w->p == w->end || !digit(*w->p))
                return false;
        while (w->p < w->end && digit(*w->p))
                w->p++;
        return true;
}

static bool offset(struct word *w, int64_t *seconds)
{
        int hour, minute, sign;

        *seconds = 0;
        if (take(w, 'Z') || take(w, 'z'))
                return true;
        sign = take(w, '-') ? -1 : take(w, '+') ? 1 : 0;
        if (!sign || !fixed(w, 2, 0, 23, &hour) || !take(w, ':') || !fixed(w, 2, 0, 59, &minute))
                return false;
        *seconds = sign * (hour * 3600 + minute * 60);
        return true;
}

/* The grammar of date-times: sets the kind and the Unix time, or gives false. */
static bool datetime(struct word w, struct toml_value *v)
{
        int64_t days, seconds, zone;

        if (w.end - w.p > 2 && w.p[2] == ':') {
                v->kind = TOML_LOCAL_TIME;
                return time_of_day(&w, &seconds) && w.p == w.end;
        }
        v->kind = TOML_LOCAL_DATE;
        if (!date(&w, &days))
                return false;
        if (w.p == w.end)
                return true;
        v->kind = TOML_LOCAL_DATETIME;
        if ((!take(&w, 'T') && !take(&w, 't') && !take(&w, ' ')) || !time_of_day(&w, &seconds))
                return false;
        if (w.p == w.end)
                return true;
        v->kind = TOML_DATETIME;
        if (!offset(&w, &zone))
                return false;
        v->as.text.unix_time = days * 86400 + seconds - zone;
        return w.p == w.end;
}

int toml_scan_datetime(struct toml_scan *s, const char *text, size_t len, struct toml_value *v)
{
        if (len < 3 || !digit(text[0]) || !digit(text[1]) ||
            (text[2] != ':' && (len < 5 || !digit(text[2]) || !digit(text[3]) || text[4] != '-')))
                return 0;
        if (!datetime((struct word){text, text + len}, v))
                return toml_scan_fail(s, text,
                    "`%.*s` is not a valid date or time; write 2026-11-01T00:00:00Z, 2026-11-01 or "
                    "07:32:00",
                    (int)(len < 60 ? len : 60), text);
        return 1;
}

/* Digits of the base with single underscores between them go to the scratch. */
static bool digits(struct toml_scan *s, struct word *w, int base)
{
        bool last_was_digit = false;

        for (; w->p < w->end; w->p++) {
                if (*w->p == '_' ? !last_was_digit : digit_value(*w->p, base) < 0)
                        break;
                last_was_digit = *w->p != '_';
                if (last_was_digit && buf_addc(&s->scratch, *w->p) < 0)
                        return false;
        }
        return last_was_digit;
}

/* -1 the form is wrong, -2 it does not fit 64 bits. */
static int integer(struct toml_scan *s, struct word w, struct toml_value *v)
{
        static const struct {
                char prefix[3];
                int base;
        } bases[] = {{"0x", 16}, {"0o", 8}, {"0b", 2}};
        bool negative = take(&w, '-'), sign = negative || take(&w, '+');
        uint64_t n = 0, max = negative ? (uint64_t)1 << 63 : INT64_MAX;
        int base = 10;
        size_t i;

        for (i = 0; i < sizeof bases / sizeof *bases; i++)
                if (!sign && w.end - w.p > 2 && memcmp(w.p, bases[i].prefix, 2) == 0)
                        base = bases[i].base;
        w.p += base == 10 ? 0 : 2;
        buf_reset(&s->scratch);
        if (!digits(s, &w, base) || w.p < w.end ||
            (base == 10 && s->scratch.len > 1 && s->scratch.data[0] == '0'))
                return -1;
        for (i = 0; i < s->scratch.len; i++) {
                uint64_t d = (uint64_t)digit_value(s->scratch.data[i], base);

                if (__builtin_mul_overflow(n, (uint64_t)base, &n) ||
                    __builtin_add_overflow(n, d, &n) || n > max)
                        return -2;
        }
        v->kind = TOML_INTEGER;
        v->as.integer = negative ? (int64_t)(0 - n) : (int64_t)n;
        return 0;
}

/* strtod of the C locale, whatever the program's locale says about decimal points. */
static double to_double(const char *text)
{
        locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        double d;

        if (!c)
                abort();
        d = strtod_l(text, NULL, c);
        freelocale(c);
        return d;
}

static int real(struct toml_scan *s, struct word w, struct toml_value *v)
{
        struct buf *b = &s->scratch;
        size_t whole;
        bool fraction = false, exponent = false;

        buf_reset(b);
        if (take(&w, '-'))
                buf_addc(b, '-');
        else
                take(&w, '+');
        whole = b->len;
        if (!digits(s, &w, 10) || (b->len - whole > 1 && b->data[whole] == '0'))
                return -1;
        if (take(&w, '.')) {
                fraction = true;
                buf_addc(b, '.');
                if (!digits(s, &w, 10))
                        return -1;
        }
        if (take(&w, 'e') || take(&w, 'E')) {
                exponent = true;
                buf_addc(b, 'e');
                if (take(&w, '-'))
                        buf_addc(b, '-');
                else
                        take(&w, '+');
                if (!digits(s, &w, 10))
                        return -1;
        }
        if (w.p < w.end || !(fraction || exponent))
                return -1;
        v->kind = TOML_FLOAT;
        v->as.real = to_double(b->data);
        return 0;
}

static bool is(struct word w, const char *text)
{
        size_t len = strlen(text);

        return (size_t)(w.end - w.p) == len && memcmp(w.p, text, len) == 0;
}

/* true, false, inf, nan. */
static bool named(struct word w, struct toml_value *v)
{
        bool negative;

        if (is(w, "true") || is(w, "false")) {
                v->kind = TOML_BOOLEAN;
                v->as.boolean = *w.p == 't';
                return true;
        }
        negative = take(&w, '-');
        if (!negative)
                take(&w, '+');
        if (!is(w, "inf") && !is(w, "nan"))
                return false;
        v->kind = TOML_FLOAT;
        v->as.real = *w.p == 'i' ? (double)INFINITY : (double)NAN;
        if (negative)
                v->as.real = -v->as.real;
        return true;
}

static bool word_character(char c)
{
        return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
               c == '-' || c == '.' || c == ':' || c == '_';
}

/* The word at s->p; the one blank that may be in it is between a date and a time. */
static struct word next_word(const struct toml_scan *s)
{
        struct word w = {s->p, s->p};

        while (w.end < s->end && word_character(*w.end))
                w.end++;
        if (w.end - w.p != 10 || w.p[4] != '-' || w.p[7] != '-' || s->end - w.end < 4 ||
            *w.end != ' ' || !digit(w.end[1]) || !digit(w.end[2]) || w.end[3] != ':')
                return w;
        for (w.end++; w.end < s->end && word_character(*w.end);)
                w.end++;
        return w;
}

static int not_a_value(struct toml_scan *s, struct word w)
{
        int len = (int)(w.end - w.p < 60 ? w.end - w.p : 60);

        if (len == 0)
                return toml_scan_expected(s, "a value");
        if (digit(*w.p) || ((*w.p == '-' || *w.p == '+') && w.end - w.p > 1 && digit(w.p[1])))
                return toml_scan_fail(s, w.p,
                    "`%.*s` is not a valid number; put text in quotes: \"%.*s\"", len, w.p, len,
                    w.p);
        if (is(w, "True") || is(w, "False") || is(w, "TRUE") || is(w, "FALSE"))
                return toml_scan_fail(
                    s, w.p, "write `%s` in lower case", *w.p == 'T' ? "true" : "false");
        return toml_scan_fail(
            s, w.p, "`%.*s` is not a value; put text in quotes: \"%.*s\"", len, w.p, len, w.p);
}

int toml_scan_word(struct toml_scan *s, struct toml_value *v)
{
        struct word w = next_word(s);
        size_t len = (size_t)(w.end - w.p);
        int n = toml_scan_datetime(s, w.p, len, v);

        if (n < 0)
                return -1;
        if (n == 1) {
                v->as.text.text = toml_keep(s->doc, w.p, len);
                v->as.text.len = len;
        } else if (!named(w, v) && real(s, w, v) < 0) {
                n = integer(s, w, v);
                if (n == -2)
                        return toml_scan_fail(s, w.p, "`%.*s` does not fit a 64-bit integer",
                            (int)(len < 60 ? len : 60), w.p);
                if (n < 0)
                        return not_a_value(s, w);
        }
        s->p = w.end;
        return 0;
}
