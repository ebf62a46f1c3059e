#include "bundle/trust_list.h"

#include "bundle/mem.h"

#define SIGNATURE_LINES 4

/* The end of the next `lines` lines, or NULL. */
static const char *after_lines(const char *text, size_t len, int lines)
{
        const char *end = text + len;

        while (lines-- > 0) {
                const char *lf = memchr(text, '\n', (size_t)(end - text));

                if (!lf)
                        return NULL;
                text = lf + 1;
        }
        return text;
}

static int split_signatures(struct trust_list *out, const char *text, size_t len, struct err *e)
{
        while (len) {
                const char *next = after_lines(text, len, SIGNATURE_LINES);
                size_t n = out->signature_count;

                if (n == LIMIT_SIGNATURES)
                        return err_set(e, ERR_REFUSED, "the trust list has more than %d signatures",
                            LIMIT_SIGNATURES);
                if (!next)
                        return err_set(e, ERR_REFUSED,
                            "the trust list is cut short, or text was added; copy it again");
                snprintf(out->names[n], sizeof out->names[n], "signature %zu", n + 1);
                out->signatures[n] =
                    (struct signature_text){out->names[n], text, (size_t)(next - text)};
                out->signature_count++;
                len -= (size_t)(next - text);
                text = next;
        }
        return 0;
}

int trust_list_split(struct trust_list *out, const char *text, size_t len, struct err *e)
{
        size_t magic = strlen(TRUST_LIST_MAGIC);
        const char *end;

        *out = (struct trust_list){.text = text};
        if (len > LIMIT_TRUST_LIST)
                return err_set(e, ERR_REFUSED, "no trust list: %zu bytes are too many", len);
        if (len < magic || memcmp(text, TRUST_LIST_MAGIC, magic) != 0)
                return err_set(e, ERR_REFUSED, "no trust list: its first line is not \"%.17s\"",
                    TRUST_LIST_MAGIC);
        end = after_lines(text, len, 2);
        if (!end)
                return err_set(e, ERR_REFUSED, "the trust list is cut short; copy it again");
        out->len = (size_t)(end - text);
        out->json = text + magic;
        out->json_len = out->len - magic - 1;
        sha256(text, out->len, out->sha256);
        prehash(text, out->len, out->hash);
        return split_signatures(out, end, len - out->len, e);
}

/* Could bundles and a next list be signed by its keys? */
static int check_usable(const struct trust *t, struct err *e)
{
        if (t->number < 1 || !t->issued || t->has_previous != (t->number > 1))
                return err_set(e, ERR_REFUSED,
                    "trust list: its number, time and the list before it do not fit together");
        if (trust_active(t, TRUST_BUNDLES) < t->threshold ||
            trust_active(t, TRUST_LISTS) < t->list_threshold)
                return err_set(e, ERR_REFUSED,
                    "trust list %lld of stream %s needs more signatures than it has keys that are not "
                    "revoked",
                    (long long)t->number, t->stream);
        return 0;
}

int trust_list_parse(const struct trust_list *list, struct trust *out, struct err *e)
{
        if (trust_from_json(out, list->json, list->json_len, e) < 0)
                return -1;
        return check_usable(out, e);
}

int trust_list_format(const struct trust *t, struct buf *out, struct err *e)
{
        if (check_usable(t, e) < 0) {
                e->code = ERR_USAGE;
                return -1;
        }
        if (buf_adds(out, TRUST_LIST_MAGIC) < 0 || trust_to_json(t, out, e) < 0 ||
            buf_addc(out, '\n') < 0)
                return e->code ? -1 : err_set(e, ERR_FAILED, "the trust list is too large");
        return 0;
}

bool trust_list_signed_by(const struct trust_list *list, const struct public_key *key)
{
        for (size_t i = 0; i < list->signature_count; i++) {
                const struct signature_text *text = &list->signatures[i];
                struct err ignored = ERR_INIT;
                struct signature s;
                size_t which;

                if (signature_parse(&s, text->text, text->len, &ignored) == 0 &&
                    signature_verify(&s, list->hash, key, 1, &which) == SIGNATURE_GOOD)
                        return true;
        }
        return false;
}

static int add_signature(struct buf *text, const struct trust_list *list, const struct trust *t,
    const struct secret_key *key, struct err *e)
{
        char comment[LIMIT_NAME + 80], added[SIGNATURE_TEXT], id[KEY_ID_TEXT];
        struct public_key public;
        struct signature s;

        secret_key_public(key, &public);
        key_id_format(id, public.id);
        if (trust_list_signed_by(list, &public))
                return err_set(e, ERR_USAGE, "key %s has signed this list already", id);
        if (list->signature_count == LIMIT_SIGNATURES)
                return err_set(e, ERR_USAGE, "the list has %d signatures, as many as it may",
                    LIMIT_SIGNATURES);
        snprintf(comment, sizeof comment, "stream:%s\ttrust-list:%lld\thashed", t->stream,
            (long long)t->number);
        if (signature_make(&s, key, list->hash, comment, e) < 0)
                return -1;
        if (buf_add(text, added, signature_format(&s, added)) < 0)
                return err_set(e, ERR_USAGE, "the list has no room for another signature");
        return 0;
}

