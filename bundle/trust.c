#include "bundle/trust.h"

#include "bundle/record.h"

static bool comment_fits(const char *comment)
{
        size_t len = strlen(comment);

        for (size_t i = 0; i < len; i++)
                if (comment[i] < ' ' || comment[i] > '~')
                        return false;
        return len <= LIMIT_TRUST_COMMENT;
}

int trust_init(struct trust *t, const char *stream, struct err *e)
{
        memset(t, 0, sizeof *t);
        if (name_check("stream", stream, e) < 0) {
                e->code = ERR_USAGE;
                return -1;
        }
        memcpy(t->stream, stream, strlen(stream) + 1);
        t->threshold = 1;
        return 0;
}

struct trust_key *trust_find(struct trust *t, const struct public_key *key)
{
        for (size_t i = 0; i < t->count; i++)
                if (public_key_equal(&t->keys[i].key, key))
                        return &t->keys[i];
        return NULL;
}

struct trust_key *trust_find_id(
    struct trust *t, const unsigned char id[KEY_ID_SIZE], size_t *matches)
{
        struct trust_key *first = NULL;

        *matches = 0;
        for (size_t i = t->count; i-- > 0;) {
                if (memcmp(t->keys[i].key.id, id, KEY_ID_SIZE) != 0)
                        continue;
                first = &t->keys[i];
                ++*matches;
        }
        return first;
}

int trust_add(struct trust *t, const struct public_key *key, const char *comment, struct err *e)
{
        struct trust_key *present = trust_find(t, key);
        char id[KEY_ID_TEXT];
        size_t at = 0;

        if (present) {
                key_id_format(id, present->key.id);
                return err_set(e, ERR_USAGE,
                    "the trust list of stream %s already has this key, as %s", t->stream, id);
        }
        if (t->count == LIMIT_TRUST_KEYS)
                return err_set(e, ERR_USAGE, "the trust list of stream %s is full: %d keys",
                    t->stream, LIMIT_TRUST_KEYS);
        if (!comment_fits(comment))
                return err_set(e, ERR_USAGE,
                    "a key's comment is up to %d printable ASCII characters", LIMIT_TRUST_COMMENT);
        while (at < t->count && memcmp(t->keys[at].key.bytes, key->bytes, PUBLIC_KEY_BYTES) < 0)
                at++;
        memmove(&t->keys[at + 1], &t->keys[at], (t->count - at) * sizeof *t->keys);
        t->keys[at] = (struct trust_key){.key = *key};
        memcpy(t->keys[at].comment, comment, strlen(comment) + 1);
        t->count++;
        return 0;
}

int trust_remove(struct trust *t, const struct public_key *key, struct err *e)
{
        struct trust_key *found = trust_find(t, key);
        size_t at;

        if (!found)
                return err_set(
                    e, ERR_USAGE, "the trust list of stream %s does not have this key", t->stream);
        if (t->count <= t->threshold)
                return err_set(e, ERR_USAGE,
                    "stream %s needs %u signatures and would have %zu keys left: add another key "
                    "or "
                    "lower the threshold first",
                    t->stream, t->threshold, t->count - 1);
        at = (size_t)(found - t->keys);
        memmove(found, found + 1, (t->count - at - 1) * sizeof *found);
        t->count--;
        return 0;
}

int trust_set_threshold(struct trust *t, unsigned threshold, struct err *e)
{
        if (threshold < 1 || threshold > t->count)
                return err_set(e, ERR_USAGE,
                    "stream %s has %zu keys: the threshold has to be from 1 to that, and is %u",
                    t->stream, t->count, threshold);
        t->threshold = threshold;
        return 0;
}

int trust_check(const struct trust *t, const struct verdict *v, uint64_t seq, struct err *e)
{
        const struct trust_key *ended = NULL;
        char id[KEY_ID_TEXT];
        unsigned good = 0;

        for (size_t i = 0; i < t->count; i++) {
                const struct trust_key *k = &t->keys[i];

                if (!v->signed_by[i])
                        continue;
                if (k->valid_up_to_seq && seq > k->valid_up_to_seq)
                        ended = k;
                else
                        good++; /* entries are distinct keys, so this counts distinct keys */
        }
        if (good && good >= t->threshold)
                return 0;
        if (!ended)
                return err_set(e, ERR_REFUSED,
                    "stream %s needs signatures by %u of its %zu trusted keys, and has %u: have it "
                    "made again with more keys (`keys` of its [[stream]], or `dray bundle --key`)",
                    t->stream, t->threshold, t->count, good);
        key_id_format(id, ended->key.id);
        return err_set(e, ERR_REFUSED,
            "stream %s needs signatures by %u trusted keys, and has %u: key %s counts only up to "
            "bundle %llu, and this is %llu",
            t->stream, t->threshold, good, id, (unsigned long long)ended->valid_up_to_seq,
            (unsigned long long)seq);
}

int trust_verify(const struct trust *t, const struct signature_text *texts, size_t count,
    const unsigned char hash[PREHASH_SIZE], struct verdict *v, struct err *e)
{
        struct public_key keys[LIMIT_TRUST_KEYS];

        for (size_t i = 0; i < t->count; i++)
                keys[i] = t->keys[i].key;
        if (signatures_verify(texts, count, hash, keys, t->count, v, e) < 0)
                return -1;
        return trust_check(t, v, 0, e); /* no limit is below 0 */
}
