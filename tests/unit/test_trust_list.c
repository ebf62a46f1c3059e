/* Signed trust lists: their text, who must have signed them, and the steps from one to the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trust_box.h"

#define KEYS 5
#define S "plant-a"

static struct secret_key *keys[KEYS];

static int set_up(void **state)
{
        (void)state;
        for (int i = 0; i < KEYS; i++)
                keys[i] = secret_key_generate();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        for (int i = 0; i < KEYS; i++)
                secret_key_free(keys[i]);
        return 0;
}

/* List 1 of the first two keys, both needed; and what it looks like from inside. */
static void first_list(struct trust *t, struct buf *text)
{
        list_of(t, S, 1, keys, 2, 2);
        list_text(t, text, keys, 2);
}

static void refused_step(const struct trust *from, const struct buf *in_force,
    const struct buf *text, const char *cause, const char *part)
{
        struct trust t = *from;
        struct err e;

        refused(list_follow(&t, in_force, text, &e), &e, ERR_REFUSED, part);
        if (cause)
                assert_string_equal(e.cause, cause);
        assert_memory_equal(&t, from, sizeof t);
}

static void the_text_is_strict(void **state)
{
        struct buf text, other;
        struct trust_list list;
        struct trust t;
        struct err e;

        (void)state;
        first_list(&t, &text);
        must(trust_list_split(&list, text.data, text.len, &e));
        assert_int_equal(list.signature_count, 2);
        assert_memory_equal(text.data, TRUST_LIST_MAGIC, strlen(TRUST_LIST_MAGIC));
        must(trust_list_parse(&list, &t, &e));
        assert_int_equal(t.number, 1);
        assert_int_equal(t.threshold, 2);

        refused(trust_list_split(&list, text.data, text.len - 1, &e), &e, ERR_REFUSED, "cut short");
        refused(trust_list_split(&list, text.data, 30, &e), &e, ERR_REFUSED, "cut short");
        refused(trust_list_split(&list, text.data + 1, text.len - 1, &e), &e, ERR_REFUSED,
            "first line is not");
        refused(trust_list_split(&list, "", 0, &e), &e, ERR_REFUSED, "no trust list");
        buf_init(&other, LIMIT_TRUST_LIST);
        buf_add(&other, text.data, text.len);
        buf_adds(&other, "\n");
        refused(
            trust_list_split(&list, other.data, other.len, &e), &e, ERR_REFUSED, "text was added");
        refused(trust_list_split(&list, text.data, LIMIT_TRUST_LIST + 1, &e), &e, ERR_REFUSED,
            "too many");
        buf_release(&text);
        buf_release(&other);
}

static void no_more_signatures_than_the_limit(void **state)
{
        struct buf text;
        struct trust_list list;
        struct trust t;
        struct err e;

        (void)state;
        list_of(&t, S, 1, keys, 1, 1);
        list_text(&t, &text, NULL, 0);
        for (int i = 0; i < LIMIT_SIGNATURES; i++) {
                struct secret_key *key = secret_key_generate();

                must(trust_list_sign(&text, key, &e));
                refused(trust_list_sign(&text, key, &e), &e, ERR_USAGE, "signed this list already");
                secret_key_free(key);
        }
        refused(trust_list_sign(&text, keys[0], &e), &e, ERR_USAGE, "as many as it may");
        buf_adds(&text, "a\nb\nc\nd\n");
        refused(trust_list_split(&list, text.data, text.len, &e), &e, ERR_REFUSED, "more than 16");
        buf_release(&text);
}

/* What a signature of a list is for is in its first line: nothing else can be taken for one. */
static void nothing_else_can_be_taken_for_a_list(void **state)
{
        static const char *const others[] = {
            "dray-receipt-1\n{}\n",
            "{\"type\":\"header\"}\n{}\n",
            "\3757zXZ\n{}\n",
            "dray-trust-list-2\n{}\n",
            "dray-trust-list-1\r\n{}\r\n",
        };
        struct trust_list list;
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                refused(trust_list_split(&list, others[i], strlen(others[i]), &e), &e, ERR_REFUSED,
                    "no trust list");
}

