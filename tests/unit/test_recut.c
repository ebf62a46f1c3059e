/* A bundle that is cut anew is the one that would have been made that way, to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/recut.h"
#include "bundle_box.h"

#define WHEELS 5
#define SIZE 70000
#define THREE (2 * SIZE + 16 * KIB) /* a volume of such a size makes three of them */
#define FIVE (SIZE + 16 * KIB)

static struct sender s;
static int whole;
static struct volumes three, five;

static void make_volumes(struct volumes *v, uint64_t size, size_t count)
{
        struct bundle_spec spec = sender_spec(&s, NULL);

        spec.key_count = 2;
        spec.volume_size = size;
        spec_volumes(&spec, v);
        assert_int_equal(v->count, count);
}

static int set_up(void **state)
{
        static unsigned char bytes[SIZE];
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
        sender_put(&s, "small.txt", bytes, 900);
        sender_commit(&s);
        spec = sender_spec(&s, NULL);
        spec.key_count = 2;
        whole = spec_bundle(&spec, NULL);
        make_volumes(&three, THREE, 3);
        make_volumes(&five, FIVE, 5);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        close(whole);
        volumes_close(&three);
        volumes_close(&five);
        sender_close(&s);
        return 0;
}

static int add(struct recut *r, int fd, struct err *e)
{
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return recut_add(r, fd, "a file", e);
}

/* Writes with this limit and compares with what was made so. Frees r. */
static void gives(struct recut *r, uint64_t limit, const int *wanted, size_t count)
{
        struct volumes out = {0};
        const struct volume_files files = {&out, volumes_begin, volumes_end};
        struct err e;

        must(recut_write(r, limit, NULL, &files, NULL, &e));
        assert_int_equal(out.count, count);
        for (size_t v = 0; v < count; v++) {
                same_bundle(out.fd[v], wanted[v]);
                must(recut_check(out.fd[v], &e));
        }
        volumes_close(&out);
        recut_free(r);
}

/* Nothing comes out. Frees r. */
static void gives_nothing(struct recut *r, enum err_code code, const char *part)
{
        struct volumes out = {0};
        const struct volume_files files = {&out, volumes_begin, volumes_end};
        struct err e;

        refused(recut_write(r, 0, NULL, &files, NULL, &e), &e, code, part);
        volumes_close(&out);
        recut_free(r);
}

static void all_ways(void **state)
{
        const struct {
                const int *fd;
                size_t count;
                uint64_t limit;
        } cuts[] = {{&whole, 1, 0}, {three.fd, 3, THREE}, {five.fd, 5, FIVE}};
        struct err e;

        (void)state;
        for (int from = 0; from < 3; from++) {
                for (int to = 0; to < 3; to++) {
                        struct recut *r = recut_new(NULL);

                        for (size_t v = cuts[from].count; v-- > 0;)
                                must(add(r, cuts[from].fd[v], &e));
                        gives(r, cuts[to].limit, cuts[to].fd, cuts[to].count);
                }
        }
}

