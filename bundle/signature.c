#include "bundle/signature.h"

#include <assert.h>
#include <sodium.h>

#include "bundle/base64.h"

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "
#define HEADER UNTRUSTED "signature from minisign secret key\n"
#define ENCODED (2 + KEY_ID_SIZE + SIGNATURE_BYTES) /* "ED", id, signature */

/* What the comment's signature covers: the file's signature, then the comment. */
struct comment_message {
        unsigned char bytes[SIGNATURE_BYTES + LIMIT_TRUSTED_COMMENT];
        size_t len;
};

static void comment_message(struct comment_message *m, const struct signature *s)
{
        size_t len = strlen(s->trusted_comment);

        memcpy(m->bytes, s->bytes, SIGNATURE_BYTES);
        memcpy(m->bytes + SIGNATURE_BYTES, s->trusted_comment, len);
        m->len = SIGNATURE_BYTES + len;
}

static bool printable(const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if ((text[i] < ' ' && text[i] != '\t') || text[i] > '~')
                        return false;
        return true;
}

int signature_make(struct signature *s, const struct secret_key *key,
    const unsigned char hash[PREHASH_SIZE], const char *trusted_comment, struct err *e)
{
        size_t len = strlen(trusted_comment);
        struct comment_message m;
        struct public_key public;

        if (len > LIMIT_TRUSTED_COMMENT || !printable(trusted_comment, len))
                return err_set(e, ERR_USAGE,
                    "a trusted comment is up to %d printable ASCII characters and tabs",
                    LIMIT_TRUSTED_COMMENT);
        secret_key_public(key, &public);
        memcpy(s->key_id, public.id, KEY_ID_SIZE);
        memcpy(s->trusted_comment, trusted_comment, len + 1);
        secret_key_sign(key, hash, PREHASH_SIZE, s->bytes);
        comment_message(&m, s);
        secret_key_sign(key, m.bytes, m.len, s->comment_bytes);
        return 0;
}

size_t signature_format(const struct signature *s, char out[SIGNATURE_TEXT])
{
        unsigned char raw[ENCODED] = "ED";
        char file[BASE64_SIZE(ENCODED)], comment[BASE64_SIZE(SIGNATURE_BYTES)];

        memcpy(raw + 2, s->key_id, KEY_ID_SIZE);
        memcpy(raw + 2 + KEY_ID_SIZE, s->bytes, SIGNATURE_BYTES);
        base64_encode(file, raw, sizeof raw);
        base64_encode(comment, s->comment_bytes, SIGNATURE_BYTES);
        return (size_t)snprintf(out, SIGNATURE_TEXT, HEADER "%s\n" TRUSTED "%s\n%s\n", file,
            s->trusted_comment, comment);
}

struct line {
        const char *text;
        size_t len;
};

/* Four lines, each with its LF, and not a byte more. */
static int split(const char *text, size_t len, struct line lines[4], struct err *e)
{
        for (int i = 0; i < 4; i++) {
                const char *end = memchr(text, '\n', len);

                if (!end)
                        return err_set(e, ERR_REFUSED,
                            "cut short: line %d of 4 does not end; copy the file again", i + 1);
                lines[i] = (struct line){text, (size_t)(end - text)};
                if (memchr(text, '\r', lines[i].len))
                        return err_set(e, ERR_REFUSED,
                            "line %d has a Windows line end; copy the file in binary mode", i + 1);
                len -= lines[i].len + 1;
                text = end + 1;
        }
        if (len)
                return err_set(e, ERR_REFUSED,
                    "%zu bytes follow the signature, and no signature covers them", len);
        return 0;
}

/* Takes the prefix off a comment line. */
static int comment(struct line *line, int number, const char *prefix, size_t limit, struct err *e)
{
        size_t n = strlen(prefix);

        if (line->len < n || memcmp(line->text, prefix, n) != 0)
                return err_set(e, ERR_REFUSED,
                    "not a minisign signature: line %d does not begin with \"%s\"", number, prefix);
        line->text += n;
        line->len -= n;
        if (line->len > limit)
                return err_set(e, ERR_REFUSED,
                    "the comment on line %d has %zu bytes, more than %zu", number, line->len,
                    limit);
        if (!printable(line->text, line->len))
                return err_set(e, ERR_REFUSED,
                    "the comment on line %d holds characters other than printable ASCII and tabs",
                    number);
        return 0;
}

static int algorithm(const unsigned char *raw, struct err *e)
{
        if (memcmp(raw, "ED", 2) == 0)
                return 0;
        if (memcmp(raw, "Ed", 2) == 0)
                return err_set(e, ERR_REFUSED,
                    "a legacy signature (algorithm Ed), which can be passed off as another file's; "
                    "have it signed again without minisign's -l");
        return err_set(e, ERR_REFUSED, "not a minisign signature: unknown algorithm 0x%02x%02x",
            raw[0], raw[1]);
}

