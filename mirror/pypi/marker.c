#include "mirror/pypi/marker.h"

#include <assert.h>
#include <strings.h>

#include "bundle/mem.h"
#include "marker_tree.h"
#include "mirror/pypi/name.h"

void marker_free(struct marker *m)
{
        if (!m)
                return;
        for (size_t i = 0; i < m->count; i++) {
                free(m->nodes[i].a.literal);
                free(m->nodes[i].b.literal);
                specifier_set_release(&m->nodes[i].clause);
        }
        free(m->nodes);
        free(m);
}

static const char *value_of(
    const struct marker_operand *o, const struct marker_env *env, const char *extra)
{
        if (!o->variable)
                return o->literal;
        if (o->variable->field < 0)
                return extra;
        return *(const char *const *)(const void *)((const char *)env + o->variable->field);
}

static const char *comparison_text(int comparison)
{
        if (comparison == MARKER_IN)
                return "in";
        if (comparison == MARKER_NOT_IN)
                return "not in";
        return specifier_comparison_text((enum specifier_comparison)comparison);
}

/* As Python compares strings; 1, 0, or -1: it has no such comparison. */
static int compare_strings(int comparison, const char *a, const char *b)
{
        switch (comparison) {
        case MARKER_IN:
                return strstr(b, a) != NULL;
        case MARKER_NOT_IN:
                return strstr(b, a) == NULL;
        case SPECIFIER_EQUAL:
                return strcmp(a, b) == 0;
        case SPECIFIER_NOT_EQUAL:
                return strcmp(a, b) != 0;
        case SPECIFIER_LESS:
                return strcmp(a, b) < 0;
        case SPECIFIER_LESS_EQUAL:
                return strcmp(a, b) <= 0;
        case SPECIFIER_GREATER:
                return strcmp(a, b) > 0;
        case SPECIFIER_GREATER_EQUAL:
                return strcmp(a, b) >= 0;
        case SPECIFIER_ARBITRARY:
                return strcasecmp(a, b) == 0;
        default:
                return -1;
        }
}

/* 1, 0, or -1: one side is no version. */
static int compare_versions(const struct marker_node *n, const char *a, const char *b)
{
        struct specifier_set other = {0};
        const struct specifier_set *clause = &n->clause;
        struct version v;
        char *text;
        int ret = -1;

        if (n->comparison > SPECIFIER_GREATER || n->comparison == SPECIFIER_ARBITRARY)
                return -1;
        if (n->b.variable) {
                text = xasprintf("%s%s", comparison_text(n->comparison), b);
                specifier_set_add(&other, text, strlen(text), NULL);
                free(text);
                clause = &other;
        }
        if (clause->count && version_parse(&v, a, NULL) == 0) {
                ret = specifier_contains(&clause->list[0], &v);
                version_release(&v);
        }
        specifier_set_release(&other);
        return ret;
}

static int compare_names(int comparison, const char *a, const char *b)
{
        char *a_name = name_normalize(a, strlen(a));
        char *b_name = name_normalize(b, strlen(b));
        int ret = compare_strings(comparison, a_name, b_name);

        free(a_name);
        free(b_name);
        return ret;
}

static int name_in_set(
    const struct marker_node *n, const struct marker_env *env, const char *name, struct err *e)
{
        const struct marker_names *names =
            n->b.variable->field == MARKER_EXTRAS ? &env->extras : &env->dependency_groups;

        if (!env->lock_file)
                return err_set(e, ERR_FAILED,
                    "marker: \"%s\" has a meaning in lock files only (pylock.toml)",
                    n->b.variable->name);
        for (size_t i = 0; i < names->count; i++)
                if (name_same(names->list[i], name))
                        return n->comparison == MARKER_IN;
        return n->comparison == MARKER_NOT_IN;
}

