#include "bundle/key.h"

#include <inttypes.h>
#include <sodium.h>

#include "bundle/base64.h"
#include "bundle/limit.h"

#define COMMENT "untrusted comment: "
#define ENCODED (2 + KEY_ID_SIZE + PUBLIC_KEY_BYTES) /* "Ed", id, key */
#define SECRET_KEY_LINE 212                          /* characters; only to name a mistake */
#define SIGNATURE_LINE 100

static uint64_t id_number(const unsigned char id[KEY_ID_SIZE])
{
        uint64_t number = 0;

        for (int i = KEY_ID_SIZE; i-- > 0;)
                number = number << 8 | id[i];
        return number;
}

void key_id_format(char out[KEY_ID_TEXT], const unsigned char id[KEY_ID_SIZE])
{
        snprintf(out, KEY_ID_TEXT, "%016" PRIX64, id_number(id));
}

int key_id_parse(unsigned char id[KEY_ID_SIZE], const char *text)
{
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        uint64_t number = 0;
        size_t len = strlen(text);

        if (len < 1 || len > KEY_ID_TEXT - 1)
                return -1;
        for (size_t i = 0; i < len; i++) {
                const char *digit = strchr(digits, text[i]);

                if (!digit)
                        return -1;
                number = number << 4 | (uint64_t)((digit - digits) & 15);
        }
        for (int i = 0; i < KEY_ID_SIZE; i++)
                id[i] = (unsigned char)(number >> 8 * i);
        return 0;
}

/* The line at *text, without its end; moves *text past it. */
static size_t next_line(const char **text, size_t *len)
{
        const char *start = *text, *end = memchr(start, '\n', *len);
        size_t line = end ? (size_t)(end - start) : *len;
        size_t used = end ? line + 1 : line;

        *text += used;
        *len -= used;
        if (end && line && start[line - 1] == '\r')
                line--;
        return line;
}

int key_file_line(const char *text, size_t len, bool bare, const char *what, const char **line,
    size_t *line_len, struct err *e)
{
        size_t comment = strlen(COMMENT), first;

        if (len > LIMIT_KEY_FILE)
                return err_set(e, ERR_REFUSED,
                    "not a %s: %zu bytes, and such a file has fewer than 300", what, len);
        *line = text;
        first = next_line(&text, &len);
        if (first >= comment && memcmp(*line, COMMENT, comment) == 0) {
                *line = text;
                *line_len = next_line(&text, &len);
        } else if (bare) {
                *line_len = first;
        } else {
                return err_set(e, ERR_REFUSED,
                    "not a %s: the first line does not begin with \"" COMMENT "\"", what);
        }
        if (len)
                return err_set(e, ERR_REFUSED, "not a %s: there is text after the key", what);
        return 0;
}

int public_key_parse(struct public_key *key, const char *text, size_t len, struct err *e)
{
        unsigned char raw[ENCODED];
        const char *line = NULL;
        size_t line_len = 0;

        if (key_file_line(text, len, true, "minisign public key", &line, &line_len, e) < 0)
                return -1;
        if (line_len == SECRET_KEY_LINE)
                return err_set(e, ERR_REFUSED,
                    "this is a secret key; give the public key (the .pub file) made with it");
        if (line_len == SIGNATURE_LINE)
                return err_set(e, ERR_REFUSED, "this is a signature, not a public key");
        if (base64_decode(raw, sizeof raw, line, line_len) < 0)
                return err_set(e, ERR_REFUSED,
                    "not a minisign public key: its line has to be %d characters of base64 that "
                    "begin with RW; copy it again",
                    PUBLIC_KEY_LINE - 1);
        if (memcmp(raw, "Ed", 2) != 0)
                return err_set(e, ERR_REFUSED,
                    "not a minisign public key: unknown algorithm 0x%02x%02x", raw[0], raw[1]);
        if (!crypto_core_ed25519_is_valid_point(raw + 2 + KEY_ID_SIZE))
                return err_set(e, ERR_REFUSED,
                    "damaged public key: its bytes are no Ed25519 key; copy it again");
        memcpy(key->id, raw + 2, KEY_ID_SIZE);
        memcpy(key->bytes, raw + 2 + KEY_ID_SIZE, PUBLIC_KEY_BYTES);
        return 0;
}

void public_key_line(const struct public_key *key, char out[PUBLIC_KEY_LINE])
{
        unsigned char raw[ENCODED] = "Ed";

        memcpy(raw + 2, key->id, KEY_ID_SIZE);
        memcpy(raw + 2 + KEY_ID_SIZE, key->bytes, PUBLIC_KEY_BYTES);
        base64_encode(out, raw, sizeof raw);
}

size_t public_key_format(const struct public_key *key, char out[PUBLIC_KEY_TEXT])
{
        char line[PUBLIC_KEY_LINE];

        public_key_line(key, line);
        /* minisign 0.11 prints the id with %lX: no leading zeros */
        return (size_t)snprintf(out, PUBLIC_KEY_TEXT,
            COMMENT "minisign public key %" PRIX64 "\n%s\n", id_number(key->id), line);
}

bool public_key_equal(const struct public_key *a, const struct public_key *b)
{
        return memcmp(a->bytes, b->bytes, PUBLIC_KEY_BYTES) == 0;
}
