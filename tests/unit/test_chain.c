/* The chain on the far side: which bundle may follow which, and what is said when one may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/catalog_work.h"
#include "bundle/hex.h"
#include "bundle/seen.h"
#include "bundle_box.h"
#include "trust_box.h"

static struct sender from;
static struct box to;
static struct record one; /* that the first generation holds */
static struct import_rules rules;

static int set_up(void **state)
{
        (void)state;
        rules = (struct import_rules){0};
        sender_open(&from);
        sender_begin(&from);
        one = sender_put(&from, "one.txt", "one", 3);
        sender_commit(&from);
        box_open(&to);
        box_trust(&to, STREAM, from.keys, 1, 1);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        box_close(&to);
        sender_close(&from);
        return 0;
}

static struct record put(const char *file, const char *bytes)
{
        struct record r;

        sender_begin(&from);
        r = sender_put(&from, file, bytes, strlen(bytes));
        sender_commit(&from);
        return r;
}

static void drop(const struct record *r)
{
        sender_begin(&from);
        sender_drop(&from, r);
        sender_commit(&from);
}

static void get_rules(void *user, const char *stream, struct import_rules *out)
{
        (void)user;
        assert_string_equal(stream, STREAM);
        *out = rules;
}

static int import(int fd, struct err *e)
{
        struct import im = {
            .catalog = to.catalog, .store = to.store, .name = "a bundle", .rules = get_rules};
        struct import_result r;
        int ret;

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        *e = (struct err)ERR_INIT;
        ret = import_bundle(&im, fd, &r, e);
        import_result_release(&r);
        return ret;
}

static void taken(int fd)
{
        struct err e;

        must(import(fd, &e));
        close(fd);
}

/* Refused as what it is, and nothing is other than before. */
static void refused_as(int fd, const char *cause, const char *part)
{
        unsigned char before[SHA256_SIZE], after[SHA256_SIZE];
        struct err e;

        box_digest(&to, before);
        refused(import(fd, &e), &e, ERR_CHAIN, part);
        assert_non_null(e.cause);
        assert_string_equal(e.cause, cause);
        box_digest(&to, after);
        assert_memory_equal(before, after, SHA256_SIZE);
        close(fd);
}

static void is_up_to_date(void)
{
        unsigned char state[SHA256_SIZE];

        box_state(&to, state);
        assert_memory_equal(state, from.last.state, SHA256_SIZE);
}

static void a_gap_is_taken_when_all_that_it_needs_is_held(void **state)
{
        struct written first, heartbeat;

        (void)state;
        taken(sender_bundle(&from, NULL, &first));
        close(sender_bundle(&from, &first, &heartbeat)); /* lost, and nothing was in it */
        put("two.txt", "two");
        taken(sender_bundle(&from, &heartbeat, NULL));
        is_up_to_date();
}

/* What the lost bundle added, this one removes: the way was another, the end is the signed one. */
static void a_gap_is_taken_over_what_came_and_went(void **state)
{
        struct written first, lost;
        struct record passing;

        (void)state;
        taken(sender_bundle(&from, NULL, &first));
        passing = put("passing.txt", "passing");
        close(sender_bundle(&from, &first, &lost));
        drop(&passing);
        put("two.txt", "two");
        taken(sender_bundle(&from, &lost, NULL));
        is_up_to_date();
}

static void a_gap_over_a_change_is_refused_with_the_way_out(void **state)
{
        struct written first, lost, lost_too;

        (void)state;
        taken(sender_bundle(&from, NULL, &first));
        put("two.txt", "two");
        close(sender_bundle(&from, &first, &lost));
        put("three.txt", "three");
        refused_as(dup(sender_bundle(&from, &lost, &lost_too)), "gap",
            "import bundle 2 first, or ask for `dray bundle --stream plant-a --base 1`");
        put("four.txt", "four");
        refused_as(sender_bundle(&from, &lost_too, NULL), "gap", "import bundle 2 to 3 first");
}

/* The record is of this bundle, the bytes came with the lost one. */
static void a_gap_whose_bytes_are_not_here_is_refused(void **state)
{
        struct written first, lost;
        struct record r;

        (void)state;
        taken(sender_bundle(&from, NULL, &first));
        r = put("two.txt", "two");
        close(sender_bundle(&from, &first, &lost));
        sender_begin(&from);
        sender_drop(&from, &r);
        sender_put(&from, "renamed.txt", "two", 3);
        sender_commit(&from);
        refused_as(sender_bundle(&from, &lost, NULL), "gap", "gap: this mirror is at bundle 1");
}

