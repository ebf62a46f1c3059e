/* A receipt's code: what is misheard on the telephone is found, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/receipt_code.h"

static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static struct receipt example(int64_t epoch, int64_t seq)
{
        struct receipt r = {.stream = "plant-a", .epoch = epoch, .seq = seq};

        for (int i = 0; i < SHA256_SIZE; i++) {
                r.manifest[i] = (unsigned char)(37 * i + seq);
                r.state[i] = (unsigned char)(91 * i + 5);
        }
        return r;
}

static void comes_back(void **state)
{
        static const int64_t numbers[] = {1, 2, 31, 32, 1000000, ((int64_t)1 << 40) - 1};

        (void)state;
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
                struct receipt r = example((int64_t)i + 1, numbers[i]);
                unsigned char proof[10];
                struct receipt_code code;
                char text[RECEIPT_CODE];
                struct err e = ERR_INIT;

                assert_int_equal(receipt_code_format(&r, text, &e), 0);
                assert_int_equal(strlen(text), RECEIPT_CODE - 1);
                assert_int_equal(receipt_code_parse(text, &code, &e), 0);
                assert_int_equal(code.epoch, i + 1);
                assert_int_equal(code.seq, numbers[i]);
                assert_int_equal(code.stream, receipt_code_stream("plant-a"));
                receipt_code_proof(r.manifest, r.state, proof);
                assert_memory_equal(code.proof, proof, sizeof proof);
                r.state[31] ^= 1;
                receipt_code_proof(r.manifest, r.state, proof);
                assert_memory_not_equal(code.proof, proof, sizeof proof);
        }
}

static void too_large(void **state)
{
        struct receipt seq = example(1, (int64_t)1 << 40), epoch = example(1 << 15, 1);
        char text[RECEIPT_CODE];
        struct err e = ERR_INIT;

        (void)state;
        assert_int_equal(receipt_code_format(&seq, text, &e), -1);
        assert_int_equal(receipt_code_format(&epoch, text, &e), -1);
        assert_int_not_equal(receipt_code_stream("plant-a"), receipt_code_stream("plant-b"));
}

static int parse(const char *text, struct err *e)
{
        struct receipt_code code;
        int ret;

        *e = (struct err)ERR_INIT;
        ret = receipt_code_parse(text, &code, e);
        if (ret < 0)
                assert_int_equal(e->code, ERR_USAGE);
        return ret;
}

/* In either case, with what is often written for a digit, and however it is spaced. */
static void as_people_write_it(void **state)
{
        struct receipt r = example(1, 1);
        char text[RECEIPT_CODE], other[2 * RECEIPT_CODE], *p = other;
        struct err e;

        (void)state;
        assert_int_equal(receipt_code_format(&r, text, &e), 0);
        for (const char *q = text; *q; q++) {
                if (*q == '-')
                        continue;
                *p++ = (char)(*q == '0' ? 'o' : *q == '1' ? 'l' : *q >= 'A' ? *q + 32 : *q);
                *p++ = ' ';
        }
        *p = '\0';
        assert_int_equal(parse(other, &e), 0);
        assert_int_equal(parse("", &e), -1);
        assert_int_equal(parse("12345-6789", &e), -1);
        assert_non_null(strstr(e.msg, "9 characters of 40"));
        assert_int_equal(parse("plant-u", &e), -1);
        snprintf(other, sizeof other, "%s0", text);
        assert_int_equal(parse(other, &e), -1);
        assert_non_null(strstr(e.msg, "longer"));
}

/* Any one character misheard, any two neighbours exchanged, any two groups exchanged. */
static void mistakes_are_found(void **state)
{
        struct receipt r = example(3, 4711);
        char text[RECEIPT_CODE], wrong[RECEIPT_CODE], group[16];
        struct err e;

        (void)state;
        assert_int_equal(receipt_code_format(&r, text, &e), 0);
        for (size_t i = 0; i < RECEIPT_CODE - 1; i++) {
                if (text[i] == '-')
                        continue;
                snprintf(group, sizeof group, "group %zu ", i / 6 + 1);
                for (const char *l = letters; *l; l++) {
                        memcpy(wrong, text, sizeof wrong);
                        wrong[i] = *l;
                        assert_int_equal(parse(wrong, &e), *l == text[i] ? 0 : -1);
                        if (*l != text[i])
                                assert_non_null(strstr(e.msg, group));
                }
                if (text[i + 1] == '-' || text[i + 1] == '\0' || text[i] == text[i + 1])
                        continue;
                memcpy(wrong, text, sizeof wrong);
                wrong[i] = text[i + 1];
                wrong[i + 1] = text[i];
                assert_int_equal(parse(wrong, &e), -1);
        }
        for (size_t a = 0; a < 8; a++)
                for (size_t b = a + 1; b < 8; b++) {
                        memcpy(wrong, text, sizeof wrong);
                        memcpy(wrong + 6 * a, text + 6 * b, 5);
                        memcpy(wrong + 6 * b, text + 6 * a, 5);
                        assert_int_equal(parse(wrong, &e), -1);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(comes_back),
            cmocka_unit_test(too_large),
            cmocka_unit_test(as_people_write_it),
            cmocka_unit_test(mistakes_are_found),
        };

        return cmocka_run_group_tests_name("receipt_code", tests, NULL, NULL);
}
