/* Records and generations. */
#include <time.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "catalog_db.h"

struct record_rows {
        struct catalog *catalog;
        sqlite3_stmt *query;
        struct record_parsed current;
};

static void read_generation(sqlite3_stmt *q, struct generation *out)
{
        out->id = sqlite3_column_int64(q, 0);
        out->created = sqlite3_column_int64(q, 1);
        db_sha256(q, 2, out->state);
}

static int one_generation(struct catalog *c, sqlite3_stmt *q, struct generation *out, struct err *e)
{
        int r = db_step(c, q, e);

        *out = (struct generation){0};
        sha256("", 0, out->state); /* the state id of nothing */
        if (r == 1)
                read_generation(q, out);
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_generation_last(struct catalog *c, struct generation *out, struct err *e)
{
        return one_generation(c, db_query(c, SQL_GENERATION_LAST, ""), out, e);
}

int catalog_generation_get(struct catalog *c, int64_t id, struct generation *out, struct err *e)
{
        return one_generation(c, db_query(c, SQL_GENERATION_GET, "i", id), out, e);
}

int catalog_change_begin(struct catalog *c, struct err *e)
{
        struct generation last;

        if (catalog_generation_last(c, &last, e) < 0)
                return -1;
        c->change = last.id + 1;
        return db_run(c, e, SQL_KEEP_CLEAR, "");
}

/* The id of the record, made if it is new; 0 if it is not there and shall not be made. */
static int64_t record_id(struct catalog *c, const struct record *r, int make, struct err *e)
{
        unsigned char sha[SHA256_SIZE];
        struct buf line;
        sqlite3_stmt *q;
        int64_t id = -1;
        int found;

        buf_init(&line, LIMIT_MANIFEST_LINE);
        if (record_format(r, &line, e) < 0)
                goto out;
        sha256(line.data, line.len, sha);
        q = db_query(c, SQL_RECORD_ID, "b", sha, SHA256_SIZE);
        found = db_step(c, q, e);
        if (found < 0)
                goto out;
        id = found ? sqlite3_column_int64(q, 0) : 0;
        db_done(q);
        if (found || !make)
                goto out;
        if (db_run(c, e, SQL_RECORD_PUT, "ttttbtb", r->source, r->package, r->version, r->file,
                r->sha256, SHA256_SIZE, line.data, sha, SHA256_SIZE) < 0) {
                err_prefix(e, "%s/%s", r->source, r->file);
                id = -1;
                goto out;
        }
        id = sqlite3_last_insert_rowid(c->db);
        if (db_run(c, e, SQL_SEEN_PUT, "tt", r->source, r->package) < 0)
                id = -1;
out:
        buf_release(&line);
        return id;
}

static int span_is_open(struct catalog *c, int64_t id, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_SPAN_OPEN, "i", id);
        int r = db_step(c, q, e);

        if (r >= 0)
                db_done(q);
        return r;
}

static int open_span(struct catalog *c, int64_t id, struct err *e)
{
        /* removed in the very change that is being made: that is undone */
        if (db_run(c, e, SQL_SPAN_REOPEN, "ii", id, c->change) < 0)
                return -1;
        if (sqlite3_changes(c->db))
                return 0;
        return db_run(c, e, SQL_SPAN_PUT, "ii", id, c->change);
}

int catalog_record_add(struct catalog *c, const struct record *r, struct err *e)
{
        int64_t id = record_id(c, r, 1, e);
        int open = id < 0 ? -1 : span_is_open(c, id, e);

        if (open < 0)
                return -1;
        if (open)
                return 0;
        return open_span(c, id, e) < 0 ? -1 : 1;
}

int catalog_package_seen(struct catalog *c, const char *source, const char *package, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_SEEN_GET, "tt", source, package);
        int r = db_step(c, q, e);

        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_package_count(struct catalog *c, int64_t generation, const char *source,
    const char *package, uint64_t *count, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_PACKAGE_COUNT, "itt", generation, source, package);

        if (db_step(c, q, e) < 0)
                return -1;
        *count = (uint64_t)sqlite3_column_int64(q, 0);
        db_done(q);
        return 0;
}

