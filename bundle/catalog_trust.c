#include "bundle/catalog_trust.h"

#include "bundle/audit.h"
#include "bundle/catalog_stream.h"
#include "bundle/mem.h"
#include "catalog_db.h"

void trust_texts_free(struct trust_text *texts, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(texts[i].text);
        free(texts);
}

static int read_revoked(struct trust *t, sqlite3_stmt *q, struct err *e)
{
        struct trust_revoked *r = &t->revoked[t->revoked_count];
        const char *line = db_text(q, 0);

        if (t->revoked_count == LIMIT_TRUST_REVOKED)
                return err_set(e, ERR_FAILED, "state/catalog.db is damaged: too many revoked keys");
        if (public_key_parse(&r->key, line, strlen(line), e) < 0)
                return err_set(e, ERR_FAILED, "state/catalog.db is damaged: a revoked key is none");
        r->epoch = sqlite3_column_int64(q, 1);
        r->valid_up_to_seq = (uint64_t)sqlite3_column_int64(q, 2);
        t->revoked_count++;
        return 0;
}

static int load_revoked(struct catalog *c, struct trust *t, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_REVOKED_ALL, "t", t->stream);
        int r;

        while ((r = db_step(c, q, e)) == 1)
                if (read_revoked(t, q, e) < 0)
                        break;
        if (r >= 0)
                db_done(q);
        return r == 0 ? 0 : -1;
}

static int save_revoked(struct catalog *c, const struct trust *t, struct err *e)
{
        if (db_run(c, e, SQL_REVOKED_CLEAR, "t", t->stream) < 0)
                return -1;
        for (size_t i = 0; i < t->revoked_count; i++) {
                const struct trust_revoked *r = &t->revoked[i];
                char line[PUBLIC_KEY_LINE];

                public_key_line(&r->key, line);
                if (db_run(c, e, SQL_REVOKED_PUT, "ttii", t->stream, line, r->epoch,
                        (int64_t)r->valid_up_to_seq) < 0)
                        return -1;
        }
        return 0;
}

int catalog_trust_load(struct catalog *c, const char *stream, struct trust *out, struct err *e)
{
        char *json = NULL;
        int r = catalog_trust_get(c, stream, &json, e);

        if (r == 1 &&
            (trust_from_json(out, json, strlen(json), e) < 0 || load_revoked(c, out, e) < 0)) {
                r = -1;
                err_prefix(e, "trust list of %s", stream);
        }
        free(json);
        return r;
}

int catalog_trust_save(struct catalog *c, const struct trust *t, struct err *e)
{
        struct buf json;
        int ret = -1;

        buf_init(&json, LIMIT_TRUST_JSON);
        if (trust_to_json(t, &json, e) == 0 && catalog_trust_put(c, t->stream, json.data, e) == 0)
                ret = save_revoked(c, t, e);
        buf_release(&json);
        return ret;
}

int catalog_trust_forget(struct catalog *c, const char *stream, struct err *e)
{
        return db_run(c, e, SQL_REVOKED_CLEAR, "t", stream) < 0
                   ? -1
                   : db_run(c, e, SQL_TRUST_DELETE, "t", stream);
}

int catalog_trust_in_force(
    struct catalog *c, const struct trust *t, unsigned char sha256[SHA256_SIZE], struct err *e)
{
        struct trust_list *list;
        sqlite3_stmt *q;
        int r;

        if (t->number == 0)
                return 0;
        q = db_query(c, SQL_TRUST_LIST_GET, "ti", t->stream, t->number);
        r = db_step(c, q, e);
        if (r < 0)
                return -1;
        if (r == 0)
                return err_set(e, ERR_REFUSED,
                    "catalog.db is damaged: trust list %lld of stream %s is in force and not there",
                    (long long)t->number, t->stream);
        list = xmalloc(sizeof *list);
        r = trust_list_split(list, db_text(q, 0), strlen(db_text(q, 0)), e) < 0 ? -1 : 1;
        if (r == 1)
                memcpy(sha256, list->sha256, SHA256_SIZE);
        db_done(q);
        free(list);
        return r;
}

int catalog_trust_list_put(struct catalog *c, const char *stream, int64_t number, const char *text,
    int64_t accepted, struct err *e)
{
        return db_run(c, e, SQL_TRUST_LIST_PUT, "titi", stream, number, text, accepted);
}

int catalog_trust_log(struct catalog *c, const struct trust *t, struct err *e)
{
        struct audit_event ev = {.event = "trust", .stream = t->stream};
        char said[160];

        snprintf(said, sizeof said,
            "signed list %lld is in force: epoch %lld, %u of %zu keys must sign bundles, %u change "
            "the list",
            (long long)t->number, (long long)t->epoch, t->threshold, t->count, t->list_threshold);
        ev.text = said;
        return audit_append(c, &ev, e);
}

/* Drops all but the run of numbers that ends the array. */
static void keep_last_run(struct trust_text *texts, size_t *count)
{
        size_t first = *count;

        while (first > 0 && *count - first < LIMIT_TRUST_LISTS &&
               (first == *count || texts[first - 1].number + 1 == texts[first].number))
                first--;
        for (size_t i = 0; i < first; i++)
                free(texts[i].text);
        memmove(texts, texts + first, (*count - first) * sizeof *texts);
        *count -= first;
}

int catalog_trust_lists(
    struct catalog *c, const char *stream, struct trust_text **out, size_t *count, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_TRUST_LIST_ALL, "t", stream);
        struct trust_text *texts = NULL;
        size_t n = 0, cap = 0;
        int r;

        *out = NULL;
        *count = 0;
        while ((r = db_step(c, q, e)) == 1) {
                texts = xgrow(texts, n, &cap, sizeof *texts);
                texts[n++] = (struct trust_text){sqlite3_column_int64(q, 0), xstrdup(db_text(q, 1)),
                    (size_t)sqlite3_column_bytes(q, 1)};
        }
        if (r < 0) {
                trust_texts_free(texts, n);
                return -1;
        }
        db_done(q);
        if (n)
                keep_last_run(texts, &n);
        *out = texts;
        *count = n;
        return 0;
}
