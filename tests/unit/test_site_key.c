/* The site's own key: made once, the same ever after, and never replaced because it is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "box.h"
#include "mirror/site_key.h"

static struct box b;
static struct mirror m;

static int set_up(void **state)
{
        (void)state;
        setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
        box_open(&b);
        m = (struct mirror){.state = b.state, .catalog = b.catalog, .store = b.store};
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        box_close(&b);
        return 0;
}

/* Opens the key; its public half. */
static void open_key(unsigned char public_key[SIGNER_KEY_SIZE], int64_t *created)
{
        static const char message[] = "a message";
        unsigned char signature[SIGNER_SIGNATURE_SIZE];
        const struct signer *s;
        struct site_key *k;
        struct err e;

        must(site_key_open(&m, &k, &e));
        s = site_key_signer(k);
        must(s->sign(s, message, sizeof message, signature, &e));
        assert_int_equal(crypto_sign_verify_detached(signature, (const unsigned char *)message,
                             sizeof message, s->public_key),
            0);
        memcpy(public_key, s->public_key, SIGNER_KEY_SIZE);
        *created = s->created;
        site_key_free(k);
}

static void sound(void)
{
        struct err e = ERR_INIT;

        if (site_key_check(&m, &e) != 1)
                fail_msg("not sound: %s", e.msg);
}

static void not_sound(const char *part)
{
        struct err e = ERR_INIT;

        assert_int_equal(site_key_check(&m, &e), 0);
        assert_non_null(strstr(e.msg, part));
}

static void refused_to_open(const char *part)
{
        struct site_key *k;
        struct err e;

        refused(site_key_open(&m, &k, &e), &e, ERR_REFUSED, part);
        assert_null(k);
}

static void made_once(void **state)
{
        unsigned char first[SIGNER_KEY_SIZE], again[SIGNER_KEY_SIZE];
        int64_t created;
        struct stat st;
        mode_t mask = umask(0);

        (void)state;
        sound(); /* none is needed yet */
        open_key(first, &created);
        umask(mask);
        assert_int_equal(created, 1700000000);
        assert_int_equal(fstatat(b.state, "site.key", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        setenv("SOURCE_DATE_EPOCH", "1800000000", 1);
        box_reopen(&b);
        m.catalog = b.catalog;
        open_key(again, &created);
        assert_memory_equal(again, first, SIGNER_KEY_SIZE);
        assert_int_equal(created, 1700000000);
        sound();
}

static void lost(void **state)
{
        unsigned char first[SIGNER_KEY_SIZE], again[SIGNER_KEY_SIZE];
        int64_t created;
        struct err e;

        (void)state;
        open_key(first, &created);
        assert_int_equal(unlinkat(b.state, "site.key", 0), 0);
        refused_to_open("is gone");
        refused_to_open("dray publish --new-site-key"); /* nor the second time */
        not_sound("is gone");
        setenv("SOURCE_DATE_EPOCH", "1700000001", 1);
        must(site_key_replace(&m, &e));
        open_key(again, &created);
        assert_memory_not_equal(again, first, SIGNER_KEY_SIZE);
        assert_int_equal(created, 1700000001);
        sound();
}

static void replaced(void **state)
{
        unsigned char first[SIGNER_KEY_SIZE], again[SIGNER_KEY_SIZE];
        int64_t created;
        struct err e;

        (void)state;
        open_key(first, &created);
        must(site_key_replace(&m, &e));
        open_key(again, &created);
        assert_memory_not_equal(again, first, SIGNER_KEY_SIZE);
        /* the old one, put back, is not what clients know now */
        assert_int_equal(renameat(b.state, "site.key.old", b.state, "site.key"), 0);
        refused_to_open("not the key that the clients");
        not_sound("not the key that the clients");
}

/* A catalog restored from before the key was made: the file has the last word. */
static void catalog_knows_none(void **state)
{
        unsigned char first[SIGNER_KEY_SIZE], again[SIGNER_KEY_SIZE];
        char key[] = "site.key";
        struct buf text;
        int64_t created;
        struct err e;

        (void)state;
        open_key(first, &created);
        buf_init(&text, LIMIT_KEY_FILE);
        must(fs_read_file(b.state, key, &text, &e));
        tear_down(NULL);
        set_up(NULL);
        must(fs_write_file(b.state, key, text.data, text.len, &e));
        open_key(again, &created);
        assert_memory_equal(again, first, SIGNER_KEY_SIZE);
        not_sound("chmod 600"); /* as it was written here */
        assert_int_equal(fchmodat(b.state, key, 0600, 0), 0);
        sound();
        buf_release(&text);
}

static void damaged(void **state)
{
        static const char *const texts[] = {"", "dray\n",
            "dray site key, secret: signs the indexes of this site. Keep a copy in a safe place.\n"
            "created 2023-11-14T22:13:20Z\nseed AAAA\n",
            "dray site key, secret: signs the indexes of this site. Keep a copy in a safe place.\n"
            "created 2023-99-14T22:13:20Z\nseed "
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "dray site key, secret: signs the indexes of this site. Keep a copy in a safe place.\n"
            "created 2023-11-14T22:13:20Z\nseed "
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n"};
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
                must(fs_write_file(b.state, "site.key", texts[i], strlen(texts[i]), &e));
                refused_to_open("state/site.key is damaged");
                not_sound("state/site.key is damaged");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(made_once, set_up, tear_down),
            cmocka_unit_test_setup_teardown(lost, set_up, tear_down),
            cmocka_unit_test_setup_teardown(replaced, set_up, tear_down),
            cmocka_unit_test_setup_teardown(catalog_knows_none, set_up, tear_down),
            cmocka_unit_test_setup_teardown(damaged, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
