/* What sync remembers: documents, items, holes, selections, facts, runs. */
#include "bundle/catalog_work.h"

#include <time.h>

#include "bundle/mem.h"
#include "bundle/text.h"
#include "catalog_db.h"

static const unsigned char no_sha256[SHA256_SIZE];

/* NULL instead of zeros, which are no blob's name. */
static const unsigned char *or_null(const unsigned char sha[SHA256_SIZE])
{
        return memcmp(sha, no_sha256, SHA256_SIZE) == 0 ? NULL : sha;
}

static void read_document(sqlite3_stmt *q, struct document_row *out)
{
        *out = (struct document_row){
            .key = db_text(q, 0),
            .source = db_text(q, 1),
            .url = db_text(q, 2),
            .etag = db_text(q, 3),
            .last_modified = db_text(q, 4),
            .content_type = db_text(q, 5),
            .size = (uint64_t)sqlite3_column_int64(q, 7),
            .offset = (uint64_t)sqlite3_column_int64(q, 8),
            .total = (uint64_t)sqlite3_column_int64(q, 9),
            .gone = sqlite3_column_int(q, 10),
        };
        db_sha256(q, 6, out->sha256);
}

/*
 * What a row lends is the catalog's own copy: a statement that still stood at its row would hold a
 * view of the file, which the write-ahead log grows beyond.
 */
static void own_strings(char **text, const char **const strings[], size_t count)
{
        size_t size = 0;
        char *at;

        for (size_t i = 0; i < count; i++)
                size += strlen(*strings[i]) + 1;
        free(*text);
        at = *text = xmalloc(size);
        for (size_t i = 0; i < count; i++) {
                size = strlen(*strings[i]) + 1;
                *strings[i] = memcpy(at, *strings[i], size);
                at += size;
        }
}

int catalog_document_get(
    struct catalog *c, const char *source, const char *key, struct document_row *out, struct err *e)
{
        const char **const strings[] = {&out->key, &out->source, &out->url, &out->etag,
            &out->last_modified, &out->content_type};
        sqlite3_stmt *q = db_query(c, SQL_DOCUMENT_GET, "tt", source, key);
        int r = db_step(c, q, e);

        if (r == 1) {
                read_document(q, out);
                own_strings(&c->document, strings, sizeof strings / sizeof *strings);
        }
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_document_put(struct catalog *c, const struct document_row *row, struct err *e)
{
        return db_run(c, e, SQL_DOCUMENT_PUT, "ttttttbiiii", row->key, row->source, row->url,
            row->etag, row->last_modified, row->content_type, or_null(row->sha256), SHA256_SIZE,
            (int64_t)row->size, (int64_t)row->offset, (int64_t)row->total, (int64_t)row->gone);
}

int catalog_document_delete(struct catalog *c, const char *source, const char *key, struct err *e)
{
        return db_run(c, e, SQL_DOCUMENT_DELETE, "tt", source, key);
}

int catalog_documents_begin(struct catalog *c, struct err *e)
{
        return db_run(c, e, SQL_DOCUMENT_USED_CLEAR, "");
}

int catalog_document_use(struct catalog *c, const char *source, const char *key, struct err *e)
{
        return db_run(c, e, SQL_DOCUMENT_USE, "tt", source, key);
}

int catalog_documents_sweep(struct catalog *c, const char *source, struct err *e)
{
        return db_run(c, e, SQL_DOCUMENT_SWEEP, "t", source);
}

int catalog_documents(struct catalog *c, const char *source,
    int (*each)(void *user, const struct document_row *row, struct err *e), void *user,
    struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_DOCUMENT_ALL, "t", source);
        int stop = 0;

        while (db_next(c, q, &stop, e)) {
                struct document_row row;

                read_document(q, &row);
                stop = each(user, &row, e);
        }
        return stop;
}

static void read_item(sqlite3_stmt *q, struct item_row *out)
{
        *out = (struct item_row){
            .source = db_text(q, 0),
            .package = db_text(q, 1),
            .version = db_text(q, 2),
            .file = db_text(q, 3),
            .url = db_text(q, 4),
            .digest = db_text(q, 5),
            .size = (uint64_t)sqlite3_column_int64(q, 7),
            .state = (enum item_state)sqlite3_column_int(q, 8),
            .tries = sqlite3_column_int64(q, 9),
            .error = db_text(q, 10),
            .validator = db_text(q, 11),
        };
        db_sha256(q, 6, out->sha256);
}

int catalog_item_get(struct catalog *c, const char *source, const char *package,
    const char *version, const char *file, struct item_row *out, struct err *e)
{
        const char **const strings[] = {&out->source, &out->package, &out->version, &out->file,
            &out->url, &out->digest, &out->error, &out->validator};
        sqlite3_stmt *q = db_query(c, SQL_ITEM_GET, "tttt", source, package, version, file);
        int r = db_step(c, q, e);

        if (r == 1) {
                read_item(q, out);
                own_strings(&c->item, strings, sizeof strings / sizeof *strings);
        }
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_item_put(struct catalog *c, const struct item_row *row, struct err *e)
{
        return db_run(c, e, SQL_ITEM_PUT, "ttttttbiiitt", row->source, row->package, row->version,
            row->file, row->url, row->digest, or_null(row->sha256), SHA256_SIZE, (int64_t)row->size,
            (int64_t)row->state, row->tries, row->error, row->validator);
}

int catalog_item_digest(struct catalog *c, const char *digest, unsigned char sha256[SHA256_SIZE],
    uint64_t *size, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_ITEM_DIGEST, "ti", digest, (int64_t)ITEM_VERIFIED);
        int r = db_step(c, q, e);

        if (r == 1) {
                db_sha256(q, 0, sha256);
                *size = (uint64_t)sqlite3_column_int64(q, 1);
        }
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_items_open(struct catalog *c, const char *source,
    int (*each)(void *user, const struct item_row *row, struct err *e), void *user, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_ITEMS_OPEN, "ti", source, (int64_t)ITEM_VERIFIED);
        int stop = 0;

        while (db_next(c, q, &stop, e)) {
                struct item_row row;

                read_item(q, &row);
                stop = each(user, &row, e);
        }
        return stop;
}

