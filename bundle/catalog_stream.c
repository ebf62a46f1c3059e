/* Streams, trust and the trees of the site. */
#include "bundle/catalog_stream.h"

#include "bundle/mem.h"
#include "catalog_db.h"

void bundle_row_release(struct bundle_row *row)
{
        free(row->stream);
        free(row->file);
        free(row->sources);
        free(row->holes);
        *row = (struct bundle_row){0};
}

static void read_bundle(sqlite3_stmt *q, struct bundle_row *out)
{
        *out = (struct bundle_row){
            .stream = xstrdup(db_text(q, 0)),
            .seq = sqlite3_column_int64(q, 1),
            .epoch = sqlite3_column_int64(q, 2),
            .base_seq = sqlite3_column_int64(q, 3),
            .generation = sqlite3_column_int64(q, 6),
            .issued = sqlite3_column_int64(q, 7),
            .done = sqlite3_column_int64(q, 8),
            .file = sqlite3_column_type(q, 9) == SQLITE_NULL ? NULL : xstrdup(db_text(q, 9)),
            .sources = xstrdup(db_text(q, 10)),
            .holes = sqlite3_column_type(q, 11) == SQLITE_NULL ? NULL : xstrdup(db_text(q, 11)),
        };
        db_sha256(q, 4, out->state);
        db_sha256(q, 5, out->manifest);
}

static int get_bundle(struct catalog *c, sqlite3_stmt *q, struct bundle_row *out, struct err *e)
{
        int r = db_step(c, q, e);

        *out = (struct bundle_row){0};
        if (r == 1)
                read_bundle(q, out);
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_bundle_find(struct catalog *c, const char *stream, int64_t epoch, int64_t seq,
    struct bundle_row *out, struct err *e)
{
        return get_bundle(c, db_query(c, SQL_BUNDLE_GET, "tii", stream, seq, epoch), out, e);
}

int catalog_bundle_get(
    struct catalog *c, const char *stream, int64_t seq, struct bundle_row *out, struct err *e)
{
        struct bundle_row last;
        int64_t epoch;
        int r = get_bundle(c, db_query(c, SQL_BUNDLE_LAST, "t", stream), &last, e);

        if (r <= 0 || seq == 0) {
                *out = last;
                return r;
        }
        epoch = last.epoch;
        bundle_row_release(&last);
        return catalog_bundle_find(c, stream, epoch, seq, out, e);
}

int catalog_bundle_last_done(
    struct catalog *c, const char *stream, struct bundle_row *out, struct err *e)
{
        return get_bundle(c, db_query(c, SQL_BUNDLE_LAST_DONE, "t", stream), out, e);
}

int catalog_bundle_latest(struct catalog *c, int64_t *done, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_BUNDLE_LATEST, "");
        int r = db_step(c, q, e);

        *done = r == 1 ? sqlite3_column_int64(q, 0) : 0;
        if (r >= 0)
                db_done(q);
        return r < 0 ? -1 : 0;
}

int catalog_bundle_no_later(struct catalog *c, int64_t now, struct err *e)
{
        return db_run(c, e, SQL_BUNDLE_NO_LATER, "i", now);
}

int catalog_bundle_put(struct catalog *c, const struct bundle_row *row, struct err *e)
{
        return db_run(c, e, SQL_BUNDLE_PUT, "tiiibbiiittt", row->stream, row->seq, row->epoch,
            row->base_seq, row->state, SHA256_SIZE, row->manifest, SHA256_SIZE, row->generation,
            row->issued, row->done, row->file, row->sources ? row->sources : "", row->holes);
}

int catalog_bundles(struct catalog *c, const char *stream,
    int (*each)(void *user, const struct bundle_row *row, struct err *e), void *user, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_BUNDLE_ALL, "t", stream);
        int stop = 0;

        while (db_next(c, q, &stop, e)) {
                struct bundle_row row;

                read_bundle(q, &row);
                stop = each(user, &row, e);
                bundle_row_release(&row);
        }
        return stop;
}

int catalog_stream_source_check(
    struct catalog *c, const char *stream, const char *source, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_STREAM_SOURCE_OWNER, "t", source);
        int r = db_step(c, q, e);

        if (r == 1 && strcmp(db_text(q, 0), stream) != 0) {
                err_set(e, ERR_CHAIN,
                    "source %s already comes to this mirror by stream %s; it cannot come by %s too. To move "
                    "it, take it out of the sources of %s on the other side, and import the full bundle of "
                    "%s that is made then before this one",
                    source, db_text(q, 0), stream, db_text(q, 0), db_text(q, 0));
                r = err_cause(e, "source-taken");
        }
        db_done(q);
        return r;
}

int catalog_stream_source_put(
    struct catalog *c, const char *stream, const char *source, struct err *e)
{
        int r = catalog_stream_source_check(c, stream, source, e);

        return r ? r < 0 ? -1 : 0 : db_run(c, e, SQL_STREAM_SOURCE_PUT, "tt", source, stream);
}

int catalog_stream_source_release(
    struct catalog *c, const char *stream, const char *source, struct err *e)
{
        return db_run(c, e, SQL_STREAM_SOURCE_DELETE, "tt", source, stream);
}

int catalog_source_is_imported(struct catalog *c, const char *source, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_STREAM_SOURCE_OWNER, "t", source);
        int r = db_step(c, q, e);

        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_stream_sources(
    struct catalog *c, const char *stream, char ***names, size_t *count, struct err *e)
{
        return db_names(c, db_query(c, SQL_STREAM_SOURCES, "t", stream), names, count, e);
}

int catalog_trust_get(struct catalog *c, const char *stream, char **json, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_TRUST_GET, "t", stream);
        int r = db_step(c, q, e);

        if (r == 1)
                *json = xstrdup(db_text(q, 0));
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_trust_put(struct catalog *c, const char *stream, const char *json, struct err *e)
{
        return db_run(c, e, SQL_TRUST_PUT, "tt", stream, json);
}

int catalog_trust_streams(struct catalog *c, char ***names, size_t *count, struct err *e)
{
        return db_names(c, db_query(c, SQL_TRUST_STREAMS, ""), names, count, e);
}

int catalog_tree_get(
    struct catalog *c, const char *tree, int64_t *generation, char **settings, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_TREE_GET, "t", tree);
        int r = db_step(c, q, e);

        *generation = -1;
        *settings = NULL;
        if (r == 1) {
                *generation = sqlite3_column_int64(q, 0);
                *settings = xstrdup(db_text(q, 1));
        }
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_tree_put(
    struct catalog *c, const char *tree, int64_t generation, const char *settings, struct err *e)
{
        return db_run(c, e, SQL_TREE_PUT, "tit", tree, generation, settings);
}

int catalog_stream_due(struct catalog *c, const char *stream, int64_t *next_by, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_STREAM_DUE_GET, "t", stream);
        int r = db_step(c, q, e);

        *next_by = r == 1 ? sqlite3_column_int64(q, 0) : 0;
        if (r >= 0)
                db_done(q);
        return r < 0 ? -1 : *next_by != 0;
}

int catalog_stream_due_put(struct catalog *c, const char *stream, int64_t next_by, struct err *e)
{
        return db_run(c, e, SQL_STREAM_DUE_PUT, "ti", stream, next_by);
}

int catalog_bundle_streams(struct catalog *c, char ***names, size_t *count, struct err *e)
{
        return db_names(c, db_query(c, SQL_BUNDLE_STREAMS, ""), names, count, e);
}
