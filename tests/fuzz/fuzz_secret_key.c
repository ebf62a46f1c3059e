/* Secret key files. No password is given, so scrypt (seconds, a gigabyte) never runs. */
#include <assert.h>
#include <stdint.h>

#include "bundle/secret.h"
#include "bundle/secret_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        struct err e = ERR_INIT;
        int encrypted = secret_key_is_encrypted(text, size, &e);
        struct secret_key *key = secret_key_parse(text, size, NULL, &e);
        char *again;

        assert(!key || encrypted == 0);
        assert(key || e.code == ERR_REFUSED || (encrypted == 1 && e.code == ERR_USAGE));
        if (!key)
                return 0;
        again = secret_key_format(key, NULL, NULL, &e);
        secret_key_free(key);
        key = secret_key_parse(again, strlen(again), NULL, &e);
        assert(key);
        secret_key_free(key);
        secret_free(again);
        return 0;
}
