/* What is noted beside the catalog when, and how an operator ends what it stops. */
#include "bundle/seen.h"

#include "bundle/audit.h"
#include "bundle/catalog_trust.h"
#include "bundle/mem.h"

int seen_is_behind(const struct seen *s, struct catalog *c, struct err *e)
{
        int has = s->log ? audit_has(c, s->log, s->log_hash, e) : 1;

        return has < 0 ? -1 : !has;
}

static void add_revoked(char out[SEEN_REVOKED], const struct public_key *key, uint64_t seq)
{
        char id[KEY_ID_TEXT], one[KEY_ID_TEXT + 40];
        size_t n = strlen(out);

        key_id_format(id, key->id);
        snprintf(one, sizeof one, "%s%s after %llu", n ? ", " : "", id, (unsigned long long)seq);
        if (n + strlen(one) < SEEN_REVOKED)
                memcpy(out + n, one, strlen(one) + 1);
}

/* Where the log stands, and who is revoked by then. */
static int look(struct seen *s, const char *stream, struct catalog *c, struct err *e)
{
        struct trust *t = xmalloc(sizeof *t);
        int r =
            audit_head(c, &s->log, s->log_hash, e) < 0 ? -1 : catalog_trust_load(c, stream, t, e);

        *s->revoked = '\0';
        for (size_t i = 0; r == 1 && i < t->count; i++)
                if (t->keys[i].valid_up_to_seq)
                        add_revoked(s->revoked, &t->keys[i].key, t->keys[i].valid_up_to_seq);
        for (size_t i = 0; r == 1 && i < t->revoked_count; i++)
                if (!trust_find(t, &t->revoked[i].key))
                        add_revoked(s->revoked, &t->revoked[i].key, t->revoked[i].valid_up_to_seq);
        free(t);
        return r < 0 ? -1 : 0;
}

int seen_note(int state, const char *stream, const struct seen_bundle *bundle, struct catalog *c,
    struct err *e)
{
        struct seen s;
        int found = seen_get(state, stream, &s, e), behind;

        if (found < 0 || (!found && !bundle))
                return found;
        behind = seen_is_behind(&s, c, e);
        if (behind < 0 || (!behind && look(&s, stream, c, e) < 0))
                return -1;
        if (bundle && seen_above(bundle, s.bundle.epoch, s.bundle.seq))
                s.bundle = *bundle;
        return seen_put(state, stream, &s, e);
}

int seen_alarm(int state, const char *stream, const char *text, struct err *e)
{
        struct seen s;
        int found = seen_get(state, stream, &s, e);

        if (found <= 0 || *s.fork)
                return found < 0 ? -1 : 0;
        snprintf(s.fork, sizeof s.fork, "%s", text);
        return seen_put(state, stream, &s, e);
}

static int log_settled(
    struct catalog *c, const char *stream, const struct seen *s, int behind, struct err *e)
{
        char *text = xasprintf("settle%s%s%s", behind ? "; the log went back" : "",
            *s->fork ? "; the alarm ends: " : "", s->fork);
        struct audit_event ev = {.event = "trust", .stream = stream, .text = text};
        int ret = audit_append(c, &ev, e);

        free(text);
        return ret;
}

int seen_settle(int state, const char *stream, struct catalog *c, struct err *e)
{
        struct seen s;
        int found = seen_get(state, stream, &s, e), behind;

        if (found <= 0)
                return found;
        behind = seen_is_behind(&s, c, e);
        if (behind < 0 || (!behind && !*s.fork))
                return behind;
        if (log_settled(c, stream, &s, behind, e) < 0 || look(&s, stream, c, e) < 0)
                return -1;
        *s.fork = '\0';
        return seen_put(state, stream, &s, e) < 0 ? -1 : 1;
}
