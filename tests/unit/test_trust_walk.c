/* Trust lists that travel in bundles: walked before the signatures, in force with the import. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/tar_io.h"
#include "bundle_box.h"
#include "trust_box.h"

static struct sender from;
static struct box to;
/* One key each, the next one's: list 1 is of key 0, list 3 of key 2. */
static struct buf chain[KEYS];
static struct trust_text texts[KEYS];

static void make_chain(void)
{
        struct trust t;

        for (int i = 0; i < KEYS; i++) {
                list_of(&t, STREAM, i + 1, &from.keys[i], 1, 1);
                if (i)
                        list_after(&t, &chain[i - 1]);
                list_text(&t, &chain[i], &from.keys[i ? i - 1 : 0], i ? 2 : 1);
                texts[i] = (struct trust_text){i + 1, chain[i].data, chain[i].len};
        }
}

static int set_up(void **state)
{
        (void)state;
        sender_open(&from);
        sender_begin(&from);
        sender_put(&from, "a.txt", "bytes", 5);
        sender_commit(&from);
        make_chain();
        box_open(&to);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        for (int i = 0; i < KEYS; i++)
                buf_release(&chain[i]);
        box_close(&to);
        sender_close(&from);
        return 0;
}

/* A full bundle by one key, under the lists numbered first to last. */
static int bundle_under(int key, int first, int last, int64_t seq)
{
        struct bundle_spec spec = sender_spec(&from, NULL);

        spec.seq = seq;
        spec.keys = &from.keys[key];
        spec.lists = &texts[first - 1];
        spec.list_count = (size_t)last - (size_t)first + 1;
        return spec_bundle(&spec, NULL);
}

static int64_t number_in_force(void)
{
        struct trust t;
        struct err e;

        assert_int_equal(catalog_trust_load(to.catalog, STREAM, &t, &e), 1);
        return t.number;
}

static void expect_cause(int fd, enum err_code code, const char *cause, const char *part)
{
        struct err e;

        import_refused(&to, fd, code, part);
        assert_int_equal(box_import(&to, fd, NULL, &e), -1);
        assert_string_equal(e.cause, cause);
}

/* The mirror knows one key of long ago; the bundle is signed by one that it never heard of. */
static void a_bundle_brings_a_side_over_all_rotations_that_it_missed(void **state)
{
        int fd = bundle_under(2, 1, 3, 1);
        struct trust_text *kept;
        size_t count;
        struct err e;

        (void)state;
        box_trust(&to, STREAM, from.keys, 1, 1);
        must(box_import(&to, fd, NULL, &e));
        assert_int_equal(number_in_force(), 3);
        must(catalog_trust_lists(to.catalog, STREAM, &kept, &count, &e));
        assert_int_equal(count, 3);
        assert_string_equal(kept[1].text, chain[1].data);
        trust_texts_free(kept, count);
        close(fd);
        /* the key that it began with is none any more */
        fd = bundle_under(0, 1, 3, 2);
        expect_cause(fd, ERR_REFUSED, "unknown-key", "not trusted here");
        close(fd);
}

static void lists_of_a_refused_bundle_do_not_come_into_force(void **state)
{
        int fd = bundle_under(2, 1, 3, 2000000);

        (void)state;
        box_trust(&to, STREAM, from.keys, 1, 1);
        import_refused(&to, fd, ERR_CHAIN, "jump");
        assert_int_equal(number_in_force(), 0);
        close(fd);
}

static void a_side_that_has_a_list_goes_on_from_it(void **state)
{
        int fd = bundle_under(1, 1, 2, 1);
        struct err e;

        (void)state;
        box_trust(&to, STREAM, from.keys, 1, 1);
        must(box_import(&to, fd, NULL, &e));
        close(fd);
        fd = bundle_under(2, 3, 3, 2); /* the sender has cut off what all have by now */
        must(box_import(&to, fd, NULL, &e));
        assert_int_equal(number_in_force(), 3);
        close(fd);
}

