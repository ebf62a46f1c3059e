/*
 * node-semver defines a range by rewriting its text, one regular expression
 * after the other, until only comparators are left. This file makes the same
 * comparators; where a rewriting step can be seen from outside (what is dropped
 * in loose mode, what becomes "any"), it follows that step.
 */
#include "mirror/npm/range.h"

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/arena.h"
#include "mirror/npm/partial.h"
#include "mirror/npm/range_text.h"

enum operator{ OP_EQ, OP_LT, OP_LE, OP_GT, OP_GE, OP_ANY };

struct comparator {
        enum operator op;
        struct semver version;
};

/* Comparators that must all hold. */
struct comparators {
        struct comparator *items;
        size_t count, cap;
};

struct semver_range {
        struct comparators *sets; /* one of which must hold */
        size_t count, cap;
        bool prerelease;
        struct arena texts; /* what the versions' pre-releases point into */
};

/* -- comparators -- */

static void add(struct comparators *c, enum operator op, const struct semver *v)
{
        c->items = xgrow(c->items, c->count, &c->cap, sizeof *c->items);
        c->items[c->count++] = (struct comparator){op, *v};
}

/* -1: a number that is too large makes no version. */
static int add_version(struct comparators *c, enum operator op, int64_t major, int64_t minor,
    int64_t patch, const char *pre, size_t pre_len)
{
        struct semver v = {
            (uint64_t)major, (uint64_t)minor, (uint64_t)patch, pre_len ? pre : NULL, pre_len};

        if (v.major > SEMVER_MAX_NUMBER || v.minor > SEMVER_MAX_NUMBER ||
            v.patch > SEMVER_MAX_NUMBER)
                return -1;
        add(c, op, &v);
        return 0;
}

static int add_any(struct comparators *c)
{
        static const struct semver none;

        add(c, OP_ANY, &none);
        return 0;
}

/* From the lowest version of the three numbers; with pre-releases counted, its lowest pre-release. */
static int add_lowest(const struct semver_range *r, struct comparators *c, int64_t major,
    int64_t minor, int64_t patch)
{
        /* >=0.0.0 is any version; with pre-releases counted, >=0.0.0-0 is */
        if (!major && !minor && !patch)
                return add_any(c);
        return add_version(c, OP_GE, major, minor, patch, "0", r->prerelease ? 1 : 0);
}

/* From exactly this version. */
static int add_from(const struct semver_range *r, struct comparators *c, const struct partial *v)
{
        if (!r->prerelease && !v->pre)
                return add_lowest(r, c, v->major, v->minor, v->patch);
        if (r->prerelease && v->pre_len == 1 && *v->pre == '0')
                return add_lowest(r, c, v->major, v->minor, v->patch);
        return add_version(c, OP_GE, v->major, v->minor, v->patch, v->pre, v->pre_len);
}

/* Below all versions of the three numbers, pre-releases too. */
static int add_below(struct comparators *c, int64_t major, int64_t minor, int64_t patch)
{
        return add_version(c, OP_LT, major, minor, patch, "0", 1);
}

static bool is_nothing(const struct comparator *c)
{
        const struct semver *v = &c->version;

        return c->op == OP_LT && !v->major && !v->minor && !v->patch && v->pre_len == 1 &&
               *v->pre == '0';
}

/* -- one word of a range -- */

static int caret(const struct semver_range *r, struct comparators *c, const struct partial *v)
{
        int64_t M = v->major, m = v->minor, p = v->patch;

        if (M == PART_X)
                return add_any(c);
        if (m == PART_X)
                return add_lowest(r, c, M, 0, 0) < 0 ? -1 : add_below(c, M + 1, 0, 0);
        if (p == PART_X) {
                if (add_lowest(r, c, M, m, 0) < 0)
                        return -1;
                return v->major_zero ? add_below(c, M, m + 1, 0) : add_below(c, M + 1, 0, 0);
        }
        if (add_from(r, c, v) < 0)
                return -1;
        if (!v->major_zero)
                return add_below(c, M + 1, 0, 0);
        return v->minor_zero ? add_below(c, M, m, p + 1) : add_below(c, M, m + 1, 0);
}

static int tilde(const struct semver_range *r, struct comparators *c, const struct partial *v)
{
        int64_t M = v->major, m = v->minor;

        if (M == PART_X)
                return add_any(c);
        if (m == PART_X)
                return add_lowest(r, c, M, 0, 0) < 0 ? -1 : add_below(c, M + 1, 0, 0);
        if ((v->patch == PART_X ? add_lowest(r, c, M, m, 0) : add_from(r, c, v)) < 0)
                return -1;
        return add_below(c, M, m + 1, 0);
}

