#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/catalog_stream.h"
#include "bundle/fs.h"
#include "bundle/spool.h"
#include "bundle_base.h"
#include "bundle_sent.h"
#include "mirror/cmd.h"
#include "mirror/mirror.h"
#include "mirror/site.h"
#include "outbox.h"

/* Volumes that came, of a bundle of which no other came for so long, are given up. */
#define SPOOL_SECONDS (30 * 86400)

static const struct opt_spec options[] = {
    {"keep", 0, "N", "generations to keep beside those that bundles stand on (default 2)"},
    {"outbox", 0, NULL,
        "also remove bundles from outbox/ that `dray bundle --resend` makes again; none else"},
    {"dry-run", 'n', NULL, "say what would be removed"},
    {0},
};

struct sweep {
        struct mirror *mirror;
        int dry_run;
        uint64_t files, bytes;
        int64_t oldest; /* generation to keep */
};

static int forget_row(
    void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e)
{
        const struct sweep *s = user;

        (void)size;
        return catalog_blob_forget(s->mirror->catalog, sha256, e);
}

/* A file without a row: its row was just removed, or an interrupted run left it. */
static int remove_stray(
    void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e)
{
        struct sweep *s = user;
        int held = catalog_blob_has(s->mirror->catalog, sha256, NULL, e);

        if (held)
                return held < 0 ? -1 : 0;
        s->files++;
        s->bytes += size;
        return s->dry_run ? 0 : store_remove(s->mirror->store, sha256, e);
}

static void keep_generation(struct sweep *s, int64_t generation)
{
        if (generation && generation < s->oldest) /* 0 holds nothing */
                s->oldest = generation;
}

/*
 * The last bundle of a stream is the base of the next one, or the one that the far side says it
 * holds; the last one and those shortly before it can be sent again; one that was begun may go on.
 */
static int keep_base(void *user, const struct bundle_row *row, struct err *e)
{
        struct sweep *s = user;
        struct bundle_row done = {0}, last = {0};
        int64_t epoch, seq, at;
        int confirmed, ret = -1;

        if (catalog_bundle_last_done(s->mirror->catalog, row->stream, &done, e) < 0 ||
            catalog_bundle_get(s->mirror->catalog, row->stream, 0, &last, e) < 0)
                goto out;
        confirmed = bundle_base_confirmed(s->mirror->catalog, row->stream, &epoch, &seq, &at, e);
        if (confirmed < 0)
                goto out;
        if ((confirmed && row->epoch == epoch && row->seq == seq) ||
            bundle_sent_is_kept(row, &done) ||
            (row->epoch == last.epoch &&
                (row->seq == last.seq || (!last.done && row->seq == last.base_seq))))
                keep_generation(s, row->generation);
        ret = 0;
out:
        bundle_row_release(&done);
        bundle_row_release(&last);
        return ret;
}

/* What cannot be made again any more needs no head. */
static int forget_sent(void *user, const struct bundle_row *row, struct err *e)
{
        struct sweep *s = user;
        struct bundle_row done = {0};
        int r = catalog_bundle_last_done(s->mirror->catalog, row->stream, &done, e);
        int begun = !row->done && (row->epoch > done.epoch || row->seq > done.seq);
        int kept = r < 0 || bundle_sent_is_kept(row, &done) || begun;

        bundle_row_release(&done);
        if (r < 0)
                return -1;
        return kept || s->dry_run ? 0 : bundle_sent_forget(s->mirror->state, row, e);
}

static int find_oldest(struct sweep *s, long long keep, struct err *e)
{
        struct generation last;
        char tree[2];
        int64_t shown;

        if (catalog_generation_last(s->mirror->catalog, &last, e) < 0)
                return -1;
        s->oldest = last.id - keep + 1;
        if (s->oldest < 1)
                s->oldest = 1;
        if (site_shown(s->mirror, tree, &shown, e) < 0)
                return -1;
        if (shown > 0 && shown < s->oldest)
                s->oldest = shown;
        return 0;
}

