/* Bundles whose volumes come one by one, and from copies of which none may be whole. */
#include <fcntl.h>
#include <unistd.h>

#include "bundle/catalog_stream.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/seen.h"
#include "bundle_stream.h"
#include "import_work.h"

/* One file being read into the spool. */
struct gathering {
        struct importer *w;
        struct bundle *b;
        uint64_t taken;    /* bytes of the present pack */
        int unreadable;    /* the medium gave an error, or ended */
        struct err damage; /* the first there was */
};

static int read_input(void *user, void *bytes, size_t len, struct err *e)
{
        struct gathering *g = user;

        if (bundle_read_pack(g->b, bytes, len, e) < 0) {
                g->unreadable = 1;
                return -1;
        }
        g->taken += len;
        return 0;
}

static void note_damage(struct gathering *g, struct err *e)
{
        if (g->damage.code == ERR_NONE)
                g->damage = *e;
        *e = (struct err)ERR_INIT;
}

/* 0 taken (or there already), 1 not good: *e says why, -1 this machine failed */
static int take_pack(struct gathering *g, size_t pack, struct err *e)
{
        struct importer *w = g->w;
        int has = spool_has(w->spool, pack);

        g->taken = 0;
        g->unreadable = 0;
        if (bundle_next_pack(g->b, w->m, pack, has, e) < 0)
                return 1;
        if (has)
                return 0;
        if (spool_put(w->spool, pack, read_input, g, e) < 0)
                return g->unreadable || e->code == ERR_REFUSED ? 1 : -1;
        if (bundle_end_pack(g->b, w->m, pack, e) < 0)
                note_damage(g, e); /* beside the pack, which is what was signed */
        return spool_keep(w->spool, pack, e);
}

/*
 * Where the next pack begins, after one that was not good: its place is known
 * from the signed sizes. 0; -1 on a pipe that stands elsewhere.
 */
static int go_on_after(struct gathering *g, size_t pack, off_t start)
{
        uint64_t size = g->w->m->packs[pack].size;
        struct err ignored = ERR_INIT;

        if (start >= 0)
                return bundle_pass_pack(g->b, g->w->m, pack, start);
        return g->taken == size ? bundle_end_pack(g->b, g->w->m, pack, &ignored) : -1;
}

static void report(const struct gathering *g)
{
        const struct import *im = g->w->im;

        if (im->gathering)
                im->gathering(im->user, spool_bytes(g->w->spool), g->w->m->totals.stored);
}

/* -1 only when this machine failed; what is wrong with the volume is noted. */
static int take_packs(struct gathering *g, struct err *e)
{
        const struct volume *v = bundle_volume(g->b);

        for (uint64_t i = v->first_pack; i < v->first_pack + v->pack_count; i++) {
                off_t start = bundle_tell(g->b);
                int r = take_pack(g, i, e);

                if (r < 0)
                        return -1;
                report(g);
                if (r == 0)
                        continue;
                note_damage(g, e);
                if (go_on_after(g, i, start) < 0)
                        return 0;
        }
        if (bundle_end(g->b, e) < 0)
                note_damage(g, e);
        return 0;
}

/* The packs that are not here yet, and then the blobs that are no packs. */
static int check_space(struct importer *w, struct err *e)
{
        uint64_t need, have;
        char a[16], b[16];

        if (stage_needs(w, &need, e) < 0 ||
            fs_free_bytes(store_state_dir(w->im->store), &have, e) < 0)
                return -1;
        need += w->m->totals.stored - spool_bytes(w->spool);
        if (have >= need)
                return 0;
        return err_set(e, ERR_FAILED,
            "the bundle's volumes and what is in them take %s more, the disk has %s free; make room (dray "
            "gc) and import again",
            fs_size_text(need, a), fs_size_text(have, b));
}

static void fill_result(const struct gathering *g, struct import_result *r)
{
        const struct spool *s = g->w->spool;

        r->waiting = !spool_is_complete(s);
        r->held = spool_bytes(s);
        r->total = g->w->m->totals.stored;
        spool_missing(s, r->missing, sizeof r->missing);
        r->damage = g->damage;
}

/* One that is made for nothing would be said to wait. */
static int open_spool(struct importer *w, const struct import_result *r, struct err *e)
{
        int state = store_state_dir(w->im->store), known = spool_exists(state, r->manifest_sha256);
        struct err ignored = ERR_INIT;

        if (spool_open(state, r->manifest_sha256, w->m, &w->spool, e) < 0)
                return -1;
        if (check_space(w, e) == 0)
                return 0;
        if (!known)
                spool_remove(state, r->manifest_sha256, &ignored);
        return -1;
}

