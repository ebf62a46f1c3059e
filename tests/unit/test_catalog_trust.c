/* What is in force for a stream, and the signed lists that led to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/catalog_trust.h"
#include "trust_box.h"

static struct box b;
static struct secret_key *key;

static int set_up(void **state)
{
        (void)state;
        box_open(&b);
        key = secret_key_generate();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        secret_key_free(key);
        box_close(&b);
        return 0;
}

static void what_is_saved_is_in_force(void **state)
{
        struct trust t, again;
        struct err e;

        (void)state;
        assert_int_equal(catalog_trust_load(b.catalog, "a", &again, &e), 0);
        list_of(&t, "a", 0, &key, 1, 1);
        must(catalog_trust_save(b.catalog, &t, &e));
        assert_int_equal(catalog_trust_load(b.catalog, "a", &again, &e), 1);
        assert_true(public_key_equal(&again.keys[0].key, &t.keys[0].key));
        assert_int_equal(catalog_trust_load(b.catalog, "b", &again, &e), 0);
}

static void what_was_revoked_here_is_kept_apart(void **state)
{
        struct trust t, again;
        struct secret_key *other = secret_key_generate();
        struct public_key public;
        struct err e;

        (void)state;
        list_of(&t, "a", 0, &key, 1, 1);
        secret_key_public(other, &public);
        must(trust_add(&t, &public, "", &e));
        must(trust_revoke_here(&t, trust_find(&t, &public), 7, &e));
        must(catalog_trust_save(b.catalog, &t, &e));
        assert_int_equal(catalog_trust_load(b.catalog, "a", &again, &e), 1);
        assert_int_equal(again.revoked_count, 1);
        assert_true(public_key_equal(&again.revoked[0].key, &public));
        assert_int_equal(again.revoked[0].epoch, 1);
        assert_int_equal(again.revoked[0].valid_up_to_seq, 7);
        must(trust_remove(&again, &public, &e));
        must(catalog_trust_save(b.catalog, &again, &e));
        assert_int_equal(catalog_trust_load(b.catalog, "a", &again, &e), 1);
        assert_int_equal(again.revoked_count, 0);
        secret_key_free(other);
}

static void the_list_in_force_is_found_by_its_number(void **state)
{
        unsigned char sha[SHA256_SIZE];
        struct trust t;
        struct trust_list list;
        struct buf text;
        struct err e;

        (void)state;
        list_of(&t, "a", 0, &key, 1, 1);
        assert_int_equal(catalog_trust_in_force(b.catalog, &t, sha, &e), 0);
        t.number = 1;
        refused(catalog_trust_in_force(b.catalog, &t, sha, &e), &e, ERR_REFUSED, "trust list 1");
        list_text(&t, &text, &key, 1);
        must(trust_list_split(&list, text.data, text.len, &e));
        must(catalog_trust_list_put(b.catalog, "a", 1, text.data, 5, &e));
        assert_int_equal(catalog_trust_in_force(b.catalog, &t, sha, &e), 1);
        assert_memory_equal(sha, list.sha256, SHA256_SIZE);
        buf_release(&text);
}

/* Bundles carry a chain: no list from before a gap, and no more than the limit. */
static void lists_are_the_last_run_of_them(void **state)
{
        struct trust_text *texts;
        size_t count;
        struct err e;

        (void)state;
        must(catalog_trust_lists(b.catalog, "a", &texts, &count, &e));
        assert_int_equal(count, 0);
        for (int i = 1; i <= LIMIT_TRUST_LISTS + 8; i++)
                if (i != 3)
                        must(catalog_trust_list_put(b.catalog, "a", i, "text", 5, &e));
        must(catalog_trust_list_put(b.catalog, "b", 1, "b's", 5, &e));
        must(catalog_trust_lists(b.catalog, "a", &texts, &count, &e));
        assert_int_equal(count, LIMIT_TRUST_LISTS);
        assert_int_equal(texts[0].number, 9);
        assert_int_equal(texts[count - 1].number, LIMIT_TRUST_LISTS + 8);
        assert_string_equal(texts[0].text, "text");
        trust_texts_free(texts, count);
        for (int i = 1; i <= 5; i++)
                if (i != 3)
                        must(catalog_trust_list_put(b.catalog, "c", i, "text", 5, &e));
        must(catalog_trust_lists(b.catalog, "c", &texts, &count, &e));
        assert_int_equal(count, 2);
        assert_int_equal(texts[0].number, 4);
        trust_texts_free(texts, count);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(what_is_saved_is_in_force, set_up, tear_down),
            cmocka_unit_test_setup_teardown(what_was_revoked_here_is_kept_apart, set_up, tear_down),
            cmocka_unit_test_setup_teardown(
                the_list_in_force_is_found_by_its_number, set_up, tear_down),
            cmocka_unit_test_setup_teardown(lists_are_the_last_run_of_them, set_up, tear_down),
        };

        return cmocka_run_group_tests_name("catalog_trust", tests, NULL, NULL);
}