static void a_list_that_nobody_could_sign_for_is_refused(void **state)
{
        struct buf text;
        struct trust t;
        struct err e;

        (void)state;
        buf_init(&text, LIMIT_TRUST_LIST);
        list_of(&t, S, 1, keys, 2, 2);
        t.keys[0].valid_up_to_seq = 4;
        refused(
            trust_list_format(&t, &text, &e), &e, ERR_USAGE, "more signatures than it has keys");
        list_of(&t, S, 1, keys, 2, 2);
        t.has_previous = true;
        refused(trust_list_format(&t, &text, &e), &e, ERR_USAGE, "do not fit together");
        list_of(&t, S, 2, keys, 2, 2);
        t.has_previous = false;
        refused(trust_list_format(&t, &text, &e), &e, ERR_USAGE, "do not fit together");
        list_of(&t, S, 0, keys, 2, 2);
        refused(trust_list_format(&t, &text, &e), &e, ERR_USAGE, "do not fit together");
        buf_release(&text);
}

/* From the keys that `trust add` was given, over three rotations that replace all of them. */
static void a_side_three_rotations_behind_catches_up(void **state)
{
        static const int owner[4][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 4}};
        struct trust here, t;
        struct buf texts[4];
        struct err e;

        (void)state;
        list_of(&here, S, 0, keys, 2, 2);
        here.issued = 0;
        for (int i = 0; i < 4; i++) {
                struct secret_key *own[2] = {keys[owner[i][0]], keys[owner[i][1]]};
                struct secret_key *signers[3] = {keys[owner[i ? i - 1 : 0][0]], own[0], own[1]};

                list_of(&t, S, i + 1, own, 2, 2);
                if (i)
                        list_after(&t, &texts[i - 1]);
                list_text(&t, &texts[i], i ? signers : own, i ? 3 : 2);
        }
        for (int i = 0; i < 4; i++) {
                assert_int_equal(list_follow(&here, i ? &texts[i - 1] : NULL, &texts[i], &e), 1);
                assert_int_equal(here.number, i + 1);
        }
        assert_int_equal(here.count, 2);
        for (int i = 0; i < 4; i++)
                buf_release(&texts[i]);
}

/* The heart of it: a new list counts only with the old keys' consent and the new ones' own. */
static void a_list_needs_the_old_and_the_new_threshold(void **state)
{
        struct secret_key *next[2] = {keys[2], keys[3]}, *none[1];
        struct secret_key *old_only[2] = {keys[0], keys[1]};
        struct secret_key *one_old[3] = {keys[0], keys[2], keys[3]};
        struct secret_key *one_new[3] = {keys[0], keys[1], keys[2]};
        struct secret_key *all[4] = {keys[0], keys[1], keys[2], keys[3]};
        struct trust first, t;
        struct buf before, text;
        struct err e;

        (void)state;
        first_list(&first, &before);
        list_of(&t, S, 2, next, 2, 2);
        list_after(&t, &before);
        list_text(&t, &text, none, 0);
        refused_step(&first, &before, &text, "unsigned", "not signed");
        buf_release(&text);
        list_text(&t, &text, next, 2);
        refused_step(&first, &before, &text, "unknown-key", "not trusted here");
        buf_release(&text);
        list_text(&t, &text, one_old, 3);
        refused_step(&first, &before, &text, "too-few-signatures", "by 2 of the 2 keys");
        buf_release(&text);
        list_text(&t, &text, old_only, 2);
        refused_step(&first, &before, &text, "unknown-key", "trust list 2");
        buf_release(&text);
        list_text(&t, &text, one_new, 3);
        refused_step(&first, &before, &text, "too-few-signatures", "trust list 2");
        buf_release(&text);
        list_text(&t, &text, all, 4);
        assert_int_equal(list_follow(&first, &before, &text, &e), 1);
        buf_release(&text);
        buf_release(&before);
}

