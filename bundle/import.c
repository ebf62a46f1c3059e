#include "bundle/import.h"

#include <errno.h>
#include <fcntl.h>

#include "bundle/catalog_stream.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/mem.h"
#include "bundle/seen.h"
#include "import_work.h"

void import_result_release(struct import_result *r)
{
        manifest_release(&r->manifest);
        trust_walk_release(&r->walk);
        *r = (struct import_result){0};
}

/* -- the transaction -- */

struct record_import {
        struct importer *importer;
        struct catalog *catalog;
        int apply; /* 0: only ask whether each is acceptable */
        struct held_files files;
};

/* A file of this bundle, or one that was here before. */
static int open_file(
    struct held_files *files, const unsigned char sha[SHA256_SIZE], int *fd, struct err *e)
{
        const struct importer *w = files->user;
        char name[SHA256_HEX];
        int held;

        hex_encode(name, sha, SHA256_SIZE);
        *fd = openat(w->staging, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (*fd >= 0)
                return 1;
        if (errno != ENOENT)
                return err_sys(e, "cannot read %s", name);
        held = catalog_blob_has(w->catalog, sha, NULL, e);
        if (held <= 0)
                return held;
        *fd = store_get(w->im->store, sha, e);
        return *fd < 0 ? -1 : 1;
}

static int identify(
    struct record_import *ri, const char *kind, const struct record *r, struct err *e)
{
        const struct importer *w = ri->importer;

        if (!w->im->identify || w->trying ||
            w->im->identify(w->im->user, kind, r, &ri->files, e) == 0)
                return 0;
        return e->code == ERR_REFUSED ? err_cause(e, "wrong-software") : -1;
}

static int missing_bytes(const struct record *r, struct err *e)
{
        err_set(e, ERR_REFUSED,
            "%s/%s: its bytes are neither in the bundle nor here; ask the other side for a full bundle",
            r->source, r->file);
        return err_cause(e, "missing-bytes");
}

/* What the bundle itself does not bring must be here, and have the record's size. */
static int check_held(const struct importer *w, const struct record *r, struct err *e)
{
        uint64_t size = 0;
        int held, lost;

        if (manifest_blob_find(w->m, r->sha256))
                return 0;
        held = catalog_blob_has(w->catalog, r->sha256, &size, e);
        if (held < 0)
                return -1;
        lost = held && !store_present(w->im->store, r->sha256, size);
        if ((!held || lost) && w->leap) {
                *e = *w->leap;
                return -1;
        }
        if (!held)
                return missing_bytes(r, e);
        if (size != r->size)
                return err_set(e, ERR_REFUSED,
                    "%s/%s: is said to have %llu bytes, and what is held has %llu", r->source,
                    r->file, (unsigned long long)r->size, (unsigned long long)size);
        if (lost)
                return err_set(e, ERR_FAILED,
                    "%s/%s: its bytes were lost here, and are not in this bundle; first import again the "
                    "bundle that brought them, or ask for a full one",
                    r->source, r->file);
        return 0;
}

static int take_record(
    void *user, const struct record *r, const char *line, size_t len, int added, struct err *e)
{
        struct record_import *ri = user;
        const struct import *im = ri->importer->im;
        const struct manifest *m = ri->importer->m;
        int done;

        (void)line;
        (void)len;
        if (!ri->apply) {
                if (added && check_held(ri->importer, r, e) < 0)
                        return -1;
                return im->accept && added
                           ? im->accept(im->user, manifest_source_kind(m, r->source), r, e)
                           : 0;
        }
        if (!m->base_seq)
                done = catalog_record_keep(ri->catalog, r, e);
        else
                done = added ? catalog_record_add(ri->catalog, r, e)
                             : catalog_record_remove(ri->catalog, r, e);
        if (done == 0 && m->base_seq && !ri->importer->leap) {
                err_set(e, ERR_REFUSED,
                    "%s/%s: the bundle %s it, but it %s here; the mirror is not what the sender believes "
                    "(run dray fsck, then ask for a full bundle)",
                    r->source, r->file, added ? "adds" : "removes",
                    added ? "is already" : "is not");
                return err_cause(e, "other-state");
        }
        if (done == 1 && added)
                return identify(ri, manifest_source_kind(m, r->source), r, e);
        return done < 0 ? -1 : 0;
}

/* A full bundle says all there is: of a source that it does not list the stream has nothing any more. */
static int settle_source(struct importer *w, const char *source, struct err *e)
{
        if (catalog_source_settle(w->catalog, source, e) < 0)
                return -1;
        return *manifest_source_kind(w->m, source)
                   ? 0
                   : catalog_stream_source_release(w->catalog, w->m->stream, source, e);
}

static int put_blobs(const struct importer *w, struct import_result *r, struct err *e)
{
        const struct manifest *m = w->m;

        r->new_files = 0;
        for (size_t i = 0; i < m->blob_count; i++) {
                int held = catalog_blob_has(w->catalog, m->blobs[i].sha256, NULL, e);

                if (held < 0 || (!held && catalog_blob_put(w->catalog, m->blobs[i].sha256,
                                              m->blobs[i].size, e) < 0))
                        return -1;
                r->new_files += !held;
        }
        return 0;
}

/* What a full bundle removes is not in its manifest. */
static int end_change(const struct importer *w, struct import_result *r, struct err *e)
{
        int changed = catalog_change_end(w->catalog, &r->generation, e);

        r->added = r->removed = 0;
        return changed > 0
                   ? catalog_change_count(w->catalog, r->generation.id, &r->added, &r->removed, e)
                   : changed;
}

static int put_rows(struct importer *w, struct bundle *b, struct import_result *r, struct err *e)
{
        struct record_import ri = {w, w->catalog, 1, {.user = w, .open = open_file}};
        const struct manifest *m = w->m;
        struct manifest again = {0};
        unsigned char state[SHA256_SIZE];
        char **sources = NULL;
        size_t source_count = 0;
        int ret = -1;

        if (catalog_change_begin(w->catalog, e) < 0)
                return -1;
        for (size_t i = 0; i < m->source_count; i++)
                if (catalog_source_put(w->catalog, m->sources[i].name, m->sources[i].kind, e) < 0 ||
                    catalog_stream_source_put(w->catalog, m->stream, m->sources[i].name, e) < 0)
                        return -1;
        if (put_blobs(w, r, e) < 0)
                return -1;
        if (bundle_manifest(b, take_record, &ri, &again, e) < 0)
                goto out;
        if (catalog_stream_sources(w->catalog, m->stream, &sources, &source_count, e) < 0)
                goto out;
        for (size_t i = 0; i < source_count && !m->base_seq; i++)
                if (settle_source(w, sources[i], e) < 0)
                        goto out;
        if (end_change(w, r, e) < 0 || catalog_scope(w->catalog, sources, source_count, e) < 0 ||
            catalog_state(w->catalog, r->generation.id, state, e) < 0)
                goto out;
        if (memcmp(state, m->state, SHA256_SIZE) != 0) {
                err_set(e, ERR_REFUSED,
                    "after this bundle the mirror would not be what the sender signed; run dray fsck, then "
                    "ask for a full bundle");
                err_cause(e, "other-state");
                goto out;
        }
        if (w->im->accept_result && !w->trying &&
            w->im->accept_result(w->im->user, r->generation.id, e) < 0)
                goto out;
        ret = 0;
out:
        manifest_release(&again);
        catalog_names_free(sources, source_count);
        return ret;
}

/* The trust lists that the bundle carried come into force with it. */
static int keep_trust(
    struct importer *w, struct bundle *b, const struct import_result *r, struct err *e)
{
        size_t count;

