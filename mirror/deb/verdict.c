#include "mirror/deb/verdict.h"

#include <stdbool.h>
#include <strings.h>

#include "bundle/limit.h"

#define PREFIX "[GNUPG:] "

/* Digests that a signature may be made over: OpenPGP's numbers of SHA-256, 384, 512 and 224. */
static bool is_strong(const char *digest)
{
        return strcmp(digest, "8") == 0 || strcmp(digest, "9") == 0 || strcmp(digest, "10") == 0 ||
               strcmp(digest, "11") == 0;
}

struct judgement {
        size_t good;       /* signatures that count */
        bool bad, current; /* current: the signature at hand is good so far */
        const char *other; /* why one did not count */
        char key[48];      /* of that one */
};

/* The n-th word of a line, "" if there are not so many. */
static const char *word(const char *line, size_t n, char out[64])
{
        size_t len;

        while (n-- && *line && *line != '\n') {
                line += strcspn(line, " \n");
                line += strspn(line, " ");
        }
        len = strcspn(line, " \n");
        snprintf(out, 64, "%.*s", (int)(len < 63 ? len : 63), line);
        return out;
}

static bool is_listed(const char *fingerprint, const char *const *list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (strcasecmp(fingerprint, list[i]) == 0)
                        return true;
        return count == 0;
}

static void count_not(struct judgement *j, const char *why, const char *line)
{
        char key[64];

        j->other = why;
        snprintf(j->key, sizeof j->key, "%.40s", word(line, 1, key));
}

/* VALIDSIG <fingerprint> <date> <time> <expires> <version> 0 <algorithm> <digest> <class> <primary> */
static void judge_valid(
    struct judgement *j, const char *line, const char *const *fingerprints, size_t count)
{
        char fingerprint[64], primary[64], digest[64];

        if (!j->current)
                return;
        j->current = false;
        word(line, 1, fingerprint);
        word(line, 8, digest);
        word(line, 10, primary);
        if (!is_strong(digest))
                count_not(j, "made over a digest that is weak", line);
        else if (!is_listed(fingerprint, fingerprints, count) &&
                 !(*primary && is_listed(primary, fingerprints, count)))
                count_not(j, "by a key that is not among `fingerprints`", line);
        else
                j->good++;
}

static void judge_line(
    struct judgement *j, const char *line, const char *const *fingerprints, size_t count)
{
        char keyword[64], reason[64];

        word(line, 0, keyword);
        if (strcmp(keyword, "NEWSIG") == 0) {
                j->current = false;
        } else if (strcmp(keyword, "GOODSIG") == 0) {
                j->current = true;
        } else if (strcmp(keyword, "VALIDSIG") == 0) {
                judge_valid(j, line, fingerprints, count);
        } else if (strcmp(keyword, "BADSIG") == 0) {
                j->bad = true;
                count_not(j, "bad", line);
        } else if (strcmp(keyword, "EXPSIG") == 0) {
                count_not(j, "expired", line);
        } else if (strcmp(keyword, "EXPKEYSIG") == 0) {
                count_not(j, "by a key that has expired", line);
        } else if (strcmp(keyword, "REVKEYSIG") == 0) {
                count_not(j, "by a key that was revoked", line);
        } else if (strcmp(keyword, "ERRSIG") == 0) {
                /* the reason 9: no such public key */
                if (strcmp(word(line, 6, reason), "9") == 0)
                        count_not(j, "by a key that is not in the keyring", line);
                else
                        count_not(j, "of a kind that gpgv cannot check", line);
        }
}

int verdict_read(const char *status, const char *const *fingerprints, size_t count, struct err *e)
{
        struct judgement j = {0};

        while (*status) {
                if (strncmp(status, PREFIX, strlen(PREFIX)) == 0)
                        judge_line(&j, status + strlen(PREFIX), fingerprints, count);
                status += strcspn(status, "\n");
                status += *status == '\n';
        }
        if (j.good && !j.bad)
                return 0;
        if (!j.other)
                return err_set(e, ERR_REFUSED, "it is not signed");
        if (j.bad)
                return err_set(e, ERR_REFUSED,
                    "bad signature (key %s): it was changed after it was signed", j.key);
        return err_set(e, ERR_REFUSED, "its signature is %s (%s)", j.other, j.key);
}

/* -- the frame of a clearsigned message -- */

#define BEGIN "-----BEGIN PGP SIGNED MESSAGE-----"
#define SIGNATURE "-----BEGIN PGP SIGNATURE-----"
#define END "-----END PGP SIGNATURE-----"

static bool line_is(const char *at, const char *end, const char *wanted)
{
        size_t len = (size_t)(end - at);

        while (len && (at[len - 1] == '\r' || at[len - 1] == ' ' || at[len - 1] == '\t'))
                len--;
        return len == strlen(wanted) && memcmp(at, wanted, len) == 0;
}

int verdict_check_clearsigned(const char *text, size_t len, struct err *e)
{
        const char *at = text, *end = text + len, *next;
        enum { BEFORE, MESSAGE, IN_SIGNATURE, BEHIND } where = BEFORE;

        for (; at < end; at = next) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));
                const char *stop = newline ? newline : end;

                next = newline ? newline + 1 : end;
                if (where == BEFORE) {
                        if (!line_is(at, stop, BEGIN))
                                return err_set(
                                    e, ERR_REFUSED, "there is text before the signed message");
                        where = MESSAGE;
                } else if (where == MESSAGE && line_is(at, stop, SIGNATURE)) {
                        where = IN_SIGNATURE;
                } else if (where == IN_SIGNATURE && line_is(at, stop, END)) {
                        where = BEHIND;
                } else if (where == BEHIND && !line_is(at, stop, "")) {
                        return err_set(e, ERR_REFUSED, "there is text behind the signed message");
                } else if (line_is(at, stop, BEGIN)) {
                        return err_set(e, ERR_REFUSED, "there are two signed messages in it");
                }
        }
        return where == BEHIND ? 0 : err_set(e, ERR_REFUSED, "it is no clearsigned message");
}
