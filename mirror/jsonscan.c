#include "mirror/jsonscan.h"

#include "bundle/limit.h"
#include "bundle/utf8.h"

void jsonscan_init(struct jsonscan *j, const char *bytes, size_t len)
{
        *j = (struct jsonscan){.start = bytes, .at = bytes, .end = bytes + len};
        buf_init(&j->text, len); /* decoding never makes a string longer */
}

void jsonscan_release(struct jsonscan *j)
{
        buf_release(&j->text);
        *j = (struct jsonscan){0};
}

static int wrong(const struct jsonscan *j, const char *where, struct err *e, const char *what)
{
        size_t line = 1;
        const char *begin = j->start;

        for (const char *p = j->start; p < where; p++) {
                if (*p == '\n') {
                        line++;
                        begin = p + 1;
                }
        }
        return err_set(e, ERR_FAILED, "JSON line %zu, column %zu: %s", line,
            (size_t)(where - begin) + 1, what);
}

static void space(struct jsonscan *j)
{
        while (
            j->at < j->end && (*j->at == ' ' || *j->at == '\n' || *j->at == '\r' || *j->at == '\t'))
                j->at++;
}

enum json_kind jsonscan_peek(struct jsonscan *j)
{
        space(j);
        if (j->at == j->end)
                return JSON_IS_NOTHING;
        switch (*j->at) {
        case '{':
                return JSON_IS_OBJECT;
        case '[':
                return JSON_IS_ARRAY;
        case '"':
                return JSON_IS_STRING;
        case 't':
                return JSON_IS_TRUE;
        case 'f':
                return JSON_IS_FALSE;
        case 'n':
                return JSON_IS_NULL;
        default:
                if (*j->at == '-' || (*j->at >= '0' && *j->at <= '9'))
                        return JSON_IS_NUMBER;
                return JSON_IS_NOTHING;
        }
}

const char *json_kind_name(enum json_kind kind)
{
        static const char *const names[] = {
            [JSON_IS_OBJECT] = "an object",
            [JSON_IS_ARRAY] = "an array",
            [JSON_IS_STRING] = "a string",
            [JSON_IS_NUMBER] = "a number",
            [JSON_IS_TRUE] = "true",
            [JSON_IS_FALSE] = "false",
            [JSON_IS_NULL] = "null",
            [JSON_IS_NOTHING] = "nothing that begins a value",
        };

        return names[kind];
}

static int expect(struct jsonscan *j, enum json_kind wanted, struct err *e)
{
        enum json_kind found = jsonscan_peek(j);
        char what[80];

        if (found == wanted)
                return 0;
        snprintf(what, sizeof what, "expected %s, found %s", json_kind_name(wanted),
            j->at == j->end ? "the end" : json_kind_name(found));
        return wrong(j, j->at, e, what);
}

/* Strings */

/* 1 for a byte that a string can hold as it is, without a look at its neighbours. */
static int plain(char c)
{
        return c != '"' && c != '\\' && (unsigned char)c >= 0x20 && (unsigned char)c < 0x80;
}

/* Passes plain bytes eight at a time: nearly all of a large document is this. */
static const char *skip_plain(const char *p, const char *end)
{
        const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;

        while (end - p >= 8) {
                uint64_t w, quote, slash;

                memcpy(&w, p, 8);
                quote = w ^ ones * '"';
                slash = w ^ ones * '\\';
                /* A high bit is set for 0x80 and more, below 0x20, '"' and '\\' (and at
                   times for the byte after one of them: then the slow loop looks again). */
                if ((w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) & high)
                        break;
                p += 8;
        }
        while (p < end && plain(*p))
                p++;
        return p;
}

static int hex4(const char *p, const char *end, uint32_t *out)
{
        uint32_t v = 0;

        if (end - p < 4)
                return -1;
        for (int i = 0; i < 4; i++) {
                char c = p[i];

                v <<= 4;
                if (c >= '0' && c <= '9')
                        v |= (uint32_t)(c - '0');
                else if (c >= 'a' && c <= 'f')
                        v |= (uint32_t)(c - 'a' + 10);
                else if (c >= 'A' && c <= 'F')
                        v |= (uint32_t)(c - 'A' + 10);
                else
                        return -1;
        }
        *out = v;
        return 0;
}

