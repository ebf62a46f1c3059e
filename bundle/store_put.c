/* Putting a blob: a temporary file that is hashed on its way, then a rename. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "store_state.h"

/* Larger files are sent on their way to the disk as soon as they are whole. */
#define LARGE MIB
#define PARTIAL_NAME sizeof(((struct fs_temp *)0)->name)

struct store_put {
        struct store *store;
        struct fs_temp temp;
        int resumable;
        int ended;
        uint64_t size;
        struct digest *digest;
        struct behind_file *file; /* NULL: ended */
        unsigned char sha256[SHA256_SIZE];
};

/* The file has p->size bytes and the digest none of them; writing goes on at its end. */
static int begin_behind(struct store_put *p, struct err *e)
{
        if (p->size && lseek(p->temp.fd, (off_t)p->size, SEEK_SET) < 0)
                return err_sys(e, "cannot go on in a partial download");
        p->file = behind_begin(p->store->behind, p->temp.fd, p->digest, p->size);
        return 0;
}

static int end_behind(struct store_put *p, struct err *e)
{
        struct behind_file *file = p->file;

        p->file = NULL;
        return behind_end(file, e);
}

/* What was ended, and not kept before a kill, is read-only already. */
static int open_partial(int dir, const char *name)
{
        const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
        int fd = openat(dir, name, flags, 0644);

        if (fd < 0 && errno == EACCES && fchmodat(dir, name, 0644, 0) == 0)
                fd = openat(dir, name, flags, 0644);
        return fd;
}

static void partial_name(const char *resume, char out[PARTIAL_NAME])
{
        assert(strlen(resume) <= 40);
        snprintf(out, PARTIAL_NAME, "part-%s", resume);
}

int store_put_begin(
    struct store *s, unsigned kinds, const char *resume, struct store_put **out, struct err *e)
{
        struct store_put *p = xcalloc(1, sizeof *p);
        struct stat st;

        p->store = s;
        p->temp = (struct fs_temp)FS_TEMP_INIT;
        p->digest = digest_new(kinds | DIGEST_SHA256);
        if (!resume) {
                if (fs_temp_open(&p->temp, s->tmp, e) < 0)
                        goto fail;
        } else {
                p->resumable = 1;
                p->temp.dir = s->tmp;
                partial_name(resume, p->temp.name);
                p->temp.fd = open_partial(s->tmp, p->temp.name);
                if (p->temp.fd < 0) {
                        err_sys(e, "cannot open the partial download %s", p->temp.name);
                        goto fail;
                }
                if (fstat(p->temp.fd, &st) < 0) {
                        err_sys(e, "cannot look at the partial download %s", p->temp.name);
                        goto fail;
                }
                p->size = (uint64_t)st.st_size;
        }
        if (begin_behind(p, e) < 0)
                goto fail;
        *out = p;
        return 0;
fail:
        store_put_free(p);
        return -1;
}

int store_put_write(struct store_put *p, const void *bytes, size_t len, struct err *e)
{
        if (behind_write(p->file, bytes, len, e) < 0)
                return -1;
        p->size += len;
        return 0;
}

int store_put_truncate(struct store_put *p, uint64_t size, struct err *e)
{
        if (size == p->size)
                return 0;
        if (size == 0) {
                behind_drop(p->file);
                p->file = NULL;
        } else if (end_behind(p, e) < 0) { /* what is kept may not be in the file yet */
                return -1;
        }
        if (ftruncate(p->temp.fd, (off_t)size) < 0 || lseek(p->temp.fd, 0, SEEK_SET) < 0)
                return err_sys(e, "cannot go back in a partial download");
        p->size = size;
        digest_reset(p->digest);
        return begin_behind(p, e);
}

uint64_t store_partial_size(const struct store *s, const char *resume)
{
        struct stat st;
        char name[PARTIAL_NAME];

        partial_name(resume, name);
        if (fstatat(s->tmp, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                return 0;
        return (uint64_t)st.st_size;
}

int store_put_reader(const struct store_put *p, struct err *e)
{
        int fd = fcntl(p->temp.fd, F_DUPFD_CLOEXEC, 0);

        if (fd >= 0 && lseek(fd, 0, SEEK_SET) == 0)
                return fd;
        err_sys(e, "cannot read back a temporary file");
        if (fd >= 0)
                close(fd);
        return -1;
}

uint64_t store_put_size(const struct store_put *p)
{
        return p->size;
}

int store_put_end(struct store_put *p, struct err *e)
{
        unsigned char raw[DIGEST_MAX_SIZE];

        if (end_behind(p, e) < 0)
                return -1;
        digest_final(p->digest);
        digest_get(p->digest, DIGEST_SHA256, raw);
        memcpy(p->sha256, raw, SHA256_SIZE);
        p->ended = 1;
        if (fchmod(p->temp.fd, 0444) < 0)
                return err_sys(e, "cannot set the mode of a blob");
        return 0;
}

const struct digest *store_put_digest(const struct store_put *p)
{
        return p->digest;
}

const unsigned char *store_put_sha256(const struct store_put *p)
{
        return p->sha256;
}

int store_put_keep(struct store_put *p, struct err *e)
{
        char path[BLOB_PATH];

        if (store_place(p->store, p->sha256, path, e) < 0)
                return -1;
        if (p->size >= LARGE)
                behind_write_out(p->store->behind, p->temp.fd);
        return fs_temp_commit(&p->temp, p->store->blobs, path, FS_UNSYNCED, e);
}

void store_put_free(struct store_put *p)
{
        struct err ignored = ERR_INIT;

        if (!p)
                return;
        if (p->resumable && !p->ended && p->temp.fd >= 0) {
                if (p->file)
                        end_behind(p, &ignored); /* as far as it goes */
                close(p->temp.fd);
                p->temp.fd = -1;
        }
        behind_drop(p->file);
        fs_temp_discard(&p->temp);
        digest_free(p->digest);
        free(p);
}

void store_put_drop(struct store_put *p)
{
        if (p)
                p->resumable = 0;
        store_put_free(p);
}

int store_put_bytes(struct store *s, const void *bytes, size_t len,
    unsigned char sha256[SHA256_SIZE], struct err *e)
{
        struct store_put *p = NULL;
        int ret = -1;

        if (store_put_begin(s, 0, NULL, &p, e) < 0 || store_put_write(p, bytes, len, e) < 0 ||
            store_put_end(p, e) < 0 || store_put_keep(p, e) < 0)
                goto out;
        memcpy(sha256, p->sha256, SHA256_SIZE);
        ret = 0;
out:
        store_put_free(p);
        return ret;
}
