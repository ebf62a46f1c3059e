/*
 * A mirror in a folder of its own: state/, catalog and store, for the tests
 * of what stands on them. In memory where the machine has /dev/shm, because a
 * test makes thousands of files.
 *
 *     struct box b;
 *     struct err e = ERR_INIT;
 *     box_open(&b);
 *     must(catalog_begin(b.catalog, &e));     fails the test, with the message
 *     refused(catalog_x(...), &e, ERR_CHAIN, "part of the message");
 *     box_close(&b);                          removes it
 */
#ifndef TESTS_BOX_H
#define TESTS_BOX_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/catalog.h"
#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/store.h"

struct box {
        char dir[64];
        char state_dir[72];
        int state, packs;
        struct catalog *catalog;
        struct store *store;
};

/* `e` is the test's own struct err. */
#define must(call) \
        do { \
                e = (struct err)ERR_INIT; \
                if ((call) < 0) \
                        fail_msg("%s: %s", #call, e.msg); \
        } while (0)

#define refused(call, error, wanted, part) \
        do { \
                *(error) = (struct err)ERR_INIT; \
                if ((call) != -1) \
                        fail_msg("not refused: %s", #call); \
                if ((error)->code != (wanted) || !strstr((error)->msg, (part))) \
                        fail_msg("%s: code %d, not %d; \"%s\" should say \"%s\"", #call, \
                            (int)(error)->code, (int)(wanted), (error)->msg, (part)); \
        } while (0)

static inline const char *box_root(void)
{
        struct stat st;

        return stat("/dev/shm", &st) == 0 && access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm"
                                                                                  : "/tmp";
}

/* An empty folder. */
static inline void box_folder(char out[64], const char *root)
{
        snprintf(out, 64, "%s/dray-test-XXXXXX", root);
        assert_non_null(mkdtemp(out));
}

static inline void box_remove(const char *dir)
{
        struct err e = ERR_INIT;

        must(fs_remove_tree(AT_FDCWD, dir, &e));
}

static inline void box_open(struct box *b)
{
        struct err e;

        box_folder(b->dir, box_root());
        snprintf(b->state_dir, sizeof b->state_dir, "%s/state", b->dir);
        assert_int_equal(mkdir(b->state_dir, 0755), 0);
        must(b->state = fs_open_dir(AT_FDCWD, b->state_dir, &e));
        must(b->packs = fs_make_dir(b->state, "packs", &e));
        must(store_open(b->state, &b->store, &e));
        must(catalog_open(b->state_dir, CATALOG_CREATE, &b->catalog, &e));
}

/* Closes the catalog and opens it again: what only lived in memory is gone. */
static inline void box_reopen(struct box *b)
{
        struct err e;

        catalog_close(b->catalog);
        must(catalog_open(b->state_dir, CATALOG_WRITE, &b->catalog, &e));
}

static inline void box_close(struct box *b)
{
        catalog_close(b->catalog);
        store_close(b->store);
        close(b->packs);
        close(b->state);
        box_remove(b->dir);
}

/* Bytes that depend on seed and place alone. alphabet 256: they do not compress. */
static inline void box_fill(unsigned char *bytes, size_t len, unsigned seed, unsigned alphabet)
{
        uint64_t x = seed * 2654435761U + 88172645463325252U;

        for (size_t i = 0; i < len; i++) {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                bytes[i] = (unsigned char)(alphabet == 256 ? x : 'a' + x % alphabet);
        }
}

/* A file of the made-up source: its blob is held and has a row; the record is not added. */
static inline struct record box_file(struct box *b, const char *source, const char *package,
    const char *file, const void *bytes, size_t len)
{
        struct record r = {
            .source = source, .package = package, .version = "1.0", .file = file, .meta = "{}"};
        struct err e;

        r.size = len;
        must(store_put_bytes(b->store, bytes, len, r.sha256, &e));
        must(catalog_blob_put(b->catalog, r.sha256, len, &e));
        return r;
}

static inline void box_digest_folder(struct digest *d, int dir);

static inline void box_digest_entry(struct digest *d, int dir, const char *name)
{
        struct stat st;
        char chunk[65536];
        ssize_t n;
        int fd;

        assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
        digest_update(d, name, strlen(name) + 1);
        digest_update(d, &st.st_mode, sizeof st.st_mode);
        fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        assert_true(fd >= 0);
        if (S_ISDIR(st.st_mode)) {
                box_digest_folder(d, fd);
                return;
        }
        while ((n = read(fd, chunk, sizeof chunk)) > 0)
                digest_update(d, chunk, (size_t)n);
        assert_int_equal(n, 0);
        close(fd);
}

/* Takes the descriptor. */
static inline void box_digest_folder(struct digest *d, int dir)
{
        struct dirent **list;
        int count = scandirat(dir, ".", &list, NULL, alphasort);

        assert_true(count >= 0);
        for (int i = 0; i < count; i++) {
                const char *name = list[i]->d_name;

                /* -shm holds locks, not data; tmp/ is scratch */
                if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "tmp") != 0 &&
                    strcmp(name, "catalog.db-shm") != 0)
                        box_digest_entry(d, dir, name);
                free(list[i]);
        }
        free(list);
        close(dir);
}

/* Over every name, mode and byte below state/, but for tmp/. */
static inline void box_digest(const struct box *b, unsigned char out[SHA256_SIZE])
{
        struct digest *d = digest_new(DIGEST_SHA256);
        unsigned char raw[DIGEST_MAX_SIZE];

        box_digest_folder(d, openat(b->state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        digest_final(d);
        digest_get(d, DIGEST_SHA256, raw);
        memcpy(out, raw, SHA256_SIZE);
        digest_free(d);
}

/* How many entries a folder of the mirror has. */
static inline int box_entries(const struct box *b, const char *path)
{
        struct dirent **list;
        int count = scandirat(b->state, path, &list, NULL, NULL);

        for (int i = 0; i < count; i++)
                free(list[i]);
        if (count >= 0)
                free(list);
        return count < 0 ? -1 : count - 2;
}

#endif
