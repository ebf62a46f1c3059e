/* What is bundled is what comes out, the same bytes every time, and nothing damaged goes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bundle/hex.h"
#include "bundle_box.h"

#define FILES 12
#define SPANNING (9 * MIB)

static struct sender s;
static struct record files[FILES];
static unsigned char *contents[FILES];

static const struct {
        const char *name;
        size_t size;
        unsigned alphabet;
} made[FILES] = {{"a.txt", 500, 5}, {"b.txt", 0, 1}, {"c.whl", 3000, 256}, {"d.tar.gz", 70000, 256},
    {"e.deb", 65536, 256}, {"f.whl", 65535, 256}, {"g", 1, 1}, {"h.json", 4000, 3},
    {"i.txt", SPANNING, 1}, {"j.jar", 1, 256}, {"k.txt", 20000, 20}, {"l.zip", 0, 1}};

/* Generation 1: all but the last three; generation 2: without the first, with those. */
static int set_up(void **state)
{
        (void)state;
        sender_open(&s);
        sender_begin(&s);
        for (unsigned i = 0; i < FILES; i++) {
                if (i == FILES - 3) {
                        sender_commit(&s);
                        sender_begin(&s);
                        sender_drop(&s, &files[0]);
                }
                contents[i] = xmalloc(made[i].size);
                box_fill(contents[i], made[i].size, i, made[i].alphabet);
                files[i] = sender_put(&s, made[i].name, contents[i], made[i].size);
        }
        sender_commit(&s);
        assert_int_equal(s.last.id, 2);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        for (unsigned i = 0; i < FILES; i++)
                free(contents[i]);
        sender_close(&s);
        return 0;
}

/* -- reading back -- */

struct collected {
        struct blob_sink sink;
        const struct manifest *m;
        uint64_t got[FILES];
        int begun[FILES], ended[FILES], open, most;
        uint64_t done;
};

static unsigned file_of(const struct collected *c, uint32_t blob)
{
        for (unsigned i = 0; i < FILES; i++)
                if (memcmp(files[i].sha256, c->m->blobs[blob].sha256, SHA256_SIZE) == 0)
                        return i;
        fail_msg("an unknown blob");
        return 0;
}

static int begin(struct blob_sink *sink, uint32_t blob, struct err *e)
{
        struct collected *c = sink->user;

        (void)e;
        c->begun[file_of(c, blob)]++;
        c->most = ++c->open > c->most ? c->open : c->most;
        return 0;
}

static int data(struct blob_sink *sink, uint32_t blob, const void *bytes, size_t len, struct err *e)
{
        struct collected *c = sink->user;
        unsigned i = file_of(c, blob);

        (void)e;
        assert_true(len > 0 && c->got[i] + len <= made[i].size);
        assert_int_equal(c->begun[i], 1);
        assert_int_equal(c->ended[i], 0);
        assert_memory_equal(contents[i] + c->got[i], bytes, len);
        c->got[i] += len;
        return 0;
}

static int end(struct blob_sink *sink, uint32_t blob, struct err *e)
{
        struct collected *c = sink->user;
        unsigned i = file_of(c, blob);

        (void)e;
        assert_true(c->got[i] == made[i].size);
        c->ended[i]++;
        c->open--;
        return 0;
}

static void progress(struct blob_sink *sink, uint64_t done, uint64_t total)
{
        struct collected *c = sink->user;

        assert_true(done > c->done && done <= total);
        assert_true(total == c->m->totals.stored);
        c->done = done;
}

static int count_record(
    void *user, const struct record *r, const char *line, size_t len, int added, struct err *e)
{
        int *count = user;

        (void)e;
        assert_int_equal(strlen(line), len);
        assert_string_equal(r->source, SOURCE);
        count[added]++;
        return 0;
}

/* Reads a bundle whole; files[first] to files[last] must be what it holds. */
static void check_bundle(int fd, unsigned first, unsigned last, int added, int removed)
{
        struct collected c = {.sink = {&c, begin, data, end, progress}};
        struct manifest m;
        struct bundle *b;
        unsigned char sha[SHA256_SIZE];
        int records[2] = {0, 0};
        struct err e;

        must(bundle_open(fd, &b, &e));
        must(bundle_manifest(b, count_record, records, &m, &e));
        c.m = &m;
        assert_int_equal(records[1], added);
        assert_int_equal(records[0], removed);
        assert_int_equal(m.totals.added, added);
        assert_int_equal(m.totals.removed, removed);
        assert_string_equal(m.stream, STREAM);
        assert_int_equal(m.issued, ISSUED);
        bundle_manifest_sha256(b, sha);
        must(bundle_unpack(b, &m, &c.sink, &e));
        for (unsigned i = 0; i < FILES; i++) {
                int here = i >= first && i <= last;

                assert_int_equal(c.begun[i], here);
                assert_int_equal(c.ended[i], here);
        }
        assert_true(c.most <= 4);
        assert_true(c.done == m.totals.stored);
        manifest_release(&m);
        bundle_close(b);
}

