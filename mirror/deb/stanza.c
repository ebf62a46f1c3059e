#include "mirror/deb/stanza.h"

#include <strings.h>

void stanza_first(struct stanza_reader *r, const char *text, size_t len)
{
        r->at = text;
        r->end = text + len;
}

/* Just past the newline of the line at `at`, or the end of the text. */
static const char *next_line(const char *at, const char *end)
{
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        return newline ? newline + 1 : end;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_blank_line(const char *at, const char *next)
{
        while (at < next && is_blank(*at))
                at++;
        return at == next;
}

/* Field names: printable ASCII without colon and blank, not beginning with '#' or '-'. */
static const char *name_end(const char *at, const char *end)
{
        const char *p = at;

        if (p < end && *p == '-')
                return p;
        while (p<end && * p> ' ' && *p < 0x7f && *p != ':')
                p++;
        return p;
}

static int no_field(const char *at, const char *next, struct err *e)
{
        int len = (int)(next - at < 60 ? next - at : 60);

        while (len && is_blank(at[len - 1]))
                len--;
        for (int i = 0; i < len; i++)
                if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
                        len = i;
        return err_set(e, ERR_REFUSED, "\"%.*s\" is no field of a stanza", len, at);
}

int stanza_next(struct stanza_reader *r, struct stanza_field *f, struct err *e)
{
        const char *next, *colon;

        while (r->at < r->end && *r->at == '#')
                r->at = next_line(r->at, r->end);
        if (r->at == r->end)
                return 0;
        next = next_line(r->at, r->end);
        colon = name_end(r->at, next);
        if (colon == r->at || colon == next || *colon != ':')
                return no_field(r->at, next, e);
        f->name = f->lines = r->at;
        f->name_len = (size_t)(colon - r->at);
        /* what follows and begins with a blank belongs to it */
        while (next < r->end && (*next == ' ' || *next == '\t')) {
                const char *after = next_line(next, r->end);

                if (is_blank_line(next, after))
                        return err_set(e, ERR_REFUSED, "a blank line in field %.*s",
                            (int)(f->name_len < 60 ? f->name_len : 60), f->name);
                next = after;
        }
        f->lines_len = (size_t)(next - f->lines);
        f->value = colon + 1;
        f->value_len = (size_t)(next - f->value);
        while (f->value_len && is_blank(*f->value))
                f->value++, f->value_len--;
        while (f->value_len && is_blank(f->value[f->value_len - 1]))
                f->value_len--;
        if (memchr(f->value, '\0', f->value_len))
                return err_set(e, ERR_REFUSED, "a NUL in field %.*s",
                    (int)(f->name_len < 60 ? f->name_len : 60), f->name);
        r->at = next;
        return 1;
}

bool stanza_is(const struct stanza_field *f, const char *name)
{
        return strncasecmp(f->name, name, f->name_len) == 0 && name[f->name_len] == '\0';
}

int stanza_get(
    const char *text, size_t len, const char *name, struct stanza_field *f, struct err *e)
{
        struct stanza_reader r;
        int more;

        stanza_first(&r, text, len);
        while ((more = stanza_next(&r, f, e)) == 1)
                if (stanza_is(f, name))
                        return 1;
        return more;
}

size_t stanza_end(const char *text, size_t len, size_t *start)
{
        const char *end = text + len, *at = text, *next;

        for (; at < end; at = next) {
                next = next_line(at, end);
                if (!is_blank_line(at, next))
                        break;
        }
        *start = (size_t)(at - text);
        for (; at < end; at = next) {
                next = next_line(at, end);
                if (is_blank_line(at, next))
                        break;
        }
        return (size_t)(at - text);
}
