/* The staging folder of an import. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/mem.h"
#include "import_work.h"

#define STAGING "import"

void stage_name(const struct importer *w, uint32_t blob, char out[SHA256_HEX])
{
        hex_encode(out, w->m->blobs[blob].sha256, SHA256_SIZE);
}

static int *place_of(struct importer *w, uint32_t blob)
{
        for (int i = 0; i < STAGE_FILES; i++)
                if (w->open[i].fd != -2 && w->open[i].blob == blob)
                        return &w->open[i].fd;
        return NULL;
}

/* Its bytes are compared once in an import. */
static int is_stray(struct importer *w, uint32_t blob)
{
        enum { ASKED = 1, WHOLE = 2 };
        const struct manifest_blob *b = &w->m->blobs[blob];
        struct err ignored = ERR_INIT;

        if (!w->strays)
                w->strays = xcalloc(w->m->blob_count, 1);
        if (!w->strays[blob])
                w->strays[blob] = store_check(w->im->store, b->sha256, b->size, &ignored) == 1
                                      ? ASKED | WHOLE
                                      : ASKED;
        return w->strays[blob] & WHOLE;
}

int stage_lacks(struct importer *w, uint32_t blob, struct err *e)
{
        const struct manifest_blob *b = &w->m->blobs[blob];
        int known = catalog_blob_has(w->catalog, b->sha256, NULL, e);

        if (known < 0)
                return -1;
        if (known == 0)
                return w->healing || is_stray(w, blob) ? STAGE_HELD : STAGE_NEW;
        return store_present(w->im->store, b->sha256, b->size) ? STAGE_HELD : STAGE_LOST;
}

static int sink_begin(struct blob_sink *s, uint32_t blob, struct err *e)
{
        struct importer *w = s->user;
        char name[SHA256_HEX];
        int wanted = stage_lacks(w, blob, e), i = 0;

        if (wanted < 0)
                return -1;
        while (i < STAGE_FILES - 1 && w->open[i].fd != -2)
                i++;
        w->open[i].blob = blob;
        w->open[i].fd = -1;
        if (!wanted)
                return 0;
        w->replaces |= wanted == STAGE_LOST;
        stage_name(w, blob, name);
        w->open[i].fd =
            openat(w->staging, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
        /* the site links it, for anybody to read, whatever the umask */
        if (w->open[i].fd < 0 || fchmod(w->open[i].fd, 0444) < 0)
                return err_sys(e, "cannot stage %s", name);
        return 0;
}

static int sink_data(
    struct blob_sink *s, uint32_t blob, const void *bytes, size_t len, struct err *e)
{
        const int *fd = place_of(s->user, blob);

        if (!fd || *fd < 0)
                return 0;
        if (fs_write(*fd, bytes, len, e) < 0)
                return err_prefix(e, "staging (nothing was imported)");
        return 0;
}

static int sink_end(struct blob_sink *s, uint32_t blob, struct err *e)
{
        int *fd = place_of(s->user, blob), r = 0;

        if (fd && *fd >= 0)
                r = close(*fd);
        if (fd)
                *fd = -2;
        return r < 0 ? err_sys(e, "staging") : 0;
}

static void sink_progress(struct blob_sink *s, uint64_t done, uint64_t total)
{
        const struct importer *w = s->user;

        if (w->im->progress)
                w->im->progress(w->im->user, done, total);
}

int stage_needs(struct importer *w, uint64_t *bytes, struct err *e)
{
        *bytes = 0;
        for (uint32_t i = 0; i < w->m->blob_count; i++) {
                int r = stage_lacks(w, i, e);

                if (r < 0)
                        return -1;
                if (r && !(w->spool && manifest_blob_is_pack(w->m, i)))
                        *bytes += w->m->blobs[i].size;
        }
        return 0;
}

static int check_space(struct importer *w, struct err *e)
{
        char need[16], have[16];
        uint64_t bytes, needed;

        if (fs_free_bytes(w->staging, &bytes, e) < 0)
                return -1;
        if (bytes >= w->m->totals.bytes)
                return 0;
        if (stage_needs(w, &needed, e) < 0)
                return -1;
        if (bytes >= needed)
                return 0;
        return err_set(e, ERR_FAILED,
            "the bundle unpacks to %s, the disk has %s free; make room (dray gc) and import again",
            fs_size_text(needed, need), fs_size_text(bytes, have));
}

int stage_move(struct importer *w, struct err *e)
{
        char name[SHA256_HEX];

        if (w->replaces && fs_sync_all(w->staging, e) < 0)
                return -1;
        for (uint32_t i = 0; i < w->m->blob_count; i++) {
                stage_name(w, i, name);
                if (store_adopt(w->im->store, w->staging, name, w->m->blobs[i].sha256, e) < 0)
                        return -1;
        }
        return store_sync(w->im->store, e);
}

void stage_init(struct importer *w)
{
        w->staging = -1;
        w->sink = (struct blob_sink){w, sink_begin, sink_data, sink_end, sink_progress};
        for (int i = 0; i < STAGE_FILES; i++)
                w->open[i].fd = -2;
}

int stage_open(struct importer *w, struct err *e)
{
        int tmp = store_temp_dir(w->im->store);

        /* what an interrupted import left: its hashes were checked, but who knows by whom since */
        if (fs_remove_tree(tmp, STAGING, e) < 0)
                return -1;
        w->staging = fs_make_dir(tmp, STAGING, e);
        return w->staging < 0 ? -1 : check_space(w, e);
}

void stage_close(struct importer *w)
{
        struct err ignored = ERR_INIT;

        for (int i = 0; i < STAGE_FILES; i++)
                if (w->open[i].fd >= 0)
                        close(w->open[i].fd);
        free(w->strays);
        if (w->staging < 0)
                return;
        close(w->staging);
        fs_remove_tree(store_temp_dir(w->im->store), STAGING, &ignored);
}
