/*
 * The import of bundles: the right one makes the mirrors equal, every other
 * one is told apart by its code and its words, and leaves nothing changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/hex.h"
#include "bundle/seen.h"
#include "bundle_box.h"

/* The sender's generations: each has other files. Bundles of them are made as a test needs. */
#define GENERATIONS 5

static struct sender s;
static struct box to;
static struct generation generations[GENERATIONS + 1];

static int set_up(void **state)
{
        static unsigned char bytes[70000];
        struct record r[GENERATIONS + 2];

        (void)state;
        sender_open(&s);
        for (unsigned g = 1; g <= GENERATIONS; g++) {
                char file[32];

                sender_begin(&s);
                if (g > 2)
                        sender_drop(&s, &r[g - 2]);
                box_fill(bytes, sizeof bytes, g, g % 2 ? 256 : 7);
                snprintf(file, sizeof file, "file-%u.%s", g, g % 2 ? "whl" : "txt");
                sender_put(&s, file, bytes, g * 14000);
                snprintf(file, sizeof file, "other-%u", g);
                r[g] = sender_put(&s, file, bytes, g * 100);
                r[g].file = xstrdup(file);
                if (g == 1)
                        sender_put(&s, "empty", "", 0);
                sender_commit(&s);
                generations[g] = s.last;
        }
        for (unsigned g = 1; g <= GENERATIONS; g++) {
                union {
                        const char *in;
                        char *out;
                } u = {r[g].file};

                free(u.out);
        }
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        sender_close(&s);
        return 0;
}

/* Each test has a mirror of its own that trusts the first key. */
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

/* Bundle number seq of generation g; base NULL: full. */
static int make(int64_t seq, int64_t g, const struct written *base, struct written *w)
{
        struct bundle_spec spec = sender_spec(&s, base);

        spec.seq = seq;
        spec.generation = g;
        return spec_bundle(&spec, w);
}

static void accepted(int fd)
{
        struct err e;

        must(box_import(&to, fd, NULL, &e));
}

static void state_is(int64_t g)
{
        unsigned char state[SHA256_SIZE];

        box_state(&to, state);
        assert_memory_equal(state, generations[g].state, SHA256_SIZE);
}

static int check_blob(
    void *user, const unsigned char sha[SHA256_SIZE], uint64_t size, struct err *e)
{
        ++*(int *)user;
        assert_int_equal(store_check(to.store, sha, size, e), 1);
        return 0;
}

static void full_then_deltas(void **state)
{
        struct written w[GENERATIONS + 1];
        struct import_result r;
        struct err e;
        int blobs = 0;

        (void)state;
        for (int g = 1; g <= GENERATIONS; g++) {
                int fd = make(g, g, g > 1 ? &w[g - 1] : NULL, &w[g]);

                must(box_import(&to, fd, &r, &e));
                assert_int_equal(r.already, 0);
                assert_int_equal(r.manifest.seq, g);
                assert_int_equal(r.generation.id, g);
                assert_int_equal(r.signer_count, 1);
                assert_memory_equal(r.manifest_sha256, w[g].out.manifest, SHA256_SIZE);
                assert_memory_equal(r.generation.state, generations[g].state, SHA256_SIZE);
                import_result_release(&r);
                import_result_release(&r);
                state_is(g);
                close(fd);
        }
        assert_int_equal(catalog_blobs(to.catalog, check_blob, &blobs, &e), 0);
        assert_int_equal(blobs, 2 * GENERATIONS + 1);
        assert_int_equal(box_entries(&to, "tmp"), 0);
        box_reopen(&to);
        state_is(GENERATIONS);
}

static void full_over_anything(void **state)
{
        struct written w;
        int first = make(1, 1, NULL, NULL), last = make(9, 5, NULL, &w);
        struct bundle_row row;
        struct err e;

        (void)state;
        accepted(first);
        accepted(last); /* from far ahead, over what was held: what is not in it goes */
        state_is(5);
        assert_int_equal(catalog_bundle_get(to.catalog, STREAM, 0, &row, &e), 1);
        assert_int_equal(row.seq, 9);
        assert_int_equal(row.base_seq, 0);
        assert_int_equal(row.epoch, 1);
        assert_int_equal(row.issued, ISSUED);
        assert_string_equal(row.file, "a bundle");
        assert_memory_equal(row.manifest, w.out.manifest, SHA256_SIZE);
        assert_memory_equal(row.state, w.out.state, SHA256_SIZE);
        bundle_row_release(&row);
        close(first);
        close(last);
}

