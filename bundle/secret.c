#include "bundle/secret.h"

#include <sodium.h>

#include "bundle/err.h"

void *secret_alloc(size_t size)
{
        void *p = NULL;

        /* The canary and the page size are set up here; later calls return at once. */
        if (sodium_init() >= 0)
                p = sodium_malloc(size);
        if (!p) {
                fputs("dray: out of memory for a secret\n", stderr);
                abort();
        }
        sodium_memzero(p, size);
        return p;
}

void secret_free(void *secret)
{
        sodium_free(secret);
}
