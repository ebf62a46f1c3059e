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

static int check_pack(struct volume_check *k, struct bundle *b, size_t pack, struct err *e)
{
        if (bundle_next_pack(b, k->m, pack, 0, e) < 0 ||
            unpack_pack(k->unpack, pack, bundle_read_pack, b, e) < 0)
                return -1;
        k->has[pack] = 1;
        return bundle_end_pack(b, k->m, pack, e);
}

/* *why: the first that is wrong with it. */
static void check_packs(struct volume_check *k, struct bundle *b, struct err *why)
{
        const struct volume *v = bundle_volume(b);
        struct err other = ERR_INIT;

        for (uint64_t i = v->first_pack; i < v->first_pack + v->pack_count; i++) {
                off_t place = bundle_tell(b);

                if (check_pack(k, b, i, why->code ? &other : why) == 0)
                        continue;
                if (bundle_pass_pack(b, k->m, i, place) < 0)
                        return;
        }
        bundle_end(b, why->code ? &other : why);
}

int volume_check_file(struct volume_check *k, struct bundle *b, struct err *e)
{
        struct err why = ERR_INIT;

        k->seen = xgrow(k->seen, k->seen_count, &k->seen_cap, sizeof *k->seen);
        k->seen[k->seen_count++] = volume_seen_of(bundle_volume(b));
        check_packs(k, b, &why);
        if (why.code == ERR_NONE)
                return 0;
        *e = why;
        return -1;
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
