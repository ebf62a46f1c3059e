#include "bundle/secret_key.h"

#include <sodium.h>

#include "bundle/base64.h"
#include "bundle/limit.h"
#include "bundle/secret.h"

#define HEADER "untrusted comment: minisign encrypted secret key\n" /* for clear keys too */
#define WHAT "minisign secret key"
#define CHECKSUM_BYTES 32
#define SALT_BYTES 32

/* A secret key file's bytes; the last part is XORed with scrypt's output when kdf is "Sc". */
enum offset {
        AT_ALGORITHM = 0,          /* "Ed" */
        AT_KDF = 2,                /* "Sc", or 0 0: in the clear */
        AT_CHECKSUM_ALGORITHM = 4, /* "B2" */
        AT_SALT = 6,
        AT_OPERATIONS = AT_SALT + SALT_BYTES,
        AT_MEMORY = AT_OPERATIONS + 8,
        AT_ID = AT_MEMORY + 8,
        AT_KEY = AT_ID + KEY_ID_SIZE,
        AT_CHECKSUM = AT_KEY + crypto_sign_SECRETKEYBYTES,
        ENCODED = AT_CHECKSUM + CHECKSUM_BYTES,
        CIPHERED = ENCODED - AT_ID,
};

struct secret_key {
        unsigned char id[KEY_ID_SIZE];
        unsigned char key[crypto_sign_SECRETKEYBYTES]; /* seed, then public key */
};

const struct scrypt_cost scrypt_cost_default = {
    crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE,
    crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE,
};
const struct scrypt_cost scrypt_cost_least = {
    crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_MIN,
    crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_MIN,
};

static uint64_t load64(const unsigned char *p)
{
        uint64_t value = 0;

        for (int i = 8; i-- > 0;)
                value = value << 8 | p[i];
        return value;
}

static void store64(unsigned char *p, uint64_t value)
{
        for (int i = 0; i < 8; i++)
                p[i] = (unsigned char)(value >> 8 * i);
}

static void checksum(const unsigned char *raw, unsigned char out[CHECKSUM_BYTES])
{
        unsigned char message[2 + CIPHERED - CHECKSUM_BYTES] = "Ed";

        memcpy(message + 2, raw + AT_ID, CIPHERED - CHECKSUM_BYTES);
        crypto_generichash(out, CHECKSUM_BYTES, message, sizeof message, NULL, 0);
        sodium_memzero(message, sizeof message);
}

/* XORs the secret part with scrypt's output: encrypts and decrypts. */
static int cipher(unsigned char *raw, const char *password, struct err *e)
{
        unsigned char *stream = secret_alloc(CIPHERED);
        uint64_t memory = load64(raw + AT_MEMORY);
        int ret = -1;

        if (crypto_pwhash_scryptsalsa208sha256(stream, CIPHERED, password, strlen(password),
                raw + AT_SALT, load64(raw + AT_OPERATIONS), (size_t)memory) != 0) {
                err_set(e, ERR_FAILED,
                    "no memory to turn the password into a key: %llu MiB must be free",
                    (unsigned long long)(memory / MIB));
                goto out;
        }
        for (size_t i = 0; i < CIPHERED; i++)
                raw[AT_ID + i] ^= stream[i];
        ret = 0;
out:
        secret_free(stream);
        return ret;
}

/* How many of the bytes of the stored public key are those that the seed gives. */
static int agreement(const unsigned char *raw)
{
        unsigned char *key = secret_alloc(crypto_sign_SECRETKEYBYTES);
        const unsigned char *stored = raw + AT_KEY + crypto_sign_SEEDBYTES;
        unsigned char public[PUBLIC_KEY_BYTES];
        int same = 0;

        crypto_sign_seed_keypair(public, key, raw + AT_KEY);
        for (int i = 0; i < PUBLIC_KEY_BYTES; i++)
                if (public[i] == stored[i])
                        same++;
        secret_free(key);
        return same;
}

