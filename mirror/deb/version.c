#include "mirror/deb/version.h"

#include "bundle/err.h"
#include "bundle/limit.h"

struct part {
        const char *at, *end;
};

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where a character sorts among those that are no digits; a digit is the end of their run. */
static int order(const struct part *p)
{
        if (p->at == p->end || is_digit(*p->at))
                return 0;
        if (*p->at == '~')
                return -1;
        return is_letter(*p->at) ? *p->at : (unsigned char)*p->at + 256;
}

static int compare_others(struct part *a, struct part *b)
{
        while ((a->at < a->end && !is_digit(*a->at)) || (b->at < b->end && !is_digit(*b->at))) {
                int difference = order(a) - order(b);

                if (difference)
                        return difference;
                a->at++;
                b->at++;
        }
        return 0;
}

static int compare_numbers(struct part *a, struct part *b)
{
        int first = 0;

        while (a->at < a->end && *a->at == '0')
                a->at++;
        while (b->at < b->end && *b->at == '0')
                b->at++;
        for (; a->at < a->end && is_digit(*a->at) && b->at < b->end && is_digit(*b->at);
             a->at++, b->at++)
                if (!first)
                        first = *a->at - *b->at;
        if (a->at < a->end && is_digit(*a->at))
                return 1;
        if (b->at < b->end && is_digit(*b->at))
                return -1;
        return first;
}

static int compare_parts(struct part a, struct part b)
{
        while (a.at < a.end || b.at < b.end) {
                int r = compare_others(&a, &b);

                if (r == 0)
                        r = compare_numbers(&a, &b);
                if (r)
                        return r;
        }
        return 0;
}

/* The three parts of a version; those that it does not have are empty. */
static void split(const char *text, size_t len, struct part parts[3])
{
        const char *end = text + len, *colon = memchr(text, ':', len), *dash;

        parts[0] = (struct part){text, colon ? colon : text};
        text = colon ? colon + 1 : text;
        dash = memrchr(text, '-', (size_t)(end - text));
        parts[1] = (struct part){text, dash ? dash : end};
        parts[2] = dash ? (struct part){dash + 1, end} : (struct part){end, end};
}

int deb_version_compare_n(const char *a, size_t a_len, const char *b, size_t b_len)
{
        struct part x[3], y[3];
        int r = 0;

        split(a, a_len, x);
        split(b, b_len, y);
        for (int i = 0; r == 0 && i < 3; i++)
                r = compare_parts(x[i], y[i]);
        return r;
}

int deb_version_compare(const char *a, const char *b)
{
        return deb_version_compare_n(a, strlen(a), b, strlen(b));
}

static bool is_made_of(const struct part *p, const char *others)
{
        for (const char *at = p->at; at < p->end; at++)
                if (!is_digit(*at) && !is_letter(*at) && (!*at || !strchr(others, *at)))
                        return false;
        return true;
}

static bool epoch_is_valid(const struct part *p)
{
        long long value = 0;

        for (const char *at = p->at; at < p->end; at++) {
                if (!is_digit(*at))
                        return false;
                value = value * 10 + (*at - '0');
                if (value > INT32_MAX)
                        return false;
        }
        return true;
}

bool deb_version_is_valid(const char *text, size_t len)
{
        struct part parts[3];
        const char *colon = memchr(text, ':', len);

        if (len == 0 || len > LIMIT_NAME)
                return false;
        split(text, len, parts);
        if (colon && (colon == text || !epoch_is_valid(&parts[0])))
                return false;
        if (parts[1].at == parts[1].end || !is_digit(*parts[1].at))
                return false;
        if (parts[2].at != parts[2].end || text[len - 1] == '-')
                if (parts[2].at == parts[2].end || !is_made_of(&parts[2], "+.~"))
                        return false;
        return is_made_of(&parts[1], "+.~:-");
}
