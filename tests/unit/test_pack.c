/* Packs: every byte of every blob in one place, the same for the same blobs, and none unchecked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>

#include <stdbool.h>

#include "box.h"
#include "bundle/pack.h"

/* As in pack_plan.c */
#define OWN_PACK (64 * KIB)
#define RAW_PACK (4 * MIB)
#define RAW_SPLIT (256 * MIB)
#define XZ_PACK (8 * MIB)

static uint64_t random_state;

static uint64_t dice(uint64_t sides)
{
        random_state = random_state * 6364136223846793005U + 1442695040888963407U;
        return (random_state >> 20) % sides;
}

static void encoding_by_name(void **state)
{
        static const char *const raw[] = {"a-1.0-py3-none-any.whl", "a-1.0.tar.gz", "a.tgz",
            "a.zip", "a.tar.xz", "a.bz2", "a.zst", "x.deb", "x.jar", "x.crate", ".gz"};
        static const char *const xz[] = {
            "a", "a.tar", "a.txt", "gz", "a.gz.asc", "a.GZ", "", "whl"};

        (void)state;
        for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
                assert_int_equal(pack_encoding_of(raw[i]), PACK_RAW);
        for (size_t i = 0; i < sizeof xz / sizeof *xz; i++)
                assert_int_equal(pack_encoding_of(xz[i]), PACK_XZ);
}

static void add(struct pack_plan *plan, unsigned number, uint64_t size, enum pack_encoding encoding)
{
        unsigned char sha[SHA256_SIZE];
        struct err e;

        sha256(&number, sizeof number, sha);
        must(pack_plan_add(plan, sha, size, encoding, &e));
}

/* Blobs lie sorted, once each, and their extents add up. */
static void check_blobs(const struct manifest *m)
{
        uint64_t bytes = 0;
        size_t next = 0;

        for (size_t i = 0; i < m->blob_count; i++) {
                const struct manifest_blob *b = &m->blobs[i];
                uint64_t sum = 0;

                assert_true(i == 0 || memcmp(b[-1].sha256, b->sha256, SHA256_SIZE) < 0);
                assert_int_equal(b->first, next);
                for (uint32_t x = 0; x < b->extents; x++) {
                        const struct manifest_extent *extent = &m->extents[next++];

                        assert_int_equal(extent->blob, i);
                        assert_true(extent->length > 0);
                        assert_true(x == 0 || extent[-1].pack < extent->pack);
                        sum += extent->length;
                }
                assert_true(sum == b->size);
                bytes += sum;
        }
        assert_int_equal(next, m->extent_count);
        assert_true(m->totals.bytes == bytes);
        assert_int_equal(m->totals.blobs, m->blob_count);
        assert_int_equal(m->totals.packs, m->pack_count);
}

/* The pieces of each pack are its bytes in order; as a reader sees them, few blobs are open. */
static void check_packs(const struct pack_plan *plan)
{
        const struct manifest *m = plan->manifest;
        uint64_t *done = xcalloc(m->blob_count, sizeof *done);
        int open = 0, most = 0;

        for (size_t p = 0; p < m->pack_count; p++) {
                const struct manifest_pack *pack = &m->packs[p];
                uint64_t sum = 0;

                assert_true(plan->first_piece[p] < plan->first_piece[p + 1]);
                assert_true(p == 0 || pack[-1].encoding == pack->encoding ||
                            (pack[-1].encoding == PACK_XZ && pack->encoding == PACK_RAW));
                for (size_t i = plan->first_piece[p]; i < plan->first_piece[p + 1]; i++) {
                        const struct pack_piece *piece = &plan->pieces[i];
                        uint64_t size = m->blobs[piece->blob].size;

                        assert_true(done[piece->blob] == piece->offset);
                        open += piece->offset == 0;
                        most = open > most ? open : most;
                        done[piece->blob] += piece->length;
                        open -= done[piece->blob] == size;
                        sum += piece->length;
                        if (pack->encoding == PACK_RAW && size >= OWN_PACK) {
                                assert_int_equal(
                                    plan->first_piece[p + 1] - plan->first_piece[p], 1);
                                assert_true(piece->length <= RAW_SPLIT);
                        }
                }
                assert_true(pack->decoded == sum);
                assert_true(sum <= (pack->encoding == PACK_XZ ? XZ_PACK : RAW_SPLIT));
        }
        assert_int_equal(plan->first_piece[m->pack_count], plan->piece_count);
        assert_int_equal(open, 0);
        assert_true(most <= 4);
        for (size_t i = 0; i < m->blob_count; i++)
                assert_true(done[i] == m->blobs[i].size);
        free(done);
}

