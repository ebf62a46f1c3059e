/* Which volumes have come: files whose names say what their volume.json did, and which hold the medium's. */
#include <ctype.h>

#include "bundle/bundle_cut.h"
#include "bundle/fs.h"
#include "bundle/mem.h"
#include "bundle/volume_seen.h"
#include "spool_state.h"

int spool_saw(struct spool *s, const struct volume *v, struct err *e)
{
        char name[160];

        snprintf(name, sizeof name, SPOOL_SEEN "/%llu-%llu-%llu-%llu",
            (unsigned long long)v->volumes, (unsigned long long)v->volume,
            (unsigned long long)v->first_pack, (unsigned long long)v->first_pack + v->pack_count);
        return fs_write_plain(s->dir, name, v->medium, strlen(v->medium), e) < 0
                   ? err_prefix(e, "spool")
                   : 0;
}

/* What spool_saw() wrote: 1, or 0 for any other name. */
static int read_name(const char *name, struct volume_seen *out)
{
        unsigned long *const numbers[] = {&out->volumes, &out->volume, &out->first, &out->end};
        char *end;

        for (int i = 0; i < 4; i++) {
                if (!isdigit((unsigned char)*name))
                        return 0;
                *numbers[i] = strtoul(name, &end, 10);
                if (*end != (i < 3 ? '-' : '\0'))
                        return 0;
                name = end + 1;
        }
        return 1;
}

/* "" where there is none that could be one. */
static void read_medium(int dir, const char *name, char out[LIMIT_MEDIUM + 1])
{
        struct err ignored = ERR_INIT;
        struct buf text;

        buf_init(&text, LIMIT_MEDIUM);
        if (fs_read_file(dir, name, &text, &ignored) != 1 || !volume_medium_fits(text.data))
                buf_reset(&text);
        snprintf(out, LIMIT_MEDIUM + 1, "%s", text.data);
        buf_release(&text);
}

/* The caller frees. */
static struct volume_seen *load_seen(const struct spool *s, size_t *count)
{
        struct volume_seen *list = NULL, one;
        struct err ignored = ERR_INIT;
        struct dirent *entry;
        size_t cap = 0;
        DIR *d;

        *count = 0;
        if (fs_list_dir(s->dir, SPOOL_SEEN, &d, &ignored) != 1)
                return NULL;
        while (*count < LIMIT_VOLUMES && (entry = readdir(d))) {
                if (!read_name(entry->d_name, &one))
                        continue;
                read_medium(dirfd(d), entry->d_name, one.medium);
                list = xgrow(list, *count, &cap, sizeof *list);
                list[(*count)++] = one;
        }
        closedir(d);
        return list;
}

void spool_missing(const struct spool *s, char *text, size_t size)
{
        size_t count;
        struct volume_seen *seen = load_seen(s, &count);
        char *stem = bundle_file_stem(s->m->stream, s->m->epoch, s->m->seq);

        volume_missing(s->has, s->m->pack_count, seen, count, stem, text, size);
        free(stem);
        free(seen);
}
