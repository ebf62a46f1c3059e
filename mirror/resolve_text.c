#include <ctype.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "resolve_text.h"

#define TEXT_RANGES 4 /* told of a set with many holes */

static void describe_range(const struct resolve_provider *provider, void *p, uint32_t package,
    uint32_t candidate_count, struct resolve_range range, struct buf *out)
{
        const char *newest = provider->version(p, package, range.first);

        if (range.first == range.last) {
                (void)buf_addf(out, "==%s", newest);
                return;
        }
        if (range.last + 1 < candidate_count)
                (void)buf_addf(out, ">=%s%s", provider->version(p, package, range.last),
                    range.first ? "," : "");
        if (range.first) {
                const char *next = provider->version(p, package, range.first - 1);
                bool brief = strlen(next) < strlen(newest);

                (void)buf_addf(out, brief ? "<%s" : "<=%s", brief ? next : newest);
        }
}

void resolve_describe_versions(const struct resolve_provider *provider, void *p, uint32_t package,
    uint32_t candidate_count, const struct resolve_range *ranges, size_t range_count,
    struct buf *out)
{
        /* From the oldest: as people count. */
        for (size_t i = 0; i < range_count; i++) {
                if (i == TEXT_RANGES) {
                        (void)buf_adds(out, " or others");
                        return;
                }
                if (i)
                        (void)buf_adds(out, " or ");
                describe_range(
                    provider, p, package, candidate_count, ranges[range_count - 1 - i], out);
        }
}

/* "a 1.0", "a>=2,<3"; of all candidates `all` is said before the name. */
static void text_set(const struct resolve *r, uint32_t package, const struct set *s,
    const char *all, struct buf *out)
{
        const struct resolve_provider *provider = r->provider;
        const char *name = provider->name(r->p, package);
        uint32_t count = r->packages[package].count;
        struct buf text;

        if (set_size(s) == 1) {
                (void)buf_addf(
                    out, "%s %s", name, provider->version(r->p, package, s->ranges[0].first));
                return;
        }
        if (set_is_full(s, count)) {
                (void)buf_addf(out, "%s%s", all, name);
                return;
        }
        buf_init(&text, LIMIT_RESOLVE_TEXT);
        if (provider->describe)
                provider->describe(r->p, package, s->ranges, s->count, &text);
        else
                resolve_describe_versions(
                    provider, r->p, package, count, s->ranges, s->count, &text);
        (void)buf_addf(
            out, isalnum((unsigned char)text.data[0]) ? "%s %s" : "%s%s", name, text.data);
        buf_release(&text);
}

/* What a term forbids to be absent: its package must have one of the values left. Owned. */
static struct set *term_required(const struct resolve *r, const struct term *t)
{
        uint32_t count = r->packages[t->package].count;

        return set_contains(t->set, count) ? set_complement(t->set, count + 1) : NULL;
}

/* Why nothing satisfies the need, if nothing does. */
static void text_unmet(const struct resolve *r, const struct need *n, struct buf *out)
{
        const struct resolve_provider *provider = r->provider;
        uint32_t count = r->packages[n->package].count;
        const char *why;

        if (!set_is_full(n->refused, count + 1))
                return;
        why = !count && provider->absence ? provider->absence(r->p, n->package) : NULL;
        if (why)
                (void)buf_addf(out, " (%s)", why);
        else if (!count)
                (void)buf_adds(out, " (there is no version of it here)");
        else
                (void)buf_addf(
                    out, " (none fits; there is %s)", provider->version(r->p, n->package, 0));
}

void text_need(const struct resolve *r, const struct need *n, struct buf *out)
{
        (void)buf_adds(out, r->provider->requirement(r->p, n->requirement));
        text_unmet(r, n, out);
}

static void text_depends(const struct resolve *r, const struct clause *c, struct buf *out)
{
        const struct need *n = &r->needs[c->need];
        struct set *required;

        text_set(r, c->owner, c->who, "every ", out);
        (void)buf_adds(out, " depends on ");
        required = c->joined && c->term_count > 1 ? term_required(r, &c->terms[1]) : NULL;
        if (required) {
                text_set(r, n->package, required, "", out);
                set_unref(required);
                return;
        }
        text_need(r, n, out);
        if (c->joined)
                (void)buf_adds(out, " or the like");
}

void text_fact(const struct resolve *r, const struct clause *c, struct buf *out)
{
        if (c->kind == CLAUSE_UNUSABLE) {
                text_set(r, c->owner, c->who, "", out);
                (void)buf_addf(out, " cannot be used (%s)", c->reason);
        } else if (c->kind == CLAUSE_ASKED) {
                (void)buf_adds(out, "you asked for ");
                text_need(r, &r->needs[c->need], out);
        } else {
                text_depends(r, c, out);
        }
}

/* The terms that say what is required (or those that do not), in a list. Returns how many. */
static size_t text_side(const struct resolve *r, const struct term *terms, size_t count,
    bool wanted_required, const char *all, const char *word, struct buf *out)
{
        size_t total = 0, told = 0;

        for (int telling = 0; telling < 2; telling++) {
                for (size_t i = 0; i < count; i++) {
                        struct set *required = term_required(r, &terms[i]);

                        if ((required != NULL) == wanted_required && !telling) {
                                total++;
                        } else if ((required != NULL) == wanted_required) {
                                if (told)
                                        (void)buf_adds(out, told + 1 == total ? word : ", ");
                                text_set(r, terms[i].package, required ? required : terms[i].set,
                                    required ? "" : all, out);
                                told++;
                        }
                        set_unref(required);
                }
        }
        return total;
}

void text_terms(const struct resolve *r, const struct term *terms, size_t count, struct buf *out)
{
        struct buf given, required;
        size_t given_count, required_count;

        buf_init(&given, LIMIT_RESOLVE_TEXT);
        buf_init(&required, LIMIT_RESOLVE_TEXT);
        given_count = text_side(r, terms, count, false, "every ", " and ", &given);
        required_count = text_side(r, terms, count, true, "", " or ", &required);
        if (!count)
                (void)buf_adds(out, "there is no solution");
        else if (count == 1 && set_is_full(terms[0].set, r->packages[terms[0].package].count))
                (void)buf_addf(out, "no %s can be used", r->provider->name(r->p, terms[0].package));
        else if (!required_count && given_count == 1)
                (void)buf_addf(out, "%s cannot be used", given.data);
        else if (!required_count)
                (void)buf_addf(out, "%s cannot be used together", given.data);
        else if (!given_count)
                (void)buf_addf(out, "%s is required", required.data);
        else
                (void)buf_addf(out, "%s %s %s", given.data,
                    given_count == 1 ? "requires" : "together require", required.data);
        buf_release(&given);
        buf_release(&required);
}