static void a_bundle_on_an_older_base_is_taken_when_it_fits(void **state)
{
        struct written first, second;

        (void)state;
        taken(sender_bundle(&from, NULL, &first));
        put("two.txt", "two");
        taken(sender_bundle(&from, &first, &second));
        put("three.txt", "three");
        taken(sender_bundle(&from, &first, NULL)); /* brings two.txt once more */
        is_up_to_date();
        drop(&one);
        close(sender_bundle(&from, &first, NULL));
        put("four.txt", "four");
        taken(sender_bundle(&from, &second, NULL));
        is_up_to_date();
}

static void a_bundle_on_an_older_base_is_refused_when_it_does_not_fit(void **state)
{
        struct written first;
        struct record r;

        (void)state;
        taken(sender_bundle(&from, NULL, &first));
        r = put("two.txt", "two");
        taken(sender_bundle(&from, &first, NULL));
        drop(&r); /* as seen from the first one two.txt never was */
        refused_as(sender_bundle(&from, &first, NULL), "other-base",
            "ask the other side for `dray bundle --stream plant-a --base 2`");
}

static void a_fork_is_an_alarm_with_both_hashes(void **state)
{
        struct written ours, theirs;
        char hex[SHA256_HEX];
        int fd;
        struct err e;

        (void)state;
        taken(sender_bundle(&from, NULL, &ours));
        put("two.txt", "two");
        from.seq = 0;
        fd = sender_bundle(&from, NULL, &theirs);
        assert_int_equal(import(fd, &e), -1);
        assert_string_equal(e.cause, "fork");
        hex_encode(hex, ours.out.manifest, SHA256_SIZE);
        assert_non_null(strstr(e.msg, hex));
        hex_encode(hex, theirs.out.manifest, SHA256_SIZE);
        assert_non_null(strstr(e.msg, hex));
        refused_as(fd, "fork", "two senders number it");
        /* and what builds on the other history, also beside the last one */
        refused_as(sender_bundle(&from, &theirs, NULL), "fork", "adds to another bundle 1");
}

static void a_bundle_for_another_audience_is_refused(void **state)
{
        struct bundle_spec spec = sender_spec(&from, NULL);

        (void)state;
        rules.audience = "hall 3";
        spec.audience = "hall 4";
        refused_as(spec_bundle(&spec, NULL), "other-audience", "carried to the wrong place");
        spec.audience = NULL;
        refused_as(spec_bundle(&spec, NULL), "other-audience", "is for \"\"");
        spec.audience = "hall 3";
        taken(spec_bundle(&spec, NULL));
}

static void a_number_far_ahead_is_refused(void **state)
{
        (void)state;
        taken(sender_bundle(&from, NULL, NULL));
        from.seq = 1 + LIMIT_SEQ_JUMP;
        refused_as(sender_bundle(&from, NULL, NULL), "jump", "more than 100 before it");
        rules.max_jump = 2;
        from.seq = 3;
        refused_as(sender_bundle(&from, NULL, NULL), "jump", "set max_jump in [[stream]]");
        from.seq = 2;
        taken(sender_bundle(&from, NULL, NULL));
        from.seq = INT64_MAX - 1;
        refused_as(sender_bundle(&from, NULL, NULL), "jump", "jump");
}

/* From now on the stream's bundles are of epoch 2, whose list the keys have signed. */
static struct bundle_spec in_new_epoch(struct buf texts[2], struct trust_text lists[2])
{
        struct trust t;
        struct bundle_spec spec;

        list_of(&t, STREAM, 1, from.keys, 1, 1);
        list_text(&t, &texts[0], from.keys, 1);
        list_of(&t, STREAM, 2, from.keys, 1, 1);
        t.epoch = 2;
        list_after(&t, &texts[0]);
        list_text(&t, &texts[1], from.keys, 1);
        for (int i = 0; i < 2; i++)
                lists[i] = (struct trust_text){i + 1, texts[i].data, texts[i].len};
        from.seq = 0;
        spec = sender_spec(&from, NULL);
        spec.epoch = 2;
        spec.lists = lists;
        spec.list_count = 2;
        return spec;
}

