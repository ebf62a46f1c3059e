#include "mirror/pypi/specifier.h"

#include <strings.h>

#include "ascii.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

static const char *const operators[] = {"===", "~=", "==", "!=", "<=", ">=", "<", ">"};

const char *specifier_comparison_text(enum specifier_comparison comparison)
{
        return operators[comparison];
}

static void trim(const char **text, size_t *len)
{
        while (*len && ascii_is_blank(**text)) {
                ++*text;
                --*len;
        }
        while (*len && ascii_is_blank((*text)[*len - 1]))
                --*len;
}

/* In the order of the table, where a longer operator stands before its own beginning. */
static bool take_operator(const char **text, size_t *len, enum specifier_comparison *comparison)
{
        for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
                size_t n = strlen(operators[i]);

                if (*len < n || memcmp(*text, operators[i], n) != 0)
                        continue;
                *comparison = (enum specifier_comparison)i;
                *text += n;
                *len -= n;
                return true;
        }
        return false;
}

/* Anything may follow ===, except what ends a clause; a version is kept as one. */
static int parse_arbitrary(struct specifier *s, const char *text, size_t len, struct err *e)
{
        for (size_t i = 0; i < len; i++)
                if (ascii_is_blank(text[i]) || text[i] == ';' || text[i] == ')')
                        return err_set(e, ERR_FAILED,
                            "\"===%.*s\" is not a version specifier: one word must "
                            "follow ===",
                            (int)len, text);
        version_parse_n(&s->version, text, len, NULL);
        return 0;
}

/* What PEP 440 asks of the version beside its own form. NULL: nothing to complain of. */
static const char *complaint(const struct specifier *s)
{
        const struct version *v = &s->version;
        bool equality = s->comparison == SPECIFIER_EQUAL || s->comparison == SPECIFIER_NOT_EQUAL;

        if (s->wildcard && !equality)
                return ".* can only follow == and !=";
        if (s->wildcard && (v->is_pre || v->is_post || v->is_dev || version_local(v)))
                return ".* must follow the release number directly";
        if (version_local(v) && !equality)
                return "a local version (+...) can only follow == and !=";
        if (s->comparison == SPECIFIER_COMPATIBLE && v->release_count < 2)
                return "~= needs at least two release numbers, as in ~=1.0";
        return NULL;
}

static int parse_version(struct specifier *s, const char *text, size_t len, struct err *e)
{
        const char *wrong;
        size_t version_len = len;

        if (len >= 2 && memcmp(text + len - 2, ".*", 2) == 0) {
                s->wildcard = true;
                version_len -= 2;
        }
        /* "1.0 .*": version_parse would forgive the white space. */
        if (version_len && ascii_is_blank(text[version_len - 1]))
                version_len = 0;
        if (version_parse_n(&s->version, text, version_len, e) < 0)
                return -1;
        wrong = complaint(s);
        if (!wrong)
                return 0;
        err_set(e, ERR_FAILED, "\"%s%.*s\" is not a version specifier: %s",
            operators[s->comparison], (int)len, text, wrong);
        version_release(&s->version);
        return -1;
}

int specifier_set_add(struct specifier_set *set, const char *clause, size_t len, struct err *e)
{
        struct specifier s = {0};
        const char *text = clause;
        struct err unread;
        int ret;

        if (!e)
                e = &unread;
        if (set->count >= LIMIT_SPECIFIERS)
                return err_set(
                    e, ERR_FAILED, "more than %d version specifiers in one set", LIMIT_SPECIFIERS);
        trim(&text, &len);
        if (!take_operator(&text, &len, &s.comparison))
                return err_set(e, ERR_FAILED,
                    "\"%.*s\" is not a version specifier: it must begin with one of "
                    "== != ~= <= >= < > ===",
                    len > 80 ? 80 : (int)len, text);
        trim(&text, &len);
        ret = s.comparison == SPECIFIER_ARBITRARY ? parse_arbitrary(&s, text, len, e)
                                                  : parse_version(&s, text, len, e);
        if (ret < 0)
                return -1;
        s.text = xstrndup(text, len);
        set->list = xgrow(set->list, set->count, &set->cap, sizeof *set->list);
        set->list[set->count++] = s;
        return 0;
}

int specifier_set_parse_n(struct specifier_set *s, const char *text, size_t len, struct err *e)
{
        const char *end = text + len;

        *s = (struct specifier_set){0};
        for (;;) {
                const char *comma = memchr(text, ',', (size_t)(end - text));
                const char *clause = text;
                size_t clause_len = (size_t)((comma ? comma : end) - text);

                trim(&clause, &clause_len);
                if (clause_len && specifier_set_add(s, clause, clause_len, e) < 0) {
                        specifier_set_release(s);
                        return -1;
                }
                if (!comma)
                        return 0;
                text = comma + 1;
        }
}

int specifier_set_parse(struct specifier_set *s, const char *text, struct err *e)
{
        return specifier_set_parse_n(s, text, strlen(text), e);
}

void specifier_set_copy(struct specifier_set *to, const struct specifier_set *from)
{
        *to = (struct specifier_set){0};
        for (size_t i = 0; i < from->count; i++) {
                struct specifier s = from->list[i];

                s.text = xstrdup(s.text);
                if (s.version.text)
                        version_copy(&s.version, &from->list[i].version);
                to->list = xgrow(to->list, to->count, &to->cap, sizeof *to->list);
                to->list[to->count++] = s;
        }
}

void specifier_set_release(struct specifier_set *s)
{
        for (size_t i = 0; i < s->count; i++) {
                free(s->list[i].text);
                version_release(&s->list[i].version);
        }
        free(s->list);
        *s = (struct specifier_set){0};
}