/* The key of a build host that stands in the net must not be enough to replace the others. */
static void a_key_for_bundles_cannot_change_the_list(void **state)
{
        struct secret_key *build[1] = {keys[0]}, *offline[1] = {keys[1]};
        struct trust first, t;
        struct buf before, text;
        struct public_key public;
        struct err e;

        (void)state;
        list_of(&first, S, 1, keys, 2, 1);
        secret_key_public(keys[0], &public);
        must(trust_set_use(&first, trust_find(&first, &public), TRUST_BUNDLES, &e));
        secret_key_public(keys[1], &public);
        must(trust_set_use(&first, trust_find(&first, &public), TRUST_LISTS, &e));
        list_text(&first, &before, offline, 1);
        t = first;
        t.number = 2;
        t.has_previous = true;
        list_after(&t, &before);
        list_text(&t, &text, build, 1);
        refused_step(&first, &before, &text, "too-few-signatures", "1 keys that may change it");
        buf_release(&text);
        list_text(&t, &text, offline, 1);
        assert_int_equal(list_follow(&first, &before, &text, &e), 1);
        buf_release(&text);
        buf_release(&before);
}

static void a_bad_signature_refuses_a_list_however_many_are_good(void **state)
{
        struct trust first, t;
        struct buf before, text;
        char *at;

        (void)state;
        first_list(&first, &before);
        list_of(&t, S, 2, keys, 3, 2);
        list_after(&t, &before);
        list_text(&t, &text, keys, 3);
        at = strstr(text.data, "\"threshold\":2");
        at[strlen("\"threshold\":")] = '1';
        refused_step(&first, &before, &text, "bad-signature", "signature 1: bad signature");
        buf_release(&text);
        buf_release(&before);
}

static void lists_follow_each_other_without_gap_or_fork(void **state)
{
        struct trust first, t;
        struct buf before, other, text;
        struct err e;

        (void)state;
        first_list(&first, &before);
        list_of(&t, S, 1, keys, 3, 2);
        list_text(&t, &other, keys, 2);

        list_of(&t, S, 3, keys, 2, 2);
        list_after(&t, &before);
        list_text(&t, &text, keys, 2);
        refused_step(
            &first, &before, &text, "trust-gap", "list 3 of stream plant-a does not follow");
        buf_release(&text);
        list_of(&t, S, 2, keys, 2, 2);
        list_after(&t, &other);
        list_text(&t, &text, keys, 2);
        refused_step(&first, &before, &text, "trust-fork", "follows another list 1");
        buf_release(&text);
        list_of(&t, S, 1, keys, 2, 2);
        list_text(&t, &text, keys, 2);
        refused_step(
            &first, &before, &text, "trust-gap", "list 1 of stream plant-a does not follow");
        buf_release(&text);

        list_of(&t, S, 2, keys, 2, 2);
        list_after(&t, &before);
        t.epoch = 2;
        list_text(&t, &text, keys, 2);
        assert_int_equal(list_follow(&first, &before, &text, &e), 1);
        assert_int_equal(first.epoch, 2);
        list_of(&t, S, 3, keys, 2, 2);
        list_after(&t, &text);
        buf_release(&other);
        list_text(&t, &other, keys, 2);
        refused_step(&first, &text, &other, "trust-fork", "is of epoch 1; here epoch 2 has begun");
        buf_release(&text);
        buf_release(&other);
        buf_release(&before);
}

/* Who adds today's keys by hand begins at the list that these keys have signed. */
static void bare_keys_enter_at_the_list_that_they_signed(void **state)
{
        struct secret_key *late[2] = {keys[2], keys[3]};
        struct secret_key *signers[4] = {keys[0], keys[1], keys[2], keys[3]};
        struct trust here, t;
        struct buf first, second;
        struct err e;

        (void)state;
        list_of(&t, S, 1, keys, 2, 2);
        list_text(&t, &first, keys, 2);
        list_of(&t, S, 2, late, 2, 2);
        list_after(&t, &first);
        list_text(&t, &second, signers, 4);
        list_of(&here, S, 0, late, 2, 2);
        assert_int_equal(list_follow(&here, NULL, &first, &e), 0);
        assert_int_equal(here.number, 0);
        assert_int_equal(list_follow(&here, NULL, &second, &e), 1);
        assert_int_equal(here.number, 2);
        buf_release(&first);
        buf_release(&second);
}

static void a_list_of_another_stream_is_not_taken(void **state)
{
        struct trust here, t;
        struct buf text;
        struct err e;

        (void)state;
        list_of(&t, "plant-b", 1, keys, 2, 2);
        list_text(&t, &text, keys, 2);
        list_of(&here, S, 0, keys, 2, 2);
        assert_int_equal(list_follow(&here, NULL, &text, &e), 0);
        assert_string_equal(here.stream, S);
        assert_int_equal(here.number, 0);
        buf_release(&text);
}

