/* The chain on the far side: which bundle may follow which, and what is said when one may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/audit.h"
#include "bundle/catalog_trust.h"
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

static void settle(void)
{
        struct err e;

        assert_int_equal(seen_settle(to.state, STREAM, to.catalog, &e), 1);
        assert_int_equal(seen_settle(to.state, STREAM, to.catalog, &e), 0);
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

/* Both hashes are told, and the alarm is noted. */
static void raises_a_fork(
    int fd, const struct written *ours, const struct written *theirs, const char *part)
{
        char hex[2][SHA256_HEX];
        struct seen seen;
        struct err e;

        refused(import(fd, &e), &e, ERR_CHAIN, part);
        assert_string_equal(e.cause, "fork");
        hex_encode(hex[0], ours->out.manifest, SHA256_SIZE);
        hex_encode(hex[1], theirs->out.manifest, SHA256_SIZE);
        assert_non_null(strstr(e.msg, hex[0]));
        assert_non_null(strstr(e.msg, hex[1]));
        assert_int_equal(seen_get(to.state, STREAM, &seen, &e), 1);
        assert_non_null(strstr(seen.fork, hex[0]));
        assert_non_null(strstr(seen.fork, hex[1]));
        close(fd);
}

static void a_fork_is_an_alarm_with_both_hashes(void **state)
{
        struct written ours, theirs;
        int fd;

        (void)state;
        taken(sender_bundle(&from, NULL, &ours));
        put("two.txt", "two");
        from.seq = 0;
        fd = sender_bundle(&from, NULL, &theirs);
        raises_a_fork(dup(fd), &ours, &theirs, "two senders number it");
        settle();
        /* and what builds on the other history, also beside the last one */
        raises_a_fork(sender_bundle(&from, &theirs, NULL), &ours, &theirs, "adds to");
        settle();
        raises_a_fork(fd, &ours, &theirs, "two senders number it");
}

/* The forked sender's full bundle is a next one as any other. */
static void a_fork_stops_the_stream_until_it_is_settled(void **state)
{
        struct written first, theirs;
        struct seen before, after;
        int fd1, fd2;
        struct err e;

        (void)state;
        fd1 = sender_bundle(&from, NULL, &first);
        taken(dup(fd1));
        put("two.txt", "two");
        from.seq = 0;
        raises_a_fork(sender_bundle(&from, NULL, &theirs), &first, &theirs, "fork");
        fd2 = sender_bundle(&from, NULL, NULL);
        assert_int_equal(seen_get(to.state, STREAM, &before, &e), 1);
        refused_as(dup(fd2), "fork", "`dray trust settle plant-a`");
        refused_as(sender_bundle(&from, &first, NULL), "fork", "an alarm stands");
        assert_int_equal(seen_get(to.state, STREAM, &after, &e), 1);
        assert_string_equal(before.fork, after.fork);
        taken(fd1); /* what is held already does no harm */
        settle();
        taken(fd2);
        is_up_to_date();
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

        refused_as(dup(fd2), "lost-state", "is not in the catalog");
        refused_as(dup(fd3), "lost-state", "`dray trust settle plant-a`");
        settle();
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
        refused_as(dup(fd2), "lost-state", "revoked keys above all");
        settle();
        refused_as(fd1, "lost-state", "`dray bundle --stream plant-a --full`");
        taken(fd2); /* that bundle itself, whole */
        is_up_to_date();
}

static void revoke_key(struct secret_key *key)
{
        struct trust *t = xmalloc(sizeof *t);
        struct public_key public;
        struct err e;

        secret_key_public(key, &public);
        assert_int_equal(catalog_trust_load(to.catalog, STREAM, t, &e), 1);
        must(trust_revoke_here(t, trust_find(t, &public), 2, &e));
        must(catalog_trust_save(to.catalog, t, &e));
        must(audit_append(to.catalog, &(struct audit_event){.event = "trust"}, &e));
        must(seen_note(to.state, STREAM, NULL, to.catalog, &e));
        free(t);
}

/* No bundle is missing in the backup: it is trust that it forgets. */
static void a_catalog_from_a_backup_does_not_trust_again_whom_it_forgot_to_be_revoked(void **state)
{
        struct public_key public;
        char words[80], id[KEY_ID_TEXT];
        struct written first;
        int fd;

        (void)state;
        secret_key_public(from.keys[0], &public);
        key_id_format(id, public.id);
        snprintf(words, sizeof words, "revoked keys above all; then: %s after 2. Restore", id);
        taken(sender_bundle(&from, NULL, NULL));
        taken(sender_bundle(&from, NULL, &first));
        close_catalog();
        copy_catalog("catalog.db", "backup");
        reopen_catalog(CATALOG_WRITE);
        revoke_key(from.keys[0]);
        close_catalog();
        copy_catalog("backup", "catalog.db");
        reopen_catalog(CATALOG_WRITE);
        fd = sender_bundle(&from, NULL, NULL);
        refused_as(dup(fd), "lost-state", words);
        settle();
        taken(fd);
}

