/* Receipts: what was signed comes back, and nothing else is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "bundle/prehash.h"
#include "bundle/receipt.h"
#include "bundle/signature.h"

static struct secret_key *key, *other;
static struct public_key public[2];

static int set_up(void **state)
{
        (void)state;
        key = secret_key_generate();
        other = secret_key_generate();
        secret_key_public(other, &public[0]);
        secret_key_public(key, &public[1]);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        secret_key_free(key);
        secret_key_free(other);
        return 0;
}

static struct receipt example(void)
{
        return (struct receipt){.stream = "plant-a",
            .epoch = 2,
            .seq = 7,
            .manifest = {1, 2},
            .state = {3, 4},
            .at = 1795348800,
            .log_entries = 12,
            .log = {5, 6}};
}

static struct buf written(const struct receipt *r, const struct secret_key *by)
{
        struct err e = ERR_INIT;
        struct buf text;

        buf_init(&text, LIMIT_RECEIPT);
        assert_int_equal(receipt_write(r, by, &text, &e), 0);
        return text;
}

static void comes_back(void **state)
{
        struct receipt r = example(), back;
        struct buf text = written(&r, key);
        char signer[KEY_ID_TEXT], id[KEY_ID_TEXT];
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(receipt_read(text.data, text.len, public, 2, &back, signer, &e), 0);
        assert_string_equal(back.stream, "plant-a");
        assert_int_equal(back.epoch, 2);
        assert_int_equal(back.seq, 7);
        assert_int_equal(back.at, r.at);
        assert_int_equal(back.log_entries, 12);
        assert_memory_equal(back.manifest, r.manifest, SHA256_SIZE);
        assert_memory_equal(back.state, r.state, SHA256_SIZE);
        assert_memory_equal(back.log, r.log, SHA256_SIZE);
        key_id_format(id, public[1].id);
        assert_string_equal(signer, id);
        assert_int_equal(
            memcmp(text.data, "dray-receipt-1\n{\"at\":\"2026-11-22T12:00:00Z\",", 43), 0);
        buf_release(&text);
}

static void refused(
    const char *text, size_t len, const struct public_key *keys, size_t count, const char *part)
{
        struct receipt back;
        char signer[KEY_ID_TEXT];
        struct err e = ERR_INIT;

        assert_int_equal(receipt_read(text, len, keys, count, &back, signer, &e), -1);
        assert_int_equal(e.code, ERR_REFUSED);
        if (!strstr(e.msg, part))
                fail_msg("\"%s\" should say \"%s\"", e.msg, part);
}

/* Every byte counts, and every cut shows. */
static void damage(void **state)
{
        struct receipt r = example();
        struct buf text = written(&r, key);

        (void)state;
        for (size_t i = 0; i < text.len; i++) {
                size_t line = 0;

                refused(text.data, i, public, 2, "");
                for (size_t k = 0; k < i; k++)
                        line += text.data[k] == '\n';
                text.data[i] ^= 1;
                if (line != 2) /* the untrusted comment is what it says */
                        refused(text.data, text.len, public, 2, "");
                text.data[i] ^= 1;
        }
        refused("", 0, public, 2, "no receipt");
        refused(text.data, text.len, public, 1, "key");
        refused(text.data, text.len, public, 0, "");
        buf_addc(&text, '\n');
        refused(text.data, text.len, public, 2, "");
        buf_release(&text);
}

/* Signed by the right key, and yet not a receipt that counts. */
static void signed_nonsense(void **state)
{
        static const struct {
                const char *text, *part;
        } cases[] = {
            {"dray-receipt-1\n{}\n", "missing"},
            {"dray-receipt-1\n[1]\n", "not a JSON object"},
            {"dray-trust-list-1\n{}\n", "no receipt"},
            {"{}\n{}\n", "no receipt"},
        };
        struct receipt r = example();
        struct buf real = written(&r, key);

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                unsigned char hash[PREHASH_SIZE];
                char text[SIGNATURE_TEXT];
                struct err e = ERR_INIT;
                struct signature s;
                struct buf b;

                prehash(cases[i].text, strlen(cases[i].text), hash);
                assert_int_equal(signature_make(&s, key, hash, "x", &e), 0);
                buf_init(&b, LIMIT_RECEIPT);
                buf_adds(&b, cases[i].text);
                buf_add(&b, text, signature_format(&s, text));
                refused(b.data, b.len, public, 2, cases[i].part);
                buf_release(&b);
        }
        buf_release(&real);
        r.seq = 0;
        real = written(&r, key);
        refused(real.data, real.len, public, 2, "out of range");
        buf_release(&real);
        r = example();
        snprintf(r.stream, sizeof r.stream, "../x");
        real = written(&r, key);
        refused(real.data, real.len, public, 2, "stream");
        buf_release(&real);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(comes_back),
            cmocka_unit_test(damage),
            cmocka_unit_test(signed_nonsense),
        };

        return cmocka_run_group_tests_name("receipt", tests, set_up, tear_down);
}