static void already(int fd)
{
        unsigned char before[SHA256_SIZE], after[SHA256_SIZE];
        struct import_result r;
        struct err e;

        box_digest(&to, before);
        must(box_import(&to, fd, &r, &e));
        assert_int_equal(r.already, 1);
        assert_true(r.already_at > 0);
        import_result_release(&r);
        box_digest(&to, after);
        assert_memory_equal(before, after, SHA256_SIZE);
}

static void twice_is_already(void **state)
{
        struct written w;
        int full = make(1, 1, NULL, &w), delta = make(2, 2, &w, NULL);

        (void)state;
        accepted(full);
        already(full);
        accepted(delta);
        already(delta);
        already(full); /* an older one, but this very one */
        state_is(2);
        close(full);
        close(delta);
}

/* The first time the alarm is noted, and nothing else is changed. */
static void fork_refused(int fd, const char *part)
{
        struct err e;

        refused(box_import(&to, fd, NULL, &e), &e, ERR_CHAIN, part);
        import_refused(&to, fd, ERR_CHAIN, part);
        assert_int_equal(seen_settle(to.state, STREAM, to.catalog, &e), 1);
}

/* All that a chain can be wrong in. */
static void chain_refusals(void **state)
{
        struct written w1, w2, w3, w4, other2;
        int full1 = make(1, 1, NULL, &w1), d2 = make(2, 2, &w1, &w2), d3 = make(3, 3, &w2, &w3),
            d4 = make(4, 4, &w3, &w4), d5 = make(5, 5, &w4, NULL), on1 = make(6, 5, &w1, NULL),
            fork2 = make(2, 3, &w1, &other2), on_fork2 = make(3, 4, &other2, NULL),
            full2 = make(2, 2, NULL, NULL);

        (void)state;
        import_refused(&to, d2, ERR_CHAIN,
            "no base: this bundle adds to bundle 1 of stream plant-a, and none was imported here; "
            "ask the other side for `dray bundle --stream plant-a --full`");
        accepted(full1);
        import_refused(&to, d3, ERR_CHAIN,
            "gap: this mirror is at bundle 1 of stream plant-a, this one adds to 2; import bundle 2 "
            "first, or ask for `dray bundle --stream plant-a --base 1`");
        import_refused(&to, d5, ERR_CHAIN, "adds to 4; import bundle 2 to 4 first");
        accepted(d2);
        fork_refused(fork2, "fork: stream plant-a bundle 2 was imported with");
        fork_refused(full2, "fork: stream plant-a bundle 2 was imported with");
        fork_refused(on_fork2, ", this one adds to ");
        import_refused(&to, on1, ERR_CHAIN,
            "other base: this bundle adds to bundle 1 of stream plant-a, this mirror is at 2; ask "
            "the other side for `dray bundle --stream plant-a --base 2`");
        state_is(2);
        accepted(d3);
        accepted(d4);
        accepted(d5);
        state_is(5);
        close(full1), close(d2), close(d3), close(d4), close(d5), close(on1), close(fork2);
        close(on_fork2), close(full2);
}

static void older(void **state)
{
        struct written w;
        int full7 = make(7, 3, NULL, NULL), full3 = make(3, 5, NULL, &w), d4 = make(4, 5, &w, NULL);

        (void)state;
        accepted(full7);
        import_refused(&to, full3, ERR_CHAIN,
            "older: this is bundle 3 of stream plant-a, this mirror is at 7 already; import a later");
        import_refused(&to, d4, ERR_CHAIN, "older: this is bundle 4 of stream plant-a");
        state_is(3);
        close(full7), close(full3), close(d4);
}

/* A base of the right number and another state: the header's third part counts too. */
static void base_state_counts(void **state)
{
        struct written w;
        int full = make(1, 1, NULL, &w), fd;
        struct bundle_spec spec;

        (void)state;
        accepted(full);
        spec = sender_spec(&s, &w);
        spec.seq = 2;
        spec.base_generation = 2;
        memcpy(spec.base_state, generations[2].state, SHA256_SIZE);
        fd = spec_bundle(&spec, NULL);
        fork_refused(fd, ", this one adds to ");
        close(fd);
        close(full);
}

