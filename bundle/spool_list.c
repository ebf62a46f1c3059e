/* What waits for volumes: about.json of each spool. */
#include <fcntl.h>
#include <sys/stat.h>

#include "bundle/buf.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/json.h"
#include "spool_state.h"

int spool_about_write(const struct spool *s, struct err *e)
{
        char missing[256];
        struct buf text;
        json_t *about;
        int ret = -1;

        spool_missing(s, missing, sizeof missing);
        about = json_pack("{ss sI sI ss sI sI}", "stream", s->m->stream, "epoch",
            (json_int_t)s->m->epoch, "seq", (json_int_t)s->m->seq, "missing", missing, "held",
            (json_int_t)s->bytes, "total", (json_int_t)s->m->totals.stored);
        buf_init(&text, LIMIT_VOLUME_JSON);
        if (json_canonical(about, &text, e) == 0)
                ret = fs_write_file(s->dir, SPOOL_ABOUT, text.data, text.len, e);
        json_decref(about);
        buf_release(&text);
        return ret;
}

/* Of one spool. What cannot be read leaves its part of the row empty: it says no more than is known. */
static int show(int dir, const char *name, json_t **about, struct spool_row *row)
{
        char path[SHA256_HEX + sizeof SPOOL_ABOUT];
        struct err ignored = ERR_INIT;
        const char *stream = "", *missing = "";
        json_int_t epoch = 1, seq = 0, held = 0, total = 0; /* one that does not say its epoch */
        struct stat st;
        struct buf text;

        *row = (struct spool_row){0};
        if (hex_decode(row->manifest, SHA256_SIZE, name) < 0)
                return 0;
        buf_init(&text, LIMIT_VOLUME_JSON);
        snprintf(path, sizeof path, "%.64s/" SPOOL_ABOUT, name);
        if (fs_read_file(dir, path, &text, &ignored) == 1)
                *about = json_parse_canonical(SPOOL_ABOUT, text.data, text.len, &ignored);
        if (*about)
                (void)json_unpack(*about, "{ss s?I sI ss sI sI}", "stream", &stream, "epoch",
                    &epoch, "seq", &seq, "missing", &missing, "held", &held, "total", &total);
        buf_release(&text);
        row->stream = stream;
        row->missing = missing;
        row->epoch = epoch;
        row->seq = seq;
        row->held = (uint64_t)held;
        row->total = (uint64_t)total;
        row->changed = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_mtime : 0;
        return 1;
}

int spool_list(int state, int (*each)(void *user, const struct spool_row *row, struct err *e),
    void *user, struct err *e)
{
        struct dirent *entry;
        DIR *d;
        int ret = fs_list_dir(state, "spool", &d, e);

        if (ret <= 0)
                return ret; /* 0: no volume ever came */
        ret = 0;
        while (ret == 0 && (entry = readdir(d))) {
                struct spool_row row;
                json_t *about = NULL;

                if (show(dirfd(d), entry->d_name, &about, &row))
                        ret = each(user, &row, e);
                json_decref(about);
        }
        closedir(d);
        return ret;
}
