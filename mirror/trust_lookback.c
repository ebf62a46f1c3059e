#include "trust_lookback.h"

#include <jansson.h>

#include "bundle/audit.h"
#include "bundle/catalog_stream.h"
#include "bundle/hex.h"

struct lookback {
        struct catalog *catalog;
        const struct trust *trust;
        size_t counted; /* by revoked keys alone, and still good */
        int64_t last;   /* the last of those */
};

/* Up to which bundle a key's word is taken: INT64_MAX where one of that id is not revoked, or unknown. */
static int64_t limit_of(const struct trust *t, const unsigned char id[KEY_ID_SIZE])
{
        int64_t limit = INT64_MAX;

        for (size_t i = 0; i < t->count; i++) {
                const struct trust_key *k = &t->keys[i];

                if (memcmp(k->key.id, id, KEY_ID_SIZE) != 0)
                        continue;
                if (!k->valid_up_to_seq)
                        return INT64_MAX;
                limit = (int64_t)k->valid_up_to_seq;
        }
        for (size_t i = 0; i < t->revoked_count; i++)
                if (limit == INT64_MAX && memcmp(t->revoked[i].key.id, id, KEY_ID_SIZE) == 0)
                        limit = (int64_t)t->revoked[i].valid_up_to_seq;
        return limit;
}

/* The highest limit of those who signed; INT64_MAX: one of them is not revoked, or nobody is named. */
static int64_t limit_of_signers(const struct trust *t, const char *text)
{
        const char *p = strstr(text, AUDIT_SIGNED_BY);
        int64_t most = -1;

        for (p = p ? p + strlen(AUDIT_SIGNED_BY) : ""; *p == ' '; p += KEY_ID_TEXT) {
                unsigned char id[KEY_ID_SIZE];
                char word[KEY_ID_TEXT];
                int64_t limit;

                snprintf(word, sizeof word, "%s", p + 1);
                if (key_id_parse(id, word) < 0)
                        return INT64_MAX;
                limit = limit_of(t, id);
                most = limit > most ? limit : most;
        }
        return most < 0 ? INT64_MAX : most;
}

/* Numbers begin anew with an epoch, and limits are of this one. 1/0/-1 */
static int is_of_epoch(const struct lookback *l, int64_t seq, const char *manifest, struct err *e)
{
        char hex[SHA256_HEX];
        struct bundle_row row;
        int r = catalog_bundle_find(l->catalog, l->trust->stream, l->trust->epoch, seq, &row, e);

        hex_encode(hex, row.manifest, SHA256_SIZE);
        bundle_row_release(&row);
        return r == 1 ? strcmp(hex, manifest) == 0 : r;
}

static int look_at_import(struct lookback *l, int64_t n, const json_t *v, struct err *e)
{
        const char *manifest = json_string_value(json_object_get(v, "manifest"));
        const char *text = json_string_value(json_object_get(v, "text"));
        const char *at = json_string_value(json_object_get(v, "at"));
        int64_t seq = json_integer_value(json_object_get(v, "seq")), limit;
        int r;

        if (!manifest || !text || !at)
                return 0;
        limit = limit_of_signers(l->trust, text);
        if (limit == INT64_MAX)
                return 0;
        r = is_of_epoch(l, seq, manifest, e);
        if (r < 0)
                return -1;
        if (r && seq > limit) {
                printf(
                    "  bundle %lld came in by revoked keys alone, and would not now: log entry %lld, %s\n",
                    (long long)seq, (long long)n, at);
                return 0;
        }
        l->counted++;
        l->last = seq;
        return 0;
}

static int look_at(
    void *user, int64_t n, const char *line, const unsigned char hash[SHA256_SIZE], struct err *e)
{
        struct lookback *l = user;
        json_t *v = json_loads(line, 0, NULL);
        const char *event = json_string_value(json_object_get(v, "event"));
        const char *stream = json_string_value(json_object_get(v, "stream"));
        int ret = 0;

        (void)hash;
        if (event && stream && strcmp(event, "import") == 0 &&
            strcmp(stream, l->trust->stream) == 0)
                ret = look_at_import(l, n, v, e);
        json_decref(v);
        return ret;
}

int trust_lookback(struct catalog *c, const struct trust *t, struct err *e)
{
        struct lookback l = {.catalog = c, .trust = t};

        if (audit_walk(c, 1, look_at, &l, e) < 0)
                return -1;
        if (l.counted)
                printf(
                    "  %zu bundles, the last %lld, came in by revoked keys alone, and still count (dray log)\n",
                    l.counted, (long long)l.last);
        return 0;
}
