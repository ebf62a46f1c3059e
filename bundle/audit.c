#include "bundle/audit.h"

#include "bundle/catalog_audit.h"
#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/person.h"
#include "bundle/timestamp.h"

static void chain(const unsigned char before[SHA256_SIZE], const char *line, size_t len,
    unsigned char out[SHA256_SIZE])
{
        struct digest *d = digest_new(DIGEST_SHA256);
        unsigned char raw[DIGEST_MAX_SIZE];

        digest_update(d, before, SHA256_SIZE);
        digest_update(d, line, len);
        digest_final(d);
        digest_get(d, DIGEST_SHA256, raw);
        memcpy(out, raw, SHA256_SIZE);
        digest_free(d);
}

static char *printable(const char *text)
{
        char *out = xstrdup(text ? text : "");

        for (char *p = out; *p; p++)
                if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
                        *p = '?';
        return out;
}

static int format(const struct audit_event *ev, int64_t n, struct buf *line, struct err *e)
{
        char *text = printable(ev->text), *stream = printable(ev->stream);
        char at[TIMESTAMP_SIZE], manifest[SHA256_HEX] = "";
        struct person who;
        json_t *v;
        int ret;

        person_now(&who);
        if (ev->manifest)
                hex_encode(manifest, ev->manifest, SHA256_SIZE);
        v = json_pack("{ss ss ss sI ss sI ss ss sI}", "at",
            timestamp_format((int64_t)time(NULL), at), "event", ev->event, "manifest", manifest,
            "n", (json_int_t)n, "person", who.name, "seq", (json_int_t)ev->seq, "stream", stream,
            "text", text, "uid", (json_int_t)who.uid);
        ret = json_canonical(v, line, e);
        json_decref(v);
        free(text);
        free(stream);
        return ret;
}

int audit_append(struct catalog *c, const struct audit_event *ev, struct err *e)
{
        unsigned char before[SHA256_SIZE], hash[SHA256_SIZE];
        struct buf line;
        int64_t n;
        int ret = -1;

        buf_init(&line, LIMIT_AUDIT_LINE);
        if (audit_head(c, &n, before, e) < 0 || format(ev, n + 1, &line, e) < 0)
                goto out;
        chain(before, line.data, line.len, hash);
        ret = catalog_audit_put(c, n + 1, line.data, hash, e);
out:
        buf_release(&line);
        return ret < 0 ? err_prefix(e, "the log") : 0;
}

int audit_head(struct catalog *c, int64_t *n, unsigned char hash[SHA256_SIZE], struct err *e)
{
        return catalog_audit_last(c, n, hash, e);
}

struct wanted {
        int64_t n;
        const unsigned char *hash;
        int found;
};

static int look_at(
    void *user, int64_t n, const char *line, const unsigned char hash[SHA256_SIZE], struct err *e)
{
        struct wanted *w = user;

        (void)line;
        (void)e;
        w->found = n == w->n && memcmp(hash, w->hash, SHA256_SIZE) == 0;
        return 1; /* the first one is enough */
}

int audit_has(struct catalog *c, int64_t n, const unsigned char hash[SHA256_SIZE], struct err *e)
{
        struct wanted w = {.n = n, .hash = hash};

        return audit_walk(c, n, look_at, &w, e) < 0 ? -1 : w.found;
}

int audit_walk(struct catalog *c, int64_t from,
    int (*each)(void *user, int64_t n, const char *line, const unsigned char hash[SHA256_SIZE],
        struct err *e),
    void *user, struct err *e)
{
        return catalog_audit_each(c, from, each, user, e);
}

struct check {
        const unsigned char *known;
        int found;
        int64_t n;
        unsigned char head[SHA256_SIZE];
};

/* The line says its own number, so that none can be moved or repeated with its hash. */
static int check_entry(
    void *user, int64_t n, const char *line, const unsigned char hash[SHA256_SIZE], struct err *e)
{
        struct check *k = user;
        unsigned char right[SHA256_SIZE];
        json_t *v = json_parse_canonical("log", line, strlen(line), e);
        json_int_t said = json_integer_value(json_object_get(v, "n"));

        json_decref(v);
        chain(k->head, line, strlen(line), right);
        if (!v || n != k->n + 1 || said != n || memcmp(right, hash, SHA256_SIZE) != 0)
                return err_set(e, ERR_REFUSED,
                    "the log was changed: entry %lld is not what was written, or what stood before it "
                    "is gone",
                    (long long)k->n + 1);
        k->n = n;
        memcpy(k->head, hash, SHA256_SIZE);
        k->found |= k->known && memcmp(k->known, hash, SHA256_SIZE) == 0;
        return 0;
}

int audit_check(struct catalog *c, const unsigned char *known, int64_t *n,
    unsigned char head[SHA256_SIZE], struct err *e)
{
        struct check k = {.known = known};

        /* noted when the log was empty: the chain begins there */
        k.found = known && memcmp(known, k.head, SHA256_SIZE) == 0;
        if (audit_walk(c, 1, check_entry, &k, e) < 0)
                return -1;
        *n = k.n;
        memcpy(head, k.head, SHA256_SIZE);
        if (known && !k.found)
                return err_set(e, ERR_REFUSED,
                    "the log was changed: no entry has the hash that was noted; its end was cut off, or "
                    "it was written anew");
        return 0;
}