/* -- who signed, and for whom -- */

static int make_signed(struct secret_key *const *keys, size_t count)
{
        struct bundle_spec spec = sender_spec(&s, NULL);

        spec.keys = keys;
        spec.key_count = count;
        return spec_bundle(&spec, NULL);
}

static void nobody_is_trusted(void **state)
{
        struct box empty;
        int fd = make_signed(s.keys, 1);

        (void)state;
        box_open(&empty);
        import_refused(&empty, fd, ERR_REFUSED,
            "this mirror trusts nobody yet; add the sender's key: dray trust add STREAM KEY.pub");
        box_close(&empty);
        close(fd);
}

static void unknown_key(void **state)
{
        int fd = make_signed(&s.keys[1], 1);

        (void)state;
        import_refused(&to, fd, ERR_REFUSED, "key");
        box_trust(&to, "another", &s.keys[2], 1, 1);
        import_refused(&to, fd, ERR_REFUSED, "key");
        close(fd);
}

/* The bundle with its signature once more, under the name of a further signer's. */
static int signed_again(int fd)
{
        struct bundle_head *h = xmalloc(sizeof *h);
        struct tar_in in = {.fd = fd};
        struct tar_out out = {.fd = memory_file()};
        char rest[65536];
        ssize_t n;
        struct err e;

        bundle_head_init(h);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        must(bundle_head_read(&in, h, &e));
        must(bundle_head_sign(h, "manifest.jsonl.xz.0123456789ABCDEF.minisig",
            h->signatures[0].text.data, h->signatures[0].text.len, &e));
        must(bundle_head_write(h, &out, &e));
        while ((n = read(fd, rest, sizeof rest)) > 0)
                assert_int_equal(write(out.fd, rest, (size_t)n), n);
        bundle_head_release(h);
        free(h);
        return out.fd;
}

static void two_of_two(void **state)
{
        struct secret_key *stranger[] = {s.keys[0], s.keys[2]};
        int one = make_signed(s.keys, 1), same = signed_again(one),
            other = make_signed(stranger, 2), both = make_signed(s.keys, 2);
        struct import_result r;
        struct err e;

        (void)state;
        box_trust(&to, STREAM, s.keys, 2, 2);
        import_refused(
            &to, one, ERR_REFUSED, "needs signatures by 2 of its 2 trusted keys, and has 1");
        import_refused(&to, same, ERR_REFUSED, "needs signatures by 2");
        import_refused(&to, other, ERR_REFUSED, "needs signatures by 2");
        must(box_import(&to, both, &r, &e));
        assert_int_equal(r.signer_count, 2);
        assert_string_not_equal(r.signers[0], r.signers[1]);
        import_result_release(&r);
        close(one), close(same), close(other), close(both);
}

/* One of three keys, of which another one's is enough elsewhere, does not count here. */
static void threshold_is_the_streams_own(void **state)
{
        int fd = make_signed(s.keys, 1);

        (void)state;
        box_trust(&to, STREAM, s.keys, 3, 2);
        box_trust(&to, "another", s.keys, 1, 1);
        import_refused(&to, fd, ERR_REFUSED, "stream plant-a needs signatures by 2 of its 3");
        box_trust(&to, STREAM, &s.keys[1], 2, 1);
        import_refused(&to, fd, ERR_REFUSED, "stream plant-a");
        close(fd);
}

static void another_stream(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        int mine = spec_bundle(&spec, NULL), fd;

        (void)state;
        spec.stream = "plant-b";
        fd = spec_bundle(&spec, NULL);
        import_refused(&to, fd, ERR_CHAIN,
            "this bundle is for stream plant-b, which this mirror does not take");
        accepted(mine);
        /* taken, but the source comes by another one already */
        box_trust(&to, "plant-b", s.keys, 1, 1);
        import_refused(&to, fd, ERR_CHAIN,
            "source " SOURCE
            " already comes to this mirror by stream plant-a; it cannot come by plant-b");
        close(fd);
        close(mine);
}

