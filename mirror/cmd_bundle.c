#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bundle_read.h"
#include "bundle/bundle_write.h"
#include "bundle/catalog_stream.h"
#include "bundle/catalog_work.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "keyfile.h"
#include "mirror/config.h"
#include "mirror/mirror.h"
#include "mirror/progress.h"

static const struct opt_spec options[] = {
    {"stream", 's', "NAME", "which [[stream]] (default: the only one)"},
    {"full", 0, NULL, "everything, on no base"},
    {"base", 0, "SEQ", "on this bundle of the stream (default: the last one)"},
    {"if-changed", 0, NULL, "do nothing when nothing has changed since the base"},
    {"allow-missing", 0, NULL,
        "bundle although something selected is missing; the bundle names it"},
    {"key", 'k', "FILE", "sign with this key too (default: `keys` of the stream)"},
    {"output", 'o', "DIR", "where the file goes (default: outbox/); - writes to stdout"},
    {"threads", 'j', "N", "threads that compress (default: one for each processor)"},
    {"password-file", 0, "FILE", "its first line is the password of the key"},
    {"password-fd", 0, "N", "read the password from this descriptor"},
    {0},
};

/* One run of the command. */
struct job {
        struct cmd *cmd;
        struct mirror mirror;
        const struct config_stream *stream;
        char **sources; /* sorted */
        size_t source_count;
        struct secret_key *keys[LIMIT_SIGNATURES];
        size_t key_count;
        struct bundle_row row, base; /* base.seq 0: full */
        char **holes;
        size_t hole_count, hole_cap;
        struct progress *progress;
};

static void on_build(void *user, uint64_t done, uint64_t total)
{
        progress_bytes(user, "packing", done, total);
}

static void on_write(void *user, uint64_t done, uint64_t total)
{
        progress_bytes(user, "writing", done, total);
}

