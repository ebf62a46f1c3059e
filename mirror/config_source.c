#include "mirror/config.h"

#include "bundle/limit.h"
#include "mirror/config_read.h"
#include "mirror/nearest.h"

static const char *const source_keys[] = {"name", "kind", "upstream", "packages", "lockfiles",
    "local", "exclude", "keep", "min_age", "as_of", "together", "target", NULL};

static int unknown_kind(const struct toml_value *at, const char *kind, struct err *e)
{
        const char *const *k = registry_kinds();
        struct nearest n = nearest_to(kind);
        char known[128] = "";

        nearest_offer(&n, k);
        if (n.word)
                return toml_err(e, at, "unknown kind `%.60s`; did you mean `%s`?", kind, n.word);
        for (; *k; k++)
                snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s",
                    known[0] ? ", " : "", *k);
        return toml_err(e, at, "unknown kind `%.60s`; known are: %s", kind, known);
}

static int read_kind(const struct toml_value *table, const struct registry **out, struct err *e)
{
        const char *kind;
        int found = toml_get_string(table, "kind", &kind, e);

        if (found < 0)
                return -1;
        if (found == 0)
                return config_missing(table, "[[source]]", "kind", e);
        *out = registry_find(kind);
        return *out ? 0 : unknown_kind(toml_get(table, "kind"), kind, e);
}

static int read_upstream(const struct toml_value *table, struct config_source *s, struct err *e)
{
        if (toml_get_string(table, "upstream", &s->upstream, e) < 0)
                return -1;
        if (s->upstream && !config_plain(s->upstream, LIMIT_URL))
                return toml_err(e, toml_get(table, "upstream"),
                    "`upstream` must be the address of the registry, without blanks");
        return 0;
}

/* keep, min_age, as_of, together: which versions are taken. */
static int read_policy(const struct toml_value *table, struct config_source *s, struct err *e)
{
        const struct toml_value *v;
        int64_t keep = 1;
        int found;

        s->together = true;
        if (toml_get_integer(table, "keep", &keep, e) < 0 ||
            toml_get_boolean(table, "together", &s->together, e) < 0)
                return -1;
        if (keep < 1 || keep > LIMIT_KEEP)
                return toml_err(e, toml_get(table, "keep"),
                    "`keep` is the number of versions, 1 to %d", LIMIT_KEEP);
        s->keep = (uint32_t)keep;
        if (config_read_seconds(table, "min_age", &s->min_age, e) < 0)
                return -1;
        v = toml_get(table, "as_of");
        if (v && toml_kind(v) != TOML_DATETIME)
                return toml_err(e, v,
                    "`as_of` is a moment with a time zone, without quotes: as_of = "
                    "2026-11-01T00:00:00Z");
        found = toml_get_unix(table, "as_of", &s->as_of, e);
        s->has_as_of = found == 1;
        return found < 0 ? -1 : 0;
}

static int read_targets(
    struct config *c, const struct toml_value *table, struct config_source *s, struct err *e)
{
        const struct toml_value *array, *t;
        char section[96];
        int found;

        array = toml_get(table, "target");
        if (array && toml_kind(array) != TOML_ARRAY)
                return toml_err(
                    e, array, "write [[source.target]], with two brackets, for each target");
        found = toml_get_array(table, "target", TOML_TABLE, &array, e);
        if (found != 1)
                return found;
        snprintf(section, sizeof section, "[[source.target]] of kind `%s`", s->registry->kind);
        s->targets = config_alloc(c, toml_count(array), sizeof *s->targets);
        for (t = toml_first(array); t; t = toml_next(t)) {
                if (!s->registry->target_keys || !s->registry->target_keys[0])
                        return toml_err(e, t,
                            "kind `%s` has no targets; delete this [[source.target]]",
                            s->registry->kind);
                if (config_check_keys(t, section, s->registry->target_keys, NULL, e) < 0)
                        return -1;
                s->targets[s->target_count++] = t;
        }
        return 0;
}

int config_read_source(
    struct config *c, const struct toml_value *table, struct config_source *s, struct err *e)
{
        char section[96];

        s->config = c;
        s->table = table;
        if (config_read_name(table, "[[source]]", &s->name, e) < 0 ||
            read_kind(table, &s->registry, e) < 0)
                return -1;
        snprintf(section, sizeof section, "[[source]] of kind `%s`", s->registry->kind);
        if (config_check_keys(table, section, source_keys, s->registry->keys, e) < 0 ||
            read_upstream(table, s, e) < 0 ||
            config_read_list(c, table, "packages", false, &s->packages, e) < 0 ||
            config_read_list(c, table, "lockfiles", true, &s->lockfiles, e) < 0 ||
            config_read_list(c, table, "local", true, &s->local, e) < 0 ||
            config_read_list(c, table, "exclude", false, &s->exclude, e) < 0 ||
            read_policy(table, s, e) < 0)
                return -1;
        return read_targets(c, table, s, e);
}