int gather_volume(struct importer *w, struct bundle *b, struct import_result *r, struct err *e)
{
        struct gathering g = {.w = w, .b = b};
        const struct volume *v = bundle_volume(b);

        if (open_spool(w, r, e) < 0 || take_packs(&g, e) < 0 || spool_saw(w->spool, v, e) < 0 ||
            spool_settle(w->spool, e) < 0)
                return -1;
        fill_result(&g, r);
        if (!r->waiting)
                return 1;
        if (g.damage.code == ERR_NONE)
                return 0;
        *e = g.damage;
        e->code = ERR_REFUSED;
        if (v->volumes > 1)
                err_prefix(e, "volume %llu of %llu", (unsigned long long)v->volume,
                    (unsigned long long)v->volumes);
        return -1;
}

/*
 * What is at or below the bundle that was just taken in cannot come in any more; unless it was taken
 * in itself, and its volumes come again to bring back what was lost.
 */
static int sweep(void *user, const struct spool_row *row, struct err *e)
{
        const struct importer *w = user;
        const struct seen_bundle its = {.epoch = row->epoch, .seq = row->seq};
        struct bundle_row taken;
        int r;

        if (strcmp(row->stream, w->m->stream) != 0 || seen_above(&its, w->m->epoch, w->m->seq))
                return 0;
        r = catalog_bundle_find(w->catalog, row->stream, row->epoch, row->seq, &taken, e);
        if (r == 0 || (r == 1 && memcmp(taken.manifest, row->manifest, SHA256_SIZE) != 0))
                r = spool_remove(store_state_dir(w->im->store), row->manifest, e);
        else if (r == 1)
                r = 0;
        bundle_row_release(&taken);
        return r;
}

int gather_sweep(struct importer *w, struct err *e)
{
        return spool_list(store_state_dir(w->im->store), sweep, w, e);
}

static int read_spooled(void *user, void *bytes, size_t len, struct err *e)
{
        ssize_t n = fs_read(*(int *)user, bytes, len, e);

        if (n < 0)
                return -1;
        return (size_t)n == len ? 0 : err_set(e, ERR_REFUSED, "a pack in state/spool is cut short");
}

/* 1 linked, or not wanted; 0: its bytes have to be copied; -1 */
static int link_own(struct importer *w, const struct unpack *u, size_t pack, struct err *e)
{
        int64_t blob = unpack_own_blob(u, pack);
        char name[SHA256_HEX];
        int wanted = blob < 0 ? 0 : stage_lacks(w, (uint32_t)blob, e);

        if (blob < 0 || wanted < 0)
                return wanted;
        if (!wanted)
                return 1;
        w->replaces |= wanted == STAGE_LOST;
        stage_name(w, (uint32_t)blob, name);
        return spool_link(w->spool, pack, w->staging, name, e);
}

static int unpack_spooled(struct importer *w, struct unpack *u, size_t pack, struct err *e)
{
        int fd, r = link_own(w, u, pack, e);

        if (r == 1)
                unpack_pass(u, pack);
        if (r)
                return r < 0 ? -1 : 0;
        fd = spool_get(w->spool, pack, e);
        if (fd < 0)
                return -1;
        r = unpack_pack(u, pack, read_spooled, &fd, e);
        close(fd);
        return r;
}

/* Is it the disk here that spoiled a pack, or was the bundle made so? The first can be helped. */
static int blame(struct importer *w, size_t pack, struct err *e)
{
        struct err ignored = ERR_INIT;
        char missing[256];

        if (e->code != ERR_REFUSED || spool_check(w->spool, pack))
                return -1;
        spool_drop(w->spool, pack);
        spool_settle(w->spool, &ignored); /* status tells it, too */
        spool_missing(w->spool, missing, sizeof missing);
        return err_set(e, ERR_REFUSED,
            "a pack that was good when it came was damaged in state/spool since; bring %s again",
            missing);
}

int gather_unpack(struct importer *w, struct err *e)
{
        struct unpack *u = NULL;
        int ret = -1;

        if (unpack_new(w->m, &w->sink, &u, e) < 0 || unpack_end(u, e) < 0)
                goto out;
        for (size_t i = 0; i < w->m->pack_count; i++) {
                if (unpack_spooled(w, u, i, e) < 0) {
                        blame(w, i, e);
                        goto out;
                }
        }
        ret = 0;
out:
        unpack_free(u);
        return ret;
}
