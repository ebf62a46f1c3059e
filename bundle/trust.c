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
        t->epoch = 1;
        t->threshold = t->list_threshold = 1;
        return 0;
}

static const char *const use_names[] = {
    [TRUST_BUNDLES] = "bundles", [TRUST_LISTS] = "lists", [TRUST_BOTH] = "both"};

const char *trust_use_name(enum trust_use use)
{
        return use_names[use];
}

int trust_use_parse(const char *name, enum trust_use *out)
{
        for (int use = TRUST_BUNDLES; use <= TRUST_BOTH; use++)
                if (strcmp(name, use_names[use]) == 0) {
                        *out = (enum trust_use)use;
                        return 0;
                }
        return -1;
}

/* Keys for a use, revoked ones too unless `active`. */
static unsigned keys_for(const struct trust *t, enum trust_use use, bool active)
{
        unsigned n = 0;

        for (size_t i = 0; i < t->count; i++)
                if ((t->keys[i].signs & use) && !(active && t->keys[i].valid_up_to_seq))
                        n++;
        return n;
}

unsigned trust_active(const struct trust *t, enum trust_use use)
{
        return keys_for(t, use, true);
}

static int check_left(const struct trust *t, enum trust_use use, unsigned threshold, struct err *e)
{
        unsigned left = keys_for(t, use, false);

        if (left >= threshold)
                return 0;
        return err_set(e, ERR_USAGE,
            "stream %s needs %u signatures for its %s and would have %u keys left: add another key "
            "or lower the threshold first",
            t->stream, threshold, trust_use_name(use), left);
}