static void not_begun(void *user, const struct manifest *m)
{
        (void)user;
        (void)m;
        fail_msg("begun");
}

/* A full bundle of another source, of no records. */
static int make_without(int64_t seq)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct err e;

        must(catalog_source_put(s.box.catalog, "new.src", KIND, &e));
        spec.sources = (char *[]){(char[]){"new.src"}};
        spec.seq = seq;
        return spec_bundle(&spec, NULL);
}

/* Before anything is unpacked. */
static void taken(int fd, const char *text)
{
        struct import im = {
            .catalog = to.catalog, .store = to.store, .name = "-", .begun = not_begun};
        struct import_result r;
        struct err e;

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        refused(import_bundle(&im, fd, &r, &e), &e, ERR_CHAIN, text);
        assert_string_equal(e.cause, "source-taken");
        import_result_release(&r);
}

/* Only the stream that has a source gives it up: by a full bundle that does not list it any more. */
static void a_source_moves(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        int a1 = make(1, GENERATIONS, NULL, NULL), b1, a2 = make_without(2),
            a3 = make(3, GENERATIONS, NULL, NULL), a4 = make_without(4),
            a5 = make(5, GENERATIONS, NULL, NULL);

        (void)state;
        spec.stream = "plant-b";
        b1 = spec_bundle(&spec, NULL);
        box_trust(&to, "plant-b", s.keys, 1, 1);
        accepted(a1);
        taken(b1, "the full bundle of plant-a that is made then before this one");
        accepted(a2);
        accepted(b1);
        state_is(GENERATIONS);
        taken(a3, "already comes to this mirror by stream plant-b");
        accepted(a4); /* gives up nothing that is another's */
        state_is(GENERATIONS);
        taken(a5, "already comes to this mirror by stream plant-b");
        close(a1), close(a2), close(a3), close(a4), close(a5), close(b1);
}

static void another_kind(void **state)
{
        int fd = make_signed(s.keys, 1);
        struct err e;

        (void)state;
        must(catalog_source_put(to.catalog, SOURCE, "something-else", &e));
        import_refused(&to, fd, ERR_CHAIN, "source " SOURCE " has another kind here than " KIND);
        close(fd);
}

static void key_that_has_ended(void **state)
{
        struct trust *t = xmalloc(sizeof *t);
        struct public_key public;
        struct buf json;
        struct err e;
        int at3 = make(3, 1, NULL, NULL), at4 = make(4, 2, NULL, NULL);

        (void)state;
        must(trust_init(t, STREAM, &e));
        secret_key_public(s.keys[0], &public);
        must(trust_add(t, &public, "", &e));
        t->keys[0].valid_up_to_seq = 3;
        buf_init(&json, LIMIT_TRUST_JSON);
        must(trust_to_json(t, &json, &e));
        must(catalog_trust_put(to.catalog, STREAM, json.data, &e));
        import_refused(&to, at4, ERR_REFUSED, "counts only up to bundle 3, and this is 4");
        accepted(at3);
        import_refused(&to, at4, ERR_REFUSED, "counts only up to bundle 3, and this is 4");
        buf_release(&json);
        free(t);
        close(at3), close(at4);
}

/* -- what else may stop it -- */

static int not_this_one(void *user, const char *kind, const struct record *r, struct err *e)
{
        assert_string_equal(kind, KIND);
        if (strcmp(r->file, user) == 0)
                return err_set(e, ERR_REFUSED, "%s cannot be published here", r->file);
        return 0;
}

static void unacceptable_records(void **state)
{
        struct import im = {.catalog = to.catalog,
            .store = to.store,
            .name = "-",
            .accept = not_this_one,
            .begun = not_begun,
            .user = (char[]){"other-5"}};
        int fd = make(1, 5, NULL, NULL);
        struct import_result r;
        struct err e;

        (void)state;
        refused(import_bundle(&im, fd, &r, &e), &e, ERR_REFUSED, "other-5 cannot be published");
        import_result_release(&r);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        im.user = (char[]){"other-4x"};
        im.begun = NULL;
        must(import_bundle(&im, fd, &r, &e));
        import_result_release(&r);
        state_is(5);
        close(fd);
}

