/*
 * A receipt as it comes is refused or read without harm; one whose statement
 * the right key has signed is read only if it is what would have been written.
 */
#include <assert.h>
#include <stdint.h>

#include "bundle/prehash.h"
#include "bundle/receipt.h"
#include "bundle/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_signed(
    const struct secret_key *key, const struct public_key *public, const uint8_t *data, size_t size)
{
        unsigned char hash[PREHASH_SIZE];
        char text[SIGNATURE_TEXT], signer[KEY_ID_TEXT];
        struct err e = ERR_INIT;
        struct receipt r;
        struct signature s;
        struct buf in, again;
        size_t len;

        buf_init(&in, LIMIT_RECEIPT + SIGNATURE_TEXT);
        buf_init(&again, LIMIT_RECEIPT);
        if (memchr(data, '\n', size) || buf_adds(&in, RECEIPT_MAGIC) < 0 ||
            buf_add(&in, data, size) < 0 || buf_addc(&in, '\n') < 0)
                goto out;
        len = in.len;
        prehash(in.data, len, hash);
        assert(signature_make(&s, key, hash, "fuzz", &e) == 0);
        buf_add(&in, text, signature_format(&s, text));
        if (receipt_read(in.data, in.len, public, 1, &r, signer, &e) < 0) {
                assert(e.code == ERR_REFUSED);
                goto out;
        }
        assert(r.epoch >= 1 && r.seq >= 1 && *r.stream);
        assert(receipt_write(&r, key, &again, &e) == 0);
        assert(again.len > len && memcmp(again.data, in.data, len) == 0);
out:
        buf_release(&in);
        buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct secret_key *key;
        static struct public_key public;
        char signer[KEY_ID_TEXT];
        struct err e = ERR_INIT;
        struct receipt r;

        if (!key) {
                key = secret_key_generate();
                secret_key_public(key, &public);
        }
        if (receipt_read((const char *)data, size, &public, 1, &r, signer, &e) < 0)
                assert(e.code == ERR_REFUSED);
        if (size)
                read_signed(key, &public, data, size);
        return 0;
}
