/* [policy]: what this mirror lets in. */
#include <ctype.h>

#include "bundle/limit.h"
#include "mirror/config_read.h"

static const char *const policy_keys[] = {
    "warn_age", "max_age", "max_size", "review", "source", NULL};
static const char *const source_keys[] = {"name", "allow", "deny", "reserved", NULL};

/* Could a character stand in some registry's name, as the registry or people write it, or for some? */
static bool may_hold(unsigned char c)
{
        const char *const *kind;

        if (isalnum(c) && c < 0x7f)
                return true;
        if (strchr("-_.*?[]!^", c))
                return true;
        for (kind = registry_kinds(); *kind; kind++)
                if (strchr(registry_find(*kind)->names.package, c))
                        return true;
        return false;
}

/* Why no name can fit, or NULL. A rule that takes nothing lets everything in. */
static const char *unfit(const char *pattern)
{
        const char *p;

        if (strlen(pattern) > LIMIT_NAME)
                return "is longer than any name";
        for (p = pattern; *p; p++) {
                if (!may_hold((unsigned char)*p))
                        return "holds a character that no name has";
                if (*p == '@' && p > pattern && isalnum((unsigned char)p[-1]))
                        return "holds a version";
        }
        for (p = strchr(pattern, '['); p; p = strchr(p, '[')) {
                p += 1 + (p[1] == '!' || p[1] == '^');
                p = *p ? strchr(p + 1, ']') : NULL;
                if (!p)
                        return "has a [ without its ]";
        }
        return NULL;
}

static int read_patterns(struct config *c, const struct toml_value *table, const char *key,
    struct config_list *out, struct err *e)
{
        if (config_read_list(c, table, key, false, out, e) < 0)
                return -1;
        for (size_t i = 0; i < out->count; i++) {
                const char *why = unfit(out->items[i].text);

                if (why)
                        return toml_err(e, out->items[i].at,
                            "`%s` takes names of packages or shell patterns for them: \"%.80s\" %s",
                            key, out->items[i].text, why);
        }
        return 0;
}

static int read_source(struct config *c, const struct toml_value *table,
    struct config_policy_source *out, struct err *e)
{
        if (config_read_name(table, "[[policy.source]]", &out->name, e) < 0 ||
            config_check_keys(table, "[[policy.source]]", source_keys, NULL, e) < 0 ||
            read_patterns(c, table, "allow", &out->allow, e) < 0 ||
            read_patterns(c, table, "deny", &out->deny, e) < 0 ||
            read_patterns(c, table, "reserved", &out->reserved, e) < 0)
                return -1;
        out->has_allow = toml_get(table, "allow") != NULL;
        return 0;
}

static int read_sources(struct config *c, const struct toml_value *table, struct err *e)
{
        const struct toml_value *array = toml_get(table, "source"), *v;
        struct config_policy *p = &c->policy;

        if (!array)
                return 0;
        if (toml_get_array(table, "source", TOML_TABLE, &array, e) < 0)
                return toml_err(e, toml_get(table, "source"),
                    "write [[policy.source]], with two brackets, for each source");
        p->sources = config_alloc(c, toml_count(array), sizeof *p->sources);
        for (v = toml_first(array); v; v = toml_next(v)) {
                struct config_policy_source *s = &p->sources[p->source_count];

                if (read_source(c, v, s, e) < 0)
                        return -1;
                for (size_t i = 0; i < p->source_count; i++)
                        if (strcmp(p->sources[i].name, s->name) == 0)
                                return toml_err(e, toml_get(v, "name"),
                                    "source `%s` has a policy above already; put both in one",
                                    s->name);
                p->source_count++;
        }
        return 0;
}

int config_read_policy(struct config *c, const struct toml_value *table, struct err *e)
{
        struct config_policy *p = &c->policy;

        if (config_check_keys(table, "[policy]", policy_keys, NULL, e) < 0 ||
            config_read_seconds(table, "warn_age", &p->warn_age, e) < 0 ||
            config_read_seconds(table, "max_age", &p->max_age, e) < 0 ||
            config_read_bytes(table, "max_size", &p->max_size, e) < 0 ||
            toml_get_boolean(table, "review", &p->review, e) < 0)
                return -1;
        return read_sources(c, table, e);
}