/* Enough keys for both thresholds? */
static int check_enough(const struct trust *t, struct err *e)
{
        if (check_left(t, TRUST_BUNDLES, t->threshold, e) < 0)
                return -1;
        return check_left(t, TRUST_LISTS, t->list_threshold, e);
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

struct trust_revoked *trust_find_revoked(struct trust *t, const struct public_key *key)
{
        for (size_t i = 0; i < t->revoked_count; i++)
                if (public_key_equal(&t->revoked[i].key, key))
                        return &t->revoked[i];
        return NULL;
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
        if (trust_find_revoked(t, key)) {
                key_id_format(id, key->id);
                return err_set(e, ERR_USAGE,
                    "key %s was revoked here for stream %s; if it shall be trusted again, run dray "
                    "trust remove %s %s first",
                    id, t->stream, t->stream, id);
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
        t->keys[at] = (struct trust_key){.key = *key, .signs = TRUST_BOTH};
        memcpy(t->keys[at].comment, comment, strlen(comment) + 1);
        t->count++;
        return 0;
}

static int drop(struct trust *t, struct trust_key *found, struct err *e)
{
        struct trust_key gone;
        size_t at;

        at = (size_t)(found - t->keys);
        gone = *found;
        memmove(found, found + 1, (t->count - at - 1) * sizeof *found);
        t->count--;
        if (check_enough(t, e) == 0)
                return 0;
        memmove(found + 1, found, (t->count - at) * sizeof *found);
        *found = gone;
        t->count++;
        return -1;
}

int trust_remove(struct trust *t, const struct public_key *key, struct err *e)
{
        struct trust_key *found = trust_find(t, key);
        struct trust_revoked *revoked = trust_find_revoked(t, key);

        if (!found && !revoked)
                return err_set(
                    e, ERR_USAGE, "the trust list of stream %s does not have this key", t->stream);
        if (found && drop(t, found, e) < 0)
                return -1;
        if (revoked)
                *revoked = t->revoked[--t->revoked_count];
        return 0;
}

int trust_set_use(struct trust *t, struct trust_key *key, enum trust_use signs, struct err *e)
{
        enum trust_use before = key->signs;

        key->signs = signs;
        if (check_enough(t, e) == 0)
                return 0;
        key->signs = before;
        return -1;
}

static int set_threshold(
    struct trust *t, unsigned *which, enum trust_use use, unsigned threshold, struct err *e)
{
        unsigned most = keys_for(t, use, false);

        if (most > LIMIT_SIGNATURES)
                most = LIMIT_SIGNATURES;
        if (threshold < 1 || threshold > most)
                return err_set(e, ERR_USAGE,
                    "stream %s has %zu keys, and its threshold for %s has to be from 1 to %u, and is "
                    "%u",
                    t->stream, t->count, trust_use_name(use), most, threshold);
        *which = threshold;
        return 0;
}

int trust_set_threshold(struct trust *t, unsigned threshold, struct err *e)
{
        return set_threshold(t, &t->threshold, TRUST_BUNDLES, threshold, e);
}

int trust_set_list_threshold(struct trust *t, unsigned threshold, struct err *e)
{
        return set_threshold(t, &t->list_threshold, TRUST_LISTS, threshold, e);
}

int trust_revoke(struct trust *t, struct trust_key *key, uint64_t seq, struct err *e)
{
        if (seq < 1 || seq > INT64_MAX)
                return err_set(e, ERR_USAGE,
                    "a revoked key of stream %s keeps the bundles up to some number, from 1; to drop "
                    "it altogether, remove it",
                    t->stream);
        if (key->valid_up_to_seq == 0 || key->valid_up_to_seq > seq)
                key->valid_up_to_seq = seq;
        return 0;
}

int trust_revoke_here(struct trust *t, struct trust_key *key, uint64_t seq, struct err *e)
{
        struct trust_revoked *note = trust_find_revoked(t, &key->key);

        if (!note && t->revoked_count == LIMIT_TRUST_REVOKED)
                return err_set(e, ERR_USAGE,
                    "%d keys of stream %s are revoked here, as many as may be; remove some first",
                    LIMIT_TRUST_REVOKED, t->stream);
        if (trust_revoke(t, key, seq, e) < 0)
                return -1;
        if (!note)
                note = &t->revoked[t->revoked_count++];
        *note = (struct trust_revoked){key->key, t->epoch, key->valid_up_to_seq};
        return 0;
}

/*
 * How many distinct keys for a use are among the signers of v: entries are distinct keys, so
 * counting entries does. *ended: one that signed beyond its limit. seq 0: limits are not looked at.
 */
static unsigned signers_for(const struct trust *t, const struct verdict *v, enum trust_use use,
    uint64_t seq, const struct trust_key **ended)
{
        unsigned good = 0;

        *ended = NULL;
        for (size_t i = 0; i < t->count; i++) {
                const struct trust_key *k = &t->keys[i];

                if (!v->signed_by[i] || !(k->signs & use))
                        continue;
                if (k->valid_up_to_seq && seq > k->valid_up_to_seq)
                        *ended = k;
                else
                        good++;
        }
        return good;
}

int trust_check(const struct trust *t, const struct verdict *v, uint64_t seq, struct err *e)
{
        const struct trust_key *ended;
        char id[KEY_ID_TEXT];
        unsigned good = signers_for(t, v, TRUST_BUNDLES, seq, &ended);

        if (good && good >= t->threshold)
                return 0;
        if (!ended) {
                err_set(e, ERR_REFUSED,
                    "stream %s needs signatures by %u of its %u trusted keys, and has %u: have it "
                    "signed by more of them (`dray sign`)",
                    t->stream, t->threshold, keys_for(t, TRUST_BUNDLES, false), good);
                return err_cause(e, "too-few-signatures");
        }
        key_id_format(id, ended->key.id);
        err_set(e, ERR_REFUSED,
            "stream %s needs signatures by %u trusted keys, and has %u: key %s is revoked, it counts "
            "only up to bundle %llu, and this is %llu",
            t->stream, t->threshold, good, id, (unsigned long long)ended->valid_up_to_seq,
            (unsigned long long)seq);
        return err_cause(e, "revoked-key");
}

static int judge(const struct trust *t, const struct signature_text *texts, size_t count,
    const unsigned char hash[PREHASH_SIZE], struct verdict *v, struct err *e)
{
        struct public_key keys[LIMIT_TRUST_KEYS];

        for (size_t i = 0; i < t->count; i++)
                keys[i] = t->keys[i].key;
        return signatures_verify(texts, count, hash, keys, t->count, v, e);
}

int trust_verify(const struct trust *t, const struct signature_text *texts, size_t count,
    const unsigned char hash[PREHASH_SIZE], struct verdict *v, struct err *e)
{
        if (judge(t, texts, count, hash, v, e) < 0)
                return -1;
        return trust_check(t, v, 0, e); /* no limit is below 0 */
}

int trust_verify_list(const struct trust *t, const struct signature_text *texts, size_t count,
    const unsigned char hash[PREHASH_SIZE], struct verdict *v, struct err *e)
{
        const struct trust_key *ended;
        unsigned good;

        if (judge(t, texts, count, hash, v, e) < 0)
                return -1;
        good = signers_for(t, v, TRUST_LISTS, UINT64_MAX, &ended);
        if (good && good >= t->list_threshold)
                return 0;
        err_set(e, ERR_REFUSED,
            "a trust list of stream %s needs signatures by %u of the %u keys that may change it, and "
            "has %u",
            t->stream, t->list_threshold, trust_active(t, TRUST_LISTS), good);
        return err_cause(e, ended ? "revoked-key" : "too-few-signatures");
}
