/* The log and the reviews. */
#include "bundle/catalog_audit.h"

#include "catalog_db.h"

int catalog_audit_last(
    struct catalog *c, int64_t *n, unsigned char hash[SHA256_SIZE], struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_AUDIT_LAST, "");
        int r = db_step(c, q, e);

        if (r < 0)
                return -1;
        *n = r ? sqlite3_column_int64(q, 0) : 0;
        memset(hash, 0, SHA256_SIZE);
        if (r)
                db_sha256(q, 1, hash);
        db_done(q);
        return 0;
}

int catalog_audit_put(struct catalog *c, int64_t n, const char *line,
    const unsigned char hash[SHA256_SIZE], struct err *e)
{
        return db_run(c, e, SQL_AUDIT_PUT, "itb", n, line, hash, SHA256_SIZE);
}

int catalog_audit_each(struct catalog *c, int64_t from,
    int (*each)(void *user, int64_t n, const char *line, const unsigned char hash[SHA256_SIZE],
        struct err *e),
    void *user, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_AUDIT_FROM, "i", from);
        int stop = 0;

        while (db_next(c, q, &stop, e)) {
                unsigned char hash[SHA256_SIZE];

                db_sha256(q, 2, hash);
                stop = each(user, sqlite3_column_int64(q, 0), db_text(q, 1), hash, e);
        }
        return stop;
}

int catalog_review_put(struct catalog *c, const unsigned char manifest[SHA256_SIZE],
    const struct review_row *row, struct err *e)
{
        return db_run(c, e, SQL_REVIEW_PUT, "bitit", manifest, SHA256_SIZE, row->uid, row->person,
            row->at, row->reason);
}

int catalog_reviews(struct catalog *c, const unsigned char manifest[SHA256_SIZE],
    int (*each)(void *user, const struct review_row *row, struct err *e), void *user, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_REVIEWS, "b", manifest, SHA256_SIZE);
        int stop = 0;

        while (db_next(c, q, &stop, e)) {
                struct review_row row = {.uid = sqlite3_column_int64(q, 0),
                    .person = db_text(q, 1),
                    .at = sqlite3_column_int64(q, 2),
                    .reason = db_text(q, 3)};

                stop = each(user, &row, e);
        }
        return stop;
}
