#include "bundle_inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/mem.h"
#include "bundle/text.h"

#define MAGIC MANIFEST_FORMAT "/manifest.jsonl.xz"
#define SAMPLES 64

int bundle_open_input(const char *path, struct err *e)
{
        int fd;

        if (strcmp(path, "-") == 0) {
                if (isatty(STDIN_FILENO))
                        return err_set(e, ERR_USAGE,
                            "stdin is a terminal: send a bundle into it, or name a file");
                fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
                return fd < 0 ? err_sys(e, "stdin") : fd;
        }
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                return err_set(e, ERR_USAGE, "%s: no such file", path);
        return fd < 0 ? err_sys(e, "%s", path) : fd;
}

int bundle_input_open(const struct bundle_input *input, struct err *e)
{
        return bundle_open_input(input->path, e);
}

int bundle_input_check(const struct bundle_input *input, const struct bundle *b, struct err *e)
{
        unsigned char is[SHA256_SIZE];

        bundle_manifest_sha256(b, is);
        if (!input->readable || memcmp(is, input->manifest, SHA256_SIZE) == 0)
                return 0;
        return err_set(e, ERR_REFUSED,
            "this is not the bundle that the medium gave at the first look at it; trust it no more");
}

int bundle_input_is_like(const struct bundle_input *a, const struct bundle_input *b)
{
        struct err ignored = ERR_INIT;
        char x[TAR_BLOCK], y[TAR_BLOCK];
        int fd, other, same = 0;

        if (a->size != b->size || a->size < TAR_BLOCK)
                return 0;
        fd = bundle_input_open(a, &ignored);
        other = bundle_input_open(b, &ignored);
        for (uint64_t i = 0; i < SAMPLES; i++) {
                uint64_t at = (a->size - TAR_BLOCK) / SAMPLES * i;

                same += fs_pread(fd, x, sizeof x, at, &ignored) == TAR_BLOCK &&
                        fs_pread(other, y, sizeof y, at, &ignored) == TAR_BLOCK &&
                        memcmp(x, y, sizeof x) == 0;
        }
        if (fd >= 0)
                close(fd);
        if (other >= 0)
                close(other);
        return same > SAMPLES / 2;
}

static struct bundle_input *add(struct bundle_inputs *in, char *path_take, int found)
{
        in->items = xgrow(in->items, in->count, &in->cap, sizeof *in->items);
        in->items[in->count] = (struct bundle_input){.path = path_take, .found = found};
        return &in->items[in->count++];
}

/* The number behind "\tKEY:"; 0 if there is none. */
static int64_t read_claim(const char *comment, const char *key)
{
        const char *found = strstr(comment, key);

        return found ? strtoll(found + strlen(key), NULL, 10) : 0;
}

/* "stream:NAME\tepoch:1\tseq:42\t..." */
static void read_claims(struct bundle_input *input, const struct bundle *b)
{
        const char *comment = bundle_claimed_comment(b);
        size_t n;

        if (strncmp(comment, "stream:", 7) == 0) {
                n = strcspn(comment + 7, "\t");
                snprintf(input->stream, sizeof input->stream, "%.*s",
                    (int)(n < LIMIT_NAME ? n : LIMIT_NAME), comment + 7);
        }
        input->epoch = read_claim(comment, "\tepoch:");
        input->seq = read_claim(comment, "\tseq:");
        bundle_manifest_sha256(b, input->manifest);
        input->first_pack = bundle_volume(b)->first_pack;
        input->readable = 1;
}

/* Only of a file that can be read again: a pipe is read once. */
static void look_at(struct bundle_input *input)
{
        struct err ignored = ERR_INIT;
        struct bundle *b = NULL;
        struct stat st;
        int fd;

        if (strcmp(input->path, "-") == 0 || stat(input->path, &st) < 0 || !S_ISREG(st.st_mode))
                return;
        input->size = (uint64_t)st.st_size;
        fd = bundle_input_open(input, &ignored);
        if (fd < 0)
                return;
        if (bundle_open(fd, &b, &ignored) == 0)
                read_claims(input, b);
        bundle_close(b);
        close(fd);
}

/*
 * Of a file that is named like a bundle: whether its first block is one's, or what damage leaves of
 * it. Else it is something else, as other systems leave it beside files that they copy.
 */
static int may_be_bundle(const char *block, size_t len)
{
        static const char name[] = MANIFEST_FORMAT "/", zero[TAR_BLOCK], kind[] = "ustar";
        size_t n = len < sizeof name - 1 ? len : sizeof name - 1;

        return memcmp(block, name, n) == 0 || memcmp(block, zero, len) == 0 ||
               (len == TAR_BLOCK && memcmp(block + TAR_MAGIC, kind, sizeof kind - 1) == 0);
}

/* By its first bytes. */
static int is_bundle(struct bundle_inputs *in, int dir, const char *path, const char *name)
{
        struct err ignored = ERR_INIT;
        char block[TAR_BLOCK];
        int fd, named = text_ends_with(name, ".dray"), is;
        ssize_t n;

        if (text_ends_with(name, ".partial"))
                return 0; /* it was not finished */
        fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return named; /* why not is told when it is read */
        n = fs_read(fd, block, sizeof block, &ignored);
        close(fd);
        if (!named)
                return n >= (ssize_t)sizeof MAGIC &&
                       memcmp(block, MAGIC, sizeof MAGIC) == 0; /* with the NUL behind the name */
        is = n < 0 || may_be_bundle(block, (size_t)n);
        if (!is && in->others++ == 0)
                in->other = xasprintf("%s/%s", path, name);
        return is;
}

