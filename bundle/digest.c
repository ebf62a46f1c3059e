#include "bundle/digest.h"

#include <openssl/evp.h>

#include "bundle/hex.h"
#include "bundle/mem.h"

#define KINDS 5

static const struct {
        const char *name;
        size_t size;
} kinds[KINDS] = {
    {"sha256", 32},
    {"sha512", 64},
    {"sha384", 48},
    {"sha1", 20},
    {"md5", 16},
};

struct digest {
        EVP_MD_CTX *ctx[KINDS]; /* NULL: not wanted */
        unsigned char value[KINDS][DIGEST_MAX_SIZE];
};

static int position(enum digest_kind kind)
{
        return __builtin_ctz((unsigned)kind);
}

/* Fetching is slow (it walks the providers), so once for each kind. */
static const EVP_MD *algorithm(int i)
{
        static EVP_MD *fetched[KINDS];
        EVP_MD *md = __atomic_load_n(&fetched[i], __ATOMIC_ACQUIRE), *none = NULL;

        if (md)
                return md;
        md = EVP_MD_fetch(NULL, kinds[i].name, NULL);
        if (!md) {
                fprintf(stderr, "dray: this OpenSSL has no %s\n", kinds[i].name);
                abort();
        }
        if (!__atomic_compare_exchange_n(
                &fetched[i], &none, md, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
                EVP_MD_free(md); /* another thread was first */
                md = none;
        }
        return md;
}

struct digest *digest_new(unsigned wanted)
{
        struct digest *d = xcalloc(1, sizeof *d);

        for (int i = 0; i < KINDS; i++) {
                if (!(wanted & 1U << i))
                        continue;
                d->ctx[i] = EVP_MD_CTX_new();
                if (!d->ctx[i])
                        abort();
        }
        digest_reset(d);
        return d;
}

void digest_free(struct digest *d)
{
        if (!d)
                return;
        for (int i = 0; i < KINDS; i++)
                EVP_MD_CTX_free(d->ctx[i]);
        free(d);
}

void digest_reset(struct digest *d)
{
        for (int i = 0; i < KINDS; i++)
                if (d->ctx[i] && !EVP_DigestInit_ex2(d->ctx[i], algorithm(i), NULL))
                        abort();
}

void digest_update(struct digest *d, const void *bytes, size_t len)
{
        for (int i = 0; i < KINDS; i++)
                if (d->ctx[i])
                        EVP_DigestUpdate(d->ctx[i], bytes, len);
}

void digest_final(struct digest *d)
{
        for (int i = 0; i < KINDS; i++)
                if (d->ctx[i])
                        EVP_DigestFinal_ex(d->ctx[i], d->value[i], NULL);
}

size_t digest_get(const struct digest *d, enum digest_kind kind, unsigned char out[DIGEST_MAX_SIZE])
{
        int i = position(kind);

        memcpy(out, d->value[i], kinds[i].size);
        return kinds[i].size;
}

size_t digest_size(enum digest_kind kind)
{
        return kinds[position(kind)].size;
}

const char *digest_name(enum digest_kind kind)
{
        return kinds[position(kind)].name;
}

char *digest_text(enum digest_kind kind, const unsigned char *value, char out[DIGEST_TEXT])
{
        char hex[2 * DIGEST_MAX_SIZE + 1];

        hex_encode(hex, value, digest_size(kind));
        snprintf(out, DIGEST_TEXT, "%s:%s", digest_name(kind), hex);
        return out;
}

int digest_kind_parse(const char *name, enum digest_kind *kind)
{
        for (int i = 0; i < KINDS; i++) {
                if (strcmp(name, kinds[i].name) == 0) {
                        *kind = (enum digest_kind)(1 << i);
                        return 0;
                }
        }
        return -1;
}

void sha256(const void *bytes, size_t len, unsigned char out[SHA256_SIZE])
{
        if (!EVP_Digest(bytes, len, out, NULL, algorithm(0), NULL))
                abort();
}

void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX])
{
        unsigned char raw[SHA256_SIZE];

        sha256(bytes, len, raw);
        hex_encode(out, raw, sizeof raw);
}