int catalog_record_has(struct catalog *c, const struct record *r, struct err *e)
{
        int64_t id = record_id(c, r, 0, e);

        return id <= 0 ? (int)id : span_is_open(c, id, e);
}

int catalog_record_remove(struct catalog *c, const struct record *r, struct err *e)
{
        int64_t id = record_id(c, r, 0, e);
        int open = id <= 0 ? (int)id : span_is_open(c, id, e);

        if (open <= 0)
                return open;
        return db_run(c, e, SQL_SPAN_REMOVE, "ii", id, c->change) < 0 ? -1 : 1;
}

int catalog_record_keep(struct catalog *c, const struct record *r, struct err *e)
{
        int64_t id = record_id(c, r, 1, e);
        int open = id < 0 ? -1 : span_is_open(c, id, e);

        if (open < 0 || db_run(c, e, SQL_KEEP_PUT, "i", id) < 0)
                return -1;
        if (open)
                return 0;
        return open_span(c, id, e) < 0 ? -1 : 1;
}

int catalog_keep_held(struct catalog *c, const char *source, const char *package, struct err *e)
{
        if (package)
                return db_run(c, e, SQL_KEEP_PACKAGE, "tt", source, package);
        return db_run(c, e, SQL_KEEP_SOURCE, "t", source);
}

int catalog_keep_whole(struct catalog *c,
    int (*whole)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size), void *user,
    struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_KEPT_OLD, "");
        unsigned char sha[SHA256_SIZE];
        int r;

        while ((r = db_step(c, q, e)) == 1) {
                db_sha256(q, 1, sha);
                if (!whole(user, sha, (uint64_t)sqlite3_column_int64(q, 2)) &&
                    db_run(c, e, SQL_KEEP_DROP, "i", sqlite3_column_int64(q, 0)) < 0) {
                        r = -1;
                        break;
                }
        }
        db_done(q);
        return r;
}

int catalog_source_settle(struct catalog *c, const char *source, struct err *e)
{
        return db_run(c, e, SQL_SPAN_SETTLE, "ti", source, c->change);
}

/* SHA-256 over the lines of a query. */
static int digest_lines(
    struct catalog *c, sqlite3_stmt *q, unsigned char out[SHA256_SIZE], struct err *e)
{
        struct digest *d = digest_new(DIGEST_SHA256);
        unsigned char raw[DIGEST_MAX_SIZE];
        int r;

        while ((r = db_step(c, q, e)) == 1) {
                digest_update(d, db_text(q, 0), (size_t)sqlite3_column_bytes(q, 0));
                digest_update(d, "\n", 1);
        }
        if (r == 0) {
                db_done(q);
                digest_final(d);
                digest_get(d, DIGEST_SHA256, raw);
                memcpy(out, raw, SHA256_SIZE);
        }
        digest_free(d);
        return r;
}

int catalog_change_count(
    struct catalog *c, int64_t generation, uint64_t *added, uint64_t *removed, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_CHANGE_COUNT, "i", generation);

        if (db_step(c, q, e) < 0)
                return -1;
        *added = (uint64_t)sqlite3_column_int64(q, 0);
        *removed = (uint64_t)sqlite3_column_int64(q, 1);
        db_done(q);
        return 0;
}

int catalog_change_end(struct catalog *c, struct generation *out, struct err *e)
{
        int64_t id = c->change;
        uint64_t added, removed;

        c->change = 0;
        if (db_run(c, e, SQL_SPAN_EMPTY, "i", id) < 0 ||
            catalog_change_count(c, id, &added, &removed, e) < 0)
                return -1;
        if (added == 0 && removed == 0)
                return catalog_generation_last(c, out, e) < 0 ? -1 : 0;
        out->id = id;
        out->created = (int64_t)time(NULL);
        if (digest_lines(c, db_query(c, SQL_STATE_LINES, "ii", id, (int64_t)1), out->state, e) <
                0 ||
            db_run(c, e, SQL_GENERATION_PUT, "iib", id, out->created, out->state, SHA256_SIZE) < 0)
                return -1;
        return 1;
}

