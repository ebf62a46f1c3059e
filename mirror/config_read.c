#include "mirror/config_read.h"

#include "bundle/buf.h"
#include "bundle/limit.h"
#include "bundle/record.h"
#include "mirror/nearest.h"

static bool contains(const char *const *words, const char *word)
{
        for (; words && *words; words++)
                if (strcmp(*words, word) == 0)
                        return true;
        return false;
}

/* The kind that has the key, when it is a key of another kind of source; or NULL. */
static const char *kind_with(const char *key, bool target)
{
        const char *const *kind;
        const struct registry *r;

        for (kind = registry_kinds(); *kind; kind++) {
                r = registry_find(*kind);
                if (contains(target ? r->target_keys : r->keys, key))
                        return *kind;
        }
        return NULL;
}

static int unknown_key(const struct toml_value *v, const char *section, const char *const *keys,
    const char *const *kind_keys, struct err *e)
{
        const char *key = toml_key(v, NULL), *kind = NULL;
        struct nearest n = nearest_to(key);
        struct buf all;
        const char *const *lists[] = {keys, kind_keys}, *const * k;
        size_t i;

        nearest_offer(&n, keys);
        nearest_offer(&n, kind_keys);
        if (strncmp(section, "[[source", 8) == 0)
                kind = kind_with(key, strstr(section, ".target") != NULL);
        if (kind)
                return toml_err_key(
                    e, v, "`%.60s` is a key of kind `%s`, not of this %s", key, kind, section);
        if (n.word)
                return toml_err_key(
                    e, v, "unknown key `%.60s` in %s; did you mean `%s`?", key, section, n.word);
        buf_init(&all, 300);
        for (i = 0; i < 2; i++)
                for (k = lists[i]; k && *k; k++)
                        buf_addf(&all, "%s%s", all.len ? ", " : "", *k);
        toml_err_key(e, v, "unknown key `%.60s` in %s, which has: %s", key, section,
            all.len ? all.data : "no keys");
        buf_release(&all);
        return -1;
}

int config_check_keys(const struct toml_value *table, const char *section, const char *const *keys,
    const char *const *kind_keys, struct err *e)
{
        const struct toml_value *v;

        for (v = toml_first(table); v; v = toml_next(v))
                if (!contains(keys, toml_key(v, NULL)) && !contains(kind_keys, toml_key(v, NULL)))
                        return unknown_key(v, section, keys, kind_keys, e);
        return 0;
}

int config_missing(
    const struct toml_value *table, const char *section, const char *key, struct err *e)
{
        const struct toml_value *v;
        struct nearest n;

        for (v = toml_first(table); v; v = toml_next(v)) {
                n = nearest_to(toml_key(v, NULL));
                nearest_offer_one(&n, key);
                if (n.word)
                        return toml_err_key(e, v, "unknown key `%.60s` in %s; did you mean `%s`?",
                            n.to, section, key);
        }
        return toml_err(e, table, "this %s has no `%s`; add one", section, key);
}

bool config_plain(const char *text, size_t max)
{
        const char *p = text;

        while ((unsigned char)*p > ' ' && *p != 0x7f)
                p++;
        return p > text && *p == '\0' && (size_t)(p - text) <= max;
}

int config_read_name(
    const struct toml_value *table, const char *section, const char **out, struct err *e)
{
        int found = toml_get_string(table, "name", out, e);
        const char *why;

        if (found < 0)
                return -1;
        if (found == 0)
                return config_missing(table, section, "name", e);
        why = source_name_wrong(*out);
        if (why)
                return toml_err(e, toml_get(table, "name"), "the name `%.80s` %s", *out, why);
        return 0;
}

int config_read_list(struct config *c, const struct toml_value *table, const char *key, bool paths,
    struct config_list *out, struct err *e)
{
        const struct toml_value *array = toml_get(table, key), *v;
        const char *text;

        *out = (struct config_list){0};
        if (!array)
                return 0;
        if (toml_kind(array) == TOML_STRING)
                return toml_err(
                    e, array, "`%s` is a list: put the string in brackets: [\"...\"]", key);
        if (toml_get_array(table, key, TOML_STRING, &array, e) < 0)
                return -1;
        out->items = config_alloc(c, toml_count(array), sizeof *out->items);
        for (v = toml_first(array); v; v = toml_next(v)) {
                text = toml_string(v, NULL);
                if (!text[0])
                        return toml_err(e, v, "`%s` holds an empty string; delete it", key);
                out->items[out->count++] =
                    (struct config_text){paths ? config_path(c, text) : text, v};
        }
        return 0;
}

int config_check_names(const char *key, const struct config_list *list,
    bool (*is_name)(const char *text), struct err *e)
{
        for (size_t i = 0; i < list->count; i++)
                if (!is_name(list->items[i].text))
                        return toml_err(e, list->items[i].at,
                            "`%s` takes names of packages, no versions and no patterns: \"%.80s\" is none",
                            key, list->items[i].text);
        return 0;
}