/* The mirror is not what it says it is: a record too many, a record too few. */
struct identified {
        unsigned asked;
        const char *wrong; /* the file that is another package inside; NULL: none */
};

/* Reads each file through: it must be the record's. */
static int look_inside(
    void *user, const char *kind, const struct record *r, struct held_files *files, struct err *e)
{
        static const unsigned char absent[SHA256_SIZE] = {1};
        struct identified *i = user;
        unsigned char bytes[70000], sha[SHA256_SIZE];
        ssize_t n;
        int fd;

        i->asked++;
        assert_string_equal(kind, KIND);
        assert_int_equal(files->open(files, absent, &fd, e), 0);
        assert_int_equal(files->open(files, r->sha256, &fd, e), 1);
        n = read(fd, bytes, sizeof bytes);
        assert_int_equal(n, r->size);
        sha256(bytes, (size_t)n, sha);
        assert_memory_equal(sha, r->sha256, SHA256_SIZE);
        close(fd);
        if (i->wrong && strcmp(i->wrong, r->file) == 0)
                return err_set(e, ERR_REFUSED, "%s is evil inside", r->file);
        return 0;
}

static int import_identified(int fd, struct identified *i, struct err *e)
{
        struct import im = {.catalog = to.catalog,
            .store = to.store,
            .name = "a bundle",
            .identify = look_inside,
            .user = i};
        struct import_result r;
        int ret;

        *e = (struct err)ERR_INIT;
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        ret = import_bundle(&im, fd, &r, e);
        import_result_release(&r);
        return ret;
}

/* Each file that is new is looked into, those of the bundle and those that were here; one is wrong: nothing is taken. */
static void files_are_identified(void **state)
{
        struct written w;
        int first = make(1, 1, NULL, &w), delta = make(2, 2, &w, NULL),
            full = make(3, 3, NULL, NULL);
        struct identified i = {0, "other-2"};
        unsigned char before[SHA256_SIZE], after[SHA256_SIZE];
        struct err e;

        (void)state;
        must(import_identified(first, &i, &e));
        assert_int_equal(i.asked, 3);
        box_digest(&to, before);
        refused(import_identified(delta, &i, &e), &e, ERR_REFUSED, "other-2 is evil inside");
        box_digest(&to, after);
        assert_memory_equal(before, after, SHA256_SIZE);
        assert_int_equal(box_entries(&to, "tmp"), 0);
        i = (struct identified){0};
        must(import_identified(delta, &i, &e));
        assert_int_equal(i.asked, 2);
        i.asked = 0;
        must(import_identified(full, &i, &e)); /* what it repeats was looked into before */
        assert_int_equal(i.asked, 2);
        state_is(3);
        close(first), close(delta), close(full);
}

static void mirror_was_changed(void **state)
{
        struct written w;
        int full = make(1, 1, NULL, &w), delta = make(2, 3, &w, NULL);
        struct generation g;
        struct record r;
        struct err e;

        (void)state;
        accepted(full);
        r = box_file(&to, SOURCE, "package", "stray", "x", 1);
        must(catalog_begin(to.catalog, &e));
        must(catalog_change_begin(to.catalog, &e));
        must(catalog_record_add(to.catalog, &r, &e));
        must(catalog_change_end(to.catalog, &g, &e));
        must(catalog_commit(to.catalog, &e));
        import_refused(&to, delta, ERR_REFUSED, "would not be what the sender signed");
        /* a full one puts it right */
        close(full);
        full = make(3, 3, NULL, NULL);
        accepted(full);
        state_is(3);
        close(full), close(delta);
}

static void stale_staging_is_swept(void **state)
{
        int fd = make(1, 1, NULL, NULL);
        char path[100], hex[SHA256_HEX];
        unsigned char sha[SHA256_SIZE];
        struct err e;

        (void)state;
        /* what a killed import left, under the very name of a blob, and wrong */
        sha256("", 0, sha);
        hex_encode(hex, sha, SHA256_SIZE);
        snprintf(path, sizeof path, "tmp/import/%s", hex);
        must(fs_make_parents(to.state, path, &e));
        must(fs_write_file(to.state, path, "planted", 7, &e));
        accepted(fd);
        state_is(1);
        assert_int_equal(store_check(to.store, sha, 0, &e), 1);
        close(fd);
}

