#include "mirror/pypi/html.h"

#include <ctype.h>

#include "bundle/err.h"
#include "bundle/utf8.h"

void html_init(struct html *h, const char *bytes, size_t len)
{
        *h = (struct html){.at = bytes, .end = bytes + len};
}

static int is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static const char *skip_space(const char *p, const char *end)
{
        while (p < end && is_space(*p))
                p++;
        return p;
}

/* The first byte behind `what`, or the end. */
static const char *behind(const char *p, const char *end, const char *what)
{
        size_t len = strlen(what);
        const char *found = memmem(p, (size_t)(end - p), what, len);

        return found ? found + len : end;
}

/* A comment, a doctype, a processing instruction, at the '<'; returns what follows it. */
static const char *markup(const char *p, const char *end)
{
        const char *a, *b;

        if (end - p < 4 || memcmp(p, "<!--", 4) != 0)
                return behind(p, end, ">");
        p += 4;
        if (p < end && *p == '>')
                return p + 1;
        if (end - p >= 2 && p[0] == '-' && p[1] == '>')
                return p + 2;
        a = behind(p, end, "-->");
        b = behind(p, a, "--!>");
        return b < a ? b : a;
}

static int ends_name(char c)
{
        return is_space(c) || c == '/' || c == '>';
}

static const char *attribute_value(const char *p, const char *end, struct html_attribute *out)
{
        const char *begin = p;

        if (p < end && (*p == '"' || *p == '\'')) {
                const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));

                if (!close)
                        return end;
                out->value = p + 1;
                out->value_len = (size_t)(close - p - 1);
                return close + 1;
        }
        while (p < end && !is_space(*p) && *p != '>')
                p++;
        out->value = begin;
        out->value_len = (size_t)(p - begin);
        return p;
}

/* One attribute at p, which is neither white space nor '/' nor '>'. Returns what follows it. */
static const char *attribute(struct html *h, const char *p)
{
        struct html_attribute found = {.name = p, .value = ""};

        do {
                p++; /* a '=' in front belongs to the name */
        } while (p < h->end && !ends_name(*p) && *p != '=');
        found.name_len = (size_t)(p - found.name);
        p = skip_space(p, h->end);
        if (p < h->end && *p == '=')
                p = attribute_value(skip_space(p + 1, h->end), h->end, &found);
        if (h->attribute_count < HTML_MAX_ATTRIBUTES)
                h->attributes[h->attribute_count++] = found;
        return p;
}

/* A tag whose name begins at p. 1: it is complete and h->at stands behind it; 0: the page ends in it. */
static int tag(struct html *h, const char *p)
{
        const char *name = p;
        size_t len;

        while (p < h->end && !ends_name(*p))
                p++;
        len = (size_t)(p - name);
        if (len >= sizeof h->name)
                len = 0;
        for (size_t i = 0; i < len; i++)
                h->name[i] = (char)tolower((unsigned char)name[i]);
        h->name[len] = '\0';
        h->attribute_count = 0;
        for (;;) {
                while (p < h->end && (is_space(*p) || *p == '/'))
                        p++;
                if (p == h->end)
                        return 0;
                if (*p == '>') {
                        h->at = p + 1;
                        return 1;
                }
                p = attribute(h, p);
        }
}

/* Elements whose content is text up to their own closing tag. */
static int holds_text(const char *name)
{
        static const char *const names[] = {
            "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"};

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (strcmp(name, names[i]) == 0)
                        return 1;
        return 0;
}

/* The "</name" that closes the element which was opened last; or the end. */
static const char *closing_tag(const struct html *h, const char *p)
{
        size_t len = strlen(h->name);

        while ((p = memchr(p, '<', (size_t)(h->end - p)))) {
                if ((size_t)(h->end - p) > len + 2 && p[1] == '/' &&
                    strncasecmp(p + 2, h->name, len) == 0 && ends_name(p[len + 2]))
                        return p;
                p++;
        }
        return h->end;
}

int html_next(struct html *h)
{
        const char *p = h->at;

        h->text = p;
        if (!h->closing && holds_text(h->name))
                p = closing_tag(h, p);
        while (p < h->end && (p = memchr(p, '<', (size_t)(h->end - p)))) {
                int closing = h->end - p > 1 && p[1] == '/';
                const char *name = p + 1 + closing;

                if (name < h->end && isalpha((unsigned char)*name)) {
                        h->closing = closing;
                        h->text_len = (size_t)(p - h->text);
                        if (tag(h, name))
                                return 1;
                        break;
                }
                if (name < h->end && (closing || *name == '!' || *name == '?'))
                        p = markup(p, h->end);
                else
                        p++;
        }
        h->at = h->end;
        h->name[0] = '\0';
        return 0;
}

/* The character that an entity at p (the '&') stands for; *len is its length in the page. 0: none. */
static uint32_t entity(const char *p, size_t left, size_t *len)
{
        static const struct {
                const char *name;
                uint32_t character;
        } named[] = {{"lt;", '<'}, {"gt;", '>'}, {"amp;", '&'}, {"quot;", '"'}, {"apos;", '\''},
            {"nbsp;", 0xa0}};
        uint32_t c = 0;
        size_t i = 2, first;
        int hex;

        for (size_t k = 0; k < sizeof named / sizeof *named; k++) {
                *len = strlen(named[k].name) + 1;
                if (left >= *len && memcmp(p + 1, named[k].name, *len - 1) == 0)
                        return named[k].character;
        }
        if (left < 3 || p[1] != '#')
                return 0;
        hex = p[2] == 'x' || p[2] == 'X';
        first = i += (size_t)hex;
        while (i < left && (hex ? isxdigit((unsigned char)p[i]) : isdigit((unsigned char)p[i]))) {
                int digit = isdigit((unsigned char)p[i]) ? p[i] - '0'
                                                         : tolower((unsigned char)p[i]) - 'a' + 10;

                if (c <= 0x10ffff)
                        c = c * (hex ? 16 : 10) + (uint32_t)digit;
                i++;
        }
        if (i == first)
                return 0;
        *len = i + (i < left && p[i] == ';');
        return c ? c : UTF8_REPLACEMENT;
}

int html_decode(struct buf *out, const char *text, size_t len)
{
        const char *p = text, *end = text + len;
        char utf8[UTF8_MAX];

        while (p < end) {
                const char *amp = memchr(p, '&', (size_t)(end - p));
                size_t n = 1;
                uint32_t c;

                if (utf8_repair(out, p, (size_t)((amp ? amp : end) - p)) < 0)
                        return -1;
                if (!amp)
                        break;
                c = entity(amp, (size_t)(end - amp), &n);
                if (c == 0)
                        n = 1;
                if (buf_add(out, utf8, utf8_encode(c ? c : '&', utf8)) < 0)
                        return -1;
                p = amp + n;
        }
        return 0;
}

int html_attribute(const struct html *h, const char *name, struct buf *out)
{
        size_t len = strlen(name);

        for (size_t i = 0; i < h->attribute_count; i++) {
                const struct html_attribute *a = &h->attributes[i];

                if (a->name_len != len || strncasecmp(a->name, name, len) != 0)
                        continue;
                buf_reset(out);
                return html_decode(out, a->value, a->value_len) < 0 ? 0 : 1;
        }
        return 0;
}
