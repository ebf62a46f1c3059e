/*
 * OpenPGP as dray writes it: the sample key of the draft that brought EdDSA, golden texts that gpgv and sqv
 * have been asked about (tests/diff/openpgp_gpgv.sh asks them again), and the forms of odd numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/base64.h"
#include "bundle/hex.h"
#include "golden.h"
#include "mirror/openpgp.h"
#include "mirror/openpgp_armor.h"
#include "signer_fixture.h"

#define GOLDEN "tests/data/openpgp/"

static struct signer_fixture sample;

static int set_up(void **state)
{
        unsigned char seed[crypto_sign_SEEDBYTES];

        (void)state;
        if (sodium_init() < 0 ||
            hex_decode(seed, sizeof seed,
                "1a8b1ff05ded48e18bf50166c664ab023ea70003d78d9e41f5758a91d850f8d2") < 0)
                return -1;
        signer_fixture_init(&sample, seed, 1408458507); /* 2014-08-19 14:28:27 UTC */
        return 0;
}

/* draft-koch-eddsa-for-openpgp, A */
static void sample_fingerprint(void **state)
{
        char text[OPENPGP_FINGERPRINT_TEXT], key[2 * SIGNER_KEY_SIZE + 1];

        (void)state;
        hex_encode(key, sample.signer.public_key, SIGNER_KEY_SIZE);
        assert_string_equal(
            key, "3f098994bdd916ed4053197934e4a87c80733a1280d62f8010992e43ee3b2406");
        openpgp_fingerprint_text(&sample.signer, text);
        assert_string_equal(text, "C959BDBAFA32A2F89A153B678CFDE12197965A9A");
        sample.signer.created++;
        openpgp_fingerprint_text(&sample.signer, text);
        assert_string_not_equal(text, "C959BDBAFA32A2F89A153B678CFDE12197965A9A");
        sample.signer.created--;
}

static void golden_key(void **state)
{
        struct err e = ERR_INIT;
        struct buf out;

        (void)state;
        buf_init(&out, 65536);
        assert_int_equal(openpgp_certificate_armored(
                             &sample.signer, "dray test <test@example.invalid>", &out, &e),
            0);
        golden_check(GOLDEN "sample", "key.asc", out.data, out.len);
        buf_release(&out);
}

/* The armored form holds the binary one. */
static void armored_key(void **state)
{
        struct err e = ERR_INIT;
        struct buf binary, wanted, armored;

        (void)state;
        buf_init(&binary, 65536);
        buf_init(&wanted, 65536);
        buf_init(&armored, 65536);
        assert_int_equal(openpgp_certificate(&sample.signer, "x", &binary, &e), 0);
        assert_int_equal(openpgp_certificate_armored(&sample.signer, "x", &armored, &e), 0);
        assert_int_equal(openpgp_armor("PUBLIC KEY BLOCK", binary.data, binary.len, &wanted), 0);
        assert_string_equal(armored.data, wanted.data);
        buf_release(&binary);
        buf_release(&wanted);
        buf_release(&armored);
}

static void golden_signatures(void **state)
{
        struct err e = ERR_INIT;
        struct buf out;
        size_t len = 0;
        char *text = golden_read(GOLDEN "sample", "text", &len);

        (void)state;
        assert_non_null(text);
        buf_init(&out, 65536);
        assert_int_equal(openpgp_clearsign(&sample.signer, text, len, 1442406293, &out, &e), 0);
        golden_check(GOLDEN "sample", "text.asc", out.data, out.len);
        buf_reset(&out);
        assert_int_equal(openpgp_detached(&sample.signer, text, len, 1442406293, &out, &e), 0);
        golden_check(GOLDEN "sample", "text.sig", out.data, out.len);
        buf_release(&out);
        free(text);
}

/* RFC 4880 6.1's CRC of the usual check string, and of nothing. */
static void crc(void **state)
{
        (void)state;
        assert_int_equal(openpgp_crc24("123456789", 9), 0x21CF02);
        assert_int_equal(openpgp_crc24("", 0), 0xB704CE);
}