/* Partial downloads come again; compressed packs can be made again at any time. */
static int clean_folder(struct sweep *s, int folder, const char *name, struct err *e)
{
        struct dirent *entry;
        DIR *d;
        int r = fs_list_dir(folder, ".", &d, e), ret = 0;

        if (r <= 0)
                return r < 0 ? err_prefix(e, "%s", name) : 0;
        while (ret == 0 && (entry = readdir(d))) {
                struct stat st;

                if (entry->d_name[0] == '.' ||
                    fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                s->bytes += (uint64_t)st.st_size;
                if (!s->dry_run)
                        ret = fs_remove_tree(dirfd(d), entry->d_name, e);
        }
        closedir(d);
        return ret;
}

/* What waits for volumes, and can come no more or does not. */
static int sweep_spool(void *user, const struct spool_row *row, struct err *e)
{
        struct sweep *s = user;
        struct bundle_row last = {0};
        int r = catalog_bundle_last_done(s->mirror->catalog, row->stream, &last, e);
        int stale = r == 1 &&
                    (row->epoch < last.epoch || (row->epoch == last.epoch && row->seq <= last.seq));

        bundle_row_release(&last);
        if (r < 0 || (!stale && (int64_t)time(NULL) - row->changed < SPOOL_SECONDS))
                return r < 0 ? -1 : 0;
        s->bytes += row->held;
        return s->dry_run ? 0 : spool_remove(s->mirror->state, row->manifest, e);
}

/*
 * Rows first: a file without a row is garbage, a row without its file is damage. A dry run looks at
 * the files while the rows are gone, and has them back.
 */
static int sweep_blobs(struct sweep *s, struct err *e)
{
        struct catalog *c = s->mirror->catalog;
        int ret = -1;

        if (catalog_begin(c, e) < 0)
                return -1;
        if (catalog_generations_prune(c, s->oldest, e) == 0 &&
            catalog_blobs_unused(c, forget_row, s, e) == 0 &&
            (s->dry_run || catalog_commit(c, e) == 0))
                ret = store_walk(s->mirror->store, remove_stray, s, e);
        catalog_rollback(c);
        return ret;
}

/* What needs no room goes first: the catalog's log may need some. */
static int sweep_all(struct sweep *s, struct err *e)
{
        const struct mirror *m = s->mirror;

        if (clean_folder(s, store_temp_dir(m->store), "tmp", e) < 0 ||
            clean_folder(s, m->packs, "packs", e) < 0 ||
            spool_list(m->state, sweep_spool, s, e) < 0 || sweep_blobs(s, e) < 0)
                return -1;
        return catalog_bundles(m->catalog, NULL, forget_sent, s, e);
}

static void note_stays(void *user, const char *stem, const char *why)
{
        cmd_note(user, "%s stays in outbox/: %s", stem, why);
}

static void print_outbox(const struct cmd *c, const struct outbox *o)
{
        char held[16], removed[16];

        fs_size_text(o->bytes, held);
        fs_size_text(o->removed_bytes, removed);
        if (opt_flag(&c->opt, "outbox"))
                printf("outbox/: %s %zu bundle files, %s; it %s %zu, %s\n",
                    o->dry_run ? "would remove" : "removed", o->removed, removed,
                    o->dry_run ? "holds" : "held", o->files, held);
        else if (o->files)
                printf(
                    "outbox/ holds %zu bundle files, %s; gc --outbox removes what bundle --resend makes again\n",
                    o->files, held);
}

static void print(const struct cmd *c, const struct sweep *s, const struct outbox *o)
{
        char bytes[16];

        if (!c->json) {
                printf("%s %llu files, %s; generations from %lld on are kept\n",
                    s->dry_run ? "would remove" : "removed", (unsigned long long)s->files,
                    fs_size_text(s->bytes, bytes), (long long)s->oldest);
                print_outbox(c, o);
                return;
        }
        cmd_print_json_take(json_pack("{sb sI sI sI s{sI sI sI sI}}", "dry_run", s->dry_run,
            "files", (json_int_t)s->files, "bytes", (json_int_t)s->bytes, "oldest_kept",
            (json_int_t)s->oldest, "outbox", "files", (json_int_t)o->files, "bytes",
            (json_int_t)o->bytes, "removed", (json_int_t)o->removed, "removed_bytes",
            (json_int_t)o->removed_bytes));
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct sweep s = {.mirror = &m};
        struct outbox outbox = {.stays = note_stays, .user = c};
        long long keep = 2;
        int ret = -1, bundles = opt_flag(&c->opt, "outbox");

        s.dry_run = outbox.dry_run = opt_flag(&c->opt, "dry-run");
        if (cmd_want_args(c, 0, 0, e) < 0 ||
            opt_number(&c->opt, "keep", 1, 1000000, &keep, e) < 0 ||
            mirror_open(
                &m, c->dir, MIRROR_LOCKED | MIRROR_FREES | (bundles ? MIRROR_CONFIG : 0U), e) < 0 ||
            outbox_look(&m, &outbox, e) < 0 || (bundles && outbox_sweep(&m, &outbox, e) < 0) ||
            find_oldest(&s, keep, e) < 0 ||
            catalog_bundles(m.catalog, NULL, keep_base, &s, e) < 0 || sweep_all(&s, e) < 0)
                goto out;
        print(c, &s, &outbox);
        ret = 0;
out:
        mirror_close(&m);
        return ret;
}

const struct command cmd_gc = {
    .name = "gc",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "",
    .summary = "remove what no kept generation needs",
    .description =
        "Forgets old generations, and removes the files that only they needed, partial\n"
        "downloads and cached packs. What the site shows and what the next bundle of each\n"
        "stream stands on is kept, and what its last 4 bundles are made of. Volumes of a bundle that never came whole are given up when\n"
        "a later bundle was imported, or no volume has come for 30 days.\n"
        "\n"
        "Bundles in outbox/ stay, unless --outbox is given: then those of the last 4 of a stream go\n"
        "that the far side holds by its receipt or, in a stream without receipts, that are not the\n"
        "last one. Each is made again first, and goes only if that gives the same bytes.",
};