int catalog_items_begin(struct catalog *c, struct err *e)
{
        return db_run(c, e, SQL_ITEM_USED_CLEAR, "");
}

int catalog_item_use(struct catalog *c, const struct item_row *row, struct err *e)
{
        return db_run(
            c, e, SQL_ITEM_USE, "tttt", row->source, row->package, row->version, row->file);
}

int catalog_items_sweep(struct catalog *c, const char *source, struct err *e)
{
        return db_run(c, e, SQL_ITEM_SWEEP, "t", source);
}

int catalog_holes_begin(struct catalog *c, struct err *e)
{
        return db_run(c, e, SQL_HOLE_NEW_CLEAR, "");
}

int catalog_hole_put(
    struct catalog *c, const char *source, const char *item, const char *why, struct err *e)
{
        char *line = xstrdup(item);
        int ret;

        text_clean(line); /* names in it are an index's */
        ret = db_run(c, e, SQL_HOLE_NEW_PUT, "ttt", source, line, why);
        free(line);
        return ret;
}

int catalog_holes_end(struct catalog *c, const char *source, struct err *e)
{
        if (db_run(c, e, SQL_HOLE_SWEEP, "t", source) < 0)
                return -1;
        return db_run(c, e, SQL_HOLE_ADD, "ti", source, (int64_t)time(NULL));
}

int catalog_holes(struct catalog *c, const char *source,
    int (*each)(void *user, const struct hole_row *row, struct err *e), void *user, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_HOLES, "t", source);
        int stop = 0;

        while (db_next(c, q, &stop, e)) {
                struct hole_row row = {
                    db_text(q, 0), db_text(q, 1), db_text(q, 2), sqlite3_column_int64(q, 3)};

                stop = each(user, &row, e);
        }
        return stop;
}

int catalog_selection_get(
    struct catalog *c, const char *source, unsigned char inputs[SHA256_SIZE], struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_SELECTION_GET, "t", source);
        int r = db_step(c, q, e);

        if (r == 1)
                db_sha256(q, 0, inputs);
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_selection_put(
    struct catalog *c, const char *source, const unsigned char inputs[SHA256_SIZE], struct err *e)
{
        return db_run(c, e, SQL_SELECTION_PUT, "tb", source, inputs, SHA256_SIZE);
}

int catalog_selection_forget(struct catalog *c, const char *source, struct err *e)
{
        return db_run(c, e, SQL_SELECTION_DELETE, "t", source);
}

int catalog_reserved(struct catalog *c, const char *source, const char *package, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_RESERVED_GET, "tt", source, package);
        int r = db_step(c, q, e);

        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_reserve(struct catalog *c, const char *source, const char *package, struct err *e)
{
        return db_run(c, e, SQL_RESERVED_PUT, "tt", source, package);
}

int catalog_unreserve(struct catalog *c, const char *package, struct err *e)
{
        return db_run(c, e, SQL_RESERVED_DELETE, "t", package);
}

int catalog_fact_get(
    struct catalog *c, const char *source, const char *name, char **value, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_FACT_GET, "tt", source, name);
        int r = db_step(c, q, e);

        if (r == 1)
                *value = xstrdup(db_text(q, 0));
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_fact_put(
    struct catalog *c, const char *source, const char *name, const char *value, struct err *e)
{
        return db_run(c, e, SQL_FACT_PUT, "ttt", source, name, value);
}

int catalog_facts_sweep(struct catalog *c, const char *source, struct err *e)
{
        return db_run(c, e, SQL_FACT_SWEEP, "t", source);
}

int catalog_run_begin(struct catalog *c, const char *command, int64_t *id, struct err *e)
{
        if (db_run(c, e, SQL_RUN_BEGIN, "ti", command, (int64_t)time(NULL)) < 0)
                return -1;
        *id = sqlite3_last_insert_rowid(c->db);
        return 0;
}

int catalog_run_end(struct catalog *c, int64_t id, int exit, const char *summary, struct err *e)
{
        return db_run(c, e, SQL_RUN_END, "iiit", id, (int64_t)time(NULL), (int64_t)exit, summary);
}

int catalog_runs(struct catalog *c, int limit,
    int (*each)(void *user, const struct run_row *row, struct err *e), void *user, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_RUNS, "i", (int64_t)limit);
        int stop = 0;

        while (db_next(c, q, &stop, e)) {
                struct run_row row = {.id = sqlite3_column_int64(q, 0),
                    .started = sqlite3_column_int64(q, 1),
                    .ended = sqlite3_column_int64(q, 2),
                    .command = db_text(q, 3),
                    .summary = db_text(q, 4),
                    .exit = sqlite3_column_int64(q, 5)};

                stop = each(user, &row, e);
        }
        return stop;
}
