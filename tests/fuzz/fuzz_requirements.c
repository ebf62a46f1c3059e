/* A requirements.txt and, after a NUL, a second one that every -r and -c finds. */
#include <stddef.h>
#include <stdint.h>

#include "bundle/mem.h"
#include "mirror/pypi/requirements.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct second {
        const char *text;
        size_t len;
        int reads; /* all that may be asked for would be slow */
};

static int include(void *user, const char *path, char **text, size_t *len, struct err *e)
{
        struct second *s = user;

        if (!*path || s->reads-- == 0)
                return err_set(e, ERR_FAILED, "enough");
        *text = xstrndup(s->text, s->len);
        *len = s->len;
        return 0;
}

static const char *environment(void *user, const char *name)
{
        (void)user;
        return *name == 'A' ? "value -r x" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        bool wide = size >= 2 && (text[0] == '\xff' || text[0] == '\xfe');
        const char *end = wide ? NULL : memchr(text, '\0', size);
        size_t first = end ? (size_t)(end - text) : size;
        struct second s = {end ? end + 1 : "", end ? size - first - 1 : 0, 20};
        struct requirements_reader in = {include, environment, &s};
        struct requirements r;
        struct err e = ERR_INIT;

        if (requirements_parse(&r, "dir/requirements.txt", text, first, &in, &e) < 0)
                return 0;
        for (size_t i = 0; i < r.note_count; i++)
                if (!strstr(r.notes[i].message, r.notes[i].file))
                        abort();
        for (size_t i = 0; i < r.entry_count; i++)
                if (r.entries[i].requirement.url || !r.entries[i].requirement.name)
                        abort();
        requirements_release(&r);
        return 0;
}