/* Whatever is decided in it: what it forgot is not found out later. */
static void a_catalog_that_is_behind_notes_nothing(void **state)
{
        struct seen seen = {.bundle = {.epoch = 1, .seq = 1}, .log = 7}, after;
        struct err e;

        (void)state;
        must(seen_put(to.state, STREAM, &seen, &e));
        for (int i = 0; i < 8; i++)
                must(audit_append(to.catalog, &(struct audit_event){.event = "trust"}, &e));
        must(seen_note(to.state, STREAM, NULL, to.catalog, &e));
        assert_int_equal(seen_get(to.state, STREAM, &after, &e), 1);
        assert_int_equal(after.log, 7);
        settle();
        assert_int_equal(seen_get(to.state, STREAM, &after, &e), 1);
        assert_int_equal(after.log, 9); /* the entry that says so is in it */
}

/* The files of before had neither the log nor an alarm. */
static void a_note_without_the_log_is_read(void **state)
{
        static const char text[] =
            "{\"format\":\"dray-seen-1\",\"streams\":{\"plant-a\":{\"epoch\":1,\"manifest\":"
            "\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":7}}}\n";
        struct seen seen;
        struct err e;

        (void)state;
        must(fs_write_file(to.state, SEEN_FILE, text, strlen(text), &e));
        assert_int_equal(seen_get(to.state, STREAM, &seen, &e), 1);
        assert_int_equal(seen.bundle.seq, 7);
        assert_int_equal(seen.log, 0);
        assert_string_equal(seen.fork, "");
        assert_int_equal(seen_settle(to.state, STREAM, to.catalog, &e), 0);
        from.seq = 7;
        taken(sender_bundle(&from, NULL, NULL));
        assert_int_equal(seen_get(to.state, STREAM, &seen, &e), 1);
        assert_int_equal(seen.bundle.seq, 8);
        assert_true(seen.log > 0);
}

static void what_was_seen_is_noted_with_the_import_and_not_before(void **state)
{
        struct seen seen;
        struct written w;
        struct err e;

        (void)state;
        rules.audience = "nobody";
        refused_as(sender_bundle(&from, NULL, NULL), "other-audience", "");
        assert_int_equal(seen_get(to.state, STREAM, &seen, &e), 0);
        rules.audience = NULL;
        taken(sender_bundle(&from, NULL, &w));
        assert_int_equal(seen_get(to.state, STREAM, &seen, &e), 1);
        assert_int_equal(seen.bundle.seq, 2);
        assert_int_equal(seen.bundle.epoch, 1);
        assert_memory_equal(seen.bundle.manifest, w.out.manifest, SHA256_SIZE);
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
            {"{\"format\":\"dray-seen-1\",\"streams\":{\"plant-a\":{\"epoch\":1,\"log\":{\"n\":3},"
             "\"manifest\":\"0000000000000000000000000000000000000000000000000000000000000000\","
             "\"seq\":7}}}\n",
                "state/seen is damaged (state/seen: \"hash\" is missing"},
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

static void note(const char *stream, int64_t epoch, int64_t seq)
{
        struct seen_bundle b = {.epoch = epoch, .seq = seq};
        struct err e;

        must(seen_note(to.state, stream, &b, to.catalog, &e));
}

static void a_note_never_goes_back(void **state)
{
        struct seen got;
        struct err e;

        (void)state;
        note("s", 2, 1);
        note("s", 1, 9);
        assert_int_equal(seen_get(to.state, "s", &got, &e), 1);
        assert_int_equal(got.bundle.epoch, 2);
        note("s", 2, 2);
        note("t", 1, 9);
        assert_int_equal(seen_get(to.state, "s", &got, &e), 1);
        assert_int_equal(got.bundle.seq, 2);
        must(seen_note(to.state, "never imported", NULL, to.catalog, &e));
        assert_int_equal(seen_get(to.state, "never imported", &got, &e), 0);
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
            CHAIN(a_fork_stops_the_stream_until_it_is_settled),
            CHAIN(a_bundle_for_another_audience_is_refused),
            CHAIN(a_number_far_ahead_is_refused),
            CHAIN(a_new_epoch_recovers_from_a_number_far_ahead),
            CHAIN(holes_of_an_epoch_before_do_not_come_back),
            CHAIN(an_epoch_begins_with_a_full_bundle_and_a_signed_list),
            CHAIN(a_catalog_from_a_backup_does_not_roll_the_stream_back),
            CHAIN(a_lost_catalog_does_not_read_as_nothing_imported_yet),
            CHAIN(a_catalog_from_a_backup_does_not_trust_again_whom_it_forgot_to_be_revoked),
            CHAIN(a_catalog_that_is_behind_notes_nothing),
            CHAIN(a_note_without_the_log_is_read),
            CHAIN(what_was_seen_is_noted_with_the_import_and_not_before),
            CHAIN(a_damaged_note_is_no_empty_one),
            CHAIN(a_note_never_goes_back),
        };

        return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
