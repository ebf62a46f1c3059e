#include "mirror/toml_scan.h"

#include <stdarg.h>

#include "bundle/limit.h"

/* The length of the UTF-8 sequence at p (RFC 3629: shortest form, no surrogates), or 0. */
static size_t utf8_length(const char *p, const char *end)
{
        const unsigned char *u = (const unsigned char *)p;
        size_t n, i;

        if (u[0] < 0x80)
                return 1;
        n = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
        if (u[0] < 0xc2 || u[0] > 0xf4 || (size_t)(end - p) < n)
                return 0;
        for (i = 1; i < n; i++)
                if ((u[i] & 0xc0) != 0x80)
                        return 0;
        if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
            (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
                return 0;
        return n;
}

static int check_encoding(struct toml_scan *s)
{
        const char *p;
        size_t n;

        if (s->end - s->p >= 2 &&
            (memcmp(s->p, "\xff\xfe", 2) == 0 || memcmp(s->p, "\xfe\xff", 2) == 0))
                return toml_scan_fail(s, s->p, "the file is UTF-16; save it as UTF-8");
        for (p = s->p; p < s->end; p += n) {
                n = utf8_length(p, s->end);
                if (!n)
                        return toml_scan_fail(s, p,
                            "byte 0x%02x is not valid UTF-8; save the file as UTF-8",
                            (unsigned)(unsigned char)*p);
        }
        return 0;
}

int toml_scan_init(
    struct toml_scan *s, struct toml *doc, const char *text, size_t len, struct err *e)
{
        *s = (struct toml_scan){.doc = doc, .text = text, .p = text, .end = text + len, .e = e};
        s->mark = text;
        s->mark_line = s->mark_column = 1;
        buf_init(&s->scratch, LIMIT_TOML);
        if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                s->p = s->mark = text + 3;
        return check_encoding(s);
}

void toml_scan_release(struct toml_scan *s)
{
        buf_release(&s->scratch);
}

void toml_scan_place(
    struct toml_scan *s, const char *start, const char *end, struct toml_place *place)
{
        const char *p;

        if (start < s->mark) {
                s->mark = s->text;
                s->mark_line = s->mark_column = 1;
        }
        for (p = s->mark; p < start; p++) {
                if (*p == '\n') {
                        s->mark_line++;
                        s->mark_column = 1;
                } else if ((*p & 0xc0) != 0x80) {
                        s->mark_column++;
                }
        }
        s->mark = start;
        *place = (struct toml_place){
            .line = s->mark_line,
            .column = s->mark_column,
            .start = (uint32_t)(start - s->text),
            .end = (uint32_t)(end - s->text),
        };
}

int toml_scan_fail(struct toml_scan *s, const char *at, const char *fmt, ...)
{
        va_list ap;
        char text[sizeof s->e->msg];
        struct toml_place place;

        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        toml_scan_place(s, at, at, &place);
        return err_set(
            s->e, ERR_USAGE, "%.200s:%u:%u: %s", s->doc->name, place.line, place.column, text);
}

/* LF or CR LF; a CR alone is a stray control character. */
static bool at_newline(const struct toml_scan *s)
{
        return s->p < s->end &&
               (*s->p == '\n' || (*s->p == '\r' && s->end - s->p > 1 && s->p[1] == '\n'));
}

int toml_scan_expected(struct toml_scan *s, const char *wanted)
{
        const unsigned char *u = (const unsigned char *)s->p;

        if (s->p == s->end)
                return toml_scan_fail(s, s->p, "expected %s, but the file ends here", wanted);
        if (at_newline(s))
                return toml_scan_fail(s, s->p, "expected %s, but the line ends here", wanted);
        if (*u < 0x20 || *u == 0x7f)
                return toml_scan_fail(s, s->p, "expected %s, found the control character 0x%02x",
                    wanted, (unsigned)*u);
        return toml_scan_fail(
            s, s->p, "expected %s, found `%.*s`", wanted, (int)utf8_length(s->p, s->end), s->p);
}

void toml_scan_blank(struct toml_scan *s)
{
        while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
                s->p++;
}

bool toml_scan_take(struct toml_scan *s, char c)
{
        if (s->p == s->end || *s->p != c)
                return false;
        s->p++;
        return true;
}

/* Passes over LF or CR LF, if that is next. */
static bool newline(struct toml_scan *s)
{
        if (!at_newline(s))
                return false;
        s->p += *s->p == '\r' ? 2 : 1;
        return true;
}

static bool control(char c)
{
        unsigned char u = (unsigned char)c;

        return (u < 0x20 && u != '\t') || u == 0x7f;
}

static int comment(struct toml_scan *s)
{
        if (!toml_scan_take(s, '#'))
                return 0;
        while (s->p < s->end && !control(*s->p))
                s->p++;
        if (s->p == s->end || at_newline(s))
                return 0;
        return toml_scan_fail(s, s->p, "control character 0x%02x in a comment; delete it",
            (unsigned)(unsigned char)*s->p);
}

int toml_scan_line_end(struct toml_scan *s)
{
        toml_scan_blank(s);
        if (comment(s) < 0)
                return -1;
        if (s->p == s->end || newline(s))
                return 0;
        return toml_scan_expected(s, "the end of the line");
}

int toml_scan_space(struct toml_scan *s)
{
        do {
                toml_scan_blank(s);
                if (comment(s) < 0)
                        return -1;
        } while (newline(s));
        return 0;
}

static bool bare(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
}

/* Adds the character to the scratch, which cannot outgrow the document. */
static void add(struct toml_scan *s, const char *bytes, size_t len)
{
        if (buf_add(&s->scratch, bytes, len) < 0)
                abort();
}

static void add_utf8(struct toml_scan *s, uint32_t c)
{
        char out[4];
        size_t n = 0;

        if (c < 0x80) {
                out[n++] = (char)c;
        } else if (c < 0x800) {
                out[n++] = (char)(0xc0 | c >> 6);
        } else if (c < 0x10000) {
                out[n++] = (char)(0xe0 | c >> 12);
                out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        } else {
                out[n++] = (char)(0xf0 | c >> 18);
                out[n++] = (char)(0x80 | (c >> 12 & 0x3f));
                out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        }
        if (c >= 0x80)
                out[n++] = (char)(0x80 | (c & 0x3f));
        add(s, out, n);
}

/* \uXXXX and \UXXXXXXXX; s->p is after the letter. */
static int unicode_escape(struct toml_scan *s, const char *start, int digits)
{
        uint32_t c = 0;
        int i;

        for (i = 0; i < digits; i++, s->p++) {
                char h = ' ';

                if (s->p < s->end)
                        h = *s->p;
                if (h >= '0' && h <= '9')
                        c = c << 4 | (uint32_t)(h - '0');
                else if (h >= 'a' && h <= 'f')
                        c = c << 4 | (uint32_t)(h - 'a' + 10);
                else if (h >= 'A' && h <= 'F')
                        c = c << 4 | (uint32_t)(h - 'A' + 10);
                else
                        return toml_scan_fail(
                            s, start, "\\%c needs %d hexadecimal digits", start[1], digits);
        }
        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return toml_scan_fail(
                    s, start, "%.*s is not a Unicode character", digits + 2, start);
        add_utf8(s, c);
        return 0;
}

/* A backslash before the end of a line drops all space up to the next text. 1 done, 0 it is not
 * that. */
static int line_continuation(struct toml_scan *s)
{
        const char *start = s->p;

        toml_scan_blank(s);
        if (!newline(s)) {
                s->p = start;
                return 0;
        }
        do
                toml_scan_blank(s);
        while (newline(s));
        return 1;
}

static int escape(struct toml_scan *s, bool multiline)
{
        static const char letters[] = "btnfr\"\\", meanings[] = "\b\t\n\f\r\"\\";
        const char *start = s->p++, *letter;

        if (multiline && line_continuation(s))
                return 0;
        if (toml_scan_take(s, 'u'))
                return unicode_escape(s, start, 4);
        if (toml_scan_take(s, 'U'))
                return unicode_escape(s, start, 8);
        letter = s->p < s->end ? memchr(letters, *s->p, sizeof letters - 1) : NULL;
        if (!letter)
                return toml_scan_fail(s, start,
                    "unknown escape after `\\`; write `\\\\`, or put the string in single quotes");
        s->p++;
        add(s, meanings + (letter - letters), 1);
        return 0;
}

/*
 * Quotes inside a string: the end of it, or (in a multi-line one) content. Up
 * to two quotes may lie against the closing three. 1 the end, 0 not.
 */
static int quotes(struct toml_scan *s, char quote, bool multiline)
{
        size_t n = 0;

        while (n < (multiline ? 5 : 1) && toml_scan_take(s, quote))
                n++;
        if (!multiline)
                return 1;
        add(s, s->p - n, n < 3 ? n : n - 3);
        return n >= 3;
}

static int broken_string(struct toml_scan *s, const char *start, bool multiline)
{
        const char *at = s->p;

        if (at == s->end || newline(s))
                return toml_scan_fail(s, start, "the string is not closed; add %s",
                    multiline ? "the three closing quotes" : "the closing quote");
        return toml_scan_fail(s, at, "control character 0x%02x in a string; write it as \\u%04X",
            (unsigned)(unsigned char)*at, (unsigned)(unsigned char)*at);
}

/* The content of a string goes to the scratch. s->p is past the opening quotes. */
static int string_body(struct toml_scan *s, const char *start, char quote, bool multiline)
{
        const char *run;

        buf_reset(&s->scratch);
        for (;;) {
                for (run = s->p; s->p < s->end && *s->p != quote && !control(*s->p) &&
                                 (*s->p != '\\' || quote == '\'');)
                        s->p++;
                add(s, run, (size_t)(s->p - run));
                if (s->p < s->end && *s->p == quote) {
                        if (quotes(s, quote, multiline))
                                return 0;
                } else if (s->p < s->end && *s->p == '\\') {
                        if (escape(s, multiline) < 0)
                                return -1;
                } else if (multiline && newline(s)) {
                        add(s, "\n", 1);
                } else {
                        return broken_string(s, start, multiline);
                }
        }
}

int toml_scan_key(struct toml_scan *s, struct toml_part *part)
{
        const char *start = s->p;

        if (s->p < s->end && (*s->p == '"' || *s->p == '\'')) {
                s->p++;
                if (string_body(s, start, *start, false) < 0)
                        return -1;
                *part = (struct toml_part){s->scratch.data, s->scratch.len, start, s->p};
                return 0;
        }
        while (s->p < s->end && bare(*s->p))
                s->p++;
        if (s->p == start && s->p < s->end && (unsigned char)*s->p >= 0x80)
                return toml_scan_expected(s, "a key (quote a key with letters beyond a-z)");
        if (s->p == start)
                return toml_scan_expected(s, "a key");
        *part = (struct toml_part){start, (size_t)(s->p - start), start, s->p};
        return 0;
}

int toml_scan_string(struct toml_scan *s, struct toml_value *v)
{
        const char *start = s->p;
        char quote = *s->p;
        bool multiline = s->end - s->p >= 3 && s->p[1] == quote && s->p[2] == quote;

        s->p += multiline ? 3 : 1;
        if (multiline)
                newline(s);
        if (string_body(s, start, quote, multiline) < 0)
                return -1;
        v->kind = TOML_STRING;
        v->as.text.text = toml_keep(s->doc, s->scratch.data, s->scratch.len);
        v->as.text.len = s->scratch.len;
        return 0;
}
