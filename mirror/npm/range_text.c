#include "mirror/npm/range_text.h"

#include "bundle/limit.h"
#include "mirror/npm/partial.h"
#include "mirror/npm/semver.h"

static bool is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

void range_text_squeeze(const char *text, struct buf *out)
{
        for (; *text; text++)
                if (!is_space(*text))
                        buf_addc(out, *text);
                else if (out->len && out->data[out->len - 1] != ' ')
                        buf_addc(out, ' ');
        while (out->len && out->data[out->len - 1] == ' ')
                out->data[--out->len] = '\0';
}

static void add_number(struct buf *out, const char *before, int64_t a, int64_t b, int64_t c)
{
        buf_addf(out, "%s%lld.%lld.%lld", before, (long long)a, (long long)b, (long long)c);
}

static void hyphen_from(
    const struct partial *v, const char *text, size_t len, bool prerelease, struct buf *out)
{
        const char *lowest = prerelease ? "-0" : "";

        if (v->major == PART_X)
                return;
        if (v->minor == PART_X || v->patch == PART_X)
                add_number(out, ">=", v->major, v->minor == PART_X ? 0 : v->minor, 0);
        else
                buf_addf(out, ">=%.*s", (int)len, text);
        if (v->patch == PART_X || v->minor == PART_X || !v->pre)
                buf_adds(out, lowest);
}

static void hyphen_to(
    const struct partial *v, const char *text, size_t len, bool prerelease, struct buf *out)
{
        if (v->major == PART_X)
                return;
        if (v->minor == PART_X) {
                add_number(out, "<", v->major + 1, 0, 0);
        } else if (v->patch == PART_X) {
                add_number(out, "<", v->major, v->minor + 1, 0);
        } else if (v->pre) {
                add_number(out, "<=", v->major, v->minor, v->patch);
                buf_addf(out, "-%.*s", (int)v->pre_len, v->pre);
                return;
        } else if (prerelease) {
                add_number(out, "<", v->major, v->minor, v->patch + 1);
        } else {
                buf_addf(out, "<=%.*s", (int)len, text);
                return;
        }
        buf_adds(out, "-0");
}

/* "1.2 - 3.4" rewritten as two comparators; anything else as it is. */
static void rewrite_hyphen(const char *p, const char *end, unsigned flags, struct buf *out)
{
        bool loose = flags & SEMVER_LOOSE, prerelease = flags & SEMVER_PRERELEASE;
        struct partial from, to;
        const char *dash;

        for (dash = p; dash + 2 < end; dash++) {
                if (memcmp(dash, " - ", 3) != 0 || !partial_read(p, dash, loose, &from) ||
                    !partial_read(dash + 3, end, loose, &to))
                        continue;
                hyphen_from(&from, p, (size_t)(dash - p), prerelease, out);
                if (from.major != PART_X && to.major != PART_X)
                        buf_addc(out, ' ');
                hyphen_to(&to, dash + 3, (size_t)(end - dash - 3), prerelease, out);
                return;
        }
        buf_add(out, p, (size_t)(end - p));
}

/* Is this where a version begins, blanks and v and = before it? */
static bool begins_version(const char *p, const char *end)
{
        while (p < end && (*p == 'v' || *p == '=' || is_space(*p)))
                p++;
        return p < end && (is_digit(*p) || *p == 'x' || *p == 'X' || *p == '*');
}

/* Copies what may stand before a version: v, =, blanks. */
static const char *copy_prefix(const char *p, const char *end, struct buf *out)
{
        while (p < end && (*p == 'v' || *p == '=' || is_space(*p)))
                buf_addc(out, *p++);
        return p;
}

/* One blank: the text has been squeezed, and two are there only where build metadata was. */
static const char *skip_space(const char *p, const char *end)
{
        return p + (p < end && is_space(*p));
}

/* <, <=, >, >=, = at p. "~> " before no version is what "~ " is. */
static const char *join_comparison(const char *p, const char *end, struct buf *out)
{
        const char *start = p;
        size_t length = *p != '=' && p + 1 < end && p[1] == '=' ? 2 : 1;
        bool tilde, version;

        p += length;
        tilde = length == 1 && *start == '>' && out->len && out->data[out->len - 1] == '~';
        version = begins_version(p, end);
        if (version)
                p = skip_space(p, end);
        if (tilde && p < end && is_space(*p))
                return skip_space(p, end);
        buf_add(out, start, length);
        return version ? copy_prefix(p, end, out) : p;
}

/* Blanks behind an operator belong to it: "> 1.2", "~ 1", "^ 1", "~> 1". */
static void join_operators(const char *p, const char *end, struct buf *out)
{
        while (p < end) {
                char before = ' ';

                if (out->len)
                        before = out->data[out->len - 1];

                switch (*p) {
                case '<':
                case '>':
                case '=':
                        p = join_comparison(p, end, out);
                        break;
                case '~':
                case '^':
                        buf_addc(out, *p);
                        p = skip_space(p + 1, end);
                        break;
                case 'v':
                        if (strchr(" ~^0123456789xX*", before) && begins_version(p, end)) {
                                p = copy_prefix(p, end, out);
                                break;
                        }
                        /* fall through */
                default:
                        buf_addc(out, *p++);
                }
        }
}

/* The parts of a set that build metadata is: +a.b, anywhere. */
static void drop_build(const char *p, const char *end, struct buf *out)
{
        static const char id[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";

        while (p < end) {
                if (*p != '+' || p + 1 == end || !strchr(id, p[1])) {
                        buf_addc(out, *p++);
                        continue;
                }
                p++;
                while (
                    p < end && (strchr(id, *p) || (*p == '.' && p + 1 < end && strchr(id, p[1]))))
                        p++;
        }
}

void range_text_words(const char *p, const char *end, unsigned flags, struct buf *out)
{
        struct buf bare, plain;

        while (p < end && is_space(*p))
                p++;
        while (p < end && is_space(end[-1]))
                end--;
        buf_init(&bare, LIMIT_SEMVER_RANGE);
        buf_init(&plain, LIMIT_SEMVER_RANGE + 256);
        drop_build(p, end, &bare);
        rewrite_hyphen(bare.data, bare.data + bare.len, flags, &plain);
        join_operators(plain.data, plain.data + plain.len, out);
        buf_release(&bare);
        buf_release(&plain);
}