/* List 1 is in force, brought by the first bundle. */
static void begin_with_list_1(void)
{
        int fd = bundle_under(0, 1, 1, 1);
        struct err e;

        box_trust(&to, STREAM, from.keys, 1, 1);
        must(box_import(&to, fd, NULL, &e));
        close(fd);
}

static void lists_missing_between_are_named(void **state)
{
        int fd;

        (void)state;
        begin_with_list_1();
        fd = bundle_under(2, 3, 3, 2);
        expect_cause(fd, ERR_REFUSED, "trust-gap", "ask the other side for lists 2 to 2");
        close(fd);
}

static void two_lists_of_one_number_are_an_alarm(void **state)
{
        struct buf other;
        struct trust t;
        int fd;

        (void)state;
        begin_with_list_1();
        list_of(&t, STREAM, 1, from.keys, 2, 1);
        list_text(&t, &other, from.keys, 1);
        texts[0] = (struct trust_text){1, other.data, other.len};
        fd = bundle_under(0, 1, 1, 2);
        expect_cause(fd, ERR_REFUSED, "trust-fork", "another one than that in force here");
        close(fd);
        buf_release(&other);
}

/* Whoever carries the bundle would like the list away that revokes a key. */
static void a_list_that_was_taken_out_is_missed(void **state)
{
        int whole = bundle_under(0, 1, 1, 1), fd = memory_file();
        struct bundle_head *h = xmalloc(sizeof *h);
        struct tar_in in = {.fd = whole};
        struct tar_out out = {.fd = fd};
        char rest[8192];
        ssize_t n;
        struct err e;

        (void)state;
        box_trust(&to, STREAM, from.keys, 1, 1);
        bundle_head_init(h);
        must(bundle_head_read(&in, h, &e));
        assert_int_equal(h->list_count, 1);
        buf_release(&h->lists[0].text);
        h->list_count = 0;
        must(bundle_head_write(h, &out, &e));
        while ((n = read(whole, rest, sizeof rest)) > 0)
                assert_int_equal(write(fd, rest, (size_t)n), n);
        expect_cause(fd, ERR_REFUSED, "trust-behind", "lists were taken out or added");
        bundle_head_release(h);
        free(h);
        close(fd);
        close(whole);
}

static void lists_by_strangers_do_not_pass_by_a_good_signature(void **state)
{
        struct secret_key *both[2] = {from.keys[0], from.keys[2]};
        struct bundle_spec spec = sender_spec(&from, NULL);
        int fd;

        (void)state;
        box_trust(&to, STREAM, both, 2, 2);
        spec.keys = both;
        spec.key_count = 2;
        spec.lists = texts;
        spec.list_count = 2;
        fd = spec_bundle(&spec, NULL);
        expect_cause(fd, ERR_REFUSED, "trust-behind", "have signed none of its lists");
        close(fd);
}

/* A name in the tar is no more than a hint. */
static void a_list_under_a_wrong_number_is_refused(void **state)
{
        int fd;

        (void)state;
        box_trust(&to, STREAM, from.keys, 1, 1);
        texts[0].number = 2;
        fd = bundle_under(0, 1, 1, 1);
        import_refused(&to, fd, ERR_REFUSED, "calls its trust list 1 number 2");
        close(fd);
}