        return trust_walk_keep(&r->walk, w->catalog, bundle_trust_lists(b, &count), e);
}

static int commit(struct importer *w, struct bundle *b, struct import_result *r, struct err *e)
{
        if (catalog_begin(w->catalog, e) < 0)
                return -1;
        if (put_rows(w, b, r, e) < 0 || note_row(w, r, e) < 0 || keep_trust(w, b, r, e) < 0 ||
            note_holes(w->catalog, w->m, e) < 0 || note_log(w, r, e) < 0 || stage_move(w, e) < 0 ||
            catalog_commit(w->catalog, e) < 0) {
                catalog_rollback(w->catalog);
                return -1;
        }
        return 0;
}

/* 1: some of the bundle's blobs were lost here since it was imported; 0; -1 */
static int has_lost(struct importer *w, struct err *e)
{
        for (uint32_t i = 0; i < w->m->blob_count; i++) {
                int r = stage_lacks(w, i, e);

                if (r)
                        return r;
        }
        return 0;
}

/* 1: the blobs are staged; 0: more volumes have to come; -1 */
static int take_packs(struct importer *w, struct bundle *b, struct import_result *r, struct err *e)
{
        const struct import *im = w->im;

        if (bundle_volume(b)->volumes > 1 || im->gather ||
            spool_exists(store_state_dir(im->store), r->manifest_sha256)) {
                int complete = gather_volume(w, b, r, e);

                if (complete <= 0)
                        return complete;
        }
        if (stage_open(w, e) < 0)
                return -1;
        return (w->spool ? gather_unpack(w, e) : bundle_unpack(b, w->m, &w->sink, e)) < 0 ? -1 : 1;
}

/* A bundle that was imported before brings back what was lost of it since. */
static int heal(struct importer *w, struct bundle *b, struct import_result *r, struct err *e)
{
        char name[SHA256_HEX];
        int lost;

        w->healing = 1;
        lost = has_lost(w, e);
        if (lost <= 0)
                return lost;
        lost = take_packs(w, b, r, e);
        if (lost <= 0)
                return lost;
        if (fs_sync_all(w->staging, e) < 0)
                return -1;
        for (uint32_t i = 0; i < w->m->blob_count; i++) {
                lost = stage_lacks(w, i, e);
                if (lost < 0)
                        return -1;
                if (!lost)
                        continue;
                stage_name(w, i, name);
                if (store_adopt(w->im->store, w->staging, name, w->m->blobs[i].sha256, e) < 0)
                        return -1;
                r->healed++;
        }
        return store_sync(w->im->store, e);
}

/*
 * A bundle on another base than what is here: taken if all that it does not bring is here, and
 * the state comes out as signed. Tried without its files, and undone.
 */
static int try_leap(struct importer *w, struct bundle *b, struct import_result *r, struct err *e)
{
        int ret;

        if (catalog_begin(w->catalog, e) < 0)
                return -1;
        w->trying = 1;
        ret = put_rows(w, b, r, e);
        catalog_rollback(w->catalog);
        w->trying = 0;
        r->generation = (struct generation){0};
        if (ret < 0 && e->code == ERR_REFUSED)
                *e = *w->leap;
        return ret;
}

/* After the commit: what fails now is done when the bundle is imported again. */
static void tidy_up(struct importer *w, struct import_result *r)
{
        if (note_seen(w, r, &r->untidy) < 0 || gather_sweep(w, &r->untidy) < 0 || r->waiting)
                return;
        spool_remove(store_state_dir(w->im->store), r->manifest_sha256, &r->untidy);
}

/* Every record must be one that this mirror can publish, before anything is changed. */
static int check_records(struct importer *w, struct bundle *b, struct err *e)
{
        struct record_import ri = {.importer = w, .catalog = w->catalog};
        struct manifest again = {0};
        int r;

        for (size_t i = 0; w->im->accept_source && i < w->m->source_count; i++)
                if (w->im->accept_source(
                        w->im->user, w->m->sources[i].name, w->m->sources[i].kind, e) < 0)
                        return -1;
        r = bundle_manifest(b, take_record, &ri, &again, e);

        manifest_release(&again);
        return r;
}

/* A bundle that was imported before. */
static int import_again(
    struct importer *w, struct bundle *b, struct import_result *r, struct err *e)
{
        if (note_holes_again(w->catalog, r, e) < 0 || heal(w, b, r, e) < 0)
                return -1;
        tidy_up(w, r);
        return 0;
}

/*
 * All of it has come, and it is not let in: its volumes are no use any more. If it is this machine
 * that failed, or this mirror that is not what it should be, the same command goes on with them
 * once that is mended.
 */
static void give_up_refused(
    const struct importer *w, const struct import_result *r, const struct err *why)
{
        struct err ignored = ERR_INIT;

        if (why->cause && strcmp(why->cause, "other-state") == 0)
                return;
        if (w->spool && spool_is_complete(w->spool) &&
            (why->code == ERR_REFUSED || why->code == ERR_CHAIN))
                spool_remove(store_state_dir(w->im->store), r->manifest_sha256, &ignored);
}

static int import_next(struct importer *w, struct bundle *b, struct import_result *r, struct err *e)
{
        int taken;

        if (r->leap.code)
                w->leap = &r->leap;
        if ((w->im->accept_bundle && w->im->accept_bundle(w->im->user, r, e) < 0) ||
            check_records(w, b, e) < 0 || (w->leap && try_leap(w, b, r, e) < 0))
                return -1;
        if (w->im->begun)
                w->im->begun(w->im->user, w->m);
        taken = take_packs(w, b, r, e);
        if (taken == 0)
                return 0;
        if (taken < 0 || commit(w, b, r, e) < 0) {
                give_up_refused(w, r, e);
                return -1;
        }
        tidy_up(w, r);
        return 0;
}

/* The one thing that a refusal leaves behind. */
static int place(const struct import *im, struct import_result *r, struct err *e)
{
        struct err failed = ERR_INIT;
        int chain = import_place(im, r, e);

        if (chain < 0 && e->cause && strcmp(e->cause, "fork") == 0 &&
            seen_alarm(store_state_dir(im->store), r->manifest.stream, e->msg, &failed) < 0) {
                err_set(e, ERR_CHAIN, "%.800s (and the alarm was not noted: %.100s)", e->msg,
                    failed.msg);
                err_cause(e, "fork");
        }
        return chain;
}

int import_bundle(const struct import *im, int fd, struct import_result *out, struct err *e)
{
        struct importer w = {.im = im, .catalog = im->catalog, .m = &out->manifest};
        struct bundle *b = NULL;
        int ret = -1, chain;

        *out = (struct import_result){0};
        stage_init(&w);
        if (bundle_open(fd, &b, e) < 0 || import_judge(im->catalog, b, out, e) < 0)
                goto out;
        chain = place(im, out, e);
        if (chain >= 0)
                ret = chain ? import_again(&w, b, out, e) : import_next(&w, b, out, e);
out:
        stage_close(&w);
        spool_close(w.spool);
        bundle_close(b);
        return ret;
}