/* Sizes around every threshold, in any order, some blobs named several times. */
static void random_plans(void **state)
{
        static const uint64_t sizes[] = {0, 1, 100, OWN_PACK - 1, OWN_PACK, OWN_PACK + 1, RAW_PACK,
            XZ_PACK - 1, XZ_PACK, XZ_PACK + 1, 3 * XZ_PACK, RAW_SPLIT, RAW_SPLIT + 1,
            2 * RAW_SPLIT - 1, LIMIT_FILE};
        struct err e;

        (void)state;
        for (unsigned seed = 0; seed < 300; seed++) {
                struct manifest m = {0};
                struct pack_plan plan;
                unsigned count = (unsigned)(seed < 2 ? seed : dice(120));

                random_state = seed;
                pack_plan_init(&plan, &m);
                for (unsigned i = 0; i < count; i++) {
                        unsigned number = (unsigned)dice(100);
                        size_t which = number % (sizeof sizes / sizeof *sizes);

                        add(&plan, number, sizes[which] - (number % 7 && sizes[which] > 100),
                            number % 2 ? PACK_RAW : PACK_XZ);
                }
                must(pack_plan_end(&plan, &e));
                check_blobs(&m);
                check_packs(&plan);
                pack_plan_release(&plan);
                pack_plan_release(&plan);
                manifest_release(&m);
        }
}

/* What is named first lies first, so that what belongs together is packed together. */
static void order_is_the_callers(void **state)
{
        static const unsigned order[] = {5, 3, 9, 3, 1, 5, 7};
        static const unsigned wanted[] = {5, 3, 9, 1, 7};
        struct manifest m = {0};
        struct pack_plan plan;
        struct err e;

        (void)state;
        pack_plan_init(&plan, &m);
        for (size_t i = 0; i < sizeof order / sizeof *order; i++)
                add(&plan, order[i], 10, PACK_XZ);
        must(pack_plan_end(&plan, &e));
        assert_int_equal(plan.piece_count, 5);
        for (size_t i = 0; i < 5; i++) {
                unsigned char sha[SHA256_SIZE];

                sha256(&wanted[i], sizeof *wanted, sha);
                assert_memory_equal(m.blobs[plan.pieces[i].blob].sha256, sha, SHA256_SIZE);
        }
        pack_plan_release(&plan);
        manifest_release(&m);
}

static void features_are_those_used(void **state)
{
        struct manifest m;
        struct pack_plan plan;
        struct err e;

        (void)state;
        for (unsigned kinds = 0; kinds < 8; kinds++) {
                m = (struct manifest){0};
                pack_plan_init(&plan, &m);
                if (kinds & 1)
                        add(&plan, 1, 10, PACK_RAW);
                if (kinds & 2)
                        add(&plan, 2, 10, PACK_XZ);
                if (kinds & 4)
                        add(&plan, 3, 0, PACK_XZ);
                must(pack_plan_end(&plan, &e));
                assert_int_equal(m.requires, (kinds & 1 ? FEATURE_PACK_RAW : 0) |
                                                 (kinds & 2 ? FEATURE_PACK_XZ : 0) |
                                                 (kinds ? FEATURE_BLOB_COPY : 0));
                pack_plan_release(&plan);
                manifest_release(&m);
        }
}

/* -- building -- */

static struct box b;
static struct manifest m;
static struct pack_plan plan;
static struct record files[5];

#define LONG_FILE (9 * MIB)

static int make_plan(void **state)
{
        static unsigned char bytes[100000];
        unsigned char *longer = xmalloc(LONG_FILE);
        struct err e;

        (void)state;
        box_open(&b);
        box_fill(bytes, sizeof bytes, 1, 256);
        box_fill(longer, LONG_FILE, 2, 1);
        memcpy(longer + LONG_FILE / 2, "middle", sizeof "middle");
        files[0] = box_file(&b, "s", "p", "own.whl", bytes, sizeof bytes);
        files[1] = box_file(&b, "s", "p", "small.whl", bytes, 1000);
        files[2] = box_file(&b, "s", "p", "other.gz", bytes + 1000, 1000);
        files[3] = box_file(&b, "s", "p", "text", bytes + 2000, 1000);
        files[4] = box_file(&b, "s", "p", "spans", longer, LONG_FILE);
        free(longer);
        m = (struct manifest){0};
        pack_plan_init(&plan, &m);
        for (size_t i = 0; i < 5; i++)
                must(pack_plan_add(
                    &plan, files[i].sha256, files[i].size, pack_encoding_of(files[i].file), &e));
        must(pack_plan_end(&plan, &e));
        assert_int_equal(m.pack_count, 4);
        return 0;
}