/* What an import leaves that was killed before its commit: blobs without rows. */
static void lose_the_catalog(void)
{
        struct err e;

        assert_int_equal(unlinkat(to.state, "catalog.db", 0), 0);
        catalog_close(to.catalog);
        unlinkat(to.state, "catalog.db-wal", 0);
        unlinkat(to.state, "catalog.db-shm", 0);
        must(catalog_open(to.state_dir, CATALOG_CREATE, &to.catalog, &e));
        box_trust(&to, STREAM, s.keys, 1, 1);
        assert_int_equal(seen_settle(to.state, STREAM, to.catalog, &e), 1);
}

static ino_t inode(const unsigned char sha[SHA256_SIZE])
{
        struct err e = ERR_INIT;
        struct stat st;
        int fd = store_get(to.store, sha, &e);

        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        close(fd);
        return st.st_ino;
}

struct left {
        unsigned char sha[3][SHA256_SIZE];
        ino_t inode[3];
        int count, damaged; /* the place of the largest, which is spoilt */
};

static int note_left(void *user, const unsigned char sha[SHA256_SIZE], uint64_t size, struct err *e)
{
        struct left *l = user;

        (void)e;
        assert_true(l->count < 3);
        memcpy(l->sha[l->count], sha, SHA256_SIZE);
        l->inode[l->count] = inode(sha);
        if (size == 14000)
                l->damaged = l->count;
        l->count++;
        return 0;
}

static void spoil(const unsigned char sha[SHA256_SIZE])
{
        char path[sizeof to.state_dir + 80], hex[SHA256_HEX];
        int fd;

        hex_encode(hex, sha, SHA256_SIZE);
        snprintf(path, sizeof path, "%s/blobs/%.2s/%s", to.state_dir, hex, hex);
        assert_int_equal(chmod(path, 0644), 0);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, "?", 1, 77), 1);
        close(fd);
        assert_int_equal(chmod(path, 0444), 0);
}

/* Those that are whole need no room a second time; one that is not comes anew. */
static void blobs_without_rows(void **state)
{
        int fd = make(1, 1, NULL, NULL), n = 0;
        struct left left = {.damaged = -1};
        struct err e;

        (void)state;
        accepted(fd);
        lose_the_catalog();
        assert_int_equal(store_walk(to.store, note_left, &left, &e), 0);
        assert_int_equal(left.count, 3);
        assert_true(left.damaged >= 0);
        spoil(left.sha[left.damaged]);
        accepted(fd);
        state_is(1);
        assert_int_equal(catalog_blobs(to.catalog, check_blob, &n, &e), 0);
        assert_int_equal(n, 3);
        for (int i = 0; i < 3; i++)
                assert_int_equal(inode(left.sha[i]) == left.inode[i], i != left.damaged);
        close(fd);
}

static void not_a_bundle(void **state)
{
        int fd = memory_file(), dir = open("/", O_RDONLY | O_DIRECTORY);

        (void)state;
        import_refused(&to, fd, ERR_REFUSED, "the file is empty");
        assert_int_equal(write(fd, "PK\003\004 something else", 18), 18);
        import_refused(&to, fd, ERR_REFUSED, "no dray bundle");
        assert_int_equal(ftruncate(fd, 100000), 0);
        import_refused(&to, fd, ERR_REFUSED, "no dray bundle");
        import_refused(&to, dir, ERR_FAILED, "Is a directory");
        close(fd);
        close(dir);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_receiver, close_receiver)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(full_then_deltas),
            TEST(full_over_anything),
            TEST(twice_is_already),
            TEST(chain_refusals),
            TEST(older),
            TEST(base_state_counts),
            TEST(nobody_is_trusted),
            TEST(unknown_key),
            TEST(two_of_two),
            TEST(threshold_is_the_streams_own),
            TEST(another_stream),
            TEST(a_source_moves),
            TEST(another_kind),
            TEST(key_that_has_ended),
            TEST(unacceptable_records),
            TEST(files_are_identified),
            TEST(mirror_was_changed),
            TEST(stale_staging_is_swept),
            TEST(blobs_without_rows),
            TEST(not_a_bundle),
        };

        return cmocka_run_group_tests_name("import", tests, set_up, tear_down);
}