static void full_and_delta(void **state)
{
        struct written full, next, ignored;
        struct bundle_spec spec;
        int fd;

        (void)state;
        spec = sender_spec(&s, NULL);
        spec.generation = 1;
        fd = spec_bundle(&spec, &full);
        check_bundle(fd, 0, FILES - 4, FILES - 3, 0);
        close(fd);
        s.seq = 1;
        fd = sender_bundle(&s, &full, &next);
        check_bundle(fd, FILES - 3, FILES - 2, 3, 1); /* the second empty file is held already */
        close(fd);
        assert_int_equal(next.out.totals.blobs, 2);
        /* from a generation to itself: a bundle without packs */
        fd = sender_bundle(&s, &next, &ignored);
        check_bundle(fd, 1, 0, 0, 0);
        close(fd);
        /* and back to the first: what is there again is held by nobody any more */
        spec = sender_spec(&s, &next);
        spec.generation = 1;
        fd = spec_bundle(&spec, NULL);
        check_bundle(fd, 0, 0, 1, 3);
        close(fd);
}

/* As long as any may be, and more than any pack. */
static void buf_fill(struct buf *b)
{
        static const char chunk[MIB];

        while (buf_add(b, chunk, sizeof chunk) == 0)
                ;
}

static void empty_cache(void)
{
        struct err e;

        must(fs_remove_tree(s.box.state, "packs", &e));
        close(s.box.packs);
        must(s.box.packs = fs_make_dir(s.box.state, "packs", &e));
}

static void progress_is_told(void *user, uint64_t done, uint64_t total)
{
        uint64_t *last = user;

        assert_true(done <= total);
        *last = done;
}

static void same_bytes_always(void **state)
{
        static const unsigned threads[] = {1, 2, 5, 64, 1000, 0};
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct written first, again;
        uint64_t told = 0;
        int fd, other;

        (void)state;
        spec.building = spec.writing = progress_is_told;
        spec.user = &told;
        fd = spec_bundle(&spec, &first);
        assert_true(told > 0);
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
                if (i % 2 == 0) { /* cold, warm, cold, ... */
                        empty_cache();
                        spec.cache = s.box.packs;
                }
                spec.threads = threads[i];
                other = spec_bundle(&spec, &again);
                same_bundle(fd, other);
                assert_memory_equal(&first.out, &again.out, sizeof again.out);
                close(other);
        }
        close(fd);
}

/* Damages every file of the cache in one of several ways. */
static void damage_cache(int how)
{
        struct dirent **list;
        int count = scandirat(s.box.packs, ".", &list, NULL, alphasort), damaged = 0;
        struct err e;

        for (int i = 0; i < count; i++) {
                const char *name = list[i]->d_name;
                struct buf bytes;

                if (name[0] != '.') {
                        buf_init(&bytes, 64 * MIB);
                        must(fs_read_file(s.box.packs, name, &bytes, &e));
                        if (how == 0)
                                bytes.len = 0;
                        else if (how == 1)
                                bytes.len--;
                        else if (how == 2)
                                buf_addc(&bytes, 'x');
                        else if (how == 3)
                                bytes.data[bytes.len / 2] ^= 1;
                        else if (how == 4)
                                bytes.data[bytes.len - 1] ^= 1;
                        else if (how == 5)
                                bytes.len = SHA256_SIZE;
                        else
                                buf_fill(&bytes);
                        must(fs_write_file(s.box.packs, name, bytes.data, bytes.len, &e));
                        buf_release(&bytes);
                        damaged++;
                }
                free(list[i]);
        }
        free(list);
        assert_int_equal(damaged, 2);
}

static void damaged_cache_is_made_again(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        int fd = spec_bundle(&spec, NULL), other;

        (void)state;
        for (int how = 0; how < 7; how++) {
                damage_cache(how);
                other = spec_bundle(&spec, NULL);
                same_bundle(fd, other);
                close(other);
        }
        close(fd);
}

