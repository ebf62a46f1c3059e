#include <stdarg.h>

#include "mirror/toml_node.h"

__attribute__((format(printf, 4, 0))) static int fail(struct err *e, const struct toml_value *v,
    const struct toml_place *place, const char *fmt, va_list ap)
{
        char text[sizeof e->msg];

        vsnprintf(text, sizeof text, fmt, ap);
        return err_set(
            e, ERR_USAGE, "%.200s:%u:%u: %s", v->doc->name, place->line, place->column, text);
}

int toml_err(struct err *e, const struct toml_value *v, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        fail(e, v, &v->place, fmt, ap);
        va_end(ap);
        return -1;
}

int toml_err_key(struct err *e, const struct toml_value *v, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        fail(e, v, v->key ? &v->key_place : &v->place, fmt, ap);
        va_end(ap);
        return -1;
}

/* A value in an array has no key of its own; `of` is then the array's. */
static int expect(
    const struct toml_value *v, const struct toml_value *of, enum toml_kind kind, struct err *e)
{
        if (toml_kind(v) != kind)
                return toml_err(e, v, "`%.100s`%s must be %s, not %s", of->key ? of->key : "value",
                    v == of ? "" : ": each element", toml_kind_name(kind),
                    toml_kind_name(toml_kind(v)));
        if (kind == TOML_STRING && memchr(v->as.text.text, '\0', v->as.text.len))
                return toml_err(e, v, "`%.100s` holds a NUL character, which is not allowed here",
                    of->key ? of->key : "value");
        return 0;
}

int toml_expect(const struct toml_value *v, enum toml_kind kind, struct err *e)
{
        return expect(v, v, kind, e);
}

/* 1 found and of the kind, 0 none, -1 another kind. */
static int get(const struct toml_value *table, const char *key, enum toml_kind kind,
    const struct toml_value **v, struct err *e)
{
        *v = toml_get(table, key);
        if (!*v)
                return 0;
        return toml_expect(*v, kind, e) < 0 ? -1 : 1;
}

int toml_get_string(
    const struct toml_value *table, const char *key, const char **out, struct err *e)
{
        const struct toml_value *v;
        int ret = get(table, key, TOML_STRING, &v, e);

        if (ret == 1)
                *out = v->as.text.text;
        return ret;
}

int toml_get_integer(const struct toml_value *table, const char *key, int64_t *out, struct err *e)
{
        const struct toml_value *v;
        int ret = get(table, key, TOML_INTEGER, &v, e);

        if (ret == 1)
                *out = v->as.integer;
        return ret;
}

int toml_get_boolean(const struct toml_value *table, const char *key, bool *out, struct err *e)
{
        const struct toml_value *v;
        int ret = get(table, key, TOML_BOOLEAN, &v, e);

        if (ret == 1)
                *out = v->as.boolean;
        return ret;
}

int toml_get_unix(const struct toml_value *table, const char *key, int64_t *out, struct err *e)
{
        const struct toml_value *v;
        int ret = get(table, key, TOML_DATETIME, &v, e);

        if (ret == 1)
                *out = v->as.text.unix_time;
        return ret;
}

int toml_get_table(
    const struct toml_value *table, const char *key, const struct toml_value **out, struct err *e)
{
        const struct toml_value *v;
        int ret = get(table, key, TOML_TABLE, &v, e);

        if (ret == 1)
                *out = v;
        return ret;
}

int toml_get_array(const struct toml_value *table, const char *key, enum toml_kind of,
    const struct toml_value **out, struct err *e)
{
        const struct toml_value *v, *element;
        int ret = get(table, key, TOML_ARRAY, &v, e);

        if (ret != 1)
                return ret;
        for (element = v->as.list.first; element; element = element->next)
                if (expect(element, v, of, e) < 0)
                        return -1;
        *out = v;
        return 1;
}
