/* Making the bytes of packs, in worker threads, and writing them out. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/pack.h"
#include "bundle/xz.h"

#define CHUNK (256 * 1024)
#define XZ_PRESET XZ_PRESET_DEFAULT

typedef int bytes_fn(void *user, const void *bytes, size_t len, struct err *e);

static int damaged(const struct manifest_blob *b, struct err *e)
{
        char name[SHA256_HEX];

        hex_encode(name, b->sha256, SHA256_SIZE);
        return err_set(e, ERR_REFUSED,
            "what the store holds as blob %s is damaged; run dray fsck --repair, then dray sync",
            name);
}

/* The bytes of one piece. digest, if not NULL, sees them too. */
static int read_piece(const struct store *store, const struct manifest_blob *b,
    const struct pack_piece *piece, struct digest *digest, bytes_fn *each, void *user,
    struct err *e)
{
        char *chunk = xmalloc(CHUNK);
        int ret = -1, fd = store_get(store, b->sha256, e);

        if (fd < 0)
                goto out;
        for (uint64_t at = 0; at < piece->length;) {
                uint64_t left = piece->length - at;
                ssize_t n =
                    fs_pread(fd, chunk, left < CHUNK ? (size_t)left : CHUNK, piece->offset + at, e);

                if (n < 0)
                        goto out;
                if (n == 0) {
                        damaged(b, e);
                        goto out;
                }
                if (digest)
                        digest_update(digest, chunk, (size_t)n);
                if (each(user, chunk, (size_t)n, e) < 0)
                        goto out;
                at += (uint64_t)n;
        }
        ret = 0;
out:
        if (fd >= 0)
                close(fd);
        free(chunk);
        return ret;
}

/*
 * Hands the decoded bytes of a pack to `each`. compare: blobs that lie in it
 * whole are compared with their names; others have been, by check_spanning().
 */
static int read_pieces(const struct pack_plan *plan, const struct store *store, size_t pack,
    int compare, bytes_fn *each, void *user, struct err *e)
{
        const struct manifest *m = plan->manifest;
        struct digest *digest = digest_new(DIGEST_SHA256);
        unsigned char raw[DIGEST_MAX_SIZE];
        int ret = -1;

        for (size_t i = plan->first_piece[pack]; i < plan->first_piece[pack + 1]; i++) {
                const struct pack_piece *piece = &plan->pieces[i];
                const struct manifest_blob *b = &m->blobs[piece->blob];
                int whole = compare && piece->length == b->size;

                if (read_piece(store, b, piece, whole ? digest : NULL, each, user, e) < 0)
                        goto out;
                if (!whole)
                        continue;
                digest_final(digest);
                digest_get(digest, DIGEST_SHA256, raw);
                digest_reset(digest);
                if (memcmp(raw, b->sha256, SHA256_SIZE) != 0) {
                        damaged(b, e);
                        goto out;
                }
        }
        ret = 0;
out:
        digest_free(digest);
        return ret;
}

/* A pack that is one whole blob: its hash is known. */
static int is_own(const struct pack_plan *plan, size_t pack)
{
        const struct pack_piece *piece = &plan->pieces[plan->first_piece[pack]];

        return plan->manifest->packs[pack].encoding == PACK_RAW &&
               plan->first_piece[pack + 1] - plan->first_piece[pack] == 1 && piece->offset == 0 &&
               piece->length == plan->manifest->blobs[piece->blob].size;
}

/* What an xz pack is called in the cache: a digest of what is in it and how it is made. */
static void cache_name(const struct pack_plan *plan, size_t pack, char out[SHA256_HEX])
{
        struct digest *d = digest_new(DIGEST_SHA256);
        unsigned char raw[DIGEST_MAX_SIZE];
        char line[160], sha[SHA256_HEX];

        snprintf(line, sizeof line, "xz %d %lu\n", XZ_PRESET, (unsigned long)plan->dictionary);
        digest_update(d, line, strlen(line));
        for (size_t i = plan->first_piece[pack]; i < plan->first_piece[pack + 1]; i++) {
                const struct pack_piece *piece = &plan->pieces[i];

                hex_encode(sha, plan->manifest->blobs[piece->blob].sha256, SHA256_SIZE);
                snprintf(line, sizeof line, "%s %llu %llu\n", sha,
                    (unsigned long long)piece->offset, (unsigned long long)piece->length);
                digest_update(d, line, strlen(line));
        }
        digest_final(d);
        digest_get(d, DIGEST_SHA256, raw);
        digest_free(d);
        hex_encode(out, raw, SHA256_SIZE);
}

struct hashed_file {
        int fd; /* -1: only hash */
        struct digest *digest;
        uint64_t size;
};