/* Fast-forward: a thief's number shuts the honest sender out, until its keys begin an epoch. */
static void a_new_epoch_recovers_from_a_number_far_ahead(void **state)
{
        struct buf texts[2];
        struct trust_text lists[2];
        struct bundle_spec spec;
        struct written first;

        (void)state;
        from.seq = LIMIT_SEQ_FIRST - 1;
        taken(sender_bundle(&from, NULL, NULL));
        from.seq = 1;
        refused_as(sender_bundle(&from, NULL, NULL), "older", "this mirror is at 1000000 already");
        spec = in_new_epoch(texts, lists);
        taken(spec_bundle(&spec, &first));
        put("two.txt", "two");
        spec.seq = 2;
        spec.generation = from.last.id;
        spec.base_seq = 1;
        spec.base_generation = first.generation;
        memcpy(spec.base_state, first.out.state, SHA256_SIZE);
        memcpy(spec.base_manifest, first.out.manifest, SHA256_SIZE);
        taken(spec_bundle(&spec, NULL));
        is_up_to_date();
        /* nothing of the epoch before comes back */
        from.seq = LIMIT_SEQ_FIRST;
        refused_as(sender_bundle(&from, NULL, NULL), "older", "of epoch 1");
        buf_release(&texts[0]);
        buf_release(&texts[1]);
}

static int count_hole(void *user, const struct hole_row *hole, struct err *e)
{
        (void)hole;
        (void)e;
        ++*(int *)user;
        return 0;
}

/* Numbers begin anew with an epoch: that of the last bundle is not its name. */
static void holes_of_an_epoch_before_do_not_come_back(void **state)
{
        char *holes[] = {(char[]){"pypi: numpy"}};
        struct bundle_spec spec = sender_spec(&from, NULL);
        struct trust_text lists[2];
        struct buf texts[2];
        int first, missing = 0;
        struct err e;

        (void)state;
        spec.holes = holes;
        spec.hole_count = 1;
        first = spec_bundle(&spec, NULL);
        must(box_import(&to, first, NULL, &e));
        spec = in_new_epoch(texts, lists);
        spec.seq = 1;
        taken(spec_bundle(&spec, NULL));
        must(box_import(&to, first, NULL, &e));
        must(catalog_holes(to.catalog, STREAM, count_hole, &missing, &e));
        assert_int_equal(missing, 0);
        close(first);
        for (int i = 0; i < 2; i++)
                buf_release(&texts[i]);
}

static void an_epoch_begins_with_a_full_bundle_and_a_signed_list(void **state)
{
        struct buf texts[2];
        struct trust_text lists[2];
        struct bundle_spec spec;
        struct written old;

        (void)state;
        taken(sender_bundle(&from, NULL, &old));
        spec = in_new_epoch(texts, lists);
        spec.lists = NULL;
        spec.list_count = 0;
        refused_as(spec_bundle(&spec, NULL), "epoch", "no trust list says that it has begun");
        buf_release(&texts[0]);
        buf_release(&texts[1]);
        spec = in_new_epoch(texts, lists);
        spec.seq = 2;
        spec.base_seq = 1;
        spec.base_generation = old.generation;
        memcpy(spec.base_state, old.out.state, SHA256_SIZE);
        memcpy(spec.base_manifest, old.out.manifest, SHA256_SIZE);
        refused_as(spec_bundle(&spec, NULL), "no-base", "--full");
        buf_release(&texts[0]);
        buf_release(&texts[1]);
}

/* -- lost state -- */

static void copy_catalog(const char *name, const char *to_name)
{
        struct buf bytes;
        struct err e;

        buf_init(&bytes, 64 * MIB);
        assert_int_equal(fs_read_file(to.state, name, &bytes, &e), 1);
        must(fs_write_file(to.state, to_name, bytes.data, bytes.len, &e));
        buf_release(&bytes);
}

static void close_catalog(void)
{
        catalog_close(to.catalog);
        to.catalog = NULL;
}

static void reopen_catalog(enum catalog_mode mode)
{
        struct err e;

        must(catalog_open(to.state_dir, mode, &to.catalog, &e));
}

static void a_catalog_from_a_backup_does_not_roll_the_stream_back(void **state)
{
        struct written first, second, third;
        int fd2, fd3;

        (void)state;
        taken(sender_bundle(&from, NULL, &first));
        close_catalog();
        copy_catalog("catalog.db", "backup");
        reopen_catalog(CATALOG_WRITE);
        put("two.txt", "two");
        fd2 = sender_bundle(&from, &first, &second);
        taken(dup(fd2));
        put("three.txt", "three");
        fd3 = sender_bundle(&from, &second, &third);
        taken(dup(fd3));
        close_catalog();
        copy_catalog("backup", "catalog.db");
        reopen_catalog(CATALOG_WRITE);

        refused_as(fd2, "lost-state", "bundle 3 of stream plant-a was imported here once");
        refused_as(fd3, "gap", "gap"); /* the very bundle, but its base is gone */
        taken(sender_bundle(&from, NULL, NULL));
        is_up_to_date();
}

