#include "mirror/config.h"

#include <fcntl.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/config_read.h"

struct config_owned {
        struct config_owned *next;
        void *memory;
};

static void own(struct config *c, void *memory)
{
        struct config_owned *o = xmalloc(sizeof *o);

        *o = (struct config_owned){c->owned, memory};
        c->owned = o;
}

void *config_alloc(struct config *c, size_t count, size_t size)
{
        void *memory = xcalloc(count, size);

        own(c, memory);
        return memory;
}

const char *config_take(struct config *c, char *text)
{
        own(c, text);
        return text;
}

const char *config_path(struct config *c, const char *path)
{
        if (path[0] == '/' || !c->folder[0])
                return path;
        return config_take(c, xasprintf("%s%s", c->folder, path));
}

const struct config_source *config_source_find(const struct config *c, const char *name)
{
        size_t i;

        for (i = 0; i < c->source_count; i++)
                if (strcmp(c->sources[i].name, name) == 0)
                        return &c->sources[i];
        return NULL;
}

const struct config_stream *config_stream_find(const struct config *c, const char *name)
{
        size_t i;

        for (i = 0; i < c->stream_count; i++)
                if (strcmp(c->streams[i].name, name) == 0)
                        return &c->streams[i];
        return NULL;
}

static int read_mirror(struct config *c, const struct toml_value *table, struct err *e)
{
        static const char *const keys[] = {"base_url", NULL};
        const struct toml_value *at = toml_get(table, "base_url");
        const char *url;
        size_t len;
        int found;

        if (config_check_keys(table, "[mirror]", keys, NULL, e) < 0)
                return -1;
        found = toml_get_string(table, "base_url", &url, e);
        if (found != 1)
                return found;
        len = strlen(url);
        if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
            !config_plain(url, LIMIT_URL) || strpbrk(url, "?#\"<>\\") ||
            strchr("/", strchr(url, ':')[3]))
                return toml_err(e, at,
                    "`base_url` must be the address of the site as its clients reach it: "
                    "\"http://mirror.plant/\"");
        c->base_url = url[len - 1] == '/' ? url : config_take(c, xasprintf("%s/", url));
        return 0;
}

static int read_sources(struct config *c, const struct toml_value *array, struct err *e)
{
        const struct toml_value *table;
        const struct config_source *same;

        c->sources = config_alloc(c, toml_count(array), sizeof *c->sources);
        for (table = toml_first(array); table; table = toml_next(table)) {
                struct config_source *s = &c->sources[c->source_count];

                if (config_read_source(c, table, s, e) < 0)
                        return -1;
                same = config_source_find(c, s->name);
                if (same)
                        return toml_err(e, toml_get(table, "name"),
                            "a source named `%s` is already on line %u; choose another name",
                            s->name, toml_place(toml_get(same->table, "name"))->line);
                c->source_count++;
        }
        return 0;
}

static int read_streams(struct config *c, const struct toml_value *array, struct err *e)
{
        const struct toml_value *table;
        const struct config_stream *same;

        c->streams = config_alloc(c, toml_count(array), sizeof *c->streams);
        for (table = toml_first(array); table; table = toml_next(table)) {
                struct config_stream *s = &c->streams[c->stream_count];

                if (config_read_stream(c, table, s, e) < 0)
                        return -1;
                same = config_stream_find(c, s->name);
                if (same)
                        return toml_err(e, toml_get(table, "name"),
                            "a stream named `%s` is already on line %u; choose another name",
                            s->name, toml_place(toml_get(same->table, "name"))->line);
                c->stream_count++;
        }
        return 0;
}

/* The top level of dray.toml, in the order of reading. A new table is one line here. */
static const struct section {
        const char *name;
        bool many; /* [[name]] */
        int (*read)(struct config *c, const struct toml_value *v, struct err *e);
} sections[] = {
    {"mirror", false, read_mirror},
    {"source", true, read_sources},
    {"stream", true, read_streams}, /* names sources */
    {"policy", false, config_read_policy},
};

#define SECTION_COUNT (sizeof sections / sizeof *sections)

static int check_sections(const struct toml_value *root, struct err *e)
{
        const char *names[SECTION_COUNT + 1] = {NULL};
        size_t i;

        for (i = 0; i < SECTION_COUNT; i++)
                names[i] = sections[i].name;
        return config_check_keys(root, "dray.toml", names, NULL, e);
}

static int read_section(struct config *c, const struct section *section, struct err *e)
{
        const struct toml_value *v = toml_get(toml_root(c->toml), section->name), *child;
        enum toml_kind want = section->many ? TOML_ARRAY : TOML_TABLE;
        bool fits;

        if (!v)
                return 0;
        fits = toml_kind(v) == want;
        for (child = toml_first(v); section->many && fits && child; child = toml_next(child))
                fits = toml_kind(child) == TOML_TABLE;
        if (!fits)
                return toml_err(e, v,
                    section->many ? "write [[%s]], with two brackets, for each %s"
                                  : "write [%s], with one bracket, once for the %s",
                    section->name, section->name);
        return section->read(c, v, e);
}

struct config *config_parse(const char *path, const char *text, size_t len, struct err *e)
{
        struct config *c = xcalloc(1, sizeof *c);
        const char *slash = strrchr(path, '/');
        size_t i;

        c->path = config_take(c, xstrdup(path));
        c->folder = config_take(c, xstrndup(path, slash ? (size_t)(slash - path) + 1 : 0));
        c->base_url = "";
        c->toml = toml_parse(path, text, len, e);
        if (!c->toml || check_sections(toml_root(c->toml), e) < 0)
                goto fail;
        for (i = 0; i < SECTION_COUNT; i++)
                if (read_section(c, &sections[i], e) < 0)
                        goto fail;
        return c;
fail:
        config_free(c);
        return NULL;
}

struct config *config_load(const char *path, struct buf *text, struct err *e)
{
        struct config *c = NULL;
        struct buf own;
        int found;

        buf_init(&own, LIMIT_TOML);
        if (!text)
                text = &own;
        found = fs_read_file(AT_FDCWD, path, text, e);
        if (found == 0)
                err_set(e, ERR_USAGE,
                    "%.200s is not there; run dray in the folder of a mirror, or make one with "
                    "`dray init`",
                    path);
        else if (found == 1)
                c = config_parse(path, text->data, text->len, e);
        buf_release(&own);
        return c;
}

void config_free(struct config *c)
{
        struct config_owned *o, *next;

        if (!c)
                return;
        for (o = c->owned; o; o = next) {
                next = o->next;
                free(o->memory);
                free(o);
        }
        toml_free(c->toml);
        free(c);
}
