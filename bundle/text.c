#include "bundle/text.h"

#include "bundle/limit.h"
#include "bundle/utf8.h"

static int is_unfit(const unsigned char *p)
{
        if (p[0] < 0x20 || p[0] == 0x7f)
                return 1;
        if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* U+0080 to U+009F */
                return 1;
        /* U+200E, U+200F, U+2028 to U+202E */
        if (p[0] == 0xe2 && p[1] == 0x80 &&
            (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae)))
                return 1;
        /* U+2066 to U+2069 */
        return p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
}

/* Where the first character stands that nobody may be shown; the end: nowhere. */
static size_t find_unfit(const char *text, size_t *length)
{
        const char *p = text, *end = text + strlen(text);

        for (*length = 1; p < end; p += *length) {
                *length = utf8_length(p, (size_t)(end - p));
                if (*length == 0 || is_unfit((const unsigned char *)p))
                        break;
        }
        return (size_t)(p - text);
}

int text_check_line(const char *what, const char *text, struct err *e)
{
        size_t length, at = find_unfit(text, &length);

        if (!text[at])
                return 0;
        if (length == 0)
                return err_set(e, ERR_REFUSED, "%s is not UTF-8 at byte %zu", what, at + 1);
        return err_set(e, ERR_REFUSED,
            "%s holds a control character at byte %zu; it must be one line of plain text", what,
            at + 1);
}

int text_check(const char *what, const char *text, struct err *e)
{
        if (strlen(text) > LIMIT_NAME)
                return err_set(e, ERR_REFUSED, "%s is longer than %d bytes", what, LIMIT_NAME);
        return text_check_line(what, text, e);
}

void text_clean(char *text)
{
        size_t length;

        for (text += find_unfit(text, &length); *text; text += find_unfit(text, &length)) {
                size_t gone = length ? length : 1;

                *text = '?';
                memmove(text + 1, text + gone, strlen(text + gone) + 1);
        }
}

bool text_ends_with(const char *text, const char *end)
{
        size_t n = strlen(text), k = strlen(end);

        return n >= k && strcmp(text + n - k, end) == 0;
}

int text_compare(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}