static bool equal(const struct specifier *s, const struct version *v)
{
        if (s->wildcard)
                return version_same_prefix(v, &s->version, s->version.release_count);
        if (version_local(&s->version))
                return version_compare(v, &s->version) == 0;
        return version_compare_public(v, &s->version) == 0;
}

/* Do the keys agree up to where the one of `b` has its part that ends at `len`? */
static bool same_start(const struct version *a, const struct version *b, size_t len)
{
        return a->key_len >= len && memcmp(a->key, b->key, len) == 0;
}

/* >V leaves out V+local, and V.postN unless V is a post-release. (V.devN has no post-releases.) */
static bool greater(const struct version *v, const struct version *bound)
{
        if (version_compare_public(v, bound) <= 0)
                return false;
        return bound->is_post || bound->is_dev || !same_start(v, bound, bound->pre_len);
}

/* <V leaves out the pre-releases of V, and of V.postN its development releases. */
static bool less(const struct version *v, const struct version *bound)
{
        if (version_compare_public(v, bound) >= 0)
                return false;
        if (version_is_prerelease(bound))
                return true;
        return !same_start(v, bound, bound->is_post ? bound->post_len : bound->base_len);
}

bool specifier_contains(const struct specifier *s, const struct version *v)
{
        const struct version *bound = &s->version;

        switch (s->comparison) {
        case SPECIFIER_COMPATIBLE:
                return version_compare_public(v, bound) >= 0 &&
                       version_same_prefix(v, bound, bound->release_count - 1U);
        case SPECIFIER_EQUAL:
                return equal(s, v);
        case SPECIFIER_NOT_EQUAL:
                return !equal(s, v);
        case SPECIFIER_LESS_EQUAL:
                return version_compare_public(v, bound) <= 0;
        case SPECIFIER_GREATER_EQUAL:
                return version_compare_public(v, bound) >= 0;
        case SPECIFIER_LESS:
                return less(v, bound);
        case SPECIFIER_GREATER:
                return greater(v, bound);
        case SPECIFIER_ARBITRARY:
                return strcasecmp(v->text, s->text) == 0;
        }
        return false;
}

bool specifier_set_contains(
    const struct specifier_set *s, const struct version *v, bool allow_prereleases)
{
        if (!allow_prereleases && version_is_prerelease(v))
                return false;
        for (size_t i = 0; i < s->count; i++)
                if (!specifier_contains(&s->list[i], v))
                        return false;
        return true;
}

bool specifier_set_mentions_prerelease(const struct specifier_set *s)
{
        for (size_t i = 0; i < s->count; i++) {
                const struct specifier *one = &s->list[i];

                if (one->comparison != SPECIFIER_NOT_EQUAL && one->comparison != SPECIFIER_LESS &&
                    one->comparison != SPECIFIER_GREATER && version_is_prerelease(&one->version))
                        return true;
        }
        return false;
}

size_t specifier_set_filter(const struct specifier_set *s, const struct version *const *versions,
    size_t count, bool allow_prereleases, bool *keep)
{
        bool allow = allow_prereleases || specifier_set_mentions_prerelease(s);
        size_t kept = 0;

        for (;;) {
                for (size_t i = 0; i < count; i++) {
                        keep[i] = specifier_set_contains(s, versions[i], allow);
                        kept += keep[i];
                }
                if (kept || allow)
                        return kept;
                allow = true;
        }
}

bool specifier_set_pins(const struct specifier_set *s)
{
        for (size_t i = 0; i < s->count; i++) {
                if (s->list[i].comparison == SPECIFIER_ARBITRARY)
                        return true;
                if (s->list[i].comparison == SPECIFIER_EQUAL && !s->list[i].wildcard)
                        return true;
        }
        return false;
}

/* Two clauses of the same meaning; the zeros at the end of ~=1.0 have one. */
static bool same_meaning(const struct specifier *a, const struct specifier *b)
{
        if (a->comparison != b->comparison || a->wildcard != b->wildcard)
                return false;
        if (a->comparison == SPECIFIER_ARBITRARY || a->wildcard)
                return strcmp(a->text, b->text) == 0;
        if (a->comparison == SPECIFIER_COMPATIBLE &&
            a->version.release_count != b->version.release_count)
                return false;
        return version_compare(&a->version, &b->version) == 0;
}

static int by_text(const void *left, const void *right)
{
        const struct specifier *a = *(const struct specifier *const *)left;
        const struct specifier *b = *(const struct specifier *const *)right;
        char *a_text = xasprintf("%s%s", operators[a->comparison], a->text);
        char *b_text = xasprintf("%s%s", operators[b->comparison], b->text);
        int order = strcmp(a_text, b_text);

        free(a_text);
        free(b_text);
        return order;
}

int specifier_set_text(const struct specifier_set *s, struct buf *out)
{
        const struct specifier **sorted = xcalloc(s->count + 1, sizeof *sorted);
        size_t count = 0;
        int ret = -1;

        for (size_t i = 0; i < s->count; i++) {
                size_t j = 0;

                while (j < count && !same_meaning(sorted[j], &s->list[i]))
                        j++;
                if (j == count)
                        sorted[count++] = &s->list[i];
        }
        qsort(sorted, count, sizeof *sorted, by_text);
        for (size_t i = 0; i < count; i++)
                if (buf_addf(out, "%s%s%s", i ? "," : "", operators[sorted[i]->comparison],
                        sorted[i]->text) < 0)
                        goto out;
        ret = 0;
out:
        free(sorted);
        return ret;
}
