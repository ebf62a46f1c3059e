#include "mirror/deb/apt_sources.h"

#include <strings.h>

#include "bundle/mem.h"
#include "bundle/text.h"
#include "mirror/deb/stanza.h"

/* A list of words in a text, or in the arena. */
struct words {
        const char **list;
        size_t count, cap;
};

static void add_word(struct words *w, struct arena *a, const char *at, size_t len)
{
        w->list = xgrow(w->list, w->count, &w->cap, sizeof *w->list);
        w->list[w->count++] = arena_text(a, at, len);
}

static void split_words(
    struct words *w, struct arena *a, const char *text, size_t len, const char *blanks)
{
        const char *end = text + len, *from;

        while (text < end) {
                while (text < end && strchr(blanks, *text))
                        text++;
                for (from = text; text < end && !strchr(blanks, *text);)
                        text++;
                if (text > from)
                        add_word(w, a, from, (size_t)(text - from));
        }
}

static bool is_fetchable(const char *uri)
{
        return strncasecmp(uri, "http://", 7) == 0 || strncasecmp(uri, "https://", 8) == 0 ||
               strncasecmp(uri, "file:", 5) == 0;
}

/* Keeps one entry; the components are copied. */
static void add_source(struct apt_sources *s, const char *file, const char *uri, const char *suite,
    const struct words *components, const char *signed_by)
{
        struct apt_source *source;
        size_t size = components->count * sizeof *components->list;

        if (!is_fetchable(uri))
                return;
        s->items = xgrow(s->items, s->count, &s->cap, sizeof *s->items);
        source = &s->items[s->count++];
        *source = (struct apt_source){.uri = uri, .suite = suite, .signed_by = signed_by};
        source->file = arena_text(&s->text, file, strlen(file));
        source->component_count = components->count;
        source->components = arena_alloc(&s->text, size ? size : 1);
        if (size)
                memcpy(source->components, components->list, size);
}

/* -- deb [ option=value ... ] uri suite component... -- */

static const char *option_value(
    struct apt_sources *s, const char *options, size_t len, const char *name)
{
        struct words w = {0};
        const char *value = "";

        split_words(&w, &s->text, options, len, " \t");
        for (size_t i = 0; i < w.count; i++)
                if (strncasecmp(w.list[i], name, strlen(name)) == 0 &&
                    w.list[i][strlen(name)] == '=')
                        value = w.list[i] + strlen(name) + 1;
        free(w.list);
        return value;
}

static void read_line(struct apt_sources *s, const char *file, const char *line, size_t len)
{
        const char *comment = memchr(line, '#', len), *close, *signed_by = "";
        struct words w = {0}, components;

        if (comment)
                len = (size_t)(comment - line);
        while (len && strchr(" \t\r", *line))
                line++, len--;
        if (len < 4 || strncmp(line, "deb", 3) != 0 || !strchr(" \t", line[3]))
                return;
        line += 4;
        len -= 4;
        while (len && strchr(" \t", *line))
                line++, len--;
        if (len && *line == '[') {
                close = memchr(line, ']', len);
                if (!close)
                        return;
                signed_by = option_value(s, line + 1, (size_t)(close - line - 1), "signed-by");
                len -= (size_t)(close + 1 - line);
                line = close + 1;
        }
        split_words(&w, &s->text, line, len, " \t\r");
        if (w.count >= 2) {
                components = (struct words){w.list + 2, w.count - 2, 0};
                add_source(s, file, w.list[0], w.list[1], &components, signed_by);
        }
        free(w.list);
}

static void read_lines(struct apt_sources *s, const char *file, const char *text, size_t len)
{
        const char *end = text + len;

        while (text < end) {
                const char *newline = memchr(text, '\n', (size_t)(end - text));
                const char *stop = newline ? newline : end;

                read_line(s, file, text, (size_t)(stop - text));
                text = newline ? newline + 1 : end;
        }
}

/* -- stanzas -- */

struct stanza_words {
        struct words types, uris, suites, components;
        const char *signed_by;
        bool disabled;
};

static bool has_word(const struct words *w, const char *word)
{
        for (size_t i = 0; i < w->count; i++)
                if (strcmp(w->list[i], word) == 0)
                        return true;
        return false;
}

static bool is_no(const struct stanza_field *f)
{
        static const char *const words[] = {"no", "false", "without", "off", "disable"};

        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (f->value_len == strlen(words[i]) &&
                    strncasecmp(f->value, words[i], f->value_len) == 0)
                        return true;
        return false;
}

static void take_field(struct apt_sources *s, struct stanza_words *w, const struct stanza_field *f)
{
        const struct {
                const char *name;
                struct words *words;
        } lists[] = {
            {"Types", &w->types},
            {"URIs", &w->uris},
            {"Suites", &w->suites},
            {"Components", &w->components},
        };

        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
                if (stanza_is(f, lists[i].name))
                        split_words(lists[i].words, &s->text, f->value, f->value_len, " \t\r\n");
        if (stanza_is(f, "Signed-By"))
                w->signed_by = arena_text(&s->text, f->value, f->value_len);
        else if (stanza_is(f, "Enabled"))
                w->disabled = is_no(f);
}

static void read_stanza(struct apt_sources *s, const char *file, const char *text, size_t len)
{
        struct stanza_words w = {.signed_by = ""};
        struct stanza_reader r;
        struct stanza_field f;
        struct err ignored = ERR_INIT;
        int more;

        stanza_first(&r, text, len);
        while ((more = stanza_next(&r, &f, &ignored)) == 1)
                take_field(s, &w, &f);
        if (more == 0 && !w.disabled && has_word(&w.types, "deb"))
                for (size_t i = 0; i < w.uris.count; i++)
                        for (size_t k = 0; k < w.suites.count; k++)
                                add_source(s, file, w.uris.list[i], w.suites.list[k], &w.components,
                                    w.signed_by);
        free(w.types.list);
        free(w.uris.list);
        free(w.suites.list);
        free(w.components.list);
}

void apt_sources_read(struct apt_sources *s, const char *file, const char *text, size_t len)
{
        if (!text_ends_with(file, ".sources")) {
                read_lines(s, file, text, len);
                return;
        }
        while (len) {
                size_t start, end = stanza_end(text, len, &start);

                if (end > start)
                        read_stanza(s, file, text + start, end - start);
                text += end;
                len -= end;
        }
}

void apt_sources_release(struct apt_sources *s)
{
        free(s->items);
        arena_release(&s->text);
        *s = (struct apt_sources){0};
}

const struct apt_source *apt_sources_find(
    const struct apt_sources *s, const char *suite, const char *component)
{
        for (size_t i = 0; i < s->count; i++) {
                const struct apt_source *source = &s->items[i];

                if (strcmp(source->suite, suite) != 0)
                        continue;
                if (!component)
                        return source;
                for (size_t k = 0; k < source->component_count; k++)
                        if (strcmp(source->components[k], component) == 0)
                                return source;
        }
        return NULL;
}
