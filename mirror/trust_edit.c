#include "trust_edit.h"

#include "bundle/catalog_stream.h"
#include "bundle/limit.h"
#include "keyfile.h"

/* 1 found, 0 not in the list, -1 */
static int find(struct trust *t, const char *text, struct trust_key **out, struct err *e)
{
        unsigned char id[KEY_ID_SIZE];
        struct public_key key;
        size_t matches = 0;

        if (key_id_parse(id, text) < 0) {
                if (keyfile_public(text, &key, e) < 0)
                        return -1;
                *out = trust_find(t, &key);
                return *out != NULL;
        }
        *out = trust_find_id(t, id, &matches);
        if (matches > 1)
                return err_set(
                    e, ERR_USAGE, "%zu keys have the id %s; name the key itself", matches, text);
        return *out != NULL;
}

static int unknown(const struct trust *t, const char *text, struct err *e)
{
        return err_set(
            e, ERR_USAGE, "stream %s trusts no key %s (dray trust list)", t->stream, text);
}

/* What --signs says: 1 given, 0 not, -1. */
static int use_option(const struct cmd *c, enum trust_use *out, struct err *e)
{
        const char *text = opt_value(&c->opt, "signs");

        if (!text)
                return 0;
        if (trust_use_parse(text, out) < 0)
                return err_set(e, ERR_USAGE, "--signs is bundles, lists or both, not %s", text);
        return 1;
}

int trust_edit_add(const struct cmd *c, struct trust *t, const char *text, struct err *e)
{
        const char *comment = opt_value(&c->opt, "comment");
        enum trust_use use = TRUST_BOTH;
        struct public_key key;

        if (use_option(c, &use, e) < 0 || keyfile_public(text, &key, e) < 0 ||
            trust_add(t, &key, comment ? comment : "", e) < 0)
                return -1;
        /* not trust_set_use(): the keys that make it whole may follow */
        trust_find(t, &key)->signs = use;
        return 0;
}

/* A key that was revoked here and left the list since: 1 found, 0 none such, -1 */
static int find_gone(
    struct trust *t, const char *text, const struct trust_revoked **out, struct err *e)
{
        unsigned char id[KEY_ID_SIZE];
        struct public_key key;
        int matches = 0;

        if (key_id_parse(id, text) < 0) {
                *out = keyfile_public(text, &key, e) < 0 ? NULL : trust_find_revoked(t, &key);
                return e->code ? -1 : *out != NULL;
        }
        for (size_t i = 0; i < t->revoked_count; i++) {
                if (memcmp(t->revoked[i].key.id, id, KEY_ID_SIZE) != 0)
                        continue;
                *out = &t->revoked[i];
                if (matches++)
                        return err_set(e, ERR_USAGE,
                            "several revoked keys have the id %s; name the key itself", text);
        }
        return matches;
}

int trust_edit_names_all(struct trust *t, const char **keys, size_t count)
{
        char named[LIMIT_TRUST_KEYS] = {0};
        size_t all = 0;

        for (size_t i = 0; i < count; i++) {
                struct err ignored = ERR_INIT;
                struct trust_key *k;

                if (find(t, keys[i], &k, &ignored) == 1)
                        named[k - t->keys] = 1;
        }
        for (size_t i = 0; i < t->count; i++)
                all += named[i] == 1;
        return all == t->count;
}

int trust_edit_remove(struct trust *t, const char *text, struct err *e)
{
        const struct trust_revoked *gone = NULL;
        struct trust_key *listed;
        struct public_key key;
        int r = find(t, text, &listed, e);

        if (r == 1) {
                key = listed->key;
                return trust_remove(t, &key, e);
        }
        if (r == 0)
                r = find_gone(t, text, &gone, e);
        if (r < 0)
                return -1;
        if (!gone)
                return unknown(t, text, e);
        key = gone->key;
        return trust_remove(t, &key, e);
}

