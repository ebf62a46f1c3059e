#include "mirror/deb/relation.h"

#include "mirror/deb/entry.h"
#include "mirror/deb/version.h"

void relation_first(struct relation_reader *r, const char *text, size_t len)
{
        *r = (struct relation_reader){text, text + len, false};
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct relation_reader *r)
{
        while (r->at < r->end && is_blank(*r->at))
                r->at++;
}

static int wrong(const char *from, const struct relation_reader *r, struct err *e)
{
        size_t len = (size_t)(r->end - from);

        for (size_t i = 0; i < len; i++)
                if ((unsigned char)from[i] < ' ' || (unsigned char)from[i] >= 0x7f || i == 60)
                        len = i;
        return err_set(e, ERR_REFUSED, "\"%.*s\" is no relation to a package", (int)len, from);
}

/* A run without blanks and without the signs that end a word. */
static size_t word(struct relation_reader *r, const char *ends)
{
        const char *from = r->at;

        while (r->at < r->end && !is_blank(*r->at) && *r->at && !strchr(ends, *r->at))
                r->at++;
        return (size_t)(r->at - from);
}

static const struct {
        const char *text;
        enum relation_operator op;
} operators[] = {
    {"<<", RELATION_EARLIER},
    {"<=", RELATION_EARLIER_EQUAL},
    {"=", RELATION_EQUAL},
    {">=", RELATION_LATER_EQUAL},
    {">>", RELATION_LATER},
    {"<", RELATION_EARLIER_EQUAL},
    {">", RELATION_LATER_EQUAL},
};

/* "(>= 1.2)" */
static bool take_version(struct relation_reader *r, struct relation *out)
{
        r->at++;
        skip_blanks(r);
        for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
                size_t len = strlen(operators[i].text);

                if ((size_t)(r->end - r->at) < len || memcmp(r->at, operators[i].text, len) != 0)
                        continue;
                r->at += len;
                out->op = operators[i].op;
                skip_blanks(r);
                out->version = r->at;
                out->version_len = word(r, ")");
                skip_blanks(r);
                if (!deb_version_is_valid(out->version, out->version_len) || r->at == r->end ||
                    *r->at != ')')
                        return false;
                r->at++;
                return true;
        }
        return false;
}

static bool take_name(struct relation_reader *r, struct relation *out)
{
        out->name = r->at;
        out->name_len = word(r, ":(|,[<");
        out->qualifier = "";
        if (!deb_name_is_valid(out->name, out->name_len))
                return false;
        if (r->at == r->end || *r->at != ':')
                return true;
        out->qualifier = ++r->at;
        out->qualifier_len = word(r, ":(|,[<");
        return out->qualifier_len > 0;
}

int relation_next(struct relation_reader *r, struct relation *out, struct err *e)
{
        const char *from;

        skip_blanks(r);
        while (!r->after_bar && r->at < r->end && *r->at == ',') {
                r->at++; /* an empty member: left over from substitutions */
                skip_blanks(r);
        }
        if (r->at == r->end)
                return r->after_bar ? wrong(r->at, r, e) : 0;
        from = r->at;
        *out = (struct relation){.is_alternative = r->after_bar};
        if (!take_name(r, out))
                return wrong(from, r, e);
        skip_blanks(r);
        if (r->at < r->end && *r->at == '(') {
                if (!take_version(r, out))
                        return wrong(from, r, e);
                skip_blanks(r);
        }
        if (r->at < r->end && *r->at != '|' && *r->at != ',')
                return wrong(from, r, e);
        r->after_bar = r->at < r->end && *r->at == '|';
        if (r->at < r->end)
                r->at++;
        return 1;
}
