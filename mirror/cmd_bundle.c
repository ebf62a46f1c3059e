#include <unistd.h>

#include "bundle/bundle_again.h"
#include "bundle/bundle_write.h"
#include "bundle/catalog_stream.h"
#include "bundle/catalog_trust.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "bundle/timestamp.h"
#include "bundle_base.h"
#include "bundle_files.h"
#include "bundle_holes.h"
#include "bundle_read_back.h"
#include "bundle_result.h"
#include "bundle_sent.h"
#include "bundle_signers.h"
#include "bundle_step.h"
#include "keyfile.h"
#include "mirror/config.h"
#include "mirror/mirror.h"
#include "mirror/names.h"
#include "mirror/progress.h"
#include "mirror/quantity.h"

static const struct opt_spec options[] = {
    {"stream", 's', "NAME", "which [[stream]] (default: the only one)"},
    {"full", 0, NULL, "everything, on no base"},
    {"base", 0, "WHICH",
        "on this bundle: its number, a receipt's file or code (default: the last one)"},
    {"resend", 0, "SEQ", "the same bundle again, to the byte; needs no key"},
    {"if-changed", 0, NULL,
        "do nothing when neither files, what is missing nor the trust list have changed, and none is due by `cadence`"},
    {"allow-missing", 0, NULL,
        "bundle although something selected is missing; the bundle names it"},
    {"key", 'k', "FILE", "sign with this key too (default: `keys` of the stream)"},
    {"output", 'o', "DIR", "where the file goes (default: outbox/); - writes to stdout"},
    {"threads", 'j', "N",
        "threads that compress (default: one for each processor; memory bounds them to three)"},
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
        int64_t epoch;
        struct trust *trust;      /* what is in force for the stream here; NULL: nothing */
        struct trust_text *lists; /* the stream's signed trust lists */
        size_t list_count;
        struct secret_key *keys[LIMIT_SIGNATURES];
        size_t key_count;
        struct bundle_step step;
        int resend; /* the step is one that was made before */
        int made;   /* the head of the step's bundle was kept by this run */
        struct bundle_files files;
        char *stem;
        struct bundle_holes holes;
        struct progress *progress;
};

static void on_build(void *user, uint64_t done, uint64_t total)
{
        const struct job *j = user;

        progress_bytes(j->progress, "packing", done, total);
}

static void on_write(void *user, uint64_t done, uint64_t total)
{
        const struct job *j = user;

        progress_bytes(j->progress, "writing", done, total);
}

static int on_made(void *user, struct bundle_head *head, struct err *e)
{
        struct job *j = user;
        struct bundle_row *row = &j->step.row;

        /* the row first: by it the head is known again */
        sha256(head->manifest.data, head->manifest.len, row->manifest);
        if (bundle_step_save(j->mirror.catalog, row, e) < 0)
                return -1;
        j->made = 1;
        return bundle_sent_keep(j->mirror.state, row, head, e);
}

/* The streams of dray.toml, for a message: "plant-a, plant-b". */
static const char *stream_names(const struct config *config, struct buf *names)
{
        for (size_t i = 0; i < config->stream_count; i++)
                buf_addf(names, "%s%s", i ? ", " : "", config->streams[i].name);
        return names->len ? names->data : "";
}

static int choose_stream(struct job *j, struct err *e)
{
        const struct config *config = j->mirror.config;
        const char *name = opt_value(&j->cmd->opt, "stream");
        struct buf names;

        if (!name && config->stream_count == 1)
                j->stream = &config->streams[0];
        else if (name)
                j->stream = config_stream_find(config, name);
        if (j->stream)
                return 0;
        if (!config->streams)
                return err_set(e, ERR_USAGE,
                    "%s has no [[stream]]; add one with name and keys (on the side that bundles come to, there is "
                    "none to make)",
                    config->path);
        buf_init(&names, 64 * LIMIT_NAME);
        if (name)
                err_set(e, ERR_USAGE, "%s has no stream named %s; it has %s", config->path, name,
                    stream_names(config, &names));
        else
                err_set(e, ERR_USAGE, "several streams in %s: choose one with --stream: %s",
                    config->path, stream_names(config, &names));
        buf_release(&names);
        return -1;
}

