#include "sign_bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bundle/bundle_sign.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/manifest.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "keyfile.h"

/* One file of the bundle. */
struct signing {
        const char *path;
        const char *name; /* within its folder */
        int folder, fd;
        struct bundle_head head; /* fd stands behind it */
        struct fs_temp new;      /* the file with the signature, not named yet */
        int done;                /* it bore the signature before */
};

int sign_is_bundle(const char *path, struct err *e)
{
        static const char magic[] = MANIFEST_FORMAT "/";
        char bytes[sizeof magic - 1];
        ssize_t n;
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0 && errno == ENOENT)
                return err_set(e, ERR_USAGE, "%s: no such file", path);
        if (fd < 0)
                return err_sys(e, "%s", path);
        n = fs_read(fd, bytes, sizeof bytes, e);
        close(fd);
        if (n < 0)
                return -1;
        return (size_t)n == sizeof bytes && memcmp(bytes, magic, sizeof bytes) == 0;
}

static int open_one(struct signing *s, struct err *e)
{
        struct tar_in in = {0};

        s->folder = fs_open_parent(s->path, &s->name, e);
        if (s->folder < 0)
                return -1;
        s->fd = openat(s->folder, s->name, O_RDONLY | O_CLOEXEC);
        if (s->fd < 0)
                return err_sys(e, "cannot open it");
        in.fd = s->fd;
        return bundle_head_read(&in, &s->head, e);
}

/* What is about to be signed, before a password is asked for. */
static void show(const struct manifest *m, const struct bundle_head *h)
{
        char issued[TIMESTAMP_SIZE], bytes[16], state[SHA256_HEX], base[40] = "full";

        hex_encode(state, m->state, SHA256_SIZE);
        if (m->base_seq)
                snprintf(base, sizeof base, "on bundle %lld", (long long)m->base_seq);
        printf("bundle %lld of stream %s (epoch %lld), %s, issued %s, with %zu signatures\n",
            (long long)m->seq, m->stream, (long long)m->epoch, base,
            timestamp_format(m->issued, issued), h->signature_count);
        if (*m->audience)
                printf("  for %s\n", m->audience);
        printf("  %llu records added, %llu removed; %llu files of %s\n  state %s\n",
            (unsigned long long)m->totals.added, (unsigned long long)m->totals.removed,
            (unsigned long long)m->totals.blobs, fs_size_text(m->totals.bytes, bytes), state);
        for (size_t i = 0; i < m->hole_count; i++)
                printf("  MISSING in it: %s\n", m->holes[i]);
        fflush(stdout);
}

/* The head, with one signature more, then everything else as it is. */
static int write_new(struct signing *s, struct err *e)
{
        struct tar_out out = {0};
        char chunk[65536];
        ssize_t n;

        if (fs_temp_open(&s->new, s->folder, e) < 0)
                return -1;
        out.fd = s->new.fd;
        if (bundle_head_write(&s->head, &out, e) < 0)
                return -1;
        while ((n = fs_read(s->fd, chunk, sizeof chunk, e)) > 0)
                if (fs_write(s->new.fd, chunk, (size_t)n, e) < 0)
                        return -1;
        return n < 0 ? -1 : 0;
}

/* Sound in itself, and of the bundle that was shown. */
static int check_new(const struct signing *s, const struct signing *first, struct err *e)
{
        unsigned char is[SHA256_SIZE], shown[SHA256_SIZE];

        sha256(first->head.manifest.data, first->head.manifest.len, shown);
        if (fsync(s->new.fd) < 0)
                return err_sys(e, "fsync");
        posix_fadvise(s->new.fd, 0, 0, POSIX_FADV_DONTNEED);
        if (bundle_check_file(s->new.fd, is, e) < 0)
                return -1;
        if (memcmp(is, shown, SHA256_SIZE) == 0)
                return 0;
        return err_set(e, ERR_USAGE,
            "it is of another bundle than %s; sign them one after the other", first->path);
}

static int sign_one(struct signing *s, const struct signing *first, const struct manifest *m,
    const struct secret_key *key, struct err *e)
{
        struct public_key public;

        secret_key_public(key, &public);
        s->done = bundle_signed_by(&s->head, &public);
        if (s->done)
                return 0;
        if (bundle_sign(&s->head, m->stream, m->epoch, m->seq, key, e) < 0 || write_new(s, e) < 0 ||
            check_new(s, first, e) < 0)
                return -1;
        return 0;
}

/* All of them are written and checked before the first one gets its name. */
static int sign_all(const struct cmd *c, struct signing *files, size_t count,
    const struct manifest *m, const struct secret_key *key, struct err *e)
{
        size_t done = 0;

        for (size_t i = 0; i < count; i++) {
                if (sign_one(&files[i], files, m, key, e) < 0)
                        return err_prefix(e, "%s (nothing was changed)", files[i].path);
                done += (size_t)files[i].done;
        }
        if (done == count)
                return err_set(e, ERR_USAGE, "%s: this key has signed it already", files->path);
        for (size_t i = 0; i < count; i++) {
                struct signing *s = &files[i];

                if (!s->done && fs_temp_commit(&s->new, s->folder, s->name, FS_DURABLE, e) < 0)
                        return err_prefix(e, "%s", s->path);
                cmd_note(c, "signed: %s", s->path);
        }
        return 0;
}

static void release(struct signing *files, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                bundle_head_release(&files[i].head);
                fs_temp_discard(&files[i].new);
                if (files[i].fd >= 0)
                        close(files[i].fd);
                if (files[i].folder >= 0)
                        close(files[i].folder);
        }
        free(files);
}

int sign_bundle(const struct cmd *c, const char *const *paths, size_t count, struct err *e)
{
        struct signing *files = xcalloc(count, sizeof *files);
        struct secret_key *key = NULL;
        struct manifest m = {0};
        int ret = -1;

        for (size_t i = 0; i < count; i++) {
                files[i] =
                    (struct signing){.path = paths[i], .folder = -1, .fd = -1, .new = FS_TEMP_INIT};
                bundle_head_init(&files[i].head);
        }
        for (size_t i = 0; i < count; i++) {
                if (open_one(&files[i], e) < 0) {
                        err_prefix(e, "%s", paths[i]);
                        goto out;
                }
        }
        if (manifest_read(files->head.manifest.data, files->head.manifest.len, &m, NULL, NULL, e) <
            0) {
                err_prefix(e, "%s", paths[0]);
                goto out;
        }
        show(&m, &files->head);
        key = keyfile_open(c, opt_value(&c->opt, "key"), e);
        if (key)
                ret = sign_all(c, files, count, &m, key, e);
out:
        secret_key_free(key);
        manifest_release(&m);
        release(files, count);
        return ret;
}
