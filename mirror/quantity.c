#include "mirror/quantity.h"

#include <strings.h>

#include "bundle/err.h"
#include "bundle/limit.h"

#define MB ((uint64_t)1000000)

static const struct {
        const char *name;
        uint64_t bytes;
} media[] = {
    {"FAT32", 4 * GIB - 1},
    {"CD", 700 * MIB},
    {"DVD", 4690 * MB},
    {"DVD-DL", 8500 * MB},
    {"BD", 24700 * MB},
    {"BD-DL", 49500 * MB},
};

const char *quantity_medium(uint64_t bytes)
{
        for (size_t i = 0; i < sizeof media / sizeof *media; i++)
                if (media[i].bytes == bytes)
                        return media[i].name;
        return NULL;
}

static const struct {
        const char *name;
        uint64_t bytes;
} units[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1000},
    {"MB", MB},
    {"GB", 1000 * MB},
    {"TB", 1000000 * MB},
    {"KiB", KIB},
    {"MiB", MIB},
    {"GiB", GIB},
    {"TiB", 1024 * GIB},
};

/* Digits at *text, which moves on. 0, or -1: none, or too many. */
static int number(const char **text, uint64_t *out)
{
        const char *start = *text;

        for (*out = 0; **text >= '0' && **text <= '9'; (*text)++)
                if (__builtin_mul_overflow(*out, 10, out) ||
                    __builtin_add_overflow(*out, (uint64_t)(**text - '0'), out))
                        return -1;
        return *text == start ? -1 : 0;
}

int quantity_seconds(const char *text, int64_t *seconds)
{
        static const struct {
                char letter;
                int64_t seconds;
        } letters[] = {{'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
        uint64_t n;
        size_t i;

        if (number(&text, &n) < 0 || n > 1000000000 || text[0] == '\0' || text[1] != '\0')
                return -1;
        for (i = 0; i < sizeof letters / sizeof *letters; i++) {
                if (letters[i].letter == text[0]) {
                        *seconds = (int64_t)n * letters[i].seconds;
                        return 0;
                }
        }
        return -1;
}

/* ".5" of a unit, at *text, which moves on; up to six digits. */
static int fraction(const char **text, uint64_t unit, uint64_t *out)
{
        uint64_t n, scale = 1;
        const char *start;

        *out = 0;
        if (**text != '.')
                return 0;
        start = ++*text;
        if (unit == 1 || number(text, &n) < 0 || *text - start > 6)
                return -1;
        for (; start < *text; start++)
                scale *= 10;
        *out = unit / scale * n + unit % scale * n / scale;
        return 0;
}

int quantity_bytes(const char *text, uint64_t *bytes)
{
        const char *after, *end;
        uint64_t whole, part;
        size_t i;

        for (i = 0; i < sizeof media / sizeof *media; i++) {
                if (strcasecmp(text, media[i].name) == 0) {
                        *bytes = media[i].bytes;
                        return 0;
                }
        }
        if (number(&text, &whole) < 0)
                return -1;
        after = text + strspn(text, ".0123456789");
        after += *after == ' ';
        for (i = 0; i < sizeof units / sizeof *units; i++)
                if (strcasecmp(after, units[i].name) == 0)
                        break;
        if (i == sizeof units / sizeof *units || (after[0] == '\0' && after[-1] == ' '))
                return -1;
        if (fraction(&text, units[i].bytes, &part) < 0)
                return -1;
        end = *text == ' ' ? text + 1 : text;
        if (end != after || __builtin_mul_overflow(whole, units[i].bytes, &whole) ||
            __builtin_add_overflow(whole, part, bytes))
                return -1;
        return 0;
}
