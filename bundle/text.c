#include "bundle/text.h"

#include "bundle/limit.h"

/* A comparison stops at the NUL, so it never reads past it. */
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

int text_check(const char *what, const char *text, struct err *e)
{
        size_t len = strlen(text);

        if (len > LIMIT_NAME)
                return err_set(e, ERR_REFUSED, "%s is longer than %d bytes", what, LIMIT_NAME);
        for (size_t i = 0; i < len; i++)
                if (is_unfit((const unsigned char *)text + i))
                        return err_set(e, ERR_REFUSED,
                            "%s holds a control character at byte %zu; it must be one line of plain text",
                            what, i + 1);
        return 0;
}
