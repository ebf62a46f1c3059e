#include "mirror/toml.h"

#include "bundle/limit.h"
#include "mirror/toml_scan.h"

/*
 * What may be added to what (TOML 1.0, "Table" and "Inline Table"): a table
 * has one definition. A header may pass through any table that is not inline,
 * and define one that was only implied. A dotted key may pass through tables
 * that dotted keys made, or that were only implied. (That those keys must be of
 * the same section needs no check: from any other section the way leads through
 * a table with a header.)
 */
struct parser {
        struct toml_scan s;
        struct toml_value *table; /* that the current header opened */
};

static int value(struct parser *p, struct toml_value *v);

/* A new child for the table, not yet part of it, or NULL when a limit is passed. */
static struct toml_value *child_new(struct parser *p, const struct toml_value *parent,
    enum toml_kind kind, const struct toml_part *part)
{
        struct toml_value *v;

        if (p->s.doc->values >= LIMIT_TOML_VALUES) {
                toml_scan_fail(&p->s, p->s.p, "more than %d values in one file", LIMIT_TOML_VALUES);
                return NULL;
        }
        v = toml_value_new(p->s.doc, kind);
        v->depth = (uint8_t)(parent->depth + 1);
        if (v->depth > LIMIT_TOML_DEPTH) {
                toml_scan_fail(&p->s, part ? part->start : p->s.p, "nested deeper than %d levels",
                    LIMIT_TOML_DEPTH);
                return NULL;
        }
        if (part) {
                v->key = toml_keep(p->s.doc, part->text, part->len);
                v->key_len = (uint32_t)part->len;
                toml_scan_place(&p->s, part->start, part->end, &v->key_place);
                v->place = v->key_place;
        }
        return v;
}

static int already(struct parser *p, const struct toml_part *part, const struct toml_value *v)
{
        return toml_scan_fail(&p->s, part->start, "`%.100s` is already set on line %u; remove one",
            v->key, v->place.line);
}

/* Why the part, which names v, cannot be opened as a table here. */
static int closed(struct parser *p, const struct toml_part *part, const struct toml_value *v)
{
        const char *what = v->kind == TOML_ARRAY && v->origin == TOML_HEADER ? "an array of tables"
                           : v->kind == TOML_TABLE && v->origin == TOML_INLINE
                               ? "an inline table"
                               : toml_kind_name(toml_kind(v));

        return toml_scan_fail(&p->s, part->start,
            "`%.100s` is already %s, from line %u, and cannot be added to here", v->key, what,
            v->place.line);
}

/* What stands in the table under that part of a key; a table that nothing has named yet is made. */
static struct toml_value *find_or_imply(
    struct parser *p, struct toml_value *table, const struct toml_part *part)
{
        struct toml_value *v = toml_find(table, part->text, part->len);

        if (!v) {
                v = child_new(p, table, TOML_TABLE, part);
                if (!v)
                        return NULL;
                v->origin = TOML_IMPLIED;
                toml_append(table, v);
        }
        return v;
}

/* The table that one more part of a dotted key leads to, or NULL. */
static struct toml_value *step_dotted(
    struct parser *p, struct toml_value *table, const struct toml_part *part)
{
        struct toml_value *v = find_or_imply(p, table, part);

        if (!v)
                return NULL;
        if (v->kind == TOML_TABLE && v->origin == TOML_IMPLIED)
                v->origin = TOML_DOTTED;
        if (v->kind != TOML_TABLE || v->origin != TOML_DOTTED) {
                closed(p, part, v);
                return NULL;
        }
        return v;
}

/* The table that one more part of a header, not the last, leads to, or NULL. */
static struct toml_value *step_header(
    struct parser *p, struct toml_value *table, const struct toml_part *part)
{
        struct toml_value *v = find_or_imply(p, table, part);

        if (!v)
                return NULL;
        if (v->kind == TOML_ARRAY && v->origin == TOML_HEADER)
                return v->as.list.last;
        if (v->kind != TOML_TABLE || v->origin == TOML_INLINE) {
                closed(p, part, v);
                return NULL;
        }
        return v;
}

/* key = value, into the table. */
static int pair(struct parser *p, struct toml_value *table)
{
        struct toml_part part;
        struct toml_value *v;

        for (;;) {
                if (toml_scan_key(&p->s, &part) < 0)
                        return -1;
                toml_scan_blank(&p->s);
                if (!toml_scan_take(&p->s, '.'))
                        break;
                toml_scan_blank(&p->s);
                table = step_dotted(p, table, &part);
                if (!table)
                        return -1;
        }
        v = toml_find(table, part.text, part.len);
        if (v)
                return already(p, &part, v);
        v = child_new(p, table, TOML_STRING, &part);
        if (!v)
                return -1;
        if (!toml_scan_take(&p->s, '='))
                return toml_scan_expected(&p->s, "`=` after the key");
        toml_scan_blank(&p->s);
        if (value(p, v) < 0)
                return -1;
        toml_append(table, v);
        return 0;
}

