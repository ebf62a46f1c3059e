/*
 * A bundle in volumes is imported when all of it has come, in whatever order,
 * over whatever time, from whatever copies; and not before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "bundle/hex.h"
#include "bundle/spool.h"
#include "bundle_box.h"

#define WHEELS 5
#define SIZE 70000 /* each is a pack of its own */

static struct sender s;
static struct box to;
static struct volumes three; /* the small files and two wheels, two wheels, one */

static int set_up(void **state)
{
        static unsigned char bytes[9 * MIB];
        struct bundle_spec spec;
        char file[32];

        (void)state;
        sender_open(&s);
        sender_begin(&s);
        for (unsigned i = 0; i < WHEELS; i++) {
                box_fill(bytes, SIZE, i + 1, 256);
                snprintf(file, sizeof file, "wheel-%u.whl", i);
                sender_put(&s, file, bytes, SIZE);
        }
        box_fill(bytes, sizeof bytes, 77, 7);
        sender_put(&s, "small.txt", bytes, 900);
        sender_put(&s, "empty", "", 0);
        sender_commit(&s);
        spec = sender_spec(&s, NULL);
        spec.volume_size = 2 * SIZE + 16 * KIB;
        spec_volumes(&spec, &three);
        assert_int_equal(three.count, 3);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        volumes_close(&three);
        sender_close(&s);
        return 0;
}

static int open_receiver(void **state)
{
        (void)state;
        box_open(&to);
        box_trust(&to, STREAM, s.keys, 1, 1);
        return 0;
}

static int close_receiver(void **state)
{
        (void)state;
        box_close(&to);
        return 0;
}

/* All is here, nothing is left of the volumes. */
static void is_imported(void)
{
        unsigned char state[SHA256_SIZE];

        box_state(&to, state);
        assert_memory_equal(state, s.last.state, SHA256_SIZE);
        assert_true(box_entries(&to, "spool") <= 0);
        assert_int_equal(box_entries(&to, "tmp"), 0);
}

static void nothing_is_imported(void)
{
        struct generation g;
        struct err e;

        assert_int_equal(catalog_generation_last(to.catalog, &g, &e), 0);
        assert_int_equal(box_entries(&to, "tmp"), 0);
}

/* "volume 2 of 3", behind which the files are named. */
static void waits_for(const char *text, const char *missing)
{
        size_t len = strlen(missing);

        if (strncmp(text, missing, len) != 0 || (text[len] && strncmp(text + len, " (", 2) != 0))
                fail_msg("\"%s\" should be \"%s\"", text, missing);
}

/* Taken, and then waits for `missing`; "": it was the last one. */
static void takes(int fd, const char *missing)
{
        struct import_result r;
        struct err e;

        must(box_import(&to, fd, &r, &e));
        assert_int_equal(r.waiting, missing[0] != '\0');
        waits_for(r.missing, missing);
        assert_string_equal(r.damage.msg, "");
        import_result_release(&r);
        if (missing[0])
                nothing_is_imported();
        else
                is_imported();
}

