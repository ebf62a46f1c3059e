/*
 * Secret keys in minisign's format, in the clear or under a password, readable
 * by stock minisign and the other way round. A key lives in memory that is
 * guarded and zeroed (secret.h).
 *
 *     switch (secret_key_is_encrypted(text, len, e)) {
 *     case 1: ... obtain the password (password.h)
 *     case 0: ... password = NULL
 *     }
 *     key = secret_key_parse(text, len, password, e);
 *     signature_make(&s, key, ...);
 *     secret_key_free(key);
 *
 * The clear form's protection is the file's mode. The other form asks scrypt
 * for as much memory and work as the file says (minisign's own default: 1 GiB and some
 * 4 s), and never for more than LIMIT_SCRYPT_*.
 */
#ifndef BUNDLE_SECRET_KEY_H
#define BUNDLE_SECRET_KEY_H

#include <stdint.h>

#include "bundle/err.h"
#include "bundle/key.h"

struct secret_key;

/* What opening a password-protected key costs, in scrypt's terms. */
struct scrypt_cost {
        uint64_t operations;
        uint64_t memory; /* bytes */
};

extern const struct scrypt_cost scrypt_cost_default; /* minisign's */
extern const struct scrypt_cost scrypt_cost_least;   /* the least that libsodium allows: tests */

struct secret_key *secret_key_generate(void);
void secret_key_free(struct secret_key *key); /* accepts NULL */

/* Does this key file need a password? 1 yes, 0 no, -1 it is no secret key file (ERR_REFUSED). */
int secret_key_is_encrypted(const char *text, size_t len, struct err *e);

/*
 * Reads a secret key file; password is NULL or NUL-terminated. NULL on error:
 *   ERR_FAILED   the password is wrong, or the machine lacks the memory that the file asks for
 *   ERR_USAGE    a password is needed and none was given
 *   ERR_REFUSED  no secret key file, damaged, or it asks for more than LIMIT_SCRYPT_*
 * Damage to the seed itself cannot be told from a wrong password; the message says so.
 */
struct secret_key *secret_key_parse(
    const char *text, size_t len, const char *password, struct err *e);

/*
 * The text of a secret key file, in secret memory: the caller frees it with secret_free().
 * With password NULL the key is stored in the clear (minisign -W). NULL on error: ERR_USAGE for
 * a password over LIMIT_PASSWORD, ERR_FAILED when scrypt's memory is not to be had.
 */
char *secret_key_format(const struct secret_key *key, const char *password,
    const struct scrypt_cost *cost, struct err *e);

void secret_key_public(const struct secret_key *key, struct public_key *out);

/*
 * A bare Ed25519 signature over message. For signature.c alone: a key that signs anything but
 * minisign's two messages can be made to sign one of them for somebody else.
 */
#define SIGNATURE_BYTES 64
void secret_key_sign(const struct secret_key *key, const void *message, size_t len,
    unsigned char out[SIGNATURE_BYTES]);

#endif