/* What the clear and the encrypted form share. Returns the 158 bytes in secret memory, or NULL. */
static unsigned char *decode(const char *text, size_t len, struct err *e)
{
        unsigned char *raw = NULL;
        const char *line = NULL;
        size_t line_len = 0;
        int ret = -1;

        if (key_file_line(text, len, false, WHAT, &line, &line_len, e) < 0)
                return NULL;
        raw = secret_alloc(ENCODED);
        if (line_len == PUBLIC_KEY_LINE - 1)
                err_set(e, ERR_REFUSED, "this is a public key; give the secret key made with it");
        else if (base64_decode(raw, ENCODED, line, line_len) < 0)
                err_set(e, ERR_REFUSED,
                    "damaged " WHAT ": its second line has to be %d characters of base64; "
                    "restore it from a copy",
                    (int)BASE64_SIZE(ENCODED) - 1);
        else if (memcmp(raw + AT_ALGORITHM, "Ed", 2) != 0 ||
                 memcmp(raw + AT_CHECKSUM_ALGORITHM, "B2", 2) != 0)
                err_set(e, ERR_REFUSED, "not a " WHAT ": unknown algorithm");
        else if (memcmp(raw + AT_KDF, "Sc", 2) != 0 && memcmp(raw + AT_KDF, "\0\0", 2) != 0)
                err_set(e, ERR_REFUSED, "not a " WHAT ": unknown kind of password protection");
        else
                ret = 0;
        if (ret < 0) {
                secret_free(raw);
                raw = NULL;
        }
        return raw;
}

int secret_key_is_encrypted(const char *text, size_t len, struct err *e)
{
        unsigned char *raw = decode(text, len, e);
        int encrypted;

        if (!raw)
                return -1;
        encrypted = raw[AT_KDF] != 0;
        secret_free(raw);
        return encrypted;
}

/* Before any work is done at the file's bidding. */
static int check_cost(const struct scrypt_cost *cost, struct err *e)
{
        if (cost->memory > LIMIT_SCRYPT_MEMORY || cost->operations > LIMIT_SCRYPT_OPS)
                return err_set(e, ERR_REFUSED,
                    "the key file asks for %llu MiB of memory and %llu operations to check a "
                    "password; the limits are %llu MiB and %llu, and no minisign asks for more",
                    (unsigned long long)(cost->memory / MIB), (unsigned long long)cost->operations,
                    (unsigned long long)(LIMIT_SCRYPT_MEMORY / MIB),
                    (unsigned long long)LIMIT_SCRYPT_OPS);
        if (cost->memory < scrypt_cost_least.memory ||
            cost->operations < scrypt_cost_least.operations)
                return err_set(e, ERR_REFUSED,
                    "damaged " WHAT ": it asks for less work on a password than any minisign "
                    "does; restore it from a copy");
        return 0;
}

static int decrypt(unsigned char *raw, const char *password, struct err *e)
{
        struct scrypt_cost cost = {load64(raw + AT_OPERATIONS), load64(raw + AT_MEMORY)};

        if (check_cost(&cost, e) < 0)
                return -1;
        if (!password)
                return err_set(e, ERR_USAGE, "the secret key is protected by a password");
        if (strlen(password) > LIMIT_PASSWORD)
                return err_set(
                    e, ERR_USAGE, "the password is longer than %d bytes", LIMIT_PASSWORD);
        return cipher(raw, password, e);
}