static int hash_and_write(void *user, const void *bytes, size_t len, struct err *e)
{
        struct hashed_file *f = user;

        digest_update(f->digest, bytes, len);
        f->size += len;
        return f->fd < 0 ? 0 : fs_write(f->fd, bytes, len, e);
}

static void settle_pack(struct manifest_pack *pack, struct hashed_file *f)
{
        unsigned char raw[DIGEST_MAX_SIZE];

        digest_final(f->digest);
        digest_get(f->digest, DIGEST_SHA256, raw);
        memcpy(pack->sha256, raw, SHA256_SIZE);
        pack->size = f->size;
}

/*
 * The pack as an earlier build left it: 1 taken, 0 not there. The file ends
 * with the SHA-256 of what is before it; one that does not is made again.
 */
static int take_cached(int cache, const char *name, struct manifest_pack *pack)
{
        struct err ignored = ERR_INIT;
        struct buf bytes;
        int r;

        buf_init(&bytes, LIMIT_PACK_XZ + SHA256_SIZE);
        r = fs_read_file(cache, name, &bytes, &ignored) == 1 && bytes.len > SHA256_SIZE;
        if (r) {
                pack->size = bytes.len - SHA256_SIZE;
                sha256(bytes.data, pack->size, pack->sha256);
                r = memcmp(pack->sha256, bytes.data + pack->size, SHA256_SIZE) == 0;
        }
        buf_release(&bytes);
        return r;
}

static int feed_encoder(void *user, const void *bytes, size_t len, struct err *e)
{
        return xz_encoder_write(user, bytes, len, e);
}

static int build_xz(
    const struct pack_plan *plan, const struct store *store, int cache, size_t pack, struct err *e)
{
        struct manifest_pack *p = &plan->manifest->packs[pack];
        struct hashed_file f = {.fd = -1};
        struct fs_temp t = FS_TEMP_INIT;
        struct xz_encoder *x = NULL;
        char name[SHA256_HEX];
        int ret = -1;

        cache_name(plan, pack, name);
        if (take_cached(cache, name, p))
                return 0;
        f.digest = digest_new(DIGEST_SHA256);
        if (fs_temp_open(&t, cache, e) < 0)
                goto out;
        f.fd = t.fd;
        x = xz_encoder_new_with(XZ_PRESET, plan->dictionary, hash_and_write, &f);
        if (read_pieces(plan, store, pack, 1, feed_encoder, x, e) < 0 ||
            xz_encoder_finish(x, e) < 0)
                goto out;
        settle_pack(p, &f);
        if (fs_write(t.fd, p->sha256, SHA256_SIZE, e) < 0 ||
            fs_temp_commit(&t, cache, name, FS_DURABLE, e) < 0)
                goto out;
        ret = 0;
out:
        xz_encoder_free(x);
        digest_free(f.digest);
        fs_temp_discard(&t);
        return ret;
}

static int build_raw(
    const struct pack_plan *plan, const struct store *store, size_t pack, struct err *e)
{
        struct manifest_pack *p = &plan->manifest->packs[pack];
        struct hashed_file f = {.fd = -1};
        int ret;

        if (is_own(plan, pack)) {
                uint32_t blob = plan->pieces[plan->first_piece[pack]].blob;

                memcpy(p->sha256, plan->manifest->blobs[blob].sha256, SHA256_SIZE);
                p->size = p->decoded;
                assert(manifest_blob_is_pack(plan->manifest, blob)); /* as its readers see it */
                return 0;
        }
        f.digest = digest_new(DIGEST_SHA256);
        ret = read_pieces(plan, store, pack, 1, hash_and_write, &f, e);
        if (ret == 0)
                settle_pack(p, &f);
        digest_free(f.digest);
        return ret;
}

/* What the worker threads share. */
struct builder {
        struct pack_plan *plan;
        const struct store *store;
        int cache;
        int (*task)(struct builder *b, size_t i, struct err *e);
        pthread_mutex_t lock;
        size_t next, count; /* of tasks */
        uint64_t done, total;
        pack_progress_fn *progress;
        void *user;
        int failed;
        struct err err;
};

/* A pack sees only a part of such a blob, so it is read once before. */
static int check_spanning(struct builder *b, size_t blob, struct err *e)
{
        const struct manifest_blob *mb = &b->plan->manifest->blobs[blob];
        int r = mb->extents < 2 ? 1 : store_check(b->store, mb->sha256, mb->size, e);

        if (r < 0)
                return -1;
        return r ? 0 : damaged(mb, e);
}

static int build_one(struct builder *b, size_t pack, struct err *e)
{
        const struct manifest_pack *p = &b->plan->manifest->packs[pack];
        int r = p->encoding == PACK_XZ ? build_xz(b->plan, b->store, b->cache, pack, e)
                                       : build_raw(b->plan, b->store, pack, e);

        if (r < 0)
                return -1;
        pthread_mutex_lock(&b->lock);
        b->done += p->decoded;
        if (b->progress)
                b->progress(b->user, b->done, b->total);
        pthread_mutex_unlock(&b->lock);
        return 0;
}

