#include "outbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bundle_again.h"
#include "bundle/fs.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "bundle_base.h"
#include "bundle_files.h"
#include "bundle_same.h"
#include "bundle_sent.h"
#include "mirror/config.h"
#include "mirror/quantity.h"

int outbox_look(struct mirror *m, struct outbox *o, struct err *e)
{
        struct dirent *entry;
        DIR *d;
        int r = fs_list_dir(m->dir, "outbox/.", &d, e); /* may be a link to another disk */

        if (r <= 0)
                return r; /* somebody removed it: nothing is in it */
        while ((entry = readdir(d))) {
                struct stat st;

                if (!text_ends_with(entry->d_name, ".dray") ||
                    fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
                    !S_ISREG(st.st_mode))
                        continue;
                o->files++;
                o->bytes += (uint64_t)st.st_size;
        }
        closedir(d);
        return 0;
}

/* Makes it again, against its files. -1: they are not what --resend would give. */
static int make_again(struct mirror *m, const struct config_stream *stream,
    const struct bundle_row *row, struct bundle_same *same, struct err *e)
{
        struct bundle_again again = {.store = m->store,
            .cache = m->packs,
            .threads = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
            .volume_size = stream->volume_size,
            .medium = quantity_medium(stream->volume_size)};
        struct volume_files to = bundle_same_sink(same);
        struct bundle_written written;
        struct bundle_head head;
        int ret = -1;

        if (bundle_sent_read(m->state, row, &head, e) == 0)
                ret = bundle_write_again(&again, &head, &to, &written, e);
        if (bundle_same_end(same))
                ret = err_set(e, ERR_FAILED,
                    "it is not what --resend would write (dray sign adds signatures)");
        bundle_head_release(&head);
        return ret;
}

static int remove_files(struct outbox *o, const struct bundle_same *same, struct err *e)
{
        for (size_t i = 0; !o->dry_run && i < same->count; i++)
                if (unlinkat(same->folder, same->names[i], 0) < 0)
                        return err_sys(e, "cannot remove outbox/%s", same->names[i]);
        o->removed += same->count;
        o->removed_bytes += same->bytes;
        return 0;
}

static int sweep_bundle(struct mirror *m, struct outbox *o, const struct config_stream *stream,
    const struct bundle_row *row, struct err *e)
{
        char *stem = bundle_file_stem(row->stream, row->epoch, row->seq), *path = NULL;
        struct bundle_same same = {BUNDLE_SAME_INIT, .stem = stem};
        struct err why = ERR_INIT;
        char *dir = xasprintf("%s/outbox", m->path);
        int ret = 0;

        if (!bundle_files_find(dir, row->stream, row->epoch, row->seq, &path))
                goto out;
        same.folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (same.folder < 0)
                ret = err_sys(e, "%s", dir);
        else if (make_again(m, stream, row, &same, &why) == 0)
                ret = remove_files(o, &same, e);
        else if (o->stays)
                o->stays(o->user, stem, why.msg);
        if (same.folder >= 0)
                close(same.folder);
out:
        bundle_same_release(&same);
        free(path);
        free(dir);
        free(stem);
        return ret;
}

static int sweep_stream(
    struct mirror *m, struct outbox *o, const struct config_stream *stream, struct err *e)
{
        struct bundle_row last = {0};
        int64_t epoch, held, at;
        int receipt = -1, ret = catalog_bundle_last_done(m->catalog, stream->name, &last, e);

        if (ret == 1)
                receipt = ret =
                    bundle_base_confirmed(m->catalog, stream->name, &epoch, &held, &at, e);
        if (receipt == 0)
                held = last.seq - 1;
        else if (receipt == 1 && epoch != last.epoch)
                held = 0;
        for (int64_t seq = last.seq - BUNDLE_SENT_KEPT + 1; ret >= 0 && receipt >= 0 && seq <= held;
             seq++) {
                struct bundle_row row = {0};

                ret = catalog_bundle_find(m->catalog, stream->name, last.epoch, seq, &row, e);
                if (ret == 1 && bundle_sent_is_kept(&row, &last))
                        ret = sweep_bundle(m, o, stream, &row, e);
                bundle_row_release(&row);
        }
        bundle_row_release(&last);
        return ret < 0 ? -1 : 0;
}

int outbox_sweep(struct mirror *m, struct outbox *o, struct err *e)
{
        for (size_t i = 0; i < m->config->stream_count; i++)
                if (sweep_stream(m, o, &m->config->streams[i], e) < 0)
                        return -1;
        return 0;
}