/* The plain values. A wrong password makes all of them noise, damage only some of them. */
static int check_plain(const unsigned char *raw, bool encrypted, struct err *e)
{
        unsigned char sum[CHECKSUM_BYTES];
        int same = agreement(raw);
        bool summed = encrypted || !sodium_is_zero(raw + AT_CHECKSUM, CHECKSUM_BYTES);
        bool sum_right = true;

        if (summed) { /* `minisign -W` leaves it zero, `minisign -C -W` in place */
                checksum(raw, sum);
                sum_right = sodium_memcmp(sum, raw + AT_CHECKSUM, CHECKSUM_BYTES) == 0;
                sodium_memzero(sum, sizeof sum);
        }
        if (sum_right && same == PUBLIC_KEY_BYTES)
                return 0;
        /* Noise agrees in 8 of 32 bytes with a chance of 1 in 10^12. */
        if (encrypted && same < 8 && !sum_right)
                return err_set(e, ERR_FAILED,
                    "wrong password (or the secret key file is damaged; try a copy of it)");
        return err_set(e, ERR_REFUSED,
            "damaged " WHAT ": its parts do not belong together; restore it from a copy");
}

struct secret_key *secret_key_parse(
    const char *text, size_t len, const char *password, struct err *e)
{
        unsigned char *raw = decode(text, len, e);
        struct secret_key *key = NULL;
        bool encrypted;

        if (!raw)
                return NULL;
        encrypted = raw[AT_KDF] != 0;
        if (encrypted && decrypt(raw, password, e) < 0)
                goto out;
        if (check_plain(raw, encrypted, e) < 0)
                goto out;
        key = secret_alloc(sizeof *key);
        memcpy(key->id, raw + AT_ID, sizeof key->id);
        memcpy(key->key, raw + AT_KEY, sizeof key->key);
        sodium_mprotect_readonly(key);
out:
        secret_free(raw);
        return key;
}

struct secret_key *secret_key_generate(void)
{
        struct secret_key *key = secret_alloc(sizeof *key);
        unsigned char public[PUBLIC_KEY_BYTES];

        randombytes_buf(key->id, sizeof key->id);
        crypto_sign_keypair(public, key->key);
        sodium_mprotect_readonly(key);
        return key;
}

void secret_key_free(struct secret_key *key)
{
        secret_free(key);
}

static int encrypt(
    unsigned char *raw, const char *password, const struct scrypt_cost *cost, struct err *e)
{
        if (strlen(password) > LIMIT_PASSWORD)
                return err_set(
                    e, ERR_USAGE, "the password is longer than %d bytes", LIMIT_PASSWORD);
        if (check_cost(cost, e) < 0)
                return -1;
        raw[AT_KDF] = 'S';
        raw[AT_KDF + 1] = 'c';
        randombytes_buf(raw + AT_SALT, SALT_BYTES);
        store64(raw + AT_OPERATIONS, cost->operations);
        store64(raw + AT_MEMORY, cost->memory);
        checksum(raw, raw + AT_CHECKSUM);
        return cipher(raw, password, e);
}

char *secret_key_format(const struct secret_key *key, const char *password,
    const struct scrypt_cost *cost, struct err *e)
{
        unsigned char *raw = secret_alloc(ENCODED);
        size_t header = strlen(HEADER), line = BASE64_SIZE((size_t)ENCODED) - 1;
        char *text = NULL;

        memcpy(raw + AT_ALGORITHM, "Ed", 2);
        memcpy(raw + AT_CHECKSUM_ALGORITHM, "B2", 2);
        memcpy(raw + AT_ID, key->id, sizeof key->id);
        memcpy(raw + AT_KEY, key->key, sizeof key->key);
        if (password && encrypt(raw, password, cost, e) < 0)
                goto out;
        text = secret_alloc(header + line + 2); /* zeroed: ends with the NUL */
        memcpy(text, HEADER, sizeof HEADER);
        base64_encode(text + header, raw, ENCODED);
        text[header + line] = '\n';
out:
        secret_free(raw);
        return text;
}

void secret_key_public(const struct secret_key *key, struct public_key *out)
{
        memcpy(out->id, key->id, sizeof out->id);
        memcpy(out->bytes, key->key + crypto_sign_SEEDBYTES, sizeof out->bytes);
}

void secret_key_sign(const struct secret_key *key, const void *message, size_t len,
    unsigned char out[SIGNATURE_BYTES])
{
        crypto_sign_detached(out, NULL, message, len, key->key);
}