/* The theft was known here before the list was made that still has the key. */
static void what_was_revoked_here_stays_revoked(void **state)
{
        struct trust here, t;
        struct buf first, second;
        struct public_key stolen;
        struct err e;

        (void)state;
        list_of(&t, S, 1, keys, 3, 2);
        list_text(&t, &first, keys, 3);
        here = t;
        secret_key_public(keys[0], &stolen);
        must(trust_revoke(&here, trust_find(&here, &stolen), 5, &e));
        t.number = 2;
        t.has_previous = true;
        list_after(&t, &first);
        list_text(&t, &second, keys, 2); /* by the stolen one and another */
        refused_step(&here, &first, &second, "revoked-key", "and has 1");
        must(trust_list_sign(&second, keys[2], &e));
        assert_int_equal(list_follow(&here, &first, &second, &e), 1);
        assert_int_equal(trust_find(&here, &stolen)->valid_up_to_seq, 5);

        list_of(&t, S, 3, keys, 3, 2);
        t.epoch = 2;
        list_after(&t, &second);
        buf_release(&first);
        list_text(&t, &first, keys, 3);
        refused_step(&here, &second, &first, "revoked-key", "which is revoked here");
        buf_release(&first);
        buf_release(&second);
}

/* The list after that has lost the key, and the one after that has it again. */
static void what_was_revoked_here_stays_so_over_lists_without_the_key(void **state)
{
        struct trust here, t, again;
        struct buf texts[3];
        struct public_key stolen;
        struct err e = ERR_INIT;

        (void)state;
        list_of(&here, S, 1, keys, 3, 2);
        list_text(&here, &texts[0], keys, 3);
        secret_key_public(keys[2], &stolen);
        must(trust_revoke_here(&here, trust_find(&here, &stolen), 5, &e));
        list_of(&t, S, 2, keys, 2, 2);
        list_after(&t, &texts[0]);
        list_text(&t, &texts[1], keys, 2);
        assert_int_equal(list_follow(&here, &texts[0], &texts[1], &e), 1);
        assert_null(trust_find(&here, &stolen));
        refused(trust_add(&here, &stolen, "", &e), &e, ERR_USAGE, "was revoked here");

        list_of(&t, S, 3, keys, 3, 2);
        list_after(&t, &texts[1]);
        list_text(&t, &texts[2], keys, 2);
        again = here;
        assert_int_equal(list_follow(&again, &texts[1], &texts[2], &e), 1);
        assert_int_equal(trust_find(&again, &stolen)->valid_up_to_seq, 5);
        /* it was said here that it shall be trusted again */
        again = here;
        must(trust_remove(&again, &stolen, &e));
        assert_int_equal(list_follow(&again, &texts[1], &texts[2], &e), 1);
        assert_int_equal(trust_find(&again, &stolen)->valid_up_to_seq, 0);
        buf_release(&texts[2]);
        /* in a new epoch the number says nothing */
        t.epoch = 2;
        list_text(&t, &texts[2], keys, 2);
        refused_step(&here, &texts[1], &texts[2], "revoked-key", "which is revoked here");
        for (int i = 0; i < 3; i++)
                buf_release(&texts[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_text_is_strict),
            cmocka_unit_test(no_more_signatures_than_the_limit),
            cmocka_unit_test(nothing_else_can_be_taken_for_a_list),
            cmocka_unit_test(a_list_that_nobody_could_sign_for_is_refused),
            cmocka_unit_test(a_side_three_rotations_behind_catches_up),
            cmocka_unit_test(a_list_needs_the_old_and_the_new_threshold),
            cmocka_unit_test(a_key_for_bundles_cannot_change_the_list),
            cmocka_unit_test(a_bad_signature_refuses_a_list_however_many_are_good),
            cmocka_unit_test(lists_follow_each_other_without_gap_or_fork),
            cmocka_unit_test(bare_keys_enter_at_the_list_that_they_signed),
            cmocka_unit_test(a_list_of_another_stream_is_not_taken),
            cmocka_unit_test(what_was_revoked_here_stays_revoked),
            cmocka_unit_test(what_was_revoked_here_stays_so_over_lists_without_the_key),
        };

        return cmocka_run_group_tests_name("trust_list", tests, set_up, tear_down);
}