static void spoil(int fd, off_t at)
{
        unsigned char byte;

        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void any_order(void **state)
{
        static const struct {
                int order[3];
                const char *missing[2];
        } cases[] = {
            {{0, 1, 2}, {"volumes 2 and 3 of 3", "volume 3 of 3"}},
            {{0, 2, 1}, {"volumes 2 and 3 of 3", "volume 2 of 3"}},
            {{1, 0, 2}, {"volumes 1 and 3 of 3", "volume 3 of 3"}},
            {{1, 2, 0}, {"volumes 1 and 3 of 3", "volume 1 of 3"}},
            {{2, 0, 1}, {"volumes 1 and 2 of 3", "volume 2 of 3"}},
            {{2, 1, 0}, {"volumes 1 and 2 of 3", "volume 1 of 3"}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                for (int n = 0; n < 3; n++) {
                        takes(three.fd[cases[i].order[n]], n < 2 ? cases[i].missing[n] : "");
                        if (n == 0) /* once more: it is there already */
                                takes(three.fd[cases[i].order[n]], cases[i].missing[n]);
                        box_reopen(&to);
                }
                close_receiver(NULL);
                open_receiver(NULL);
        }
}

/* What volumes say of themselves changes nothing of what is signed. */
static void same_manifest_as_one_file(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct written one;
        int fd = spec_bundle(&spec, &one);
        off_t sum = 0;

        (void)state;
        assert_memory_equal(one.out.manifest, three.w.out.manifest, SHA256_SIZE);
        for (size_t v = 0; v < three.count; v++) {
                off_t size = lseek(three.fd[v], 0, SEEK_END);

                assert_true((uint64_t)size <= 2 * SIZE + 16 * KIB);
                sum += size;
        }
        assert_true((uint64_t)sum == three.w.out.size);
        /* a volume after the whole is one that was imported before */
        takes(fd, "");
        close(fd);
        for (size_t v = 0; v < three.count; v++) {
                struct import_result r;
                struct err e;

                must(box_import(&to, three.fd[v], &r, &e));
                assert_true(r.already && !r.waiting);
                import_result_release(&r);
        }
}

/* The whole after a volume: what is awaited is taken from it, and it is done. */
static void whole_after_a_part(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        int fd = spec_bundle(&spec, NULL);

        (void)state;
        takes(three.fd[1], "volumes 1 and 3 of 3");
        takes(fd, "");
        close(fd);
}

/* Other volumes of the same bundle fill in for those that are not there. */
static void two_cuts(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct volumes five = {0};

        (void)state;
        spec.volume_size = SIZE + 16 * KIB;
        spec_volumes(&spec, &five);
        assert_int_equal(five.count, 5);
        assert_memory_equal(five.w.out.manifest, three.w.out.manifest, SHA256_SIZE);
        takes(three.fd[0], "volumes 2 and 3 of 3");
        takes(five.fd[4], "volumes 2 and 3 of 3");
        takes(five.fd[3], "volumes 1 to 3 of 5");
        takes(five.fd[2], "");
        volumes_close(&five);
}

/* Refused, but what is good of it is kept. */
static void damaged(int fd, const char *part, const char *missing)
{
        struct import_result r;
        struct err e;

        refused(box_import(&to, fd, &r, &e), &e, ERR_REFUSED, part);
        assert_int_equal(r.waiting, 1);
        waits_for(r.missing, missing);
        import_result_release(&r);
        nothing_is_imported();
}

static void damaged_copies(void **state)
{
        int first = bundle_copy(three.fd[0]), second = bundle_copy(three.fd[0]);

        (void)state;
        spoil(first, bundle_place(first, SIZE, 0) + 5);
        spoil(second, bundle_place(second, SIZE, 1) + SIZE - 1);
        takes(three.fd[2], "volumes 1 and 2 of 3");
        damaged(first, "volume 1 of 3: pack ", "volumes 1 and 2 of 3");
        takes(three.fd[1], "volume 1 of 3");
        damaged(first, "is damaged; copy it again", "volume 1 of 3");
        /* the other copy lacks what this one brought */
        takes(second, "");
        close(first);
        close(second);
}

/* A header, the padding, a cut: behind each, packs are found again. */
static void damage_between_packs(void **state)
{
        off_t wheel = bundle_place(three.fd[0], SIZE, 0), end = lseek(three.fd[0], 0, SEEK_END);
        int copy;

        (void)state;
        copy = bundle_copy(three.fd[0]);
        spoil(copy, wheel - TAR_BLOCK + 3);                     /* its name */
        spoil(copy, bundle_place(three.fd[0], SIZE, 1) + SIZE); /* padding of the other */
        damaged(copy, "volume 1 of 3: a tar header is damaged", "volumes 1 to 3 of 3");
        close(copy);
        copy = bundle_copy(three.fd[0]);
        assert_int_equal(ftruncate(copy, wheel + SIZE + TAR_BLOCK), 0);
        damaged(copy, "was cut short", "volumes 2 and 3 of 3");
        close(copy);
        copy = bundle_copy(three.fd[0]);
        assert_int_equal(pwrite(copy, "more", 4, end), 4);
        damaged(copy, "bytes after the end", "volumes 2 and 3 of 3");
        close(copy);
        takes(three.fd[1], "volume 3 of 3");
        /* all is here: damage elsewhere in the last one is told, and does not keep it out */
        copy = bundle_copy(three.fd[2]);
        spoil(copy, lseek(copy, 0, SEEK_END) - 1);
        struct import_result r;
        struct err e;
        must(box_import(&to, copy, &r, &e));
        assert_non_null(strstr(r.damage.msg, "more than its manifest lists"));
        assert_int_equal(r.waiting, 0);
        import_result_release(&r);
        close(copy);
        is_imported();
}

/* Two whole files, each damaged: neither is refused before the other was seen. */
static void two_damaged_wholes(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct import im = {.catalog = to.catalog, .store = to.store, .name = "-", .gather = 1};
        int first = spec_bundle(&spec, NULL), second = bundle_copy(first);
        struct import_result r;
        struct err e;

        (void)state;
        spoil(first, bundle_place(first, SIZE, 0));
        spoil(second, bundle_place(second, SIZE, 3));
        import_refused(&to, first, ERR_REFUSED, "is damaged; copy the bundle again");
        assert_int_equal(lseek(first, 0, SEEK_SET), 0);
        refused(import_bundle(&im, first, &r, &e), &e, ERR_REFUSED, "is damaged; copy it again");
        assert_string_equal(r.missing, "another copy of it");
        import_result_release(&r);
        assert_int_equal(lseek(second, 0, SEEK_SET), 0);
        must(import_bundle(&im, second, &r, &e));
        assert_int_equal(r.waiting, 0);
        assert_string_equal(r.damage.msg, ""); /* that pack was here: it was not even read */
        import_result_release(&r);
        is_imported();
        close(first);
        close(second);
}

/* From a pipe nothing can be sought; what comes after a pack with a wrong byte is still taken. */
static void through_a_pipe(void **state)
{
        int copy = bundle_copy(three.fd[0]), ends[2], status;
        struct import im = {.catalog = to.catalog, .store = to.store, .name = "-"};
        struct import_result r;
        struct err e;
        size_t len;
        unsigned char *bytes;
        pid_t child;

        (void)state;
        spoil(copy, bundle_place(copy, SIZE, 0));
        bytes = bundle_bytes(copy, &len);
        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (child == 0) {
                close(ends[0]);
                for (size_t at = 0; at < len; at += 1000) /* short reads */
                        if (fs_write(ends[1], bytes + at, len - at < 1000 ? len - at : 1000, &e) <
                            0)
                                _exit(1);
                _exit(0);
        }
        close(ends[1]);
        refused(import_bundle(&im, ends[0], &r, &e), &e, ERR_REFUSED, "is damaged");
        assert_true(r.held >= SIZE && r.held < 2 * SIZE);
        import_result_release(&r);
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        free(bytes);
        close(copy);
}

static char spooled[200];

static int find_spooled(void *user, const struct spool_row *row, struct err *e)
{
        char manifest[SHA256_HEX];

        (void)e;
        hex_encode(manifest, row->manifest, SHA256_SIZE);
        snprintf(spooled, sizeof spooled, "spool/%s", manifest);
        assert_string_equal(row->stream, STREAM);
        assert_int_equal(row->seq, three.w.seq);
        assert_string_equal(row->missing, "volume 3 of 3 (plant-a-000001.3of3.dray)");
        assert_true(row->held >= 4 * SIZE && row->total > row->held);
        ++*(int *)user;
        return 0;
}

/* Below state/: where a wheel of the first volume lies, the first two volumes having come. */
static void wheel_in_the_spool(char path[300])
{
        struct manifest m;
        struct bundle *b;
        char name[SHA256_HEX];
        int count = 0;
        struct err e;

        takes(three.fd[0], "volumes 2 and 3 of 3");
        takes(three.fd[1], "volume 3 of 3");
        assert_int_equal(spool_list(to.state, find_spooled, &count, &e), 0);
        assert_int_equal(count, 1);
        assert_int_equal(lseek(three.fd[0], 0, SEEK_SET), 0);
        must(bundle_open(three.fd[0], &b, &e));
        must(bundle_manifest(b, NULL, NULL, &m, &e));
        for (size_t i = 0; i < m.pack_count; i++) {
                hex_encode(name, m.packs[i].sha256, SHA256_SIZE);
                snprintf(path, 300, "%s/%s", spooled, name);
                if (m.packs[i].size == SIZE && faccessat(to.state, path, F_OK, 0) == 0)
                        break;
        }
        manifest_release(&m);
        bundle_close(b);
        assert_int_equal(fchmodat(to.state, path, 0644, 0), 0);
}

static int find_missing(void *user, const struct spool_row *row, struct err *e)
{
        (void)e;
        snprintf(user, 256, "%s", row->missing);
        return 0;
}

/* How it stands with the only spool, as status tells it. */
static void is_said_to_lack(const char *missing)
{
        char said[256] = "no spool";
        struct err e;

        assert_int_equal(spool_list(to.state, find_missing, said, &e), 0);
        assert_string_equal(said, missing);
}

/* What lies in state/spool is held against the manifest again before it is used. */
static void damage_in_the_spool(void **state)
{
        struct import_result r;
        char path[300];
        int fd;
        struct err e;

        (void)state;
        wheel_in_the_spool(path);
        fd = openat(to.state, path, O_RDWR | O_CLOEXEC);
        spoil(fd, 9);
        close(fd);
        refused(box_import(&to, three.fd[2], &r, &e), &e, ERR_REFUSED,
            "was damaged in state/spool since; bring volume 1 of 3 (plant-a-000001.1of3.dray) again");
        import_result_release(&r);
        nothing_is_imported();
        is_said_to_lack("volume 1 of 3 (plant-a-000001.1of3.dray)");
        takes(three.fd[0], "");
}

static int answer(void *user, int64_t generation, struct err *e)
{
        const enum err_code *code = user;

        (void)generation;
        return *code == ERR_NONE ? 0 : err_set(e, *code, "asked at the end");
}

/* The last volume has come: what is refused then leaves nothing, what failed here goes on. */
static void refused_when_all_has_come(void **state)
{
        enum err_code code = ERR_FAILED;
        struct import im = {.catalog = to.catalog,
            .store = to.store,
            .name = "-",
            .accept_result = answer,
            .user = &code};
        struct import_result r;
        struct err e;

        (void)state;
        takes(three.fd[0], "volumes 2 and 3 of 3");
        takes(three.fd[1], "volume 3 of 3");
        assert_int_equal(lseek(three.fd[2], 0, SEEK_SET), 0);
        refused(import_bundle(&im, three.fd[2], &r, &e), &e, ERR_FAILED, "asked at the end");
        import_result_release(&r);
        is_said_to_lack("");
        code = ERR_REFUSED;
        assert_int_equal(lseek(three.fd[1], 0, SEEK_SET), 0);
        refused(import_bundle(&im, three.fd[1], &r, &e), &e, ERR_REFUSED, "asked at the end");
        import_result_release(&r);
        nothing_is_imported();
        is_said_to_lack("no spool");
}

/* The padding behind a pack is no part of it: the pack is kept. */
static void damage_beside_a_pack(void **state)
{
        int copy = bundle_copy(three.fd[0]);

        (void)state;
        spoil(copy, bundle_place(copy, SIZE, 0) + SIZE);
        damaged(copy, "volume 1 of 3: ", "volumes 2 and 3 of 3");
        close(copy);
}

/* After a power cut: what is shorter than it was signed has not come. */
static void short_in_the_spool(void **state)
{
        char path[300];
        int fd;

        (void)state;
        wheel_in_the_spool(path);
        fd = openat(to.state, path, O_RDWR | O_CLOEXEC);
        assert_int_equal(ftruncate(fd, SIZE - 1), 0);
        close(fd);
        takes(three.fd[2], "volume 1 of 3");
        takes(three.fd[0], "");
}

/* A run that was killed leaves a pack half written and a pack cut short by a power cut. */
static void leftovers(void **state)
{
        char path[300];
        int count = 0;
        struct err e;

        (void)state;
        takes(three.fd[0], "volumes 2 and 3 of 3");
        takes(three.fd[1], "volume 3 of 3");
        assert_int_equal(spool_list(to.state, find_spooled, &count, &e), 0);
        snprintf(path, sizeof path, "%s/new", spooled);
        must(fs_write_file(to.state, path, "half", 4, &e));
        snprintf(path, sizeof path, "%s/about.json", spooled);
        must(fs_write_file(to.state, path, "{", 1, &e));
        takes(three.fd[2], "");
}

/* Two bundles at a time: each has its own place, and the second has to wait for the first. */
static void other_bundles_mixed_in(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct volumes next = {0}, later = {0}, other = {0};
        struct import_result r;
        struct err e;

        (void)state;
        spec.seq = 2;
        spec.volume_size = 2 * SIZE + 16 * KIB;
        spec_volumes(&spec, &next);
        spec.seq = 3;
        spec_volumes(&spec, &later);
        spec.seq = 1;
        spec.stream = "plant-b";
        spec_volumes(&spec, &other);
        box_trust(&to, "plant-b", s.keys, 1, 1);
        takes(three.fd[0], "volumes 2 and 3 of 3");
        takes(next.fd[1], "volumes 1 and 3 of 3");
        takes(next.fd[2], "volume 1 of 3");
        takes(three.fd[1], "volume 3 of 3");
        assert_int_equal(box_entries(&to, "spool"), 2);
        takes(later.fd[0], "volumes 2 and 3 of 3");
        takes(other.fd[0], "volumes 2 and 3 of 3");
        must(box_import(&to, next.fd[0], &r, &e)); /* a full one: it may come first */
        assert_int_equal(r.waiting, 0);
        import_result_release(&r);
        assert_int_equal(box_entries(&to, "spool"), 2); /* the later one, and another stream's */
        /* the first is now older, and no more of it is taken */
        refused(box_import(&to, three.fd[2], &r, &e), &e, ERR_CHAIN, "older");
        assert_string_equal(e.cause, "older");
        import_result_release(&r);
        volumes_close(&next);
        volumes_close(&later);
        volumes_close(&other);
}

static void not_without_end(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct volumes v = {0};
        struct import_result r;
        struct err e;

        (void)state;
        spec.volume_size = 2 * SIZE + 16 * KIB;
        for (int i = 0; i <= LIMIT_SPOOLS; i++) {
                spec.seq = 10 + i;
                spec_volumes(&spec, &v);
                if (i < LIMIT_SPOOLS)
                        takes(v.fd[0], "volumes 2 and 3 of 3");
                else
                        refused(box_import(&to, v.fd[0], &r, &e), &e, ERR_FAILED,
                            "8 bundles wait for volumes already");
                if (i == LIMIT_SPOOLS)
                        import_result_release(&r);
                volumes_close(&v);
        }
}

/* A volume that is not signed by a trusted key leaves nothing behind. */
static void judged_first(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct volumes v = {0};

        (void)state;
        spec.keys = &s.keys[1];
        spec.volume_size = 2 * SIZE + 16 * KIB;
        spec_volumes(&spec, &v);
        import_refused(&to, v.fd[0], ERR_REFUSED, "");
        assert_true(box_entries(&to, "spool") <= 0);
        volumes_close(&v);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_receiver, close_receiver)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(any_order),
            TEST(same_manifest_as_one_file),
            TEST(whole_after_a_part),
            TEST(two_cuts),
            TEST(damaged_copies),
            TEST(damage_between_packs),
            TEST(two_damaged_wholes),
            TEST(through_a_pipe),
            TEST(damage_in_the_spool),
            TEST(refused_when_all_has_come),
            TEST(damage_beside_a_pack),
            TEST(short_in_the_spool),
            TEST(leftovers),
            TEST(other_bundles_mixed_in),
            TEST(not_without_end),
            TEST(judged_first),
        };

        return cmocka_run_group_tests_name("import_volumes", tests, set_up, tear_down);
}
