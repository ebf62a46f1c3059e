/* BLAKE2b-512: a vector that b2sum and OpenSSL agree on, and the same digest however the bytes
 * come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/hex.h"
#include "bundle/prehash.h"

static const char abc[] = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                          "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";

static void known_answer(void **state)
{
        unsigned char out[PREHASH_SIZE];
        char text[2 * PREHASH_SIZE + 1];

        (void)state;
        prehash("abc", 3, out);
        hex_encode(text, out, sizeof out);
        assert_string_equal(text, abc);
}

static void in_pieces(void **state)
{
        char message[1000];

        (void)state;
        for (size_t i = 0; i < sizeof message; i++)
                message[i] = (char)(i * 7);
        for (size_t piece = 1; piece < sizeof message; piece += 37) {
                struct prehash *p = prehash_new();
                unsigned char whole[PREHASH_SIZE], pieces[PREHASH_SIZE];

                for (size_t at = 0; at < sizeof message; at += piece) {
                        size_t left = sizeof message - at;

                        prehash_update(p, message + at, left < piece ? left : piece);
                }
                prehash_final(p, pieces);
                prehash_free(p);
                prehash(message, sizeof message, whole);
                assert_memory_equal(whole, pieces, PREHASH_SIZE);
        }
        prehash_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(known_answer),
            cmocka_unit_test(in_pieces),
        };

        return cmocka_run_group_tests_name("prehash", tests, NULL, NULL);
}