/* One bit of wheel n of this file. */
static void spoil_wheel(int fd, unsigned n)
{
        off_t at = bundle_place(fd, SIZE, n) + 1000;
        unsigned char byte;

        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void from_damaged_copies(void **state)
{
        int one = bundle_copy(whole), two = bundle_copy(whole);
        struct recut *r = recut_new(NULL);
        struct err e;

        (void)state;
        spoil_wheel(one, 0);
        spoil_wheel(one, 4);
        spoil_wheel(two, 2);
        assert_int_equal(recut_check(one, &e), -1);
        must(add(r, one, &e));
        must(add(r, two, &e));
        gives(r, 0, &whole, 1);
        /* of the cut one what lies before its end is used, and its error told */
        assert_int_equal(ftruncate(two, lseek(two, 0, SEEK_END) - SIZE / 2), 0);
        r = recut_new(NULL);
        e = (struct err)ERR_INIT;
        assert_int_equal(add(r, two, &e), 1);
        assert_non_null(strstr(e.msg, "a file: the bundle ends too early"));
        must(add(r, five.fd[2], &e));
        must(add(r, five.fd[4], &e));
        gives(r, THREE, three.fd, 3);
        r = recut_new(NULL);
        must(add(r, one, &e));
        gives_nothing(r, ERR_REFUSED, "is damaged, and no other copy was given");
        r = recut_new(NULL);
        must(add(r, one, &e));
        must(add(r, one, &e));
        gives_nothing(r, ERR_REFUSED, "is damaged, as in the other copies");
        close(one);
        close(two);
}

static void something_is_missing(void **state)
{
        struct recut *r = recut_new(NULL);
        struct err e;

        (void)state;
        gives_nothing(r, ERR_REFUSED, "none of the files can be used");
        r = recut_new(NULL);
        must(add(r, three.fd[0], &e));
        must(add(r, three.fd[1], &e));
        gives_nothing(r, ERR_INCOMPLETE, "it lacks volume 3 of 3");
        r = recut_new(NULL);
        must(add(r, three.fd[2], &e));
        gives_nothing(r, ERR_INCOMPLETE, "it lacks volumes 1 and 2 of 3");
}

static uint64_t manifest_size(int fd)
{
        struct bundle *b;
        struct err e;
        uint64_t size;

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        must(bundle_open(fd, &b, &e));
        size = bundle_volume(b)->manifest_size;
        bundle_close(b);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return size;
}

/* Nothing but its head came of the last one: that says that there is more. */
static void the_last_is_cut_off(void **state)
{
        int last = bundle_copy(five.fd[4]);
        struct recut *r = recut_new(NULL);
        struct err e;

        (void)state;
        assert_int_equal(ftruncate(last, bundle_place(last, SIZE, 0) - TAR_BLOCK), 0);
        for (size_t v = 0; v < 4; v++)
                must(add(r, five.fd[v], &e));
        assert_int_equal(add(r, last, &e), 1);
        gives_nothing(r, ERR_INCOMPLETE, "it lacks volume 5 of 5");
        close(last);
}

/* A digit of its volume.json was changed: the good copy is as good as before. */
static void the_last_says_too_much(void **state)
{
        static const char key[] = "\"pack_count\":";
        int last = bundle_copy(five.fd[4]);
        struct recut *r = recut_new(NULL);
        struct err e;
        char text[16 * KIB], *at;

        (void)state;
        assert_int_equal(pread(last, text, sizeof text, 0), sizeof text);
        at = memmem(text, sizeof text, key, sizeof key - 1);
        assert_non_null(at);
        at += sizeof key - 1;
        assert_true(*at < '9');
        assert_int_equal(pwrite(last, "9", 1, at - text), 1);
        assert_int_equal(add(r, last, &e), 1);
        for (size_t v = 0; v < 4; v++)
                must(add(r, five.fd[v], &e));
        must(add(r, five.fd[4], &e));
        gives(r, 0, &whole, 1);
        close(last);
}

static void not_of_one_bundle(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct recut *r = recut_new(NULL);
        struct err e;
        int other;

        (void)state;
        spec.seq = 9;
        other = spec_bundle(&spec, NULL);
        must(add(r, three.fd[0], &e));
        refused(add(r, other, &e), &e, ERR_USAGE, "is of another bundle than a file");
        recut_free(r);
        close(other);
        other = memory_file();
        r = recut_new(NULL);
        refused(add(r, other, &e), &e, ERR_REFUSED, "the file is empty");
        recut_free(r);
        close(other);
}

/* Another bundle whose manifest is as long. */
static void another_of_the_same_length(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct recut *r = recut_new(NULL);
        uint64_t wanted = manifest_size(whole);
        struct err e;
        int other = -1;

        (void)state;
        do {
                if (other >= 0)
                        close(other);
                spec.issued++;
                other = spec_bundle(&spec, NULL);
        } while (manifest_size(other) != wanted);
        must(add(r, three.fd[0], &e));
        refused(add(r, other, &e), &e, ERR_USAGE, "is of another bundle than a file");
        recut_free(r);
        close(other);
}

/* Files of one bundle that do not agree on which pack is which: one of them lies. */
static void packs_in_other_places(void **state)
{
        int liar = bundle_copy(three.fd[1]);
        struct recut *r = recut_new(NULL);
        unsigned char *bytes;
        size_t len;
        char *at;
        struct err e;

        (void)state;
        bytes = bundle_bytes(liar, &len);
        at = memmem(bytes, len, "\"first_pack\":", 13);
        assert_non_null(at);
        assert_true(at[13] > '0' && at[14] == ',');
        assert_int_equal(pwrite(liar, "0", 1, at + 13 - (char *)bytes), 1);
        free(bytes);
        must(add(r, three.fd[0], &e));
        e = (struct err)ERR_INIT;
        assert_int_equal(add(r, liar, &e), 1);
        assert_non_null(strstr(e.msg, "pack 0 is another one here than in a file"));
        recut_free(r);
        /* cut short, and named first: those that are whole are believed */
        assert_int_equal(ftruncate(liar, (off_t)len - 600), 0);
        r = recut_new(NULL);
        e = (struct err)ERR_INIT;
        assert_int_equal(add(r, liar, &e), 1);
        for (size_t v = 0; v < 3; v++)
                must(add(r, three.fd[v], &e));
        gives(r, 0, &whole, 1);
        close(liar);
}

/* Whoever adds a signature to one volume has signed the bundle. */
static void signatures_of_all(void **state)
{
        struct bundle_spec spec = sender_spec(&s, NULL);
        struct volumes once = {0};
        struct recut *r = recut_new(NULL);
        struct err e;

        (void)state;
        spec.key_count = 1;
        spec.volume_size = THREE;
        spec_volumes(&spec, &once);
        must(add(r, once.fd[0], &e));
        must(add(r, three.fd[1], &e));
        must(add(r, once.fd[2], &e));
        gives(r, 0, &whole, 1);
        volumes_close(&once);
        /* two keys that claim the first place */
        spec.keys = &s.keys[2];
        spec_volumes(&spec, &once);
        r = recut_new(NULL);
        must(add(r, three.fd[0], &e));
        refused(add(r, once.fd[1], &e), &e, ERR_REFUSED, "is another signature than in");
        recut_free(r);
        volumes_close(&once);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(all_ways),
            cmocka_unit_test(from_damaged_copies),
            cmocka_unit_test(something_is_missing),
            cmocka_unit_test(the_last_is_cut_off),
            cmocka_unit_test(the_last_says_too_much),
            cmocka_unit_test(not_of_one_bundle),
            cmocka_unit_test(another_of_the_same_length),
            cmocka_unit_test(packs_in_other_places),
            cmocka_unit_test(signatures_of_all),
        };

        return cmocka_run_group_tests_name("recut", tests, set_up, tear_down);
}