/* \uXXXX at p, which stands behind the 'u'. Returns what follows, or NULL. */
static const char *unicode(struct jsonscan *j, const char *p, struct err *e)
{
        uint32_t c, low;
        char utf8[UTF8_MAX];

        if (hex4(p, j->end, &c) < 0) {
                wrong(j, p, e, "\\u needs four hexadecimal digits");
                return NULL;
        }
        p += 4;
        if (c >= 0xd800 && c <= 0xdbff && j->end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
            hex4(p + 2, j->end, &low) == 0 && low >= 0xdc00 && low <= 0xdfff) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                p += 6;
        }
        if (c == 0)
                c = UTF8_REPLACEMENT;
        buf_add(&j->text, utf8, utf8_encode(c, utf8));
        return p;
}

/* The escape at p, which stands behind the '\'. Returns what follows, or NULL. */
static const char *escape(struct jsonscan *j, const char *p, struct err *e)
{
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        const char *found = p < j->end && *p ? strchr(from, *p) : NULL;

        if (found) {
                buf_addc(&j->text, to[found - from]);
                return p + 1;
        }
        if (p < j->end && *p == 'u')
                return unicode(j, p + 1, e);
        wrong(j, p - 1, e, "not an escape that JSON knows");
        return NULL;
}

/* Reads on from the first byte that is not plain; `begin` is behind the opening quote. */
static int string_slow(
    struct jsonscan *j, const char *begin, const char *p, struct json_text *out, struct err *e)
{
        int escaped = 0;
        const char *copied = begin;

        for (;;) {
                size_t n;

                p = skip_plain(p, j->end);
                if (p == j->end)
                        return wrong(j, begin - 1, e, "a string has no end");
                if (*p == '"')
                        break;
                if (*p == '\\') {
                        if (!escaped)
                                buf_reset(&j->text);
                        escaped = 1;
                        buf_add(&j->text, copied, (size_t)(p - copied));
                        p = escape(j, p + 1, e);
                        if (!p)
                                return -1;
                        copied = p;
                        continue;
                }
                if ((unsigned char)*p < 0x20)
                        return wrong(j, p, e, "a string holds a control character");
                n = utf8_length(p, (size_t)(j->end - p));
                if (n == 0)
                        return wrong(j, p, e, "not UTF-8");
                p += n;
        }
        j->at = p + 1;
        if (escaped) {
                buf_add(&j->text, copied, (size_t)(p - copied));
                *out = (struct json_text){j->text.data, j->text.len};
        } else {
                *out = (struct json_text){begin, (size_t)(p - begin)};
        }
        return 0;
}

int jsonscan_string(struct jsonscan *j, struct json_text *out, struct err *e)
{
        const char *begin, *p;

        if (expect(j, JSON_IS_STRING, e) < 0)
                return -1;
        j->fresh = 0;
        begin = j->at + 1;
        p = skip_plain(begin, j->end);
        if (p < j->end && *p == '"') {
                *out = (struct json_text){begin, (size_t)(p - begin)};
                j->at = p + 1;
                return 0;
        }
        return string_slow(j, begin, p, out, e);
}

int json_text_is(const struct json_text *t, const char *s)
{
        size_t len = strlen(s);

        return t->len == len && memcmp(t->data, s, len) == 0;
}

/* Numbers and words */

static const char *digits(const char *p, const char *end)
{
        while (p < end && *p >= '0' && *p <= '9')
                p++;
        return p;
}

/* Passes a number; *whole tells whether it has neither fraction nor exponent. */
static int number(struct jsonscan *j, int *whole, struct err *e)
{
        const char *p = j->at, *first;

        *whole = 1;
        if (*p == '-')
                p++;
        first = p;
        p = digits(p, j->end);
        if (p == first || (*first == '0' && p - first > 1))
                return wrong(j, j->at, e, "not a JSON number");
        if (p < j->end && *p == '.') {
                *whole = 0;
                first = ++p;
                p = digits(p, j->end);
                if (p == first)
                        return wrong(j, j->at, e, "not a JSON number");
        }
        if (p < j->end && (*p == 'e' || *p == 'E')) {
                *whole = 0;
                p++;
                if (p < j->end && (*p == '+' || *p == '-'))
                        p++;
                first = p;
                p = digits(p, j->end);
                if (p == first)
                        return wrong(j, j->at, e, "not a JSON number");
        }
        j->at = p;
        j->fresh = 0;
        return 0;
}