static void list_sources(struct job *j)
{
        j->sources = xcalloc(j->stream->source_count, sizeof *j->sources);
        for (size_t i = 0; i < j->stream->source_count; i++)
                j->sources[j->source_count++] = xstrdup(j->stream->sources[i]->name);
        if (j->source_count)
                qsort(j->sources, j->source_count, sizeof *j->sources, text_compare);
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

/* The signed trust lists go along; the last one says which epoch it is. */
static int load_trust(struct job *j, struct err *e)
{
        struct trust *t = xmalloc(sizeof *t);
        int r = catalog_trust_load(j->mirror.catalog, j->stream->name, t, e);

        j->epoch = r == 1 && t->number ? t->epoch : 1;
        if (r == 1)
                j->trust = t;
        else
                free(t);
        if (r < 0)
                return -1;
        return catalog_trust_lists(
            j->mirror.catalog, j->stream->name, &j->lists, &j->list_count, e);
}

/* One that was made before. */
static int take_sent(struct job *j, long long seq, struct err *e)
{
        const struct opt *opt = &j->cmd->opt;
        int r;

        if (opt_flag(opt, "full") || opt_value(opt, "base") || opt_flag(opt, "if-changed"))
                return err_set(e, ERR_USAGE,
                    "--resend gives a bundle as it was: it takes no --full, --base or --if-changed");
        r = catalog_bundle_get(j->mirror.catalog, j->stream->name, seq, &j->step.row, e);
        if (r < 0)
                return -1;
        if (r == 0 || !j->step.row.done)
                return err_set(
                    e, ERR_CHAIN, "stream %s has no bundle %lld here", j->stream->name, seq);
        j->step.base.seq = j->step.row.base_seq;
        j->resend = 1;
        return 0;
}

/* outbox: its path; dir: where the file goes, NULL: nowhere. */
static int take_step(struct job *j, const char *outbox, const char *dir, struct err *e)
{
        const struct opt *opt = &j->cmd->opt;
        const char *const dirs[] = {outbox, dir, NULL};
        struct bundle_wish wish = {.stream = j->stream->name,
            .epoch = j->epoch,
            .sources = j->sources,
            .source_count = j->source_count,
            .holes = j->holes.items,
            .hole_count = j->holes.count,
            .full = opt_flag(opt, "full"),
            .if_changed = opt_flag(opt, "if-changed"),
            .cadence = j->stream->cadence,
            .state = j->mirror.state,
            .dirs = dirs};
        const char *base = opt_value(opt, "base");

        if (wish.full && base)
                return err_set(e, ERR_USAGE, "--full and --base exclude each other");
        wish.has_new_list = wish.if_changed && j->list_count
                                ? bundle_sent_lacks_list(j->mirror.catalog, j->mirror.state,
                                      wish.stream, j->lists[j->list_count - 1].number, e)
                                : 0;
        if (wish.has_new_list < 0)
                return -1;
        if (base && bundle_base_find(&j->mirror, j->stream, base, &wish.base, e) < 0)
                return -1;
        return bundle_step_next(j->mirror.catalog, &wish, &j->step, e);
}

static void say_step(const struct job *j)
{
        const struct bundle_row *row = &j->step.row;
        char now[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];

        if (j->step.other_sources)
                cmd_note(j->cmd,
                    "stream %s has other sources than its last bundle: this one is full",
                    row->stream);
        if (j->step.sign_of_life)
                cmd_note(j->cmd,
                    "nothing has changed since the last bundle of %s; this one says so, as `cadence` promises",
                    row->stream);
        if (j->step.spoilt)
                cmd_warn(j->cmd,
                    "bundle %lld of %s was begun, and may be out, but what is kept of it in state/sent is "
                    "damaged, or not what the catalog knows: this one has the next number",
                    (long long)j->step.spoilt, row->stream);
        if (j->step.last_issued)
                cmd_warn(j->cmd,
                    "bundle %lld of %s is dated %s, and the last one %s: one of the two was made by a wrong clock; "
                    "where max_age is set, a date that is wrong keeps a bundle out",
                    (long long)row->seq, row->stream, timestamp_format(row->issued, now),
                    timestamp_format(j->step.last_issued, last));
        if (j->step.resumed)
                cmd_note(
                    j->cmd, "going on with bundle %lld of %s", (long long)row->seq, row->stream);
}

static int count_threads(const struct job *j, unsigned *threads, struct err *e)
{
        long long n = sysconf(_SC_NPROCESSORS_ONLN);

        if (opt_number(&j->cmd->opt, "threads", 1, 64, &n, e) < 0)
                return -1;
        *threads = (unsigned)n;
        return 0;
}

static int fill_spec(struct job *j, struct bundle_spec *spec, struct err *e)
{

        *spec = (struct bundle_spec){.catalog = j->mirror.catalog,
            .store = j->mirror.store,
            .cache = j->mirror.packs,
            .stream = j->step.row.stream,
            .audience = j->stream->audience,
            .sources = j->sources,
            .source_count = j->source_count,
            .epoch = j->step.row.epoch,
            .seq = j->step.row.seq,
            .issued = j->step.row.issued,
            .next_by = j->stream->cadence ? j->step.row.issued + j->stream->cadence : 0,
            .generation = j->step.row.generation,
            .base_seq = j->step.base.seq,
            .base_generation = j->step.base.generation,
            .lists = j->lists,
            .list_count = j->list_count,
            .keys = j->keys,
            .key_count = j->key_count,
            .holes = j->holes.items,
            .hole_count = j->holes.count,
            .made = on_made,
            .building = on_build,
            .writing = on_write,
            .user = j};

        if (count_threads(j, &spec->threads, e) < 0)
                return -1;
        memcpy(spec->base_state, j->step.base.state, SHA256_SIZE);
        memcpy(spec->base_manifest, j->step.base.manifest, SHA256_SIZE);
        return 0;
}

/* The step's bundle: made now or, with --resend or when its file may be out, made before. */
static int write_volumes(struct job *j, uint64_t volume_size, const struct volume_files *to,
    struct bundle_written *written, struct err *e)
{
        struct bundle_spec spec;
        struct bundle_again again = {.store = j->mirror.store,
            .cache = j->mirror.packs,
            .volume_size = volume_size,
            .medium = quantity_medium(volume_size),
            .building = on_build,
            .writing = on_write,
            .user = j};
        struct bundle_head head;
        int ret = -1;

        if (!j->resend && !j->step.made) {
                if (fill_spec(j, &spec, e) < 0)
                        return -1;
                spec.volume_size = volume_size;
                spec.medium = again.medium;
                return bundle_write_volumes(&spec, to, written, e);
        }
        if (bundle_sent_read(j->mirror.state, &j->step.row, &head, e) == 0 &&
            count_threads(j, &again.threads, e) == 0)
                ret = bundle_write_again(&again, &head, to, written, e);
        bundle_head_release(&head);
        if (ret < 0 && j->step.made)
                err_prefix(e,
                    "bundle %lld may be out, so it is made as it was (if surely nobody has it, remove its "
                    "file from state/sent)",
                    (long long)j->step.row.seq);
        return ret;
}

/* No file has got its name: the number is given out, and nothing else of this bundle. */
static int forget_made(struct job *j)
{
        struct err ignored = ERR_INIT;

        if (j->made)
                bundle_sent_forget(j->mirror.state, &j->step.row, &ignored);
        return -1;
}

/* Into a folder, each file whole or not at all. */
static int write_files(
    struct job *j, const char *dir, struct bundle_written *written, struct err *e)
{
        struct bundle_files *f = &j->files;
        struct volume_files to = bundle_files_sink(f);

        f->dir = dir;
        f->stem = j->stem =
            bundle_file_stem(j->step.row.stream, j->step.row.epoch, j->step.row.seq);
        f->check = bundle_read_back;
        f->only_same =
            j->resend || j->step.made; /* it may be out, and somebody may have signed it */
        if (write_volumes(j, j->stream->volume_size, &to, written, e) < 0)
                return forget_made(j);
        if (bundle_files_commit(f, e) < 0)
                return -1;
        free(j->step.row.file);
        j->step.row.file = xstrdup(f->paths[0]);
        return 0;
}

/* A pipe takes one file, whatever volume_size says, and cannot be read back. */
static int write_stdout(struct job *j, struct bundle_written *written, struct err *e)
{
        int fd = STDOUT_FILENO;
        const struct volume_files to = {&fd, volume_to_fd_begin, volume_to_fd_end};

        if (j->cmd->json)
                return err_set(e, ERR_USAGE,
                    "-o - writes the bundle itself to stdout: it goes without --json");
        if (isatty(STDOUT_FILENO))
                return err_set(e, ERR_USAGE,
                    "a bundle is not for a terminal: redirect stdout, or give -o a folder");
        if (write_volumes(j, 0, &to, written, e) < 0)
                return err_prefix(e, "stdout");
        cmd_note(j->cmd, "written to stdout, and not read back: `dray verify` where it arrives%s",
            j->stream->volume_size ? "; volume_size was not looked at" : "");
        return 0;
}

static int finish(struct job *j, const struct bundle_written *written, struct err *e)
{
        memcpy(j->step.row.manifest, written->manifest, SHA256_SIZE);
        memcpy(j->step.row.state, written->state, SHA256_SIZE);
        j->step.row.done = (int64_t)time(NULL);
        return bundle_step_save(j->mirror.catalog, &j->step.row, e);
}

/* dir NULL: to stdout */
static int write_step(struct job *j, const char *dir, struct err *e)
{
        struct bundle_written written;
        int ret;

        if (names_check_generation(
                j->mirror.catalog, j->step.row.generation, j->sources, j->source_count, e) < 0)
                return -1;
        say_step(j);
        j->progress = progress_new(j->cmd->quiet);
        ret = dir ? write_files(j, dir, &written, e) : write_stdout(j, &written, e);
        progress_free(j->progress);
        if (ret < 0 || (!j->resend && finish(j, &written, e) < 0))
                return -1;
        bundle_result_print(j->cmd, &j->step.row, &written, j->files.paths, j->files.count);
        if (!j->resend && !j->step.made && j->trust)
                bundle_signers_warn(j->cmd, j->trust, j->keys, j->key_count);
        return 0;
}

static int make(struct job *j, struct err *e)
{
        const char *output = opt_value(&j->cmd->opt, "output");
        char *outbox = strcmp(j->mirror.path, ".") == 0 ? xstrdup("outbox")
                                                        : xasprintf("%s/outbox", j->mirror.path);
        const char *dir = !output ? outbox : strcmp(output, "-") == 0 ? NULL : output;
        int r = j->resend ? 1 : take_step(j, outbox, dir, e);

        if (r == 0)
                bundle_result_none(j->cmd, j->stream->name);
        if (r == 1)
                r = write_step(j, dir, e);
        free(outbox);
        return r;
}

static int prepare(struct job *j, struct err *e)
{
        return bundle_holes_gather(&j->holes, &j->mirror, j->sources, j->source_count,
                   opt_flag(&j->cmd->opt, "allow-missing"), e) < 0 ||
                       load_trust(j, e) < 0 || open_keys(j, e) < 0
                   ? -1
                   : 0;
}

static int run(struct cmd *c, struct err *e)
{
        struct job j = {.cmd = c, .mirror = MIRROR_INIT, .files = {BUNDLE_FILES_INIT}};
        long long seq = 0;
        int ret = -1, resend;

        if (cmd_want_args(c, 0, 0, e) < 0 ||
            mirror_open(&j.mirror, c->dir, MIRROR_LOCKED | MIRROR_CONFIG, e) < 0 ||
            choose_stream(&j, e) < 0)
                goto out;
        list_sources(&j);
        resend = opt_number(&c->opt, "resend", 1, INT64_MAX, &seq, e);
        if (resend < 0 || (resend ? take_sent(&j, seq, e) : prepare(&j, e)) < 0)
                goto out;
        ret = make(&j, e);
out:
        for (size_t i = 0; i < j.key_count; i++)
                secret_key_free(j.keys[i]);
        catalog_names_free(j.sources, j.source_count);
        bundle_holes_release(&j.holes);
        bundle_files_release(&j.files);
        trust_texts_free(j.lists, j.list_count);
        free(j.trust);
        free(j.stem);
        bundle_step_release(&j.step);
        mirror_close(&j.mirror);
        return ret;
}

const struct command cmd_bundle = {
    .name = "bundle",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "",
    .summary = "pack what changed into one signed file",
    .description =
        "Packs the difference between the last bundle of the stream (or nothing, for the first\n"
        "one and with --full) and the present generation into one signed file, reads it back,\n"
        "and prints its path.\n"
        "\n"
        "A bundle that is larger than the stream's volume_size is written as several files. What\n"
        "the last 4 bundles of a stream were made of is kept, so that each can be sent again.",
};