/* A version with an x in it, behind an operator. */
static int x_range(
    const struct semver_range *r, struct comparators *c, enum operator op, const struct partial *v)
{
        int64_t M = v->major, m = v->minor;

        if (M == PART_X)
                return op == OP_GT || op == OP_LT ? add_below(c, 0, 0, 0) : add_any(c);
        switch (op) {
        case OP_GT:
                return m == PART_X ? add_lowest(r, c, M + 1, 0, 0) : add_lowest(r, c, M, m + 1, 0);
        case OP_LE:
                return m == PART_X ? add_below(c, M + 1, 0, 0) : add_below(c, M, m + 1, 0);
        case OP_LT:
                return add_below(c, M, m == PART_X ? 0 : m, 0);
        case OP_GE:
                return add_lowest(r, c, M, m == PART_X ? 0 : m, 0);
        default:
                if (m == PART_X)
                        return add_lowest(r, c, M, 0, 0) < 0 ? -1 : add_below(c, M + 1, 0, 0);
                return add_lowest(r, c, M, m, 0) < 0 ? -1 : add_below(c, M, m + 1, 0);
        }
}

static enum operator read_operator(const char **p, const char *end)
{
        enum operator op = OP_EQ;

        if (*p < end && (**p == '<' || **p == '>'))
                op = *(*p)++ == '<' ? OP_LT : OP_GT;
        if (*p < end && **p == '=') {
                (*p)++;
                op = op == OP_LT ? OP_LE : op == OP_GT ? OP_GE : OP_EQ;
        }
        return op;
}

/* x before a number that is none: 1.x.3 is kept as text, which is no version. */
static bool wrong_order(const struct partial *v)
{
        return (v->major == PART_X && v->minor != PART_X) ||
               (v->minor == PART_X && v->patch != PART_X);
}

/* A word that is no x-range, with one star and the operator before it taken out. */
static int add_plain(struct comparators *c, const char *word, size_t len, unsigned flags)
{
        const char *p, *end = word + len;
        struct semver v;
        enum operator op;
        int r;

        if (len == 0)
                return add_any(c);
        p = word;
        op = read_operator(&p, end);
        r = semver_parse(&v, p, (size_t)(end - p), flags & SEMVER_LOOSE);
        if (r < 0) /* loosely, what is no version is passed over */
                return flags & SEMVER_LOOSE && r != SEMVER_TOO_LARGE ? 0 : -1;
        add(c, op, &v);
        return 0;
}

static int add_unstarred(
    struct semver_range *r, struct comparators *c, const char *word, size_t len, unsigned flags)
{
        const char *star = memchr(word, '*', len), *from = star;
        struct buf text;
        const char *kept;

        if (!star)
                return add_plain(c, word, len, flags);
        if (from > word && from[-1] == '=')
                from--;
        if (from > word && (from[-1] == '<' || from[-1] == '>'))
                from--;
        buf_init(&text, len);
        buf_add(&text, word, (size_t)(from - word));
        buf_add(&text, star + 1, (size_t)(word + len - star - 1));
        kept = arena_text(&r->texts, text.data, text.len);
        buf_release(&text);
        return add_plain(c, kept, strlen(kept), flags);
}

/* *any: it became nothing, which is any version. */
static int add_word(struct semver_range *r, struct comparators *c, const char *word, size_t len,
    unsigned flags, bool *any)
{
        const char *p = word, *end = word + len;
        bool loose = flags & SEMVER_LOOSE;
        struct partial v;
        enum operator op;

        *any = false;
        if (len && *p == '^' && partial_read(p + 1, end, loose, &v)) {
                *any = v.major == PART_X;
                return caret(r, c, &v);
        }
        if (len && *p == '~' && partial_read(p + 1 + (len > 1 && p[1] == '>'), end, loose, &v)) {
                *any = v.major == PART_X;
                return tilde(r, c, &v);
        }
        op = read_operator(&p, end);
        if (!partial_read(p, end, loose, &v) || wrong_order(&v)) {
                *any = len == 0;
                return add_unstarred(r, c, word, len, flags);
        }
        if (v.patch == PART_X) {
                *any = v.major == PART_X && op != OP_GT && op != OP_LT;
                return x_range(r, c, op, &v);
        }
        /* not ">=v0.0.0", which is never "any" */
        if (op == OP_GE && v.plain)
                return add_from(r, c, &v);
        return add_plain(c, word, len, flags);
}

/* -- a set of words -- */

static int add_words(
    struct semver_range *r, struct comparators *c, const char *text, unsigned flags)
{
        bool first = true;

        for (;;) {
                size_t len = strcspn(text, " "), before = c->count;
                bool any;

                if (add_word(r, c, text, len, flags, &any) < 0)
                        return -1;
                /* between others, a word that became nothing leaves no trace */
                if (any && !first && text[len])
                        c->count = before;
                if (!text[len])
                        return 0;
                first = false;
                text += len + 1;
        }
}