/* Old sticks that a stolen key has signed lie about still. */
static void what_a_revoked_key_signed_before_stays_good_and_nothing_after(void **state)
{
        int first = bundle_under(0, 1, 1, 1), second;
        struct import_result r;
        struct trust t;
        struct buf text;
        struct public_key stolen;
        struct err e;

        (void)state;
        box_trust(&to, STREAM, from.keys, 1, 1);
        must(box_import(&to, first, NULL, &e));
        list_of(&t, STREAM, 2, from.keys, 2, 1);
        list_after(&t, &chain[0]);
        secret_key_public(from.keys[0], &stolen);
        must(trust_revoke(&t, trust_find(&t, &stolen), 1, &e));
        list_text(&t, &text, from.keys, 2);
        texts[1] = (struct trust_text){2, text.data, text.len};

        second = bundle_under(0, 1, 2, 2);
        expect_cause(
            second, ERR_REFUSED, "revoked-key", "is revoked, it counts only up to bundle 1");
        close(second);
        second = bundle_under(1, 1, 2, 2);
        must(box_import(&to, second, NULL, &e));
        must(box_import(&to, first, &r, &e));
        assert_true(r.already);
        import_result_release(&r);
        close(first);
        close(second);
        buf_release(&text);
}

/* Of two streams here the refusal is told that belongs to the bundle's own. */
static void the_refusal_is_that_of_the_bundles_own_stream(void **state)
{
        int fd = bundle_under(0, 1, 1, 1);
        struct err e;

        (void)state;
        box_trust(&to, "a-first-one", &from.keys[1], 1, 1);
        box_trust(&to, STREAM, from.keys, 2, 2);
        assert_int_equal(box_import(&to, fd, NULL, &e), -1);
        assert_string_equal(e.cause, "too-few-signatures");
        close(fd);
}

/* A bundle of plant-b under its own list of that number, signed by one key. */
static int bundle_elsewhere(int key, int64_t number)
{
        struct bundle_spec spec = sender_spec(&from, NULL);
        struct trust_text text = {.number = number};
        struct buf list;
        struct trust t;
        int fd;

        list_of(&t, "plant-b", number, &from.keys[key], 1, 1);
        if (number > 1)
                list_after(&t, &chain[0]);
        list_text(&t, &list, &from.keys[key], 1);
        text.text = list.data;
        text.len = list.len;
        spec.stream = "plant-b";
        spec.keys = &from.keys[key];
        spec.lists = &text;
        spec.list_count = 1;
        fd = spec_bundle(&spec, NULL);
        buf_release(&list);
        return fd;
}

/* One signer may serve two streams: the lists of the one are no fork, and no gap, of the other's. */
static void lists_of_another_stream_are_no_alarm(void **state)
{
        static const char other[] = "for stream plant-b, which this mirror does not take";
        static const struct {
                int64_t number;
                const char *cause, *part;
                int key;
                enum err_code code;
        } cases[] = {
            {1, "other-stream", other, 0, ERR_CHAIN},
            {2, "other-stream", other, 0, ERR_CHAIN},
            {7, "other-stream", other, 0, ERR_CHAIN},
            {1, "unknown-key", "which is not trusted here", 1, ERR_REFUSED},
            {7, "unknown-key", "which is not trusted here", 1, ERR_REFUSED},
        };

        (void)state;
        begin_with_list_1();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int fd = bundle_elsewhere(cases[i].key, cases[i].number);

                expect_cause(fd, cases[i].code, cases[i].cause, cases[i].part);
                close(fd);
        }
}

#define WALK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            WALK(a_bundle_brings_a_side_over_all_rotations_that_it_missed),
            WALK(lists_of_a_refused_bundle_do_not_come_into_force),
            WALK(a_side_that_has_a_list_goes_on_from_it),
            WALK(lists_missing_between_are_named),
            WALK(two_lists_of_one_number_are_an_alarm),
            WALK(a_list_that_was_taken_out_is_missed),
            WALK(lists_by_strangers_do_not_pass_by_a_good_signature),
            WALK(a_list_under_a_wrong_number_is_refused),
            WALK(what_a_revoked_key_signed_before_stays_good_and_nothing_after),
            WALK(the_refusal_is_that_of_the_bundles_own_stream),
            WALK(lists_of_another_stream_are_no_alarm),
        };

        return cmocka_run_group_tests_name("trust_walk", tests, NULL, NULL);
}
