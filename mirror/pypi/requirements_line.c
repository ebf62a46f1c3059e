#include "requirements_line.h"
#include "ascii.h"

#include <stdbool.h>

#include "bundle/limit.h"
#include "bundle/mem.h"

static void add_code_point(struct buf *b, unsigned c)
{
        if (c < 0x80) {
                buf_addc(b, (char)c);
                return;
        }
        if (c < 0x800) {
                buf_addc(b, (char)(0xc0 | c >> 6));
        } else {
                if (c < 0x10000) {
                        buf_addc(b, (char)(0xe0 | c >> 12));
                } else {
                        buf_addc(b, (char)(0xf0 | c >> 18));
                        buf_addc(b, (char)(0x80 | (c >> 12 & 0x3f)));
                }
                buf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
        }
        buf_addc(b, (char)(0x80 | (c & 0x3f)));
}

/* -1: half a unit, or half a pair of surrogates. */
static int from_utf16(struct buf *b, const char *text, size_t len, bool big)
{
        const unsigned char *p = (const unsigned char *)text;
        unsigned high = 0;

        if (len % 2)
                return -1;
        for (size_t i = 0; i < len; i += 2) {
                unsigned unit = (unsigned)p[i + big] | (unsigned)p[i + !big] << 8;
                bool is_low = unit >= 0xdc00 && unit < 0xe000;

                if (is_low != (high != 0))
                        return -1;
                if (unit >= 0xd800 && unit < 0xdc00) {
                        high = unit;
                        continue;
                }
                if (high)
                        unit = 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
                high = 0;
                add_code_point(b, unit);
        }
        return high ? -1 : 0;
}

int requirements_lines_init(
    struct requirements_lines *l, const char *text, size_t len, struct err *e)
{
        struct buf b;

        *l = (struct requirements_lines){0};
        buf_init(&b, 2 * LIMIT_REQUIREMENTS); /* UTF-16 grows by half at most */
        if (len > LIMIT_REQUIREMENTS) {
                err_set(e, ERR_FAILED, "%zu bytes are too many for a requirements file", len);
        } else if (len >= 2 &&
                   (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
                if (from_utf16(&b, text + 2, len - 2, text[0] == '\xfe') < 0)
                        err_set(e, ERR_FAILED, "begins as UTF-16 but is not; save it as UTF-8");
                else
                        l->text = buf_take(&b, &l->len);
        } else {
                if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                        l->at = 3;
                l->text = xstrndup(text, len);
                l->len = len;
        }
        buf_release(&b);
        if (!l->text)
                return -1;
        if (memchr(l->text, '\0', l->len)) {
                requirements_lines_release(l);
                return err_set(e, ERR_FAILED, "holds a NUL byte, so it is no text file");
        }
        buf_init(&l->line, l->len + 1);
        return 0;
}

void requirements_lines_release(struct requirements_lines *l)
{
        free(l->text);
        if (l->line.data)
                buf_release(&l->line);
        *l = (struct requirements_lines){0};
}

struct span {
        const char *text;
        size_t len;
};

/* A physical line, without its end: \n, \r\n or \r. */
static bool next_physical(struct requirements_lines *l, struct span *line)
{
        const char *start = l->text + l->at;
        size_t left = l->len - l->at, n = 0;

        if (!left)
                return false;
        while (n < left && start[n] != '\n' && start[n] != '\r')
                n++;
        *line = (struct span){start, n};
        l->at += n;
        if (left - n >= 2 && start[n] == '\r' && start[n + 1] == '\n')
                l->at++;
        if (n < left)
                l->at++;
        l->read++;
        return true;
}

/* Where a comment begins, from a place on: a "#" at the front or behind white space. */
static size_t find_comment(const char *text, size_t from, size_t len)
{
        for (size_t i = from; i < len; i++)
                if (text[i] == '#' && (i == 0 || ascii_is_blank(text[i - 1])))
                        return i;
        return len;
}

static bool is_comment(struct span line)
{
        while (line.len && ascii_is_blank(*line.text)) {
                line.text++;
                line.len--;
        }
        return line.len && *line.text == '#';
}

static bool is_all_blank(struct span line)
{
        while (line.len && ascii_is_blank(line.text[line.len - 1]))
                line.len--;
        return line.len == 0;
}

/* pip takes all backslashes off a line that is continued, at both ends. */
static struct span strip_backslashes(struct span line)
{
        while (line.len && *line.text == '\\') {
                line.text++;
                line.len--;
        }
        while (line.len && line.text[line.len - 1] == '\\')
                line.len--;
        return line;
}

/* Joins physical lines up to the first that is not continued. */
static bool read_joined(struct requirements_lines *l)
{
        struct span line;
        size_t before;
        bool commented = false, continued;

        buf_reset(&l->line);
        l->number = l->read + 1;
        l->swallowed = 0;
        if (!next_physical(l, &line))
                return false;
        for (;;) {
                continued = line.len && line.text[line.len - 1] == '\\' && !is_comment(line);
                /* The blank makes "a\" + "#b" a comment, too. */
                if (is_comment(line))
                        buf_addc(&l->line, ' ');
                if (continued)
                        line = strip_backslashes(line);
                if (commented && !l->swallowed && !is_all_blank(line) && !is_comment(line))
                        l->swallowed = l->read;
                before = l->line.len;
                buf_add(&l->line, line.text, line.len);
                commented =
                    commented || find_comment(l->line.data, before, l->line.len) < l->line.len;
                if (!continued || !next_physical(l, &line))
                        return true;
        }
}

int requirements_lines_next(struct requirements_lines *l)
{
        while (read_joined(l)) {
                size_t end = find_comment(l->line.data, 0, l->line.len), start = 0;

                while (end && ascii_is_blank(l->line.data[end - 1]))
                        end--;
                while (start < end && ascii_is_blank(l->line.data[start]))
                        start++;
                memmove(l->line.data, l->line.data + start, end - start);
                if (l->line.cap)
                        l->line.data[end - start] = '\0';
                l->line.len = end - start;
                if (l->line.len || l->swallowed)
                        return 1;
        }
        return 0;
}
