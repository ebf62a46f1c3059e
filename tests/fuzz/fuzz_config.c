/*
 * Any text as dray.toml; then a package is added to each of its sources. That
 * must work wherever the list is, change nothing else, and find itself again.
 */
#include <assert.h>

#include "bundle/buf.h"
#include "bundle/limit.h"
#include "mirror/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One kind is enough, and keeps the real ones out of it. */
static const char *const target_keys[] = {"python", NULL};
static const char *const keys[] = {"suites", NULL};
static const struct registry registry = {.kind = "k", .keys = keys, .target_keys = target_keys};

const struct registry *registry_find(const char *kind)
{
        return strcmp(kind, "k") == 0 ? &registry : NULL;
}

const char *const *registry_kinds(void)
{
        static const char *const kinds[] = {"k", NULL};

        return kinds;
}

/* The old text is still there, in order, with things put in between. */
static int holds(const struct buf *new, const char *old, size_t len)
{
        size_t i, k = 0;

        for (i = 0; i < new->len &&k < len; i++)
                k += new->data[i] == old[k];
        return k == len;
}

static void add_to(const struct config_source *s, const char *text, size_t len)
{
        static const char *const specs[] = {"fuzzed>=1", "it's \"\\"};
        struct config_addition add = {s->name, specs, 2, 0}, again = {s->name, specs, 2, 9};
        struct err e = ERR_INIT;
        struct buf out, same;

        buf_init(&out, LIMIT_TOML);
        buf_init(&same, LIMIT_TOML);
        if (config_add_text("fuzz", text, len, &add, &out, &e) < 0) {
                assert(strstr(e.msg, "is written inline"));
        } else {
                assert(holds(&out, text, len));
                assert(config_add_text("fuzz", out.data, out.len, &again, &same, &e) == 0);
                assert(again.added == 0 && same.len == out.len);
        }
        buf_release(&out);
        buf_release(&same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct err e = ERR_INIT;
        struct config *c = config_parse("fuzz", (const char *)data, size, &e);
        size_t i;

        if (!c)
                assert(e.code == ERR_USAGE && strncmp(e.msg, "fuzz:", 5) == 0);
        for (i = 0; c && i < c->source_count && i < 4; i++)
                add_to(&c->sources[i], (const char *)data, size);
        config_free(c);
        return 0;
}
