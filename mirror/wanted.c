#include "mirror/wanted.h"

#include "bundle/mem.h"

static size_t hash_record(const struct record *r)
{
        const char *const parts[] = {r->source, r->package, r->version, r->file};
        size_t h = 14695981039346656037U;

        for (size_t i = 0; i < 4; i++)
                for (const char *s = parts[i];; s++) {
                        h = (h ^ (unsigned char)*s) * 1099511628211U;
                        if (!*s)
                                break;
                }
        return h;
}

static int same_record(const struct record *a, const struct record *b)
{
        return strcmp(a->file, b->file) == 0 && strcmp(a->version, b->version) == 0 &&
               strcmp(a->package, b->package) == 0 && strcmp(a->source, b->source) == 0;
}

/* The place of the record in the table: of it, or of nothing. */
static size_t find(const struct wanted_list *l, const struct record *r)
{
        size_t at = hash_record(r) & (l->table_size - 1);

        while (l->table[at] && !same_record(&l->items[l->table[at] - 1].record, r))
                at = (at + 1) & (l->table_size - 1);
        return at;
}

static void grow_table(struct wanted_list *l)
{
        free(l->table);
        l->table_size = l->table_size ? l->table_size * 2 : 1024;
        l->table = xcalloc(l->table_size, sizeof *l->table);
        for (size_t i = 0; i < l->count; i++)
                l->table[find(l, &l->items[i].record)] = i + 1;
}

void wanted_add(struct wanted_list *l, const char *source, const struct wanted_file *file)
{
        struct record r = file->record;
        struct wanted *w;
        size_t at;

        r.source = source;
        if (2 * (l->count + 1) > l->table_size)
                grow_table(l);
        at = find(l, &r);
        if (l->table[at])
                return;
        l->items = xgrow(l->items, l->count, &l->cap, sizeof *l->items);
        w = &l->items[l->count++];
        *w = (struct wanted){
            .record = r, .digest = file->digest, .local = file->local, .index = file->index};
        w->record.source = xstrdup(source);
        w->record.package = xstrdup(r.package);
        w->record.version = xstrdup(r.version);
        w->record.file = xstrdup(r.file);
        w->record.meta = xstrdup(r.meta);
        w->url = xstrdup(file->url);
        w->why = xstrdup(file->why);
        l->table[at] = l->count;
}

void wanted_hole(struct wanted_list *l, const char *source, const char *item, const char *package,
    const char *why)
{
        l->holes = xgrow(l->holes, l->hole_count, &l->hole_cap, sizeof *l->holes);
        l->holes[l->hole_count++] =
            (struct hole){xstrdup(source), xstrdup(item), xstrdup(package), xstrdup(why)};
}

void wanted_note(struct wanted_list *l, const char *text)
{
        for (size_t i = 0; i < l->note_count; i++)
                if (strcmp(l->notes[i], text) == 0)
                        return;
        l->notes = xgrow(l->notes, l->note_count, &l->note_cap, sizeof *l->notes);
        l->notes[l->note_count++] = xstrdup(text);
}

/* The record's strings are its list's own, whatever their type says. */
static void free_text(const char *text)
{
        union {
                const char *in;
                char *out;
        } u = {text};

        free(u.out);
}

struct wanted *wanted_find(const struct wanted_list *l, const struct record *r)
{
        size_t at = l->table_size ? l->table[find(l, r)] : 0;

        return at ? &l->items[at - 1] : NULL;
}

char *wanted_title(const struct record *r)
{
        const char *slash = strrchr(r->package, '/');
        int scope = slash ? (int)(slash - r->package) + 1 : 0;

        return xasprintf("%s/%.*s%s", r->source, scope, r->package, r->file);
}

void wanted_release(struct wanted_list *l)
{
        for (size_t i = 0; i < l->count; i++) {
                struct wanted *w = &l->items[i];

                free_text(w->record.source);
                free_text(w->record.package);
                free_text(w->record.version);
                free_text(w->record.file);
                free_text(w->record.meta);
                free(w->url);
                free(w->why);
                free(w->error);
        }
        for (size_t i = 0; i < l->hole_count; i++) {
                free(l->holes[i].source);
                free(l->holes[i].item);
                free(l->holes[i].package);
                free(l->holes[i].why);
        }
        for (size_t i = 0; i < l->note_count; i++)
                free(l->notes[i]);
        free(l->items);
        free(l->holes);
        free(l->notes);
        free(l->table);
        *l = (struct wanted_list){0};
}
