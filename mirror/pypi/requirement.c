#include "mirror/pypi/requirement.h"

#include "ascii.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "cursor.h"
#include "mirror/pypi/name.h"

static bool is_name_character(char c)
{
        return ascii_is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
}

/* A name or the name of an extra: its place in the text. */
static int parse_name(struct cursor *c, size_t *start, const char *expected, struct err *e)
{
        *start = c->at;
        while (is_name_character(cursor_peek(c)))
                c->at++;
        if (c->at == *start)
                return cursor_refuse(c, *start, e, expected);
        if (!name_is_valid(c->text + *start, c->at - *start))
                return cursor_refuse(c, *start, e,
                    "a name begins and ends with a letter or digit, and is not longer than 255");
        return 0;
}

/* Keeps the list sorted and free of doubles. */
static void add_extra(struct requirement *r, size_t *cap, char *extra)
{
        size_t i = 0;

        while (i < r->extra_count && strcmp(r->extras[i], extra) < 0)
                i++;
        if (i < r->extra_count && strcmp(r->extras[i], extra) == 0) {
                free(extra);
                return;
        }
        r->extras = xgrow(r->extras, r->extra_count, cap, sizeof *r->extras);
        memmove(r->extras + i + 1, r->extras + i, (r->extra_count - i) * sizeof *r->extras);
        r->extras[i] = extra;
        r->extra_count++;
}

static int parse_extras(struct requirement *r, struct cursor *c, struct err *e)
{
        size_t start, cap = 0;

        cursor_skip_blanks(c);
        if (!cursor_take(c, "["))
                return 0;
        cursor_skip_blanks(c);
        if (cursor_take(c, "]"))
                return 0;
        for (;;) {
                if (r->extra_count >= LIMIT_EXTRAS)
                        return cursor_refuse(c, c->at, e, "too many extras");
                if (parse_name(c, &start, "expected the name of an extra", e) < 0)
                        return -1;
                add_extra(r, &cap, name_normalize(c->text + start, c->at - start));
                cursor_skip_blanks(c);
                if (cursor_take(c, "]"))
                        return 0;
                if (!cursor_take(c, ","))
                        return cursor_refuse(c, c->at, e, "expected \",\" or \"]\"");
                cursor_skip_blanks(c);
        }
}

/* A URL ends at white space only: it may hold ";" and ",". */
static int parse_url(struct requirement *r, struct cursor *c, struct err *e)
{
        size_t start;

        cursor_skip_blanks(c);
        start = c->at;
        while (!cursor_ended(c) && cursor_peek(c) != ' ' && cursor_peek(c) != '\t')
                c->at++;
        if (c->at == start)
                return cursor_refuse(c, start, e, "expected a URL after \"@\"");
        if (c->at - start > LIMIT_URL)
                return cursor_refuse(c, start, e, "the URL is too long");
        r->url = xstrndup(c->text + start, c->at - start);
        return 0;
}

static bool ends_clause(char c)
{
        return c == '\0' || c == ',' || c == ';' || c == ')' || c == ' ' || c == '\t';
}

/* One clause: the operator, blanks, and one word. */
static int parse_clause(struct requirement *r, struct cursor *c, struct err *e)
{
        size_t start = c->at;
        struct err why = ERR_INIT;

        while (!cursor_ended(c) && strchr("=!<>~", cursor_peek(c)))
                c->at++;
        cursor_skip_blanks(c);
        while (!cursor_ended(c) && !ends_clause(cursor_peek(c)))
                c->at++;
        if (specifier_set_add(&r->specifier, c->text + start, c->at - start, &why) < 0)
                return cursor_refuse(c, start, e, why.msg);
        return 0;
}

static bool begins_clause(const struct cursor *c)
{
        return !cursor_ended(c) && strchr("=!<>~", cursor_peek(c));
}

static int parse_specifier(struct requirement *r, struct cursor *c, struct err *e)
{
        bool parentheses = cursor_take(c, "(");

        cursor_skip_blanks(c);
        while (begins_clause(c)) {
                if (parse_clause(r, c, e) < 0)
                        return -1;
                cursor_skip_blanks(c);
                if (!cursor_take(c, ","))
                        break;
                cursor_skip_blanks(c);
        }
        if (parentheses && !cursor_take(c, ")"))
                return cursor_refuse(c, c->at, e, "expected a version specifier, \",\" or \")\"");
        return 0;
}

static int parse_marker(struct requirement *r, struct cursor *c, struct err *e)
{
        cursor_skip_blanks(c);
        if (cursor_ended(c))
                return 0;
        if (!cursor_take(c, ";")) {
                if (r->url)
                        return cursor_refuse(c, c->at, e, "expected \";\" or the end");
                if (r->specifier.count)
                        return cursor_refuse(c, c->at, e, "expected \",\", \";\" or the end");
                return cursor_refuse(c, c->at, e,
                    "expected a version specifier such as >=1.0, \"@\", \";\" or the end");
        }
        if (marker_parse_at(&r->marker, c->text, c->len, &c->at, e) < 0)
                return -1;
        if (!cursor_ended(c))
                return cursor_refuse(c, c->at, e, "expected \"and\", \"or\" or the end");
        return 0;
}

static int parse(struct requirement *r, struct cursor *c, struct err *e)
{
        size_t start;

        cursor_skip_blanks(c);
        if (parse_name(c, &start, "expected the name of a package", e) < 0)
                return -1;
        r->written = xstrndup(c->text + start, c->at - start);
        r->name = name_normalize(c->text + start, c->at - start);
        if (parse_extras(r, c, e) < 0)
                return -1;
        cursor_skip_blanks(c);
        if (cursor_take(c, "@")) {
                if (parse_url(r, c, e) < 0)
                        return -1;
        } else if (parse_specifier(r, c, e) < 0) {
                return -1;
        }
        return parse_marker(r, c, e);
}

int requirement_parse_n(struct requirement *r, const char *text, size_t len, struct err *e)
{
        struct cursor c = {text, len, 0};

        *r = (struct requirement){0};
        if (len > LIMIT_REQUIREMENT)
                return err_set(e, ERR_FAILED, "a requirement of %zu characters is too long", len);
        if (parse(r, &c, e) < 0) {
                requirement_release(r);
                return -1;
        }
        return 0;
}

int requirement_parse(struct requirement *r, const char *text, struct err *e)
{
        return requirement_parse_n(r, text, strlen(text), e);
}

void requirement_release(struct requirement *r)
{
        free(r->name);
        free(r->written);
        for (size_t i = 0; i < r->extra_count; i++)
                free(r->extras[i]);
        free(r->extras);
        specifier_set_release(&r->specifier);
        free(r->url);
        marker_free(r->marker);
        *r = (struct requirement){0};
}

int requirement_text(const struct requirement *r, struct buf *out)
{
        if (buf_adds(out, r->name) < 0)
                return -1;
        for (size_t i = 0; i < r->extra_count; i++)
                if (buf_addf(out, "%c%s", i ? ',' : '[', r->extras[i]) < 0)
                        return -1;
        if (r->extra_count && buf_addc(out, ']') < 0)
                return -1;
        if (specifier_set_text(&r->specifier, out) < 0)
                return -1;
        if (r->url && buf_addf(out, " @ %s", r->url) < 0)
                return -1;
        if (!r->marker)
                return 0;
        if (buf_adds(out, r->url ? " ; " : "; ") < 0)
                return -1;
        return marker_text(r->marker, out);
}