static void other_statement_other_manifest(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct written first, other;
        char *holes[] = {(char[]){"pypi: numpy"}};

        (void)state;
        close(spec_bundle(&spec, &first));
        spec.issued++;
        close(spec_bundle(&spec, &other));
        assert_memory_equal(first.out.state, other.out.state, SHA256_SIZE);
        assert_memory_not_equal(first.out.manifest, other.out.manifest, SHA256_SIZE);
        spec.issued--;
        spec.holes = holes;
        spec.hole_count = 1;
        close(spec_bundle(&spec, &other));
        assert_memory_not_equal(first.out.manifest, other.out.manifest, SHA256_SIZE);
        spec.hole_count = 0;
        spec.key_count = 2; /* signatures are beside the manifest, not in it */
        close(spec_bundle(&spec, &other));
        assert_memory_equal(first.out.manifest, other.out.manifest, SHA256_SIZE);
}

static void header_says_all(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        char *holes[] = {(char[]){"a \"b\" \\ c"}, (char[]){"caf\xc3\xa9"}};
        struct manifest m;
        struct bundle *b;
        struct err e;
        int fd;

        (void)state;
        spec.audience = "site-7";
        spec.epoch = INT64_MAX;
        spec.seq = INT64_MAX;
        spec.issued = 0;
        spec.next_by = 253402300799;
        spec.holes = holes;
        spec.hole_count = 2;
        spec.base_seq = 7;
        memset(spec.base_state, 1, SHA256_SIZE);
        memset(spec.base_manifest, 2, SHA256_SIZE);
        sha256("", 0, spec.base_state);
        fd = spec_bundle(&spec, NULL);
        must(bundle_open(fd, &b, &e));
        must(bundle_manifest(b, NULL, NULL, &m, &e));
        assert_string_equal(m.audience, "site-7");
        assert_true(m.epoch == INT64_MAX && m.seq == INT64_MAX && m.base_seq == 7);
        assert_int_equal(m.issued, 0);
        assert_int_equal(m.next_by, 253402300799);
        assert_int_equal(m.hole_count, 2);
        assert_string_equal(m.holes[0], holes[0]);
        assert_string_equal(m.holes[1], holes[1]);
        assert_memory_equal(m.base_state, spec.base_state, SHA256_SIZE);
        assert_memory_equal(m.base_manifest, spec.base_manifest, SHA256_SIZE);
        assert_int_equal(m.source_count, 1);
        assert_string_equal(m.sources[0].name, SOURCE);
        assert_string_equal(m.sources[0].kind, KIND);
        assert_int_equal(m.requires, FEATURE_PACK_RAW | FEATURE_PACK_XZ | FEATURE_BLOB_COPY);
        assert_non_null(strstr(bundle_claimed_comment(b), "stream:" STREAM));
        manifest_release(&m);
        bundle_close(b);
        close(fd);
}

