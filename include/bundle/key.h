/*
 * Public keys in minisign's format, byte for byte as minisign 0.11 writes them.
 *
 *     struct public_key key;
 *     if (public_key_parse(&key, text, len, e) < 0) ...
 *
 * A key is its 32 Ed25519 bytes. The key id beside them is random and no
 * signature covers it: it finds a key quickly, two keys may share one, and
 * nothing is ever decided by it. Compare keys with public_key_equal().
 *
 * Errors are ERR_REFUSED, without the file's name: the caller puts it in front.
 */
#ifndef BUNDLE_KEY_H
#define BUNDLE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/err.h"

#define KEY_ID_SIZE 8
#define KEY_ID_TEXT 17 /* 16 upper-case hexadecimal digits and the NUL */
#define PUBLIC_KEY_BYTES 32
#define PUBLIC_KEY_LINE 57  /* "RW...", 56 characters, and the NUL */
#define PUBLIC_KEY_TEXT 114 /* a public key file with the longest id, and the NUL */

struct public_key {
        unsigned char id[KEY_ID_SIZE];
        unsigned char bytes[PUBLIC_KEY_BYTES]; /* Ed25519, RFC 8032 */
};

/*
 * Reads a public key file (the comment line, then the key line; the last line
 * end may be missing, CR LF is accepted), or the key line alone. A key that is
 * no point of the curve's main subgroup is refused.
 */
int public_key_parse(struct public_key *key, const char *text, size_t len, struct err *e);

/* The key line alone, without a line end: what `minisign -P` takes. */
void public_key_line(const struct public_key *key, char out[PUBLIC_KEY_LINE]);

/* A whole public key file. Returns its length. */
size_t public_key_format(const struct public_key *key, char out[PUBLIC_KEY_TEXT]);

/* Are these the same Ed25519 key, whatever their ids? */
bool public_key_equal(const struct public_key *a, const struct public_key *b);

/*
 * A key id as people see it: the bytes read as a little-endian number, in 16
 * digits. (minisign itself leaves out leading zeros; so does public_key_format.)
 */
void key_id_format(char out[KEY_ID_TEXT], const unsigned char id[KEY_ID_SIZE]);

/* Reads 1 to 16 digits, either case. 0, or -1. */
int key_id_parse(unsigned char id[KEY_ID_SIZE], const char *text);

/*
 * Shared by the key readers: finds the base64 line of a key file of any kind.
 * *line points into text, *line_len excludes the line end. `what` names the kind in errors.
 * A single line is accepted when `bare` is set.
 */
int key_file_line(const char *text, size_t len, bool bare, const char *what, const char **line,
    size_t *line_len, struct err *e);

#endif