/* Number of the last bundle that was taken in or made here; 0: none; -1 */
static int64_t last_seq(struct mirror *m, const struct trust *t, struct err *e)
{
        struct bundle_row last;
        int r = catalog_bundle_last_done(m->catalog, t->stream, &last, e);
        int64_t seq = r == 1 && last.epoch == t->epoch ? last.seq : 0;

        bundle_row_release(&last);
        return r < 0 ? -1 : seq;
}

/* The last bundle that a key counts for: --after, or the last one here. -1: there is neither. */
static int64_t limit_of(
    const struct cmd *c, struct mirror *m, const struct trust *t, const char *text, struct err *e)
{
        long long after = 0;
        int given = opt_number(&c->opt, "after", 1, INT64_MAX, &after, e);

        if (given == 0)
                after = last_seq(m, t, e);
        if (given < 0 || after < 0)
                return -1;
        if (after == 0)
                return err_set(e, ERR_USAGE,
                    "no bundle of stream %s is here that key %s could have signed: remove the key, or "
                    "say --after SEQ",
                    t->stream, text);
        return after;
}

int trust_edit_revoke(const struct cmd *c, struct mirror *m, struct trust *t, const char *text,
    int (*revoke)(struct trust *t, struct trust_key *key, uint64_t seq, struct err *e),
    struct err *e)
{
        struct trust_key *key;
        int found = find(t, text, &key, e);
        int64_t after = found == 1 ? limit_of(c, m, t, text, e) : -1;

        if (found == 0)
                unknown(t, text, e);
        return after < 0 ? -1 : revoke(t, key, (uint64_t)after, e);
}

int trust_edit_thresholds(const struct cmd *c, struct trust *t, struct err *e)
{
        long long bundles = t->threshold, lists = t->list_threshold;
        int given = opt_number(&c->opt, "threshold", 1, LIMIT_SIGNATURES, &bundles, e);
        int given_lists = opt_number(&c->opt, "list-threshold", 1, LIMIT_SIGNATURES, &lists, e);

        if (given < 0 || given_lists < 0)
                return -1;
        if (given && !given_lists) {
                unsigned most = trust_active(t, TRUST_LISTS);

                lists = bundles < most ? bundles : most;
        }
        /* also when neither is given: what was added must fit the thresholds that there are */
        if (trust_set_threshold(t, (unsigned)bundles, e) < 0)
                return -1;
        return trust_set_list_threshold(t, (unsigned)lists, e);
}

/* Keys that were revoked here and that the list does not have: should one come back, they stay so. */
static void print_gone(struct trust *t)
{
        for (size_t i = 0; i < t->revoked_count; i++) {
                const struct trust_revoked *r = &t->revoked[i];
                char id[KEY_ID_TEXT], line[PUBLIC_KEY_LINE];

                if (trust_find(t, &r->key))
                        continue;
                key_id_format(id, r->key.id);
                public_key_line(&r->key, line);
                printf("  %s  %s  (not in the list)  REVOKED after bundle %llu\n", id, line,
                    (unsigned long long)r->valid_up_to_seq);
        }
}

void trust_edit_print(struct trust *t)
{
        printf("%s: %u of %zu keys must sign", t->stream, t->threshold, t->count);
        if (t->list_threshold != t->threshold)
                printf(", %u change the list", t->list_threshold);
        if (t->number)
                printf("; list %lld, epoch %lld", (long long)t->number, (long long)t->epoch);
        putchar('\n');
        for (size_t i = 0; i < t->count; i++) {
                const struct trust_key *k = &t->keys[i];
                char id[KEY_ID_TEXT], line[PUBLIC_KEY_LINE];

                key_id_format(id, k->key.id);
                public_key_line(&k->key, line);
                printf("  %s  %s%s%s", id, line, *k->comment ? "  " : "", k->comment);
                if (k->signs != TRUST_BOTH)
                        printf("  (%s only)", trust_use_name(k->signs));
                if (k->valid_up_to_seq)
                        printf(
                            "  REVOKED after bundle %llu", (unsigned long long)k->valid_up_to_seq);
                putchar('\n');
        }
        print_gone(t);
}
