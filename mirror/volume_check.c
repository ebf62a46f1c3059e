#include "volume_check.h"

#include "bundle/bundle_cut.h"
#include "bundle/mem.h"

static int on_blob(struct blob_sink *s, uint32_t blob, struct err *e)
{
        (void)s;
        (void)blob;
        (void)e;
        return 0;
}

static int on_data(struct blob_sink *s, uint32_t blob, const void *bytes, size_t len, struct err *e)
{
        (void)bytes;
        (void)len;
        return on_blob(s, blob, e);
}

/* Of several copies more than all is read. */
static void on_progress(struct blob_sink *s, uint64_t done, uint64_t total)
{
        progress_bytes(s->user, "verifying", done < total ? done : total, total);
}

int volume_check_begin(
    struct volume_check *k, const struct manifest *m, struct progress *progress, struct err *e)
{
        k->m = m;
        k->sink = (struct blob_sink){progress, on_blob, on_data, on_blob, on_progress};
        k->has = xcalloc(m->pack_count, 1);
        return unpack_new(m, &k->sink, &k->unpack, e) < 0 ? -1 : unpack_end(k->unpack, e);
}

int volume_check_file(struct volume_check *k, struct bundle *b, struct err *e)
{
        const struct volume *v = bundle_volume(b);

        if (bundle_unpack_volume(b, k->m, k->unpack, e) < 0)
                return -1;
        if (v->pack_count)
                memset(k->has + v->first_pack, 1, v->pack_count);
        k->seen = xgrow(k->seen, k->seen_count, &k->seen_cap, sizeof *k->seen);
        k->seen[k->seen_count++] = volume_seen_of(v);
        return 0;
}

void volume_check_missing(const struct volume_check *k, char *text, size_t size)
{
        char *stem = bundle_file_stem(k->m->stream, k->m->epoch, k->m->seq);

        volume_missing(k->has, k->m->pack_count, k->seen, k->seen_count, stem, text, size);
        free(stem);
}

void volume_check_release(struct volume_check *k)
{
        unpack_free(k->unpack);
        free(k->has);
        free(k->seen);
        *k = (struct volume_check){0};
}
