#include "chosen.h"

#include "bundle/mem.h"

/* A digest is as good as any hash of it. */
static size_t place(const struct chosen *c, const unsigned char sha256[SHA256_SIZE])
{
        uint64_t hash;
        size_t at;

        memcpy(&hash, sha256, sizeof hash);
        at = (size_t)hash & (c->table_size - 1);
        while (c->table[at] && memcmp(c->files[c->table[at] - 1].sha256, sha256, SHA256_SIZE) != 0)
                at = (at + 1) & (c->table_size - 1);
        return at;
}

static void grow(struct chosen *c)
{
        free(c->table);
        c->table_size = c->table_size ? 2 * c->table_size : 1024;
        c->table = xcalloc(c->table_size, sizeof *c->table);
        for (size_t i = 0; i < c->count; i++)
                c->table[place(c, c->files[i].sha256)] = (uint32_t)i + 1;
}

struct chosen_file *chosen_add(
    struct chosen *c, const unsigned char sha256[SHA256_SIZE], const char *why)
{
        struct chosen_file *f;
        size_t at;

        if (2 * (c->count + 1) > c->table_size)
                grow(c);
        at = place(c, sha256);
        if (c->table[at])
                return &c->files[c->table[at] - 1];
        c->files = xgrow(c->files, c->count, &c->cap, sizeof *c->files);
        f = &c->files[c->count++];
        *f = (struct chosen_file){.why = arena_text(&c->text, why, strlen(why))};
        memcpy(f->sha256, sha256, SHA256_SIZE);
        c->table[at] = (uint32_t)c->count;
        return f;
}

struct chosen_file *chosen_find(const struct chosen *c, const unsigned char sha256[SHA256_SIZE])
{
        size_t at;

        if (!c->table_size)
                return NULL;
        at = place(c, sha256);
        return c->table[at] ? &c->files[c->table[at] - 1] : NULL;
}

void chosen_list(
    struct chosen_file *f, const char *suite, const char *component, const char *architecture)
{
        f->lists = xgrow(f->lists, f->list_count, &f->list_cap, sizeof *f->lists);
        f->lists[f->list_count++] = (struct deb_list){suite, component, architecture};
}

void chosen_release(struct chosen *c)
{
        for (size_t i = 0; i < c->count; i++)
                free(c->files[i].lists);
        free(c->files);
        free(c->table);
        arena_release(&c->text);
        *c = (struct chosen){0};
}
