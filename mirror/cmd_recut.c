/* `dray split` and `dray join`: the same bundle in other files. */
#include <fcntl.h>
#include <unistd.h>

#include "bundle/mem.h"
#include "bundle/recut.h"
#include "bundle_files.h"
#include "bundle_inputs.h"
#include "mirror/cmd.h"
#include "mirror/progress.h"
#include "mirror/quantity.h"

static const struct opt_spec split_options[] = {
    {"size", 's', "SIZE", "the largest file that the medium takes: " QUANTITY_BYTES_FORM},
    {"output", 'o', "DIR", "where the volumes go (default: the current folder)"},
    {0},
};

static const struct opt_spec join_options[] = {
    {"output", 'o', "DIR", "where the file goes (default: the current folder); - writes to stdout"},
    {0},
};

/* One run of either command. */
struct job {
        const struct cmd *cmd;
        struct bundle_inputs in;
        struct recut *recut;
        struct progress *progress;
};

static void on_progress(void *user, uint64_t done, uint64_t total)
{
        progress_bytes(user, "copying", done, total);
}

/* What can be used of each file; what cannot is said, and may lie in another copy. */
static int look_through(struct job *j, struct err *e)
{
        const struct cmd *c = j->cmd;

        if (bundle_inputs_collect(&j->in, c, e) < 0)
                return -1;
        j->recut = recut_new(bundle_open_input);
        for (size_t i = 0; i < j->in.count; i++) {
                struct err why = ERR_INIT;
                int fd = bundle_input_open(&j->in.items[i], e), r;

                if (fd < 0)
                        return -1;
                r = recut_add(j->recut, fd, j->in.items[i].path, &why);
                close(fd);
                if (r == 0)
                        continue;
                if (why.code != ERR_REFUSED || j->in.count == 1) {
                        *e = why;
                        return -1;
                }
                cmd_warn(c, "%s", why.msg);
        }
        return 0;
}

/* "a/plant-a-000001.2of3.dray" to "plant-a-000001". The caller frees. */
static char *stem_of(const char *path)
{
        const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
        char *stem = xstrdup(base), *dot = strrchr(stem, '.');

        if (dot && dot > stem && strcmp(dot, ".dray") == 0) {
                *dot = '\0';
                dot = strrchr(stem, '.');
                if (dot && dot > stem && strspn(dot + 1, "0123456789of") == strlen(dot + 1) &&
                    strstr(dot, "of"))
                        *dot = '\0';
        }
        return stem;
}

static int write_folder(struct job *j, uint64_t limit, const char *dir, struct err *e)
{
        const struct recut_progress progress = {j->progress, on_progress};
        char *stem = stem_of(j->in.items[0].path);
        struct bundle_files f = {
            BUNDLE_FILES_INIT, .dir = dir, .stem = stem, .only_new = 1, .check = recut_check};
        struct volume_files to = bundle_files_sink(&f);
        int ret = -1;

        if (recut_write(j->recut, limit, quantity_medium(limit), &to, &progress, e) < 0 ||
            bundle_files_commit(&f, e) < 0)
                goto out;
        for (size_t i = 0; i < f.count; i++)
                printf("%s\n", f.paths[i]);
        ret = 0;
out:
        bundle_files_release(&f);
        free(stem);
        return ret;
}

static int write_stdout(struct job *j, struct err *e)
{
        const struct recut_progress progress = {j->progress, on_progress};
        int fd = STDOUT_FILENO;
        const struct volume_files to = {&fd, volume_to_fd_begin, volume_to_fd_end};

        if (isatty(STDOUT_FILENO))
                return err_set(e, ERR_USAGE,
                    "a bundle is not for a terminal: redirect stdout, or give -o a folder");
        return recut_write(j->recut, 0, NULL, &to, &progress, e);
}

static int recut(const struct cmd *c, uint64_t limit, struct err *e)
{
        const char *output = opt_value(&c->opt, "output");
        struct job j = {.cmd = c};
        int ret = -1;

        j.progress = progress_new(c->quiet);
        if (look_through(&j, e) == 0)
                ret = output && strcmp(output, "-") == 0 && limit == 0
                          ? write_stdout(&j, e)
                          : write_folder(&j, limit, output ? output : ".", e);
        progress_free(j.progress);
        recut_free(j.recut);
        bundle_inputs_release(&j.in);
        return ret;
}

static int split(struct cmd *c, struct err *e)
{
        const char *text = opt_value(&c->opt, "size");
        uint64_t size;

        if (cmd_want_args(c, 1, 10000, e) < 0)
                return -1;
        if (!text || quantity_bytes(text, &size) < 0 || size == 0)
                return err_set(
                    e, ERR_USAGE, "how large may a file be? --size takes " QUANTITY_BYTES_FORM);
        return recut(c, size, e);
}

static int join(struct cmd *c, struct err *e)
{
        return cmd_want_args(c, 1, 10000, e) < 0 ? -1 : recut(c, 0, e);
}

const struct command cmd_split = {
    .name = "split",
    .run = split,
    .options = split_options,
    .arguments = "BUNDLE...",
    .summary = "cut a bundle into volumes, without a key",
    .description =
        "Writes the same bundle again, in files that are no larger than SIZE. BUNDLE is a file,\n"
        "the volumes of one bundle, or a folder with them; of several copies, what is whole of\n"
        "each is taken. Signatures stay what they are, and are not looked at: whoever carries\n"
        "a bundle can cut it.",
};

const struct command cmd_join = {
    .name = "join",
    .run = join,
    .options = join_options,
    .arguments = "VOLUME...",
    .summary = "put the volumes of a bundle into one file, without a key",
    .description =
        "Writes one file from the volumes of one bundle, given in any order, as files or as\n"
        "folders with them, damaged copies beside whole ones. It is, to the byte, the file that\n"
        "would have been made at first. import takes volumes as they are: there is no need to\n"
        "join them for it.",
};