static void *work(void *arg)
{
        struct builder *b = arg;
        struct err e = ERR_INIT;

        pthread_mutex_lock(&b->lock);
        while (!b->failed && b->next < b->count) {
                size_t i = b->next++;
                int r;

                pthread_mutex_unlock(&b->lock);
                r = b->task(b, i, &e);
                pthread_mutex_lock(&b->lock);
                if (r < 0 && !b->failed) {
                        b->failed = 1;
                        b->err = e;
                }
        }
        pthread_mutex_unlock(&b->lock);
        return NULL;
}

#define THREADS_MAX 64

static int run_tasks(struct builder *b, unsigned threads,
    int (*task)(struct builder *b, size_t i, struct err *e), size_t count, struct err *e)
{
        pthread_t pool[THREADS_MAX];
        unsigned started = 0;

        b->task = task;
        b->next = 0;
        b->count = count;
        if (threads > THREADS_MAX)
                threads = THREADS_MAX;
        /* this thread works too, so one thread needs no other and failing to start some is no error */
        while (started + 1 < threads && started < count &&
               pthread_create(&pool[started], NULL, work, b) == 0)
                started++;
        work(b);
        while (started)
                pthread_join(pool[--started], NULL);
        if (!b->failed)
                return 0;
        *e = b->err;
        return -1;
}

/* As many of the threads as may have an encoder at a time; one always. */
static unsigned with_encoders(const struct pack_plan *plan, unsigned threads)
{
        uint64_t room = LIMIT_ENCODERS / xz_encoder_memory(XZ_PRESET, plan->dictionary);

        return threads <= room ? threads : room ? (unsigned)room : 1;
}

int pack_build(struct pack_plan *plan, const struct store *store, int cache, unsigned threads,
    pack_progress_fn *progress, void *user, struct err *e)
{
        struct manifest *m = plan->manifest;
        struct builder b = {.plan = plan,
            .store = store,
            .cache = cache,
            .lock = PTHREAD_MUTEX_INITIALIZER,
            .total = m->totals.bytes,
            .progress = progress,
            .user = user};
        int ret = -1;

        if (run_tasks(&b, threads, check_spanning, m->blob_count, e) < 0 ||
            run_tasks(&b, with_encoders(plan, threads), build_one, m->pack_count, e) < 0)
                goto out;
        m->totals.stored = 0;
        for (size_t i = 0; i < m->pack_count; i++)
                m->totals.stored += m->packs[i].size;
        ret = 0;
out:
        pthread_mutex_destroy(&b.lock);
        return ret;
}

static int write_cached(
    int cache, const char *name, uint64_t size, struct hashed_file *f, struct err *e)
{
        char *chunk = NULL;
        ssize_t n = 0;
        int ret = -1, fd = openat(cache, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                return err_sys(e, "packs/%s", name);
        chunk = xmalloc(CHUNK);
        for (uint64_t left = size; left; left -= (uint64_t)n) {
                n = fs_read(fd, chunk, left < CHUNK ? (size_t)left : CHUNK, e);
                if (n < 0 || (n > 0 && hash_and_write(f, chunk, (size_t)n, e) < 0))
                        goto out;
                if (n == 0)
                        break; /* too short: its hash will not fit */
        }
        ret = 0;
out:
        free(chunk);
        close(fd);
        return ret;
}

int pack_write(const struct pack_plan *plan, const struct store *store, int cache, size_t pack,
    int fd, struct err *e)
{
        const struct manifest_pack *p = &plan->manifest->packs[pack];
        struct hashed_file f = {.fd = fd, .digest = digest_new(DIGEST_SHA256)};
        struct manifest_pack written;
        char name[SHA256_HEX];
        int ret = -1;

        if (p->encoding == PACK_XZ) {
                cache_name(plan, pack, name);
                if (write_cached(cache, name, p->size, &f, e) < 0)
                        goto out;
        } else if (read_pieces(plan, store, pack, 0, hash_and_write, &f, e) < 0) {
                goto out;
        }
        settle_pack(&written, &f);
        if (written.size != p->size || memcmp(written.sha256, p->sha256, SHA256_SIZE) != 0) {
                hex_encode(name,
                    plan->manifest->blobs[plan->pieces[plan->first_piece[pack]].blob].sha256,
                    SHA256_SIZE);
                err_set(e, ERR_REFUSED,
                    "what the store holds as blob %s (or one beside it in its pack) is damaged; run dray "
                    "fsck --repair, then dray sync",
                    name);
                goto out;
        }
        ret = 0;
out:
        digest_free(f.digest);
        return ret;
}