struct scan {
        struct bundle_inputs *in;
        size_t entries;
        unsigned depth;
};

static int scan_folder(struct scan *s, int dir_take, const char *path, struct err *e);

static int scan_entry(struct scan *s, int dir, const char *path, const char *name, struct err *e)
{
        struct stat st;
        char *full;
        int fd, ret = 0;

        if (++s->entries > LIMIT_INPUTS)
                return err_set(e, ERR_USAGE, "%s holds more than %d files; name the bundles", path,
                    LIMIT_INPUTS);
        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        full = xasprintf("%s/%s", path, name);
        if (S_ISDIR(st.st_mode) && s->depth < LIMIT_INPUT_DEPTH) {
                fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                s->depth++;
                if (fd >= 0) /* lost+found and the like are not for us */
                        ret = scan_folder(s, fd, full, e);
                s->depth--;
        } else if (S_ISREG(st.st_mode) && is_bundle(s->in, dir, path, name)) {
                add(s->in, full, 1);
                full = NULL;
        }
        free(full);
        return ret;
}

static int scan_folder(struct scan *s, int dir_take, const char *path, struct err *e)
{
        DIR *d = fdopendir(dir_take);
        struct dirent *entry;
        int ret = 0;

        if (!d) {
                close(dir_take);
                return err_sys(e, "%s", path);
        }
        while (ret == 0 && (entry = readdir(d)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        ret = scan_entry(s, dirfd(d), path, entry->d_name, e);
        closedir(d);
        return ret;
}

static int collect(struct bundle_inputs *in, const char *path, struct err *e)
{
        struct scan s = {.in = in};
        size_t before = in->count;
        struct stat st;
        int fd;

        if (strcmp(path, "-") == 0 || stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
                add(in, xstrdup(path), 0);
                return 0;
        }
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return err_sys(e, "%s", path);
        if (scan_folder(&s, fd, path, e) < 0)
                return -1;
        return in->count > before ? 0 : err_set(e, ERR_USAGE, "%s: no bundle lies in it", path);
}

/* Those whose head cannot be read come last, stdin behind them. */
static int by_place(const void *a, const void *b)
{
        const struct bundle_input *x = a, *y = b;
        int d = strcmp(x->path, "-") == 0, f = strcmp(y->path, "-") == 0;

        if (d != f || x->readable != y->readable)
                return d != f ? d - f : y->readable - x->readable;
        d = strcmp(x->stream, y->stream);
        if (d || x->epoch != y->epoch)
                return d ? d : (x->epoch > y->epoch) - (x->epoch < y->epoch);
        if (x->seq != y->seq)
                return (x->seq > y->seq) - (x->seq < y->seq);
        d = memcmp(x->manifest, y->manifest, SHA256_SIZE);
        if (d || x->first_pack != y->first_pack)
                return d ? d : x->first_pack < y->first_pack ? -1 : 1;
        return strcmp(x->path, y->path);
}

static int by_manifest(const void *a, const void *b)
{
        const struct bundle_input *const *x = a, *const *y = b;

        return memcmp((*x)->manifest, (*y)->manifest, SHA256_SIZE);
}

/* They need not stand together: the order is by what they claim. */
static void find_copies(struct bundle_inputs *in)
{
        struct bundle_input **readable = xcalloc(in->count, sizeof *readable);
        size_t count = 0;

        for (size_t i = 0; i < in->count; i++)
                if (in->items[i].readable)
                        readable[count++] = &in->items[i];
        qsort(readable, count, sizeof *readable, by_manifest);
        for (size_t i = 1; i < count; i++)
                if (by_manifest(&readable[i - 1], &readable[i]) == 0)
                        readable[i - 1]->has_copy = readable[i]->has_copy = 1;
        free(readable);
}

static void note_others(const struct bundle_inputs *in, const struct cmd *c)
{
        if (in->others > 1)
                cmd_note(c,
                    "passed over: %s and %zu more files are named like bundles and are none",
                    in->other, in->others - 1);
        else if (in->others)
                cmd_note(c, "passed over: %s is named like a bundle and is none", in->other);
}

int bundle_inputs_collect(struct bundle_inputs *in, const struct cmd *c, struct err *e)
{
        int ret = 0;

        for (size_t i = 0; ret == 0 && i < c->opt.arg_count; i++)
                ret = collect(in, c->opt.args[i], e);
        note_others(in, c);
        if (ret < 0 || in->count < 2)
                return ret;
        for (size_t i = 0; i < in->count; i++)
                look_at(&in->items[i]);
        qsort(in->items, in->count, sizeof *in->items, by_place);
        find_copies(in);
        return 0;
}

/* Which of two decides how the command ends. */
static int rank(const struct err *e)
{
        switch (e->code) {
        case ERR_NONE:
                return 0;
        case ERR_INCOMPLETE:
                return 1;
        case ERR_POLICY:
                return 2;
        case ERR_CHAIN:
                return 3;
        case ERR_REFUSED:
                return 4;
        default:
                return 5; /* this machine */
        }
}

void bundle_inputs_keep_worst(const struct cmd *c, struct err *worst, const struct err *why)
{
        const struct err *lesser = rank(why) > rank(worst) ? worst : why;

        if (lesser->code != ERR_NONE)
                cmd_warn(c, "%s", lesser->msg);
        if (lesser != why)
                *worst = *why;
}

void bundle_inputs_release(struct bundle_inputs *in)
{
        for (size_t i = 0; i < in->count; i++)
                free(in->items[i].path);
        free(in->items);
        free(in->other);
        *in = (struct bundle_inputs){0};
}