int jsonscan_integer(struct jsonscan *j, int64_t *out, struct err *e)
{
        const char *begin;
        int whole, negative;
        int64_t v = 0;

        if (expect(j, JSON_IS_NUMBER, e) < 0)
                return -1;
        begin = j->at;
        negative = *begin == '-';
        if (number(j, &whole, e) < 0)
                return -1;
        if (!whole)
                return wrong(j, begin, e, "expected a whole number, found a fraction");
        for (const char *p = begin + negative; p < j->at; p++) {
                if (__builtin_mul_overflow(v, 10, &v) ||
                    __builtin_sub_overflow(v, *p - '0', &v)) /* negative has more room */
                        return wrong(j, begin, e, "the number is too large");
        }
        if (!negative && v == INT64_MIN)
                return wrong(j, begin, e, "the number is too large");
        *out = negative ? v : -v;
        return 0;
}

static int word(struct jsonscan *j, const char *w, struct err *e)
{
        size_t len = strlen(w);

        if ((size_t)(j->end - j->at) < len || memcmp(j->at, w, len) != 0)
                return wrong(j, j->at, e, "no value begins like this");
        j->at += len;
        j->fresh = 0;
        return 0;
}

/* Containers */

static int enter(struct jsonscan *j, enum json_kind kind, struct err *e)
{
        if (expect(j, kind, e) < 0)
                return -1;
        if (j->depth == LIMIT_JSON_DEPTH)
                return wrong(j, j->at, e, "nested too deeply");
        j->depth++;
        j->at++;
        j->fresh = 1;
        return 0;
}

int jsonscan_object(struct jsonscan *j, struct err *e)
{
        return enter(j, JSON_IS_OBJECT, e);
}

int jsonscan_array(struct jsonscan *j, struct err *e)
{
        return enter(j, JSON_IS_ARRAY, e);
}

/* 1 at the next member, 0 past the closing bracket, -1. */
static int next(struct jsonscan *j, char close, struct err *e)
{
        space(j);
        if (j->at < j->end && *j->at == close) {
                j->at++;
                j->depth--;
                j->fresh = 0;
                return 0;
        }
        if (j->fresh)
                return 1;
        if (j->at == j->end || *j->at != ',')
                return wrong(j, j->at, e,
                    close == '}' ? "expected ',' or '}' in an object"
                                 : "expected ',' or ']' in an array");
        j->at++;
        space(j);
        if (j->at < j->end && *j->at == close)
                return wrong(j, j->at, e, "a comma stands before the closing bracket");
        return 1;
}

int jsonscan_key(struct jsonscan *j, struct json_text *key, struct err *e)
{
        int r = next(j, '}', e);

        if (r != 1)
                return r;
        if (jsonscan_string(j, key, e) < 0)
                return -1;
        space(j);
        if (j->at == j->end || *j->at != ':')
                return wrong(j, j->at, e, "expected ':' after a key");
        j->at++;
        return 1;
}

int jsonscan_element(struct jsonscan *j, struct err *e)
{
        return next(j, ']', e);
}

static int skip_object(struct jsonscan *j, struct err *e)
{
        struct json_text key;
        int r;

        if (jsonscan_object(j, e) < 0)
                return -1;
        while ((r = jsonscan_key(j, &key, e)) == 1)
                if (jsonscan_skip(j, e) < 0)
                        return -1;
        return r;
}

static int skip_array(struct jsonscan *j, struct err *e)
{
        int r;

        if (jsonscan_array(j, e) < 0)
                return -1;
        while ((r = jsonscan_element(j, e)) == 1)
                if (jsonscan_skip(j, e) < 0)
                        return -1;
        return r;
}

int jsonscan_skip(struct jsonscan *j, struct err *e)
{
        struct json_text text;
        int whole;

        switch (jsonscan_peek(j)) {
        case JSON_IS_OBJECT:
                return skip_object(j, e);
        case JSON_IS_ARRAY:
                return skip_array(j, e);
        case JSON_IS_STRING:
                return jsonscan_string(j, &text, e);
        case JSON_IS_NUMBER:
                return number(j, &whole, e);
        case JSON_IS_TRUE:
                return word(j, "true", e);
        case JSON_IS_FALSE:
                return word(j, "false", e);
        case JSON_IS_NULL:
                return word(j, "null", e);
        case JSON_IS_NOTHING:
                break;
        }
        return wrong(
            j, j->at, e, j->at == j->end ? "the document is cut short" : "expected a value");
}

int jsonscan_end(struct jsonscan *j, struct err *e)
{
        space(j);
        return j->at == j->end ? 0 : wrong(j, j->at, e, "something stands behind the document");
}
