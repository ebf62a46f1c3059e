/* Which volumes have come: empty files, whose names say what their volume.json did. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/volume_seen.h"
#include "spool_state.h"

int spool_saw(struct spool *s, const struct volume *v, struct err *e)
{
        char name[160];
        int fd;

        snprintf(name, sizeof name, SPOOL_SEEN "/%llu-%llu-%llu-%llu",
            (unsigned long long)v->volumes, (unsigned long long)v->volume,
            (unsigned long long)v->first_pack, (unsigned long long)v->first_pack + v->pack_count);
        fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return err_sys(e, "spool: %s", name);
        close(fd);
        return 0;
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

/* The caller frees. */
static struct volume_seen *load_seen(const struct spool *s, size_t *count)
{
        int dir = openat(s->dir, SPOOL_SEEN, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *d = dir < 0 ? NULL : fdopendir(dir);
        struct volume_seen *list = NULL, one;
        struct dirent *entry;
        size_t cap = 0;

        *count = 0;
        while (d && *count < LIMIT_VOLUMES && (entry = readdir(d))) {
                if (!read_name(entry->d_name, &one))
                        continue;
                list = xgrow(list, *count, &cap, sizeof *list);
                list[(*count)++] = one;
        }
        if (d)
                closedir(d);
        return list;
}

void spool_missing(const struct spool *s, char *text, size_t size)
{
        size_t count;
        struct volume_seen *seen = load_seen(s, &count);

        volume_missing(s->has, s->m->pack_count, seen, count, text, size);
        free(seen);
}