static int choose_stream(struct job *j, struct err *e)
{
        const struct config *config = j->mirror.config;
        const char *name = opt_value(&j->cmd->opt, "stream");

        if (!name && config->stream_count == 1) {
                j->stream = &config->streams[0];
                return 0;
        }
        if (!name)
                return err_set(e, ERR_USAGE,
                    config->stream_count ? "several streams in %s: choose one with --stream"
                                         : "%s has no [[stream]]; add one with name and keys",
                    config->path);
        j->stream = config_stream_find(config, name);
        if (!j->stream)
                return err_set(e, ERR_USAGE, "%s has no stream named %s", config->path, name);
        return 0;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_sources(struct job *j)
{
        j->sources = xcalloc(j->stream->source_count, sizeof *j->sources);
        for (size_t i = 0; i < j->stream->source_count; i++)
                j->sources[j->source_count++] = xstrdup(j->stream->sources[i]->name);
        if (j->source_count)
                qsort(j->sources, j->source_count, sizeof *j->sources, by_text);
}

static int add_key(struct job *j, const char *path, struct err *e)
{
        if (j->key_count == LIMIT_SIGNATURES)
                return err_set(e, ERR_USAGE, "more than %d signing keys", LIMIT_SIGNATURES);
        j->keys[j->key_count] = keyfile_open(j->cmd, path, e);
        if (!j->keys[j->key_count])
                return -1;
        j->key_count++;
        return 0;
}

static int open_keys(struct job *j, struct err *e)
{
        const char *path;

        for (size_t i = 0; i < j->stream->keys.count; i++)
                if (add_key(j, j->stream->keys.items[i].text, e) < 0)
                        return -1;
        for (size_t i = 0; (path = opt_value_at(&j->cmd->opt, "key", i)); i++)
                if (add_key(j, path, e) < 0)
                        return -1;
        if (j->key_count == 0)
                return err_set(e, ERR_USAGE,
                    "stream %s has no signing key; make one with `dray key generate NAME` and set keys = "
                    "[\"NAME.key\"]",
                    j->stream->name);
        return 0;
}

static int add_hole(void *user, const struct hole_row *row, struct err *e)
{
        struct job *j = user;

        (void)e;
        for (size_t i = 0; i < j->source_count; i++) {
                if (strcmp(j->sources[i], row->source) != 0)
                        continue;
                j->holes = xgrow(j->holes, j->hole_count, &j->hole_cap, sizeof *j->holes);
                j->holes[j->hole_count++] = xasprintf("%s: %s", row->source, row->item);
        }
        return 0;
}

static int check_holes(struct job *j, struct err *e)
{
        size_t n = 0;

        if (catalog_holes(j->mirror.catalog, NULL, add_hole, j, e) < 0)
                return -1;
        if (j->hole_count && !opt_flag(&j->cmd->opt, "allow-missing"))
                return err_set(e, ERR_INCOMPLETE,
                    "%zu of what is selected is missing (first: %s); run dray sync again, or bundle "
                    "without it by --allow-missing",
                    j->hole_count, j->holes[0]);
        if (j->hole_count)
                qsort(j->holes, j->hole_count, sizeof *j->holes, by_text);
        for (size_t i = 0; i < j->hole_count; i++) {
                if (n && strcmp(j->holes[n - 1], j->holes[i]) == 0)
                        free(j->holes[i]);
                else
                        j->holes[n++] = j->holes[i];
        }
        j->hole_count = n;
        return 0;
}

/* The base that was asked for; the last one unless something else was said. */
static int choose_base(struct job *j, const struct bundle_row *last, struct err *e)
{
        long long seq = 0;
        struct generation g;
        int given = opt_number(&j->cmd->opt, "base", 1, INT64_MAX, &seq, e), r;

        if (given < 0)
                return -1;
        if (given && opt_flag(&j->cmd->opt, "full"))
                return err_set(e, ERR_USAGE, "--full and --base exclude each other");
        if (opt_flag(&j->cmd->opt, "full") || (!given && last->seq == 0))
                return 0;
        r = catalog_bundle_get(
            j->mirror.catalog, j->stream->name, given ? seq : last->seq, &j->base, e);
        if (r < 0)
                return -1;
        if (r == 0 || !j->base.done)
                return err_set(
                    e, ERR_CHAIN, "stream %s has no bundle %lld here", j->stream->name, seq);
        r = catalog_generation_get(j->mirror.catalog, j->base.generation, &g, e);
        if (r == 0 && j->base.generation)
                return err_set(e, ERR_CHAIN,
                    "what bundle %lld of %s held was removed by dray gc; make a --full one",
                    (long long)j->base.seq, j->stream->name);
        if (r < 0)
                return -1;
        return 0;
}

/*
 * The next number is given out, with its time, before a byte is written: an
 * interrupted build goes on as the same bundle.
 */
static int number(struct job *j, const struct bundle_row *last, struct err *e)
{
        struct generation g;
        struct catalog *c = j->mirror.catalog;

        if (catalog_generation_last(c, &g, e) < 0)
                return -1;
        j->row = (struct bundle_row){.stream = xstrdup(j->stream->name),
            .epoch = 1,
            .seq = last->seq + 1,
            .base_seq = j->base.seq,
            .generation = g.id,
            .issued = timestamp_now()};
        if (catalog_scope(c, j->sources, j->source_count, e) < 0 ||
            catalog_state(c, g.id, j->row.state, e) < 0 || catalog_begin(c, e) < 0)
                return -1;
        if (catalog_bundle_put(c, &j->row, e) < 0 || catalog_commit(c, e) < 0) {
                catalog_rollback(c);
                return -1;
        }
        return 0;
}

/* 1: a bundle shall be made, and has its number; 0: nothing has changed; -1 */
static int prepare(struct job *j, struct err *e)
{
        struct catalog *c = j->mirror.catalog;
        struct bundle_row last;
        unsigned char state[SHA256_SIZE];
        struct generation g;
        int ret = -1, r = catalog_bundle_get(c, j->stream->name, 0, &last, e);

        if (r < 0)
                return -1;
        if (r == 1 && !last.done) { /* begun and not finished */
                j->row = last;
                if (last.base_seq &&
                    catalog_bundle_get(c, last.stream, last.base_seq, &j->base, e) != 1)
                        return e->code
                                   ? -1
                                   : err_set(e, ERR_FAILED, "the base is gone from the catalog");
                cmd_note(
                    j->cmd, "going on with bundle %lld of %s", (long long)last.seq, last.stream);
                return 1;
        }
        if (choose_base(j, &last, e) < 0)
                goto out;
        if (opt_flag(&j->cmd->opt, "if-changed") && last.seq) {
                if (catalog_generation_last(c, &g, e) < 0 ||
                    catalog_scope(c, j->sources, j->source_count, e) < 0 ||
                    catalog_state(c, g.id, state, e) < 0)
                        goto out;
                if (memcmp(state, last.state, SHA256_SIZE) == 0) {
                        ret = 0;
                        goto out;
                }
        }
        ret = number(j, &last, e) < 0 ? -1 : 1;
out:
        bundle_row_release(&last);
        return ret;
}

static int write_bundle(struct job *j, int fd, struct bundle_written *written, struct err *e)
{
        long long threads = sysconf(_SC_NPROCESSORS_ONLN);
        struct bundle_spec spec = {.catalog = j->mirror.catalog,
            .store = j->mirror.store,
            .cache = j->mirror.packs,
            .stream = j->row.stream,
            .audience = j->stream->audience,
            .sources = j->sources,
            .source_count = j->source_count,
            .epoch = j->row.epoch,
            .seq = j->row.seq,
            .issued = j->row.issued,
            .generation = j->row.generation,
            .base_seq = j->base.seq,
            .base_generation = j->base.generation,
            .keys = j->keys,
            .key_count = j->key_count,
            .holes = j->holes,
            .hole_count = j->hole_count,
            .building = on_build,
            .writing = on_write,
            .user = j->progress};

        if (opt_number(&j->cmd->opt, "threads", 1, 64, &threads, e) < 0)
                return -1;
        spec.threads = (unsigned)threads;
        memcpy(spec.base_state, j->base.state, SHA256_SIZE);
        memcpy(spec.base_manifest, j->base.manifest, SHA256_SIZE);
        return bundle_write(&spec, fd, written, e);
}

static int ignore_blob(struct blob_sink *s, uint32_t blob, struct err *e)
{
        (void)s;
        (void)blob;
        (void)e;
        return 0;
}

static int ignore_data(
    struct blob_sink *s, uint32_t blob, const void *bytes, size_t len, struct err *e)
{
        (void)bytes;
        (void)len;
        return ignore_blob(s, blob, e);
}

/* What lies on the medium now, not what was in memory, is what the other side gets. */
static int read_back(int fd, struct err *e)
{
        struct blob_sink sink = {NULL, ignore_blob, ignore_data, ignore_blob, NULL};
        struct manifest m = {0};
        struct bundle *b = NULL;
        int ret = -1;

        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        if (lseek(fd, 0, SEEK_SET) < 0)
                return err_sys(e, "cannot read the bundle back");
        if (bundle_open(fd, &b, e) < 0 || bundle_manifest(b, NULL, NULL, &m, e) < 0 ||
            bundle_unpack(b, &m, &sink, e) < 0) {
                err_prefix(e, "reading the new bundle back");
                goto out;
        }
        ret = 0;
out:
        manifest_release(&m);
        bundle_close(b);
        return ret;
}

static int write_file(struct job *j, const char *dir, struct bundle_written *written, struct err *e)
{
        char *name = xasprintf("%s-%06lld.dray", j->row.stream, (long long)j->row.seq);
        char *partial = xasprintf("%s.partial", name);
        int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1, ret = -1;

        if (folder < 0) {
                err_sys(e, "%s", dir);
                goto out;
        }
        fd = openat(folder, partial, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0) {
                err_sys(e, "cannot write %s/%s", dir, partial);
                goto out;
        }
        if (write_bundle(j, fd, written, e) < 0)
                goto out;
        if (fsync(fd) < 0) {
                err_sys(e, "fsync of %s/%s", dir, partial);
                goto out;
        }
        if (read_back(fd, e) < 0)
                goto out;
        if (renameat(folder, partial, folder, name) < 0) {
                err_sys(e, "cannot rename to %s/%s", dir, name);
                goto out;
        }
        if (fs_sync_dir(folder, e) < 0)
                goto out;
        j->row.file = xasprintf("%s/%s", dir, name);
        ret = 0;
out:
        if (ret < 0 && fd >= 0)
                unlinkat(folder, partial, 0);
        if (fd >= 0)
                close(fd);
        if (folder >= 0)
                close(folder);
        free(name);
        free(partial);
        return ret;
}

static int finish(struct job *j, const struct bundle_written *written, struct err *e)
{
        struct catalog *c = j->mirror.catalog;

        memcpy(j->row.manifest, written->manifest, SHA256_SIZE);
        j->row.done = (int64_t)time(NULL);
        if (catalog_begin(c, e) < 0)
                return -1;
        if (catalog_bundle_put(c, &j->row, e) < 0 || catalog_commit(c, e) < 0) {
                catalog_rollback(c);
                return -1;
        }
        return 0;
}

static void print_result(const struct job *j, const struct bundle_written *w)
{
        char size[16], bytes[16], state[SHA256_HEX], base[40] = "full";

        hex_encode(state, w->state, SHA256_SIZE);
        if (j->base.seq)
                snprintf(base, sizeof base, "on bundle %lld", (long long)j->base.seq);
        cmd_note(j->cmd,
            "bundle %lld of %s, %s: %s; %llu records added, %llu removed, %llu files of %s; state %.16s",
            (long long)j->row.seq, j->row.stream, base, fs_size_text(w->size, size),
            (unsigned long long)w->totals.added, (unsigned long long)w->totals.removed,
            (unsigned long long)w->totals.blobs, fs_size_text(w->totals.bytes, bytes), state);
}

static int make(struct job *j, struct err *e)
{
        const char *output = opt_value(&j->cmd->opt, "output");
        struct bundle_written written;
        char *dir;
        int ret, r = prepare(j, e);

        if (r < 0)
                return -1;
        if (r == 0) {
                cmd_note(
                    j->cmd, "nothing has changed since the last bundle of %s", j->stream->name);
                return 0;
        }
        j->progress = progress_new(j->cmd->quiet);
        if (output && strcmp(output, "-") == 0) {
                ret = write_bundle(j, STDOUT_FILENO, &written, e);
        } else {
                dir = output                             ? xstrdup(output)
                      : strcmp(j->mirror.path, ".") == 0 ? xstrdup("outbox")
                                                         : xasprintf("%s/outbox", j->mirror.path);
                ret = write_file(j, dir, &written, e);
                free(dir);
        }
        progress_free(j->progress);
        if (ret < 0 || finish(j, &written, e) < 0)
                return -1;
        print_result(j, &written);
        if (j->row.file)
                printf("%s\n", j->row.file);
        return 0;
}

static int run(struct cmd *c, struct err *e)
{
        struct job j = {.cmd = c, .mirror = MIRROR_INIT};
        int ret = -1;

        if (cmd_want_args(c, 0, 0, e) < 0 ||
            mirror_open(&j.mirror, c->dir, MIRROR_LOCKED | MIRROR_CONFIG, e) < 0 ||
            choose_stream(&j, e) < 0)
                goto out;
        list_sources(&j);
        if (check_holes(&j, e) < 0 || open_keys(&j, e) < 0)
                goto out;
        ret = make(&j, e);
out:
        for (size_t i = 0; i < j.key_count; i++)
                secret_key_free(j.keys[i]);
        catalog_names_free(j.sources, j.source_count);
        catalog_names_free(j.holes, j.hole_count);
        bundle_row_release(&j.row);
        bundle_row_release(&j.base);
        mirror_close(&j.mirror);
        return ret;
}

const struct command cmd_bundle = {
    .name = "bundle",
    .run = run,
    .options = options,
    .arguments = "",
    .summary = "pack what changed into one signed file",
    .description =
        "Packs the difference between the last bundle of the stream (or nothing, for the first\n"
        "one and with --full) and the present generation into one signed file, reads it back,\n"
        "and prints its path.",
};
