#include "mirror/pypi/name.h"

#include "ascii.h"
#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

static bool is_separator(char c)
{
        return c == '-' || c == '_' || c == '.';
}

bool name_is_valid(const char *name, size_t len)
{
        if (len == 0 || len > LIMIT_NAME)
                return false;
        if (!ascii_is_alphanumeric(name[0]) || !ascii_is_alphanumeric(name[len - 1]))
                return false;
        for (size_t i = 0; i < len; i++)
                if (!ascii_is_alphanumeric(name[i]) && !is_separator(name[i]))
                        return false;
        return true;
}

/* The next character of the normal form; *at moves on over what it stands for. */
static char next_normal(const char *name, size_t len, size_t *at)
{
        char c = name[(*at)++];

        if (is_separator(c)) {
                while (*at < len && is_separator(name[*at]))
                        ++*at;
                return '-';
        }
        return ascii_lower(c);
}

bool name_is_normalized(const char *name, size_t len)
{
        if (!name_is_valid(name, len))
                return false;
        for (size_t at = 0; at < len;) {
                size_t before = at;

                if (next_normal(name, len, &at) != name[before] || at != before + 1)
                        return false;
        }
        return true;
}

char *name_normalize(const char *name, size_t len)
{
        char *normal = xmalloc(len + 1), *out = normal;

        for (size_t at = 0; at < len;)
                *out++ = next_normal(name, len, &at);
        *out = '\0';
        return normal;
}

/* A '-' between two characters of a class, as in "a-c". */
static bool is_range(const char *p, const char *first, const char *end)
{
        return *p == '-' && p > first && p + 1 < end && !is_separator(p[-1]) && !is_separator(p[1]);
}

/*
 * A class of characters, "[a-c_.]": one '-' stands in it for all separators, first or last, where it
 * is no range. Returns what follows; NULL: it does not end, so the bracket is a character.
 */
static const char *copy_class(const char *pattern, char **out)
{
        const char *first = pattern + 1, *end;
        bool separator = false, written = false;

        first += *first == '!' || *first == '^';
        end = *first ? strchr(first + 1, ']') : NULL;
        if (!end)
                return NULL;
        for (const char *p = pattern; p < end; p++) {
                if (!is_separator(*p) || is_range(p, first, end)) {
                        *(*out)++ = *p;
                } else if (p == first) {
                        *(*out)++ = '-';
                        written = true;
                } else {
                        separator = true;
                }
        }
        if (separator && !written)
                *(*out)++ = '-';
        *(*out)++ = ']';
        return end + 1;
}

void name_pattern(const char *pattern, char *out)
{
        const char *p = pattern;

        while (*p) {
                const char *after = *p == '[' ? copy_class(p, &out) : NULL;

                if (after) {
                        p = after;
                } else if (is_separator(*p)) {
                        p += strspn(p, "-_.");
                        *out++ = '-';
                } else {
                        *out++ = *p++;
                }
        }
        *out = '\0';
}

bool name_same(const char *a, const char *b)
{
        size_t a_len = strlen(a), b_len = strlen(b), a_at = 0, b_at = 0;

        while (a_at < a_len && b_at < b_len)
                if (next_normal(a, a_len, &a_at) != next_normal(b, b_len, &b_at))
                        return false;
        return a_at == a_len && b_at == b_len;
}