static int array(struct parser *p, struct toml_value *v)
{
        struct toml_value *element;

        v->kind = TOML_ARRAY;
        for (p->s.p++;;) {
                if (toml_scan_space(&p->s) < 0)
                        return -1;
                if (toml_scan_take(&p->s, ']'))
                        return 0;
                element = child_new(p, v, TOML_STRING, NULL);
                if (!element || value(p, element) < 0)
                        return -1;
                toml_append(v, element);
                if (toml_scan_space(&p->s) < 0)
                        return -1;
                if (toml_scan_take(&p->s, ']'))
                        return 0;
                if (!toml_scan_take(&p->s, ','))
                        return toml_scan_expected(&p->s, "`,` or `]` in the array");
        }
}

static int inline_table(struct parser *p, struct toml_value *v)
{
        v->kind = TOML_TABLE;
        p->s.p++;
        toml_scan_blank(&p->s);
        if (toml_scan_take(&p->s, '}'))
                return 0;
        for (;;) {
                if (pair(p, v) < 0)
                        return -1;
                toml_scan_blank(&p->s);
                if (toml_scan_take(&p->s, '}'))
                        return 0;
                if (!toml_scan_take(&p->s, ','))
                        return toml_scan_expected(&p->s, "`,` or `}` in the inline table");
                toml_scan_blank(&p->s);
        }
}

/* Fills v, whose key and depth are set, with whatever value is next. */
static int value(struct parser *p, struct toml_value *v)
{
        const char *start = p->s.p;
        char c = '\0';
        int ret;

        if (start < p->s.end)
                c = *start;
        toml_scan_place(&p->s, start, start, &v->place);
        if (c == '"' || c == '\'')
                ret = toml_scan_string(&p->s, v);
        else if (c == '[')
                ret = array(p, v);
        else if (c == '{')
                ret = inline_table(p, v);
        else
                ret = toml_scan_word(&p->s, v);
        v->place.end = (uint32_t)(p->s.p - p->s.text);
        return ret;
}

/* [a.b]: the table b of a becomes defined, or is refused. */
static struct toml_value *define_table(
    struct parser *p, struct toml_value *parent, const struct toml_part *part)
{
        struct toml_value *v = toml_find(parent, part->text, part->len);

        if (!v) {
                v = child_new(p, parent, TOML_TABLE, part);
                if (!v)
                        return NULL;
                toml_append(parent, v);
        } else if (v->kind != TOML_TABLE || v->origin != TOML_IMPLIED) {
                already(p, part, v);
                return NULL;
        }
        v->origin = TOML_HEADER;
        return v;
}

/* [[a.b]]: the array b of a gets one more table, or is refused. */
static struct toml_value *add_table(
    struct parser *p, struct toml_value *parent, const struct toml_part *part)
{
        struct toml_value *v = toml_find(parent, part->text, part->len), *element;

        if (!v) {
                v = child_new(p, parent, TOML_ARRAY, part);
                if (!v)
                        return NULL;
                v->origin = TOML_HEADER;
                toml_append(parent, v);
        } else if (v->kind != TOML_ARRAY || v->origin != TOML_HEADER) {
                closed(p, part, v);
                return NULL;
        }
        element = child_new(p, v, TOML_TABLE, NULL);
        if (!element)
                return NULL;
        element->origin = TOML_HEADER;
        toml_append(v, element);
        return element;
}

/* [table] or [[array of tables]]. */
static int header(struct parser *p)
{
        const char *start = p->s.p++;
        bool many = toml_scan_take(&p->s, '[');
        struct toml_value *table = p->s.doc->root;
        struct toml_part part;
        struct toml_place place;

        toml_scan_place(&p->s, start, start, &place);
        for (;;) {
                toml_scan_blank(&p->s);
                if (toml_scan_key(&p->s, &part) < 0)
                        return -1;
                toml_scan_blank(&p->s);
                if (!toml_scan_take(&p->s, '.'))
                        break;
                table = step_header(p, table, &part);
                if (!table)
                        return -1;
        }
        table = many ? add_table(p, table, &part) : define_table(p, table, &part);
        if (!table)
                return -1;
        if (!toml_scan_take(&p->s, ']') || (many && !toml_scan_take(&p->s, ']')))
                return toml_scan_expected(
                    &p->s, many ? "`]]` after the name" : "`]` after the name");
        place.end = (uint32_t)(p->s.p - p->s.text);
        table->place = place;
        p->table = table;
        return 0;
}

static int document(struct parser *p)
{
        for (;;) {
                if (toml_scan_space(&p->s) < 0)
                        return -1;
                if (p->s.p == p->s.end)
                        return 0;
                if ((*p->s.p == '[' ? header(p) : pair(p, p->table)) < 0)
                        return -1;
                if (toml_scan_line_end(&p->s) < 0)
                        return -1;
        }
}

struct toml *toml_parse(const char *name, const char *text, size_t len, struct err *e)
{
        struct toml *doc = NULL;
        struct parser p = {0};

        if (len > LIMIT_TOML) {
                err_set(e, ERR_USAGE, "%.200s: larger than %llu MiB, the most that dray reads",
                    name, (unsigned long long)(LIMIT_TOML / MIB));
                return NULL;
        }
        doc = toml_new(name);
        p.table = doc->root;
        doc->root->place.end = (uint32_t)len;
        if (toml_scan_init(&p.s, doc, text, len, e) < 0 || document(&p) < 0) {
                toml_free(doc);
                doc = NULL;
        }
        toml_scan_release(&p.s);
        return doc;
}
