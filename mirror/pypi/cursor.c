#include "cursor.h"
#include "ascii.h"

bool cursor_ended(const struct cursor *c)
{
        return c->at >= c->len;
}

char cursor_peek(const struct cursor *c)
{
        if (cursor_ended(c))
                return '\0';
        return c->text[c->at];
}

void cursor_skip_blanks(struct cursor *c)
{
        while (c->at < c->len && (c->text[c->at] == ' ' || c->text[c->at] == '\t'))
                c->at++;
}

bool cursor_take(struct cursor *c, const char *text)
{
        size_t n = strlen(text);

        if (c->len - c->at < n || memcmp(c->text + c->at, text, n) != 0)
                return false;
        c->at += n;
        return true;
}

static bool is_word(char c)
{
        return ascii_is_alphanumeric(c) || c == '_';
}

bool cursor_take_word(struct cursor *c, const char *word)
{
        size_t start = c->at;

        if (start > 0 && is_word(c->text[start - 1]))
                return false;
        if (!cursor_take(c, word))
                return false;
        if (!is_word(cursor_peek(c)))
                return true;
        c->at = start;
        return false;
}

int cursor_refuse(const struct cursor *c, size_t at, struct err *e, const char *problem)
{
        /* A very long line is shown from a little before the place. */
        size_t from = c->len <= 200 || at < 60 ? 0 : at - 60;
        size_t shown = c->len - from < 200 ? c->len - from : 200;

        return err_set(e, ERR_FAILED, "column %zu of \"%s%.*s%s\": %s", at + 1, from ? "..." : "",
            (int)shown, c->text + from, from + shown < c->len ? "..." : "", problem);
}