static int compare(
    const struct marker_node *n, const struct marker_env *env, const char *extra, struct err *e)
{
        const char *a = value_of(&n->a, env, extra), *b;
        int ret;

        if (marker_holds_set(&n->b))
                return name_in_set(n, env, a, e);
        b = value_of(&n->b, env, extra);
        if (marker_holds_names(&n->a) || marker_holds_names(&n->b)) {
                ret = compare_names(n->comparison, a, b);
        } else {
                ret = compare_versions(n, a, b);
                if (ret < 0)
                        ret = compare_strings(n->comparison, a, b);
        }
        if (ret < 0)
                return err_set(e, ERR_FAILED,
                    "marker: \"%s\" %s \"%s\" cannot be judged: ~= compares versions only", a,
                    comparison_text(n->comparison), b);
        return ret;
}

int marker_evaluate(
    const struct marker *m, const struct marker_env *env, const char *extra, struct err *e)
{
        bool few[64];
        bool *result;
        int ret = -1;

        if (!m)
                return 1;
        result = m->count <= sizeof few ? few : xmalloc(m->count);
        for (size_t i = 0; i < m->count; i++) {
                const struct marker_node *n = &m->nodes[i];

                if (n->kind == MARKER_COMPARE) {
                        int holds = compare(n, env, extra ? extra : "", e);

                        if (holds < 0)
                                goto out;
                        result[i] = holds;
                } else if (n->kind == MARKER_AND) {
                        result[i] = result[n->left] && result[n->right];
                } else {
                        result[i] = result[n->left] || result[n->right];
                }
        }
        assert(m->count > 0);
        ret = result[m->count - 1];
out:
        if (result != few)
                free(result);
        return ret;
}

bool marker_mentions_extra(const struct marker *m)
{
        for (size_t i = 0; m && i < m->count; i++) {
                const struct marker_node *n = &m->nodes[i];

                if (n->kind == MARKER_COMPARE &&
                    (marker_holds_names(&n->a) || marker_holds_names(&n->b)))
                        return true;
        }
        return false;
}

int marker_evaluate_extras(const struct marker *m, const struct marker_env *env,
    const char *const *extras, size_t count, struct err *e)
{
        int ret = marker_evaluate(m, env, NULL, e);

        if (!marker_mentions_extra(m))
                return ret;
        for (size_t i = 0; ret == 0 && i < count; i++)
                ret = marker_evaluate(m, env, extras[i], e);
        return ret;
}

static int put_operand(const struct marker_operand *o, struct buf *out)
{
        char quote;

        if (o->variable)
                return buf_adds(out, o->variable->name);
        quote = strchr(o->literal, '"') ? '\'' : '"';
        return buf_addf(out, "%c%s%c", quote, o->literal, quote);
}

static int put_compare(const struct marker_node *n, struct buf *out)
{
        if (put_operand(&n->a, out) < 0 ||
            buf_addf(out, " %s ", comparison_text(n->comparison)) < 0)
                return -1;
        return put_operand(&n->b, out);
}

/* A chain of "and" leans to the left: it is walked, so that only parentheses cost stack. */
static int put_node(const struct marker *m, size_t i, bool inside_and, struct buf *out)
{
        enum marker_kind kind = m->nodes[i].kind;
        bool parentheses = kind == MARKER_OR && inside_and;
        size_t *rights = NULL, count = 0, cap = 0;
        int ret = -1;

        if (kind == MARKER_COMPARE)
                return put_compare(&m->nodes[i], out);
        for (; m->nodes[i].kind == kind; i = m->nodes[i].left) {
                rights = xgrow(rights, count, &cap, sizeof *rights);
                rights[count++] = m->nodes[i].right;
        }
        if (parentheses && buf_addc(out, '(') < 0)
                goto out;
        if (put_node(m, i, kind == MARKER_AND, out) < 0)
                goto out;
        while (count--)
                if (buf_adds(out, kind == MARKER_AND ? " and " : " or ") < 0 ||
                    put_node(m, rights[count], kind == MARKER_AND, out) < 0)
                        goto out;
        if (parentheses && buf_addc(out, ')') < 0)
                goto out;
        ret = 0;
out:
        free(rights);
        return ret;
}

int marker_text(const struct marker *m, struct buf *out)
{
        return put_node(m, m->count - 1, false, out);
}