static int free_plan(void **state)
{
        (void)state;
        pack_plan_release(&plan);
        manifest_release(&m);
        box_close(&b);
        return 0;
}

static void told(void *user, uint64_t done, uint64_t total)
{
        uint64_t *last = user;

        assert_true(done > *last && done <= total);
        *last = done;
}

static void packs_are_what_is_said(void **state)
{
        uint64_t last = 0, stored = 0;
        struct err e;

        (void)state;
        must(pack_build(&plan, b.store, b.packs, 2, told, &last, &e));
        assert_int_equal(last, m.totals.bytes);
        assert_int_equal(box_entries(&b, "packs"), 2);
        for (size_t i = 0; i < m.pack_count; i++) {
                struct buf pack;
                unsigned char sha[SHA256_SIZE];
                struct err write_error = ERR_INIT;
                int dir;

                must(dir = fs_make_dir(b.state, "out", &e));
                int fd = openat(dir, "pack", O_RDWR | O_CREAT | O_TRUNC, 0644);

                assert_int_equal(pack_write(&plan, b.store, b.packs, i, fd, &write_error), 0);
                close(fd);
                buf_init(&pack, 16 * MIB);
                must(fs_read_file(dir, "pack", &pack, &e));
                sha256(pack.data, pack.len, sha);
                assert_memory_equal(sha, m.packs[i].sha256, SHA256_SIZE);
                assert_int_equal(pack.len, m.packs[i].size);
                if (m.packs[i].encoding == PACK_RAW)
                        assert_int_equal(pack.len, m.packs[i].decoded);
                stored += pack.len;
                buf_release(&pack);
                close(dir);
        }
        assert_int_equal(m.totals.stored, stored);
}

static void empty_cache(void)
{
        struct err e;

        must(fs_remove_tree(b.state, "packs", &e));
        close(b.packs);
        must(b.packs = fs_make_dir(b.state, "packs", &e));
}

/* Builds in a process of its own, with an empty cache before it; bytes of memory at the most. */
static uint64_t peak_of_build(unsigned threads)
{
        struct rusage used;
        struct err e = ERR_INIT;
        int status;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
                _exit(pack_build(&plan, b.store, b.packs, threads, NULL, NULL, &e) < 0);
        assert_int_equal(wait4(child, &status, 0, &used), child);
        assert_int_equal(status, 0);
        return (uint64_t)used.ru_maxrss * 1024;
}

#define PACKS 8

/* As many encoders as there is memory for, and the same packs whatever their number. */
static void threads_change_neither_packs_nor_memory(void **state)
{
        const uint64_t size = PACKS * XZ_PACK;
        static const unsigned threads[] = {1, 8};
        struct manifest_pack first[PACKS];
        uint64_t one = 0; /* what one thread takes, sanitizers and all */
        struct record large;
        struct err e;

        (void)state;
        free_plan(NULL);
        box_open(&b);
        {
                unsigned char *bytes = xmalloc(size);

                box_fill(bytes, size, 3, 1);
                for (uint64_t i = 0; i < size; i += XZ_PACK) /* no two packs alike */
                        bytes[i] = (unsigned char)('0' + i / XZ_PACK);
                large = box_file(&b, "s", "p", "large", bytes, size);
                free(bytes);
        }
        m = (struct manifest){0};
        pack_plan_init(&plan, &m);
        must(pack_plan_add(&plan, large.sha256, size, PACK_XZ, &e));
        must(pack_plan_end(&plan, &e));
        assert_int_equal(m.pack_count, PACKS);
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
                uint64_t peak;

                empty_cache();
                peak = peak_of_build(threads[i]);
                must(pack_build(&plan, b.store, b.packs, 1, NULL, NULL, &e)); /* as it was cached */
                if (i == 0) {
                        memcpy(first, m.packs, sizeof first);
                        one = peak;
                }
                assert_memory_equal(m.packs, first, sizeof first);
                if (peak > one + LIMIT_ENCODERS)
                        fail_msg("%u threads: %llu MiB, and one: %llu", threads[i],
                            (unsigned long long)(peak / MIB), (unsigned long long)(one / MIB));
        }
}