static void armor_lines(void **state)
{
        unsigned char bytes[97];
        struct buf out;
        char *line, *rest;

        (void)state;
        memset(bytes, 'a', sizeof bytes);
        buf_init(&out, 65536);
        assert_int_equal(openpgp_armor("THING", bytes, 96, &out), 0);
        rest = out.data;
        line = strsep(&rest, "\n");
        assert_string_equal(line, "-----BEGIN PGP THING-----");
        assert_string_equal(strsep(&rest, "\n"), "");
        assert_int_equal(strlen(strsep(&rest, "\n")), 64);
        assert_int_equal(strlen(strsep(&rest, "\n")), 64);
        line = strsep(&rest, "\n");
        assert_int_equal(strlen(line), 5);
        assert_int_equal(*line, '=');
        assert_string_equal(rest, "-----END PGP THING-----\n");
        buf_reset(&out);
        assert_int_equal(openpgp_armor("THING", bytes, 97, &out), 0);
        assert_non_null(strstr(out.data, "\nYQ==\n="));
        buf_release(&out);
}

/* What a fake signer answers; the packet's end is then known. */
static unsigned char answer[SIGNER_SIGNATURE_SIZE];

static int sign_with_answer(const struct signer *s, const void *message, size_t len,
    unsigned char out[SIGNER_SIGNATURE_SIZE], struct err *e)
{
        (void)s;
        (void)message;
        (void)e;
        assert_int_equal(len, 64); /* SHA-512 */
        memcpy(out, answer, sizeof answer);
        return 0;
}

/* The signature packet out of a key's packets: everything after the user id. */
static size_t packet_end(const unsigned char *wanted, size_t len)
{
        struct signer fake = sample.signer;
        struct err e = ERR_INIT;
        struct buf out;
        size_t total;

        fake.sign = sign_with_answer;
        buf_init(&out, 65536);
        assert_int_equal(openpgp_certificate(&fake, "x", &out, &e), 0);
        total = out.len;
        assert_true(total > len);
        assert_memory_equal(out.data + out.len - len, wanted, len);
        buf_release(&out);
        return total;
}

/* RFC 4880 3.2: no leading zero octets, and the length counts from the highest bit set. */
static void numbers_without_leading_zeros(void **state)
{
        static const unsigned char tail[] = {
            0x00, 0x09, 0x01, 0xFF /* 9 bits */, 0x00, 0x00 /* zero has none */};
        unsigned char whole[2 + 32 + 2 + 32] = {0x01, 0x00, 0x80};
        size_t long_form, short_form;

        (void)state;
        memset(answer, 0, sizeof answer);
        answer[30] = 0x01;
        answer[31] = 0xFF;
        short_form = packet_end(tail, sizeof tail);
        memset(answer, 0, sizeof answer);
        answer[0] = 0x80;
        answer[32] = 0x7F; /* 255 bits */
        whole[34] = 0x00;
        whole[35] = 0xFF;
        whole[36] = 0x7F;
        long_form = packet_end(whole, sizeof whole);
        assert_int_equal(long_form - short_form, 30 + 32);
}

static int sign_fails(const struct signer *s, const void *message, size_t len,
    unsigned char out[SIGNER_SIGNATURE_SIZE], struct err *e)
{
        (void)s;
        (void)message;
        (void)len;
        (void)out;
        return err_set(e, ERR_FAILED, "no key today");
}

static void failures(void **state)
{
        struct signer broken = sample.signer;
        struct err e = ERR_INIT;
        struct buf out, small;
        char id[2000];

        (void)state;
        buf_init(&out, 65536);
        buf_init(&small, 100);
        broken.sign = sign_fails;
        assert_int_equal(openpgp_detached(&broken, "x", 1, 1, &out, &e), -1);
        assert_string_equal(e.msg, "no key today");
        assert_int_equal(openpgp_clearsign(&sample.signer, "a\0b\n", 4, 1, &out, &e), -1);
        assert_int_equal(openpgp_detached(&sample.signer, "x", 1, -1, &out, &e), -1);
        assert_int_equal(
            openpgp_detached(&sample.signer, "x", 1, (int64_t)UINT32_MAX + 1, &out, &e), -1);
        memset(id, 'x', sizeof id - 1);
        id[sizeof id - 1] = '\0';
        assert_int_equal(openpgp_certificate(&sample.signer, id, &out, &e), -1);
        assert_int_equal(openpgp_certificate(&sample.signer, "x", &small, &e), -1);
        assert_int_equal(openpgp_clearsign(&sample.signer, "x\n", 2, 1, &small, &e), -1);
        assert_int_equal(e.code, ERR_FAILED);
        buf_release(&out);
        buf_release(&small);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(sample_fingerprint),
            cmocka_unit_test(golden_key),
            cmocka_unit_test(armored_key),
            cmocka_unit_test(golden_signatures),
            cmocka_unit_test(crc),
            cmocka_unit_test(armor_lines),
            cmocka_unit_test(numbers_without_leading_zeros),
            cmocka_unit_test(failures),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
