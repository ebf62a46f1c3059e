/* yarn.lock of Yarn 1: entries "name@range, name@range:" with indented lines below. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "lock_add.h"

/* One entry, as far as it was read. */
struct entry {
        char *patterns; /* the whole first line */
        char *version, *resolved, *integrity;
        unsigned long line;
};

static void entry_release(struct entry *n)
{
        free(n->patterns);
        free(n->version);
        free(n->resolved);
        free(n->integrity);
        *n = (struct entry){0};
}

/* The first pattern, without quotes: NAME@SPEC. The caller frees. */
static char *first_pattern(const char *line)
{
        size_t len;

        if (*line == '"') {
                line++;
                len = strcspn(line, "\"");
        } else {
                len = strcspn(line, ",:");
                /* "npm:" and the like belong to the pattern; the line ends with the last ':' */
                while (line[len] == ':' && line[len + 1])
                        len += 1 + strcspn(line + len + 1, ",:");
        }
        return xstrndup(line, len);
}

static int end_entry(struct npm_lock *l, struct entry *n, struct err *e)
{
        char *pattern, *where;
        const char *at;
        struct npm_spec s = {0};
        int ret = -1;

        if (!n->patterns)
                return 0;
        pattern = first_pattern(n->patterns);
        where = xasprintf("line %lu", n->line);
        at = *pattern ? strchr(pattern + 1, '@') : NULL;
        if (!at || !n->version) {
                err_set(
                    e, ERR_USAGE, "%s: an entry without %s", where, at ? "version" : "NAME@RANGE");
                goto out;
        }
        {
                char *name = xstrndup(pattern, (size_t)(at - pattern));

                npm_spec_parse(&s, name, at + 1);
                if (!npm_spec_is_registry(&s))
                        npm_lock_add_foreign(l, name, s.kind, at + 1, where);
                else if (n->resolved &&
                         !npm_lock_is_registry_address(n->resolved, s.package, n->version) &&
                         !n->integrity)
                        npm_lock_add_foreign(l, name, NPM_SPEC_URL, n->resolved, where);
                else
                        npm_lock_add(l, s.package, n->version, name, n->integrity, where);
                free(name);
        }
        ret = 0;
out:
        npm_spec_release(&s);
        entry_release(n);
        free(pattern);
        free(where);
        return ret;
}

/* `  key "value"` or `  key value`: the value, if the line has that key at this depth. The caller frees. */
static char *value_of(const char *line, const char *key)
{
        size_t len = strlen(key);

        if (strncmp(line, "  ", 2) != 0 || strncmp(line + 2, key, len) != 0 || line[2 + len] != ' ')
                return NULL;
        line += 3 + len;
        if (*line == '"')
                return xstrndup(line + 1, strcspn(line + 1, "\""));
        return xstrdup(line);
}

static void read_value(struct entry *n, const char *line)
{
        static const char *const keys[] = {"version", "resolved", "integrity"};
        char **const values[] = {&n->version, &n->resolved, &n->integrity};

        for (size_t i = 0; i < 3; i++) {
                char *value = *values[i] ? NULL : value_of(line, keys[i]);

                if (value)
                        *values[i] = value;
        }
}

int npm_lock_parse_yarn(struct npm_lock *l, const char *text, size_t len, struct err *e)
{
        struct entry n = {0};
        char *copy = xstrndup(text, len), *rest = copy, *line;
        unsigned long number = 0;
        int ret = 0;

        l->whole = true;
        if (!strstr(copy, "# yarn lockfile v1"))
                ret = err_set(
                    e, ERR_USAGE, "not a lock file of Yarn 1: its first lines do not say so");
        while (ret == 0 && (line = strsep(&rest, "\n"))) {
                size_t end = strlen(line);

                number++;
                if (end && line[end - 1] == '\r')
                        line[--end] = '\0';
                if (end == 0 || *line == '#')
                        continue;
                if (*line == ' ') {
                        read_value(&n, line);
                        continue;
                }
                ret = end_entry(l, &n, e);
                n.patterns = xstrdup(line);
                n.line = number;
        }
        if (ret == 0)
                ret = end_entry(l, &n, e);
        entry_release(&n);
        free(copy);
        return ret;
}