int catalog_scope(struct catalog *c, char *const *sources, size_t count, struct err *e)
{
        if (db_run(c, e, SQL_SCOPE_CLEAR, "") < 0)
                return -1;
        for (size_t i = 0; i < count; i++)
                if (db_run(c, e, SQL_SCOPE_PUT, "t", sources[i]) < 0)
                        return -1;
        return 0;
}

int catalog_state(
    struct catalog *c, int64_t generation, unsigned char state[SHA256_SIZE], struct err *e)
{
        return digest_lines(
            c, db_query(c, SQL_STATE_LINES, "ii", generation, (int64_t)0), state, e);
}

int catalog_blob_in_scope(
    struct catalog *c, int64_t generation, const unsigned char sha256[SHA256_SIZE], struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_BLOB_IN_SCOPE, "ib", generation, sha256, SHA256_SIZE);
        int r = db_step(c, q, e);

        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_generations_prune(struct catalog *c, int64_t oldest, struct err *e)
{
        if (db_run(c, e, SQL_PRUNE_SPANS, "i", oldest) < 0 ||
            db_run(c, e, SQL_PRUNE_RECORDS, "") < 0)
                return -1;
        return db_run(c, e, SQL_PRUNE_GENERATIONS, "i", oldest);
}

static int open_rows(
    struct catalog *c, enum statement which, struct record_rows **out, struct err *e)
{
        struct record_rows *rows = xcalloc(1, sizeof *rows);

        rows->catalog = c;
        rows->query = db_prepare(c, which, e);
        if (!rows->query) {
                free(rows);
                return -1;
        }
        *out = rows;
        return 0;
}

int catalog_records(struct catalog *c, int64_t generation, const char *source, const char *package,
    enum record_order order, struct record_rows **out, struct err *e)
{
        enum statement which = package               ? SQL_RECORDS_OF_PACKAGE
                               : order == ORDER_LINE ? SQL_RECORDS_LINE
                                                     : SQL_RECORDS_PACKAGE;

        if (open_rows(c, which, out, e) < 0)
                return -1;
        sqlite3_bind_int64((*out)->query, 1, generation);
        sqlite3_bind_text((*out)->query, 2, source, -1, SQLITE_TRANSIENT);
        if (package)
                sqlite3_bind_text((*out)->query, 3, package, -1, SQLITE_TRANSIENT);
        return 0;
}

int catalog_difference(struct catalog *c, int64_t a, int64_t b, enum record_order order,
    struct record_rows **out, struct err *e)
{
        if (open_rows(
                c, order == ORDER_LINE ? SQL_DIFFERENCE_LINE : SQL_DIFFERENCE_PACKAGE, out, e) < 0)
                return -1;
        sqlite3_bind_int64((*out)->query, 1, a);
        sqlite3_bind_int64((*out)->query, 2, b);
        return 0;
}

int record_rows_next(
    struct record_rows *rows, struct record *out, const char **line, int *added, struct err *e)
{
        int r = db_step(rows->catalog, rows->query, e);

        if (r != 1)
                return r;
        record_parsed_release(&rows->current);
        if (record_parse(db_text(rows->query, 0), (size_t)sqlite3_column_bytes(rows->query, 0),
                &rows->current, e) < 0)
                return err_prefix(e, "catalog");
        *out = rows->current.record;
        if (line)
                *line = db_text(rows->query, 0);
        if (added)
                *added = sqlite3_column_int(rows->query, 1);
        return 1;
}

void record_rows_close(struct record_rows *rows)
{
        if (!rows)
                return;
        record_parsed_release(&rows->current);
        sqlite3_finalize(rows->query);
        free(rows);
}

int catalog_totals(struct catalog *c, int64_t generation, const char *source,
    struct record_totals *out, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_TOTALS, "it", generation, source);

        if (db_step(c, q, e) < 0)
                return -1;
        out->records = (uint64_t)sqlite3_column_int64(q, 0);
        out->packages = (uint64_t)sqlite3_column_int64(q, 1);
        out->bytes = (uint64_t)sqlite3_column_int64(q, 2);
        db_done(q);
        return 0;
}
