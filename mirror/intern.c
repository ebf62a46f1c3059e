#include "mirror/intern.h"

#include "bundle/err.h"
#include "bundle/mem.h"

static size_t hash_text(const char *s)
{
        size_t h = 14695981039346656037U;

        for (; *s; s++)
                h = (h ^ (unsigned char)*s) * 1099511628211U;
        return h ^ h >> 29;
}

static size_t place(const struct intern *t, const char *text)
{
        size_t at = hash_text(text) & (t->table_size - 1);

        while (t->table[at] && strcmp(t->texts[t->table[at] - 1], text) != 0)
                at = (at + 1) & (t->table_size - 1);
        return at;
}

static void grow(struct intern *t)
{
        free(t->table);
        t->table_size = t->table_size ? t->table_size * 2 : 64;
        t->table = xcalloc(t->table_size, sizeof *t->table);
        for (size_t i = 0; i < t->count; i++)
                t->table[place(t, t->texts[i])] = (uint32_t)i + 1;
}

uint32_t intern_put(struct intern *t, const char *text)
{
        size_t at;

        if (2 * (t->count + 1) > t->table_size)
                grow(t);
        at = place(t, text);
        if (!t->table[at]) {
                t->texts = xgrow(t->texts, t->count, &t->cap, sizeof *t->texts);
                t->texts[t->count++] = xstrdup(text);
                t->table[at] = (uint32_t)t->count;
        }
        return t->table[at] - 1;
}

int intern_find(const struct intern *t, const char *text, uint32_t *number)
{
        size_t at;

        if (!t->table_size)
                return 0;
        at = place(t, text);
        if (!t->table[at])
                return 0;
        *number = t->table[at] - 1;
        return 1;
}

void intern_release(struct intern *t)
{
        for (size_t i = 0; i < t->count; i++)
                free(t->texts[i]);
        free(t->texts);
        free(t->table);
        *t = (struct intern){0};
}
