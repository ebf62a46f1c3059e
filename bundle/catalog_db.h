/*
 * What the catalog's own files share: the connection, its prepared
 * statements and one-line helpers. Private to catalog*.c.
 *
 *     sqlite3_stmt *q = db_query(c, SQL_X, "tib", text, (int64_t)n, blob, len);
 *     r = db_step(c, q, e); ... sqlite3_column_...
 *     db_done(q);
 */
#ifndef BUNDLE_CATALOG_DB_H
#define BUNDLE_CATALOG_DB_H

#include <sqlite3.h>

#include "bundle/catalog.h"
#include "catalog_sql.h"

struct catalog {
        sqlite3 *db;
        sqlite3_stmt *statements[SQL_STATEMENT_COUNT];
        int64_t change;        /* the generation that is being made; 0: none */
        int light;             /* the transaction under way is: catalog_begin_light() */
        int heavy;             /* one was committed that was not */
        char *document, *item; /* the strings of the last rows that were lent */
        int log_pages;         /* in the write-ahead log, after the last commit; 0: none was made */
};

/*
 * The statement, reset and bound by a format: t text (may be NULL), i
 * int64_t, b blob (pointer, then int length; a NULL pointer binds NULL).
 * Texts and blobs are borrowed until the statement is reset.
 */
sqlite3_stmt *db_query(struct catalog *c, enum statement which, const char *format, ...);
int db_step(struct catalog *c, sqlite3_stmt *q, struct err *e); /* 1 row, 0 done, -1 */
void db_done(sqlite3_stmt *q);
/*
 * For a loop over rows, which ends with the last one, at an error (*stop is -1) or once *stop is not
 * 0; the statement is done with then. 1: there is a row; 0: return *stop.
 *
 *     while (db_next(c, q, &stop, e))
 *             stop = each(user, ..., e);
 */
int db_next(struct catalog *c, sqlite3_stmt *q, int *stop, struct err *e);
/* A statement without result, in one call. */
int db_run(struct catalog *c, struct err *e, enum statement which, const char *format, ...);
/* A statement of its own, for cursors that may be open several at a time; finalize it. */
sqlite3_stmt *db_prepare(struct catalog *c, enum statement which, struct err *e);
int db_error(struct catalog *c, const char *what, struct err *e); /* -1 */

/* The first column of every row, as the caller's own list. */
int db_names(struct catalog *c, sqlite3_stmt *q, char ***names, size_t *count, struct err *e);

const char *db_text(sqlite3_stmt *q, int column); /* "" for NULL */
/* 32 bytes into out, zeros for NULL. */
void db_sha256(sqlite3_stmt *q, int column, unsigned char out[SHA256_SIZE]);

#endif
