#include "marker_tree.h"

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "cursor.h"

static const struct marker_variable variables[] = {
    {"os_name", offsetof(struct marker_env, os_name)},
    {"sys_platform", offsetof(struct marker_env, sys_platform)},
    {"platform_machine", offsetof(struct marker_env, platform_machine)},
    {"platform_python_implementation", offsetof(struct marker_env, platform_python_implementation)},
    {"platform_release", offsetof(struct marker_env, platform_release)},
    {"platform_system", offsetof(struct marker_env, platform_system)},
    {"platform_version", offsetof(struct marker_env, platform_version)},
    {"python_version", offsetof(struct marker_env, python_version)},
    {"python_full_version", offsetof(struct marker_env, python_full_version)},
    {"implementation_name", offsetof(struct marker_env, implementation_name)},
    {"implementation_version", offsetof(struct marker_env, implementation_version)},
    {"extra", MARKER_EXTRA},
    {"extras", MARKER_EXTRAS},
    {"dependency_groups", MARKER_DEPENDENCY_GROUPS},
};

/* Spellings from before PEP 508, which it asks to understand. */
static const char *const aliases[][2] = {
    {"os.name", "os_name"},
    {"sys.platform", "sys_platform"},
    {"platform.version", "platform_version"},
    {"platform.machine", "platform_machine"},
    {"platform.python_implementation", "platform_python_implementation"},
    {"python_implementation", "platform_python_implementation"},
};

static const struct marker_variable *find_variable(const char *name)
{
        for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
                if (strcmp(variables[i].name, name) == 0)
                        return &variables[i];
        return NULL;
}

static const struct marker_variable *take_variable(struct cursor *c)
{
        for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
                if (cursor_take_word(c, aliases[i][0]))
                        return find_variable(aliases[i][1]);
        for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
                if (cursor_take_word(c, variables[i].name))
                        return &variables[i];
        return NULL;
}

static int parse_literal(struct cursor *c, struct marker_operand *o, struct err *e)
{
        size_t start = c->at + 1, len;
        const char *end = memchr(c->text + start, c->text[c->at], c->len - start);

        if (!end)
                return cursor_refuse(
                    c, c->at, e, "the string that begins here has no closing quote");
        len = (size_t)(end - c->text) - start;
        if (memchr(c->text + start, '\\', len))
                return cursor_refuse(c, c->at, e, "a string cannot hold a backslash (PEP 508)");
        o->literal = xstrndup(c->text + start, len);
        c->at = start + len + 1;
        return 0;
}

static int parse_operand(struct cursor *c, struct marker_operand *o, struct err *e)
{
        cursor_skip_blanks(c);
        o->variable = take_variable(c);
        if (o->variable)
                return 0;
        if (cursor_peek(c) == '"' || cursor_peek(c) == '\'')
                return parse_literal(c, o, e);
        return cursor_refuse(c, c->at, e, "expected a marker variable or a quoted string");
}

static int parse_comparison(struct cursor *c, int *comparison, struct err *e)
{
        cursor_skip_blanks(c);
        if (cursor_take_word(c, "in")) {
                *comparison = MARKER_IN;
                return 0;
        }
        if (cursor_take_word(c, "not")) {
                *comparison = MARKER_NOT_IN;
                cursor_skip_blanks(c);
                if (cursor_take_word(c, "in"))
                        return 0;
                return cursor_refuse(c, c->at, e, "expected \"in\" after \"not\"");
        }
        for (int i = 0; i <= SPECIFIER_GREATER; i++) {
                if (!cursor_take(c, specifier_comparison_text((enum specifier_comparison)i)))
                        continue;
                *comparison = i;
                return 0;
        }
        return cursor_refuse(c, c->at, e, "expected one of == != <= >= < > ~= === in, not in");
}

/* Known once, used at every evaluation. */
static void prepare(struct marker_node *n)
{
        char *clause;

        if (n->comparison > SPECIFIER_GREATER || n->b.variable || marker_holds_names(&n->a))
                return;
        clause = xasprintf("%s%s",
            specifier_comparison_text((enum specifier_comparison)n->comparison), n->b.literal);
        specifier_set_add(&n->clause, clause, strlen(clause), NULL);
        free(clause);
}

