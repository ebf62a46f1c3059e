/* Putting a blob: a temporary file that is hashed on its way, then a rename. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "store_state.h"

/* Larger files are hashed behind the writer, and sent on their way to the disk. */
#define LARGE MIB

struct store_put {
        struct store *store;
        struct fs_temp temp;
        int resumable;
        int ended;
        uint64_t size;
        struct digest *digest;
        struct behind_hash *hash; /* NULL: `digest` has all bytes so far */
        unsigned char sha256[SHA256_SIZE];
};

/* The file has p->size bytes and the digest none of them; writing goes on at its end. */
static int hash_again(struct store_put *p, struct err *e)
{
        if (lseek(p->temp.fd, (off_t)p->size, SEEK_SET) < 0)
                return err_sys(e, "cannot go on in a partial download");
        digest_reset(p->digest);
        if (p->size == 0)
                return 0;
        p->hash = behind_hash_begin(p->store->behind, p->temp.fd, p->digest, 0);
        behind_hash_grow(p->hash, p->size);
        return 0;
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
                snprintf(p->temp.name, sizeof p->temp.name, "part-%s", resume);
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
                if (hash_again(p, e) < 0)
                        goto fail;
        }
        *out = p;
        return 0;
fail:
        store_put_free(p);
        return -1;
}

int store_put_write(struct store_put *p, const void *bytes, size_t len, struct err *e)
{
        if (fs_write(p->temp.fd, bytes, len, e) < 0)
                return -1;
        if (!p->hash && p->size + len >= LARGE && behind_helps(p->store->behind))
                p->hash = behind_hash_begin(p->store->behind, p->temp.fd, p->digest, p->size);
        if (!p->hash)
                digest_update(p->digest, bytes, len);
        p->size += len;
        if (p->hash)
                behind_hash_grow(p->hash, p->size);
        return 0;
}

int store_put_truncate(struct store_put *p, uint64_t size, struct err *e)
{
        if (size == p->size)
                return 0;
        behind_hash_drop(p->hash);
        p->hash = NULL;
        if (ftruncate(p->temp.fd, (off_t)size) < 0)
                return err_sys(e, "cannot go back in a partial download");
        p->size = size;
        return hash_again(p, e);
}

uint64_t store_partial_size(const struct store *s, const char *resume)
{
        struct stat st;
        char name[48];

        snprintf(name, sizeof name, "part-%s", resume);
        if (fstatat(s->tmp, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                return 0;
        return (uint64_t)st.st_size;
}

int store_put_reader(const struct store_put *p, struct err *e)
{
        int fd = openat(p->store->tmp, p->temp.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? err_sys(e, "cannot read back a temporary file") : fd;
}

uint64_t store_put_size(const struct store_put *p)
{
        return p->size;
}

int store_put_end(struct store_put *p, struct err *e)
{
        unsigned char raw[DIGEST_MAX_SIZE];
        struct behind_hash *hash = p->hash;

        p->hash = NULL;
        if (hash && behind_hash_end(hash, e) < 0)
                return err_prefix(e, "cannot read back what was written");
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
        if (!p)
                return;
        behind_hash_drop(p->hash);
        if (p->resumable && !p->ended && p->temp.fd >= 0) {
                close(p->temp.fd);
                p->temp.fd = -1;
        }
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