/* Written to a pipe and read from one: never a seek. */
static void through_a_pipe(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct bundle_written w;
        struct err e;
        int ends[2], status;
        pid_t child;

        (void)state;
        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (child == 0) {
                close(ends[0]);
                _exit(bundle_write(&spec, ends[1], &w, &e) == 0 ? 0 : 1);
        }
        close(ends[1]);
        check_bundle(ends[0], 1, FILES - 2, FILES - 1, 0);
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

/* One volume does not pass for the bundle. */
static void a_part_is_not_the_whole(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct collected c = {.sink = {&c, begin, data, end, progress}};
        struct volumes v;
        struct manifest m;
        struct bundle *b;
        struct err e;

        (void)state;
        spec.volume_size = 100000;
        spec_volumes(&spec, &v);
        assert_true(v.count > 1);
        must(bundle_open(v.fd[0], &b, &e));
        must(bundle_manifest(b, NULL, NULL, &m, &e));
        c.m = &m;
        refused(bundle_unpack(b, &m, &c.sink, &e), &e, ERR_REFUSED, "this is volume 1 of ");
        manifest_release(&m);
        bundle_close(b);
        volumes_close(&v);
}

/* Writing must fail, and not have begun. */
static void write_refused(const struct bundle_spec *spec, enum err_code code, const char *part)
{
        struct bundle_written w;
        struct err e;
        int fd = memory_file();

        refused(bundle_write(spec, fd, &w, &e), &e, code, part);
        assert_int_equal(lseek(fd, 0, SEEK_END), 0);
        close(fd);
}

static void keys_are_needed(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct secret_key *many[LIMIT_SIGNATURES + 1];

        (void)state;
        for (size_t i = 0; i <= LIMIT_SIGNATURES; i++)
                many[i] = s.keys[0];
        spec.key_count = 0;
        write_refused(&spec, ERR_USAGE, "between 1 and 16");
        spec.keys = many;
        spec.key_count = LIMIT_SIGNATURES + 1;
        write_refused(&spec, ERR_USAGE, "between 1 and 16");
}

static void what_could_not_be_read_is_not_written(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        char *holes[] = {xmalloc(LIMIT_MANIFEST_LINE + 1), (char[]){"a"}};

        (void)state;
        memset(holes[0], 'x', LIMIT_MANIFEST_LINE);
        holes[0][LIMIT_MANIFEST_LINE] = '\0';
        spec.holes = holes;
        spec.hole_count = 1;
        write_refused(&spec, ERR_FAILED, "1048576 bytes");
        memset(holes[0], 0xff, 3);
        holes[0][3] = '\0';
        write_refused(&spec, ERR_FAILED, "UTF-8");
        free(holes[0]);
        spec.hole_count = 0;
        spec.stream = "a\xff";
        write_refused(&spec, ERR_FAILED, "UTF-8");
        spec.stream = "a";
        spec.issued = -1;
        write_refused(&spec, ERR_FAILED, "time");
        spec.issued = 253402300800;
        write_refused(&spec, ERR_FAILED, "time");
}

/* The base is what the far side has: if this catalog sees it otherwise, a delta would not fit. */
static void base_must_be_what_was_bundled(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct written full;

        (void)state;
        spec.generation = 1;
        close(spec_bundle(&spec, &full));
        spec = sender_spec(&s, &full);
        spec.base_state[0] ^= 1;
        write_refused(&spec, ERR_FAILED, "--full");
        spec.base_state[0] ^= 1;
        spec.base_generation = 2;
        write_refused(&spec, ERR_FAILED, "--full");
}

static void flip_blob(const struct record *r)
{
        char path[80], hex[SHA256_HEX];
        unsigned char byte;
        int fd;

        hex_encode(hex, r->sha256, SHA256_SIZE);
        snprintf(path, sizeof path, "blobs/%.2s/%s", hex, hex);
        assert_int_equal(fchmodat(s.box.state, path, 0644, 0), 0);
        fd = openat(s.box.state, path, O_RDWR);
        assert_int_equal(pread(fd, &byte, 1, (off_t)r->size / 2), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)r->size / 2), 1);
        close(fd);
}

static void damaged_store_is_not_bundled(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct bundle_written w;
        struct err e;

        (void)state;
        for (unsigned i = 1; i < FILES; i++) {
                int fd = memory_file();

                if (made[i].size == 0 || made[i].size == SPANNING)
                        continue; /* nothing to flip; see test_pack */
                flip_blob(&files[i]);
                empty_cache();
                spec.cache = s.box.packs;
                refused(bundle_write(&spec, fd, &w, &e), &e, ERR_REFUSED, "run dray fsck");
                flip_blob(&files[i]);
                close(fd);
        }
        must(store_remove(s.box.store, files[2].sha256, &e));
        write_refused(&spec, ERR_REFUSED, SOURCE "/c.whl is missing from the store");
}

static void full_disk(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct rlimit usual, small;
        struct bundle_written w;
        char folder[64];
        struct err e = ERR_INIT;
        int fd, r;

        (void)state;
        close(spec_bundle(&spec, NULL)); /* the packs are ready */
        box_folder(folder, box_root());
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
        for (rlim_t limit = 0; limit < 80000; limit += 7777) {
                int dir = open(folder, O_RDONLY | O_DIRECTORY);

                fd = openat(dir, "out", O_RDWR | O_CREAT | O_TRUNC, 0644);
                small = (struct rlimit){limit, usual.rlim_max};
                assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
                r = bundle_write(&spec, fd, &w, &e);
                assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
                assert_int_equal(r, -1);
                assert_int_equal(e.code, ERR_FAILED);
                assert_string_equal(e.msg, "write: File too large");
                close(fd);
                close(dir);
        }
        box_remove(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(full_and_delta),
            cmocka_unit_test(same_bytes_always),
            cmocka_unit_test(damaged_cache_is_made_again),
            cmocka_unit_test(other_statement_other_manifest),
            cmocka_unit_test(header_says_all),
            cmocka_unit_test(through_a_pipe),
            cmocka_unit_test(a_part_is_not_the_whole),
            cmocka_unit_test(keys_are_needed),
            cmocka_unit_test(what_could_not_be_read_is_not_written),
            cmocka_unit_test(base_must_be_what_was_bundled),
            cmocka_unit_test(full_disk),
            cmocka_unit_test(damaged_store_is_not_bundled),
        };

        return cmocka_run_group_tests_name("bundle", tests, set_up, tear_down);
}