int signature_parse(struct signature *s, const char *text, size_t len, struct err *e)
{
        struct line lines[4] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}};
        unsigned char raw[ENCODED];

        if (len == 0)
                return err_set(e, ERR_REFUSED, "the signature file is empty; copy it again");
        if (len > LIMIT_SIGNATURE)
                return err_set(e, ERR_REFUSED, "not a minisign signature: %zu bytes", len);
        if (split(text, len, lines, e) < 0 ||
            comment(&lines[0], 1, UNTRUSTED, LIMIT_UNTRUSTED_COMMENT, e) < 0 ||
            comment(&lines[2], 3, TRUSTED, LIMIT_TRUSTED_COMMENT, e) < 0)
                return -1;
        if (base64_decode(raw, sizeof raw, lines[1].text, lines[1].len) < 0)
                return err_set(e, ERR_REFUSED,
                    "damaged: line 2 is not the base64 text of a signature; copy the file again");
        if (algorithm(raw, e) < 0)
                return -1;
        if (base64_decode(s->comment_bytes, SIGNATURE_BYTES, lines[3].text, lines[3].len) < 0)
                return err_set(e, ERR_REFUSED,
                    "damaged: line 4 is not the base64 text of a signature; copy the file again");
        memcpy(s->key_id, raw + 2, KEY_ID_SIZE);
        memcpy(s->bytes, raw + 2 + KEY_ID_SIZE, SIGNATURE_BYTES);
        memcpy(s->trusted_comment, lines[2].text, lines[2].len);
        s->trusted_comment[lines[2].len] = '\0';
        return 0;
}

static bool made_by(
    const struct signature *s, const unsigned char hash[PREHASH_SIZE], const struct public_key *key)
{
        struct comment_message m;

        comment_message(&m, s);
        return crypto_sign_verify_detached(s->bytes, hash, PREHASH_SIZE, key->bytes) == 0 &&
               crypto_sign_verify_detached(s->comment_bytes, m.bytes, m.len, key->bytes) == 0;
}

enum signature_state signature_verify(const struct signature *s,
    const unsigned char hash[PREHASH_SIZE], const struct public_key *keys, size_t key_count,
    size_t *which)
{
        enum signature_state state = SIGNATURE_UNKNOWN_KEY;

        for (size_t i = 0; i < key_count; i++) {
                if (memcmp(keys[i].id, s->key_id, KEY_ID_SIZE) != 0)
                        continue;
                if (made_by(s, hash, &keys[i])) {
                        *which = i;
                        return SIGNATURE_GOOD;
                }
                state = SIGNATURE_BAD;
        }
        return state;
}

/* One text of several: marks its key, or sets *e. */
static enum signature_state judge(const struct signature_text *text,
    const unsigned char hash[PREHASH_SIZE], const struct public_key *keys, size_t key_count,
    bool *signed_by, struct err *e)
{
        struct signature s;
        enum signature_state state;
        char id[KEY_ID_TEXT];
        size_t which = 0;

        if (signature_parse(&s, text->text, text->len, e) < 0) {
                err_prefix(e, "%s", text->name);
                return SIGNATURE_BAD;
        }
        key_id_format(id, s.key_id);
        state = signature_verify(&s, hash, keys, key_count, &which);
        if (state == SIGNATURE_GOOD)
                signed_by[which] = true;
        else if (state == SIGNATURE_BAD)
                err_set(e, ERR_REFUSED,
                    "%s: bad signature by key %s: the file or the signature was changed, or they "
                    "do not belong together; fetch both again from the sender",
                    text->name, id);
        else
                err_set(e, ERR_REFUSED,
                    "%s: signed by key %s, which is not trusted here; if the sender confirms that "
                    "key over another channel, add it to the trust list",
                    text->name, id);
        return state;
}

/* Distinct keys, whatever their ids. */
static size_t count_signers(const struct public_key *keys, size_t key_count, const bool *signed_by)
{
        size_t count = 0;

        for (size_t i = 0; i < key_count; i++) {
                bool seen = !signed_by[i];

                for (size_t j = 0; j < i && !seen; j++)
                        seen = signed_by[j] && public_key_equal(&keys[i], &keys[j]);
                if (!seen)
                        count++;
        }
        return count;
}

int signatures_verify(const struct signature_text *texts, size_t count,
    const unsigned char hash[PREHASH_SIZE], const struct public_key *keys, size_t key_count,
    struct verdict *v, struct err *e)
{
        struct verdict so_far = {.state = SIGNATURE_ABSENT};

        assert(key_count <= LIMIT_TRUST_KEYS);
        *v = so_far;
        if (count == 0) {
                err_set(e, ERR_REFUSED,
                    "it is not signed: no signature is beside it; ask the sender for a signed one");
                return err_cause(e, "unsigned");
        }
        v->state = SIGNATURE_BAD;
        if (count > LIMIT_SIGNATURES) {
                err_set(e, ERR_REFUSED, "%zu signature files are beside it; the limit is %d", count,
                    LIMIT_SIGNATURES);
                return err_cause(e, "bad-signature");
        }
        for (size_t i = 0; i < count; i++) {
                v->culprit = i;
                switch (judge(&texts[i], hash, keys, key_count, so_far.signed_by, e)) {
                case SIGNATURE_GOOD:
                        break;
                case SIGNATURE_UNKNOWN_KEY:
                        so_far.unknown++;
                        break;
                default:
                        return err_cause(e, "bad-signature");
                }
        }
        so_far.signers = count_signers(keys, key_count, so_far.signed_by);
        so_far.state = so_far.signers ? SIGNATURE_GOOD : SIGNATURE_UNKNOWN_KEY;
        *v = so_far;
        return so_far.signers ? 0 : err_cause(e, "unknown-key");
}
