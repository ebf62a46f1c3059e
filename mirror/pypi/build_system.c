#include "mirror/pypi/build_system.h"

#include "bundle/mem.h"
#include "mirror/toml.h"

void build_system_release(struct build_system *b)
{
        free(b->requires);
        arena_release(&b->text);
        *b = (struct build_system){0};
}

static void add(struct build_system *b, const char *requirement, size_t len)
{
        b->requires = xgrow(b->requires, b->count, &b->room, sizeof *b->requires);
        b->requires[b->count++] = arena_text(&b->text, requirement, len);
}

static void add_default(struct build_system *b)
{
        /* The oldest setuptools that pip takes for a project that names no backend. */
        add(b, "setuptools>=40.8.0", strlen("setuptools>=40.8.0"));
        add(b, "wheel", strlen("wheel"));
}

static int read_table(const struct toml_value *table, struct build_system *b, struct err *e)
{
        const struct toml_value *list, *v;
        int r = toml_get_array(table, "requires", TOML_STRING, &list, e);

        if (r < 0)
                return -1;
        if (r == 0)
                return toml_err(e, table, "[build-system] has no \"requires\"");
        for (v = toml_first(list); v; v = toml_next(v)) {
                size_t len;
                const char *text = toml_string(v, &len); /* toml_get_array: without NUL */

                add(b, text, len);
        }
        b->stated = 1;
        return 0;
}

int build_system_parse(const char *pyproject, size_t len, struct build_system *out, struct err *e)
{
        const struct toml_value *table;
        struct toml *t = NULL;
        int r = 0, ret = -1;

        *out = (struct build_system){0};
        if (pyproject) {
                t = toml_parse("pyproject.toml", pyproject, len, e);
                if (!t)
                        goto out;
                r = toml_get_table(toml_root(t), "build-system", &table, e);
                if (r < 0 || (r == 1 && read_table(table, out, e) < 0))
                        goto out;
        }
        if (r == 0)
                add_default(out);
        ret = 0;
out:
        toml_free(t);
        if (ret < 0) {
                e->code = ERR_REFUSED; /* not the operator's file */
                build_system_release(out);
        }
        return ret;
}