/* "any" among others says nothing; one that nothing can meet is the whole set. */
static void simplify(struct comparators *c)
{
        size_t n = 0;

        for (size_t i = 0; i < c->count; i++)
                if (is_nothing(&c->items[i])) {
                        c->items[0] = c->items[i];
                        c->count = 1;
                        return;
                }
        for (size_t i = 0; i < c->count; i++)
                if (c->items[i].op != OP_ANY)
                        c->items[n++] = c->items[i];
        if (n)
                c->count = n;
        else if (c->count)
                c->count = 1;
}

static int add_set(struct semver_range *r, const char *p, const char *end, unsigned flags)
{
        struct comparators c = {0};
        struct buf words;
        int ret;

        buf_init(&words, LIMIT_SEMVER_RANGE + 256);
        range_text_words(p, end, flags, &words);
        ret = add_words(r, &c, arena_text(&r->texts, words.data, words.len), flags);
        buf_release(&words);
        if (ret < 0 || c.count == 0) {
                free(c.items);
                return ret < 0 ? -1 : 0;
        }
        simplify(&c);
        r->sets = xgrow(r->sets, r->count, &r->cap, sizeof *r->sets);
        r->sets[r->count++] = c;
        return 0;
}

/* -- a range -- */

static void drop_set(struct semver_range *r, size_t i)
{
        free(r->sets[i].items);
        memmove(&r->sets[i], &r->sets[i + 1], (--r->count - i) * sizeof *r->sets);
}

/* Sets that nothing meets go, while there are others; a set that is "any" is the range. */
static void simplify_range(struct semver_range *r)
{
        for (size_t i = 0; i < r->count && r->count > 1;)
                if (is_nothing(&r->sets[i].items[0]))
                        drop_set(r, i);
                else
                        i++;
        for (size_t i = 0; i < r->count; i++)
                if (r->sets[i].count == 1 && r->sets[i].items[0].op == OP_ANY) {
                        while (r->count > i + 1)
                                drop_set(r, r->count - 1);
                        while (i--)
                                drop_set(r, 0);
                        return;
                }
}

struct semver_range *semver_range_parse(const char *text, unsigned flags)
{
        struct semver_range *r;
        struct buf squeezed;
        const char *p, *bar;
        int ret = 0;

        if (strlen(text) > LIMIT_SEMVER_RANGE)
                return NULL;
        r = xcalloc(1, sizeof *r);
        r->prerelease = flags & SEMVER_PRERELEASE;
        buf_init(&squeezed, LIMIT_SEMVER_RANGE);
        range_text_squeeze(text, &squeezed);
        for (p = squeezed.data; ret == 0; p = bar + 2) {
                bar = strstr(p, "||");
                ret = add_set(r, p, bar ? bar : p + strlen(p), flags);
                if (!bar)
                        break;
        }
        buf_release(&squeezed);
        if (ret < 0 || r->count == 0) {
                semver_range_free(r);
                return NULL;
        }
        if (r->count > 1)
                simplify_range(r);
        return r;
}

void semver_range_free(struct semver_range *r)
{
        if (!r)
                return;
        for (size_t i = 0; i < r->count; i++)
                free(r->sets[i].items);
        free(r->sets);
        arena_release(&r->texts);
        free(r);
}

static bool meets(const struct comparator *c, const struct semver *v)
{
        int d = c->op == OP_ANY ? 0 : semver_compare(v, &c->version);

        switch (c->op) {
        case OP_LT:
                return d < 0;
        case OP_LE:
                return d <= 0;
        case OP_GT:
                return d > 0;
        case OP_GE:
                return d >= 0;
        default:
                return d == 0;
        }
}

static bool same_numbers(const struct semver *a, const struct semver *b)
{
        return a->major == b->major && a->minor == b->minor && a->patch == b->patch;
}

static bool set_has(const struct comparators *c, const struct semver *v, bool prerelease)
{
        for (size_t i = 0; i < c->count; i++)
                if (!meets(&c->items[i], v))
                        return false;
        if (!v->pre || prerelease)
                return true;
        for (size_t i = 0; i < c->count; i++)
                if (c->items[i].op != OP_ANY && c->items[i].version.pre &&
                    same_numbers(&c->items[i].version, v))
                        return true;
        return false;
}

bool semver_range_has(const struct semver_range *r, const struct semver *v)
{
        for (size_t i = 0; i < r->count; i++)
                if (set_has(&r->sets[i], v, r->prerelease))
                        return true;
        return false;
}

bool semver_satisfies(const char *version, const char *range, unsigned flags)
{
        struct semver_range *r = semver_range_parse(range, flags);
        struct semver v;
        bool has =
            r && semver_parse(&v, version, strlen(version), flags) == 0 && semver_range_has(r, &v);

        semver_range_free(r);
        return has;
}