static size_t add_node(struct marker *m, enum marker_kind kind)
{
        m->nodes = xgrow(m->nodes, m->count, &m->cap, sizeof *m->nodes);
        m->nodes[m->count] = (struct marker_node){.kind = kind};
        return m->count++;
}

static int parse_or(struct marker *m, struct cursor *c, size_t *node, int depth, struct err *e);

static int parse_compare(struct marker *m, struct cursor *c, size_t *node, struct err *e)
{
        struct marker_node *n;
        size_t start;

        cursor_skip_blanks(c);
        start = c->at;
        *node = add_node(m, MARKER_COMPARE);
        n = &m->nodes[*node];
        if (parse_operand(c, &n->a, e) < 0 || parse_comparison(c, &n->comparison, e) < 0 ||
            parse_operand(c, &n->b, e) < 0)
                return -1;
        if (marker_holds_set(&n->a) || (marker_holds_set(&n->b) && n->comparison < MARKER_IN))
                return cursor_refuse(c, start, e,
                    "extras and dependency_groups can only follow \"in\" or \"not in\"");
        prepare(n);
        return 0;
}

static int parse_atom(struct marker *m, struct cursor *c, size_t *node, int depth, struct err *e)
{
        size_t open;

        cursor_skip_blanks(c);
        open = c->at;
        if (!cursor_take(c, "("))
                return parse_compare(m, c, node, e);
        if (depth >= LIMIT_MARKER_DEPTH)
                return cursor_refuse(c, open, e, "too many parentheses in parentheses");
        if (parse_or(m, c, node, depth + 1, e) < 0)
                return -1;
        cursor_skip_blanks(c);
        if (!cursor_take(c, ")"))
                return cursor_refuse(c, c->at, e, "expected \"and\", \"or\" or \")\"");
        return 0;
}

static void join(struct marker *m, enum marker_kind kind, size_t *left, size_t right)
{
        size_t both = add_node(m, kind);

        m->nodes[both].left = *left;
        m->nodes[both].right = right;
        *left = both;
}

static int parse_and(struct marker *m, struct cursor *c, size_t *node, int depth, struct err *e)
{
        size_t right;

        if (parse_atom(m, c, node, depth, e) < 0)
                return -1;
        for (;;) {
                cursor_skip_blanks(c);
                if (!cursor_take_word(c, "and"))
                        return 0;
                if (parse_atom(m, c, &right, depth, e) < 0)
                        return -1;
                join(m, MARKER_AND, node, right);
        }
}

static int parse_or(struct marker *m, struct cursor *c, size_t *node, int depth, struct err *e)
{
        size_t right;

        if (parse_and(m, c, node, depth, e) < 0)
                return -1;
        for (;;) {
                cursor_skip_blanks(c);
                if (!cursor_take_word(c, "or"))
                        return 0;
                if (parse_and(m, c, &right, depth, e) < 0)
                        return -1;
                join(m, MARKER_OR, node, right);
        }
}

int marker_parse_at(struct marker **out, const char *text, size_t len, size_t *at, struct err *e)
{
        struct marker *m = xcalloc(1, sizeof *m);
        struct cursor c = {text, len, *at};
        size_t root;

        *out = NULL;
        if (parse_or(m, &c, &root, 0, e) < 0) {
                marker_free(m);
                return -1;
        }
        *at = c.at;
        *out = m;
        return 0;
}

int marker_parse(struct marker **out, const char *text, struct err *e)
{
        struct cursor c = {text, strlen(text), 0};

        *out = NULL;
        if (c.len > LIMIT_REQUIREMENT)
                return err_set(e, ERR_FAILED, "a marker of %zu characters is too long", c.len);
        if (marker_parse_at(out, text, c.len, &c.at, e) < 0)
                return -1;
        if (cursor_ended(&c))
                return 0;
        marker_free(*out);
        *out = NULL;
        return cursor_refuse(&c, c.at, e, "expected \"and\", \"or\" or the end");
}