static void a_lost_catalog_does_not_read_as_nothing_imported_yet(void **state)
{
        struct written first;
        int fd1 = sender_bundle(&from, NULL, &first), fd2;

        (void)state;
        taken(dup(fd1));
        put("two.txt", "two");
        fd2 = sender_bundle(&from, NULL, NULL);
        taken(dup(fd2));
        close_catalog();
        assert_int_equal(unlinkat(to.state, "catalog.db", 0), 0);
        reopen_catalog(CATALOG_CREATE);
        box_trust(&to, STREAM, from.keys, 1, 1);
        refused_as(fd1, "lost-state", "`dray bundle --stream plant-a --full`");
        taken(fd2); /* that bundle itself, whole */
        is_up_to_date();
}

static void what_was_seen_is_noted_with_the_import_and_not_before(void **state)
{
        struct seen_bundle seen;
        struct written w;
        struct err e;

        (void)state;
        rules.audience = "nobody";
        refused_as(sender_bundle(&from, NULL, NULL), "other-audience", "");
        assert_int_equal(seen_get(to.state, STREAM, &seen, &e), 0);
        rules.audience = NULL;
        taken(sender_bundle(&from, NULL, &w));
        assert_int_equal(seen_get(to.state, STREAM, &seen, &e), 1);
        assert_int_equal(seen.seq, 2);
        assert_int_equal(seen.epoch, 1);
        assert_memory_equal(seen.manifest, w.out.manifest, SHA256_SIZE);
        assert_int_equal(seen_get(to.state, "plant-b", &seen, &e), 0);
}

static void a_damaged_note_is_no_empty_one(void **state)
{
        static const struct {
                const char *text, *why;
        } cases[] = {
            {"", "state/seen is damaged (it does not end with a newline)"},
            {"{}\n", "state/seen is damaged ("},
            {"{\"format\":\"dray-seen-1\",\"streams\":{}}",
                "state/seen is damaged (it does not end with a newline)"},
            {"{\"format\":\"dray-seen-2\",\"streams\":{}}\n",
                "state/seen has format \"dray-seen-2\", which this dray does not know"},
            {"{\"format\":\"dray-seen-1\",\"streams\":{\"plant-a\":{\"epoch\":1,\"seq\":7}}}\n",
                "state/seen is damaged (state/seen: \"manifest\" is missing"},
            {"{\"format\":\"dray-seen-1\",\"streams\":{\"plant-a\":7}}\n",
                "state/seen is damaged (no object)"},
        };
        int fd = sender_bundle(&from, NULL, NULL);
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *text = cases[i].text;

                must(fs_write_file(to.state, SEEN_FILE, text, strlen(text), &e));
                refused(import(fd, &e), &e, ERR_REFUSED, cases[i].why);
        }
        assert_int_equal(unlinkat(to.state, SEEN_FILE, 0), 0);
        taken(fd);
}

static void a_note_never_goes_back(void **state)
{
        struct seen_bundle low = {.epoch = 1, .seq = 9}, high = {.epoch = 2, .seq = 1}, got;
        struct err e;

        (void)state;
        must(seen_put(to.state, "s", &high, &e));
        must(seen_put(to.state, "s", &low, &e));
        assert_int_equal(seen_get(to.state, "s", &got, &e), 1);
        assert_int_equal(got.epoch, 2);
        high.seq = 2;
        must(seen_put(to.state, "s", &high, &e));
        must(seen_put(to.state, "t", &low, &e));
        assert_int_equal(seen_get(to.state, "s", &got, &e), 1);
        assert_int_equal(got.seq, 2);
}

#define CHAIN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            CHAIN(a_gap_is_taken_when_all_that_it_needs_is_held),
            CHAIN(a_gap_is_taken_over_what_came_and_went),
            CHAIN(a_gap_over_a_change_is_refused_with_the_way_out),
            CHAIN(a_gap_whose_bytes_are_not_here_is_refused),
            CHAIN(a_bundle_on_an_older_base_is_taken_when_it_fits),
            CHAIN(a_bundle_on_an_older_base_is_refused_when_it_does_not_fit),
            CHAIN(a_fork_is_an_alarm_with_both_hashes),
            CHAIN(a_bundle_for_another_audience_is_refused),
            CHAIN(a_number_far_ahead_is_refused),
            CHAIN(a_new_epoch_recovers_from_a_number_far_ahead),
            CHAIN(holes_of_an_epoch_before_do_not_come_back),
            CHAIN(an_epoch_begins_with_a_full_bundle_and_a_signed_list),
            CHAIN(a_catalog_from_a_backup_does_not_roll_the_stream_back),
            CHAIN(a_lost_catalog_does_not_read_as_nothing_imported_yet),
            CHAIN(what_was_seen_is_noted_with_the_import_and_not_before),
            CHAIN(a_damaged_note_is_no_empty_one),
            CHAIN(a_note_never_goes_back),
        };

        return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