static const char *blob_file(const struct record *r)
{
        static char path[80];
        static const char digits[] = "0123456789abcdef";

        memcpy(path, "blobs/..", 8);
        path[8] = '/';
        for (size_t i = 0; i < SHA256_SIZE; i++) {
                path[9 + 2 * i] = digits[r->sha256[i] >> 4];
                path[10 + 2 * i] = digits[r->sha256[i] & 15];
        }
        path[73] = '\0';
        path[6] = path[9];
        path[7] = path[10];
        return path;
}

static void flip(const struct record *r, off_t at)
{
        unsigned char byte;
        int fd;

        assert_int_equal(fchmodat(b.state, blob_file(r), 0644, 0), 0);
        fd = openat(b.state, blob_file(r), O_RDWR);
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
}

/* What rotted in the store is found here, not on the far side of the gap. */
static void damaged_blobs_are_not_packed(void **state)
{
        struct err e;

        (void)state;
        for (size_t i = 0; i < 5; i++) {
                off_t places[] = {0, (off_t)files[i].size / 2, (off_t)files[i].size - 1};

                for (size_t k = 0; k < 3; k++) {
                        int r, fd;

                        empty_cache();
                        flip(&files[i], places[k]);
                        fd = open("/dev/null", O_WRONLY);
                        e = (struct err)ERR_INIT;
                        r = pack_build(&plan, b.store, b.packs, 2, NULL, NULL, &e);
                        for (size_t p = 0; r == 0 && p < m.pack_count; p++)
                                r = pack_write(&plan, b.store, b.packs, p, fd, &e);
                        close(fd);
                        if (r == 0)
                                fail_msg("%s, byte %lld", files[i].file, (long long)places[k]);
                        assert_int_equal(e.code, ERR_REFUSED);
                        assert_non_null(strstr(e.msg, "dray fsck"));
                        flip(&files[i], places[k]);
                }
        }
        must(pack_build(&plan, b.store, b.packs, 2, NULL, NULL, &e));
}

/* No half-made pack may stay in the cache. */
static void no_temporary_files(void)
{
        struct dirent **list;
        int count = scandirat(b.state, "packs", &list, NULL, NULL);

        assert_true(count >= 2);
        for (int i = 0; i < count; i++) {
                assert_int_not_equal(strncmp(list[i]->d_name, "tmp-", 4), 0);
                free(list[i]);
        }
        free(list);
}

static void short_and_missing_blobs(void **state)
{
        struct err e;

        (void)state;
        for (size_t i = 1; i < 5; i++) { /* 0 is its own pack, and read only to be written */
                unsigned char sha[SHA256_SIZE];
                struct buf bytes;
                int fd;

                empty_cache();
                buf_init(&bytes, 16 * MIB);
                must(fs_read_file(b.state, blob_file(&files[i]), &bytes, &e));
                assert_int_equal(fchmodat(b.state, blob_file(&files[i]), 0644, 0), 0);
                fd = openat(b.state, blob_file(&files[i]), O_RDWR);
                assert_int_equal(ftruncate(fd, (off_t)files[i].size - 1), 0);
                close(fd);
                refused(pack_build(&plan, b.store, b.packs, 1, NULL, NULL, &e), &e, ERR_REFUSED,
                    "is damaged; run dray fsck");
                must(store_remove(b.store, files[i].sha256, &e));
                refused(pack_build(&plan, b.store, b.packs, 3, NULL, NULL, &e), &e,
                    i == 4 ? ERR_REFUSED : ERR_FAILED, "run dray fsck");
                no_temporary_files();
                must(store_put_bytes(b.store, bytes.data, bytes.len, sha, &e));
                buf_release(&bytes);
        }
        must(pack_build(&plan, b.store, b.packs, 1, NULL, NULL, &e));
}

#define BUILD(f) cmocka_unit_test_setup_teardown(f, make_plan, free_plan)

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(encoding_by_name),
            cmocka_unit_test(random_plans),
            cmocka_unit_test(order_is_the_callers),
            cmocka_unit_test(features_are_those_used),
            BUILD(packs_are_what_is_said),
            BUILD(threads_change_neither_packs_nor_memory),
            BUILD(damaged_blobs_are_not_packed),
            BUILD(short_and_missing_blobs),
        };

        return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
