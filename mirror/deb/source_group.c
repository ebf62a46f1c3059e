#include "source_group.h"

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/deb/stanza.h"

void source_group_add_take(struct source_group *g, const struct record *r, struct deb_entry *entry)
{
        struct source_file *f;

        if (!g->package)
                g->package = xstrdup(r->package);
        g->files = xgrow(g->files, g->count, &g->cap, sizeof *g->files);
        f = &g->files[g->count++];
        *f = (struct source_file){.path = xstrdup(entry->path), .size = r->size, .entry = *entry};
        memcpy(f->sha256, r->sha256, SHA256_SIZE);
        *entry = (struct deb_entry){0};
}

void source_group_release(struct source_group *g)
{
        for (size_t i = 0; i < g->count; i++) {
                free(g->files[i].path);
                deb_entry_release(&g->files[i].entry);
        }
        free(g->files);
        free(g->package);
        *g = (struct source_group){0};
}

/* "folder/name" without the name. */
static size_t folder_length(const char *path)
{
        return (size_t)(strrchr(path, '/') - path);
}

static bool is_held(const struct source_group *g, const struct source_file *dsc, const char *hex,
    const char *size, const char *name)
{
        size_t folder = folder_length(dsc->path);

        for (size_t i = 0; i < g->count; i++) {
                const struct source_file *f = &g->files[i];
                char held[SHA256_HEX], held_size[24];

                hex_encode(held, f->sha256, SHA256_SIZE);
                snprintf(held_size, sizeof held_size, "%llu", (unsigned long long)f->size);
                if (strcmp(held_size, size) == 0 && strcmp(held, hex) == 0 &&
                    folder_length(f->path) == folder && strncmp(f->path, dsc->path, folder) == 0 &&
                    strcmp(f->path + folder + 1, name) == 0)
                        return true;
        }
        return false;
}

/* Whether every "<sha256> <size> <name>" of the .dsc's stanza is held beside it. */
static bool is_complete(const struct source_group *g, const struct source_file *dsc)
{
        struct stanza_field f;
        struct err ignored = ERR_INIT;
        const char *control = dsc->entry.control;
        char *value, *rest, *line;
        bool complete = true;

        if (stanza_get(control, strlen(control), "Checksums-Sha256", &f, &ignored) != 1)
                return false;
        rest = value = xstrndup(f.value, f.value_len);
        while (complete && (line = strsep(&rest, "\n"))) {
                char hex[SHA256_HEX], size[24], name[LIMIT_NAME + 1];

                if (!line[strspn(line, " \t")])
                        continue;
                complete = sscanf(line, " %64s %23s %255s", hex, size, name) == 3 &&
                           is_held(g, dsc, hex, size, name);
        }
        free(value);
        return complete;
}

static int write_stanza(const struct source_file *dsc, struct dists *d, struct err *e)
{
        struct buf text;
        int ret = -1;

        buf_init(&text, LIMIT_MANIFEST_LINE + LIMIT_PATH);
        buf_addf(&text, "%sDirectory: %.*s\n", dsc->entry.control, (int)folder_length(dsc->path),
            dsc->path);
        for (size_t i = 0; i < dsc->entry.list_count; i++)
                if (dists_add(d, &dsc->entry.lists[i], text.data, text.len, e) < 0)
                        goto out;
        ret = 0;
out:
        buf_release(&text);
        return ret;
}

int source_group_write(const struct source_group *g, struct dists *d, struct err *e)
{
        for (size_t i = 0; i < g->count; i++) {
                const struct source_file *f = &g->files[i];

                if (*f->entry.control && is_complete(g, f) && write_stanza(f, d, e) < 0)
                        return -1;
        }
        return 0;
}
