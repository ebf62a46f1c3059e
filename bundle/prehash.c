#include "bundle/prehash.h"

#include <sodium.h>

#include "bundle/err.h"

/* libsodium wants its state aligned to 64 bytes, which malloc does not promise. */
struct prehash {
        crypto_generichash_state state;
};

struct prehash *prehash_new(void)
{
        struct prehash *p = aligned_alloc(_Alignof(struct prehash), sizeof *p);

        if (!p || sodium_init() < 0) { /* sodium_init also picks the fast code for this processor */
                fputs("dray: out of memory\n", stderr);
                abort();
        }
        crypto_generichash_init(&p->state, NULL, 0, PREHASH_SIZE);
        return p;
}

void prehash_free(struct prehash *p)
{
        free(p);
}

void prehash_update(struct prehash *p, const void *bytes, size_t len)
{
        crypto_generichash_update(&p->state, bytes, len);
}

void prehash_final(struct prehash *p, unsigned char out[PREHASH_SIZE])
{
        crypto_generichash_final(&p->state, out, PREHASH_SIZE);
}

void prehash(const void *bytes, size_t len, unsigned char out[PREHASH_SIZE])
{
        crypto_generichash(out, PREHASH_SIZE, bytes, len, NULL, 0);
}