int trust_list_sign(struct buf *text, const struct secret_key *key, struct err *e)
{
        struct trust_list *list = xmalloc(sizeof *list);
        struct trust *t = xmalloc(sizeof *t);
        int ret = -1;

        if (trust_list_split(list, text->data, text->len, e) == 0 &&
            trust_list_parse(list, t, e) == 0)
                ret = add_signature(text, list, t, key, e);
        free(list);
        free(t);
        return ret;
}

int trust_list_verify_self(const struct trust_list *list, const struct trust *t, struct err *e)
{
        struct verdict v;

        if (trust_verify_list(t, list->signatures, list->signature_count, list->hash, &v, e) < 0)
                return err_prefix(e, "trust list %lld", (long long)t->number);
        return 0;
}

/* Number, epoch and previous: is it the one after *t? */
static int check_place(
    const struct trust *t, const unsigned char *in_force, const struct trust *next, struct err *e)
{
        if (t->number && next->number != t->number + 1) {
                err_set(e, ERR_REFUSED,
                    "trust list %lld of stream %s does not follow list %lld, which is in force here",
                    (long long)next->number, t->stream, (long long)t->number);
                return err_cause(e, "trust-gap");
        }
        if (t->number && memcmp(next->previous, in_force, SHA256_SIZE) != 0) {
                err_set(e, ERR_REFUSED,
                    "fork: trust list %lld of stream %s follows another list %lld than the one in force "
                    "here; find out why before importing more",
                    (long long)next->number, t->stream, (long long)t->number);
                return err_cause(e, "trust-fork");
        }
        if (next->epoch < t->epoch || (t->number && next->epoch > t->epoch + 1)) {
                err_set(e, ERR_REFUSED,
                    "trust list %lld of stream %s is of epoch %lld; here epoch %lld has begun",
                    (long long)next->number, t->stream, (long long)next->epoch,
                    (long long)t->epoch);
                return err_cause(e, "trust-fork");
        }
        return 0;
}

/* Limits are numbers of an epoch: they stay, and a new epoch must not bring a revoked key back. */
static int keep_limit(
    struct trust *next, const struct public_key *key, int64_t epoch, uint64_t seq, struct err *e)
{
        struct trust_key *now = trust_find(next, key);
        char id[KEY_ID_TEXT];

        if (!now || !seq)
                return 0;
        if (next->epoch == epoch)
                return trust_revoke(next, now, seq, e);
        key_id_format(id, key->id);
        err_set(e, ERR_REFUSED,
            "trust list %lld of stream %s trusts key %s, which is revoked here; if it shall be "
            "trusted again, run dray trust remove %s %s first",
            (long long)next->number, next->stream, id, next->stream, id);
        return err_cause(e, "revoked-key");
}

/* Those of the list before, and those of this mirror, which the list before may not name. */
static int keep_limits(const struct trust *t, struct trust *next, struct err *e)
{
        for (size_t i = 0; i < t->count; i++) {
                const struct trust_key *k = &t->keys[i];

                if (keep_limit(next, &k->key, t->epoch, k->valid_up_to_seq, e) < 0)
                        return -1;
        }
        for (size_t i = 0; i < t->revoked_count; i++) {
                const struct trust_revoked *r = &t->revoked[i];

                if (keep_limit(next, &r->key, r->epoch, r->valid_up_to_seq, e) < 0)
                        return -1;
        }
        memcpy(next->revoked, t->revoked, sizeof next->revoked);
        next->revoked_count = t->revoked_count;
        return 0;
}

/* Signed by enough of *t's keys: the list behind it, checked. As trust_list_follow(). */
static int follow_signed(
    struct trust *t, const unsigned char *in_force, const struct trust_list *list, struct err *e)
{
        struct trust *next = xmalloc(sizeof *next);
        int ret = -1;

        if (trust_list_parse(list, next, e) < 0)
                goto out;
        if (strcmp(next->stream, t->stream) != 0) {
                ret = 0;
                goto out;
        }
        if (trust_list_verify_self(list, next, e) < 0 || check_place(t, in_force, next, e) < 0 ||
            keep_limits(t, next, e) < 0)
                goto out;
        *t = *next;
        ret = 1;
out:
        free(next);
        return ret;
}

int trust_list_follow(
    struct trust *t, const unsigned char *in_force, const struct trust_list *list, struct err *e)
{
        struct verdict v;

        if (trust_verify_list(t, list->signatures, list->signature_count, list->hash, &v, e) == 0)
                return follow_signed(t, in_force, list, e);
        if (t->number || v.state == SIGNATURE_BAD)
                return err_prefix(e, "the trust list after %lld", (long long)t->number);
        *e = (struct err)ERR_INIT;
        return 0;
}
