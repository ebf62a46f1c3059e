/* The connection and its statements. */
#include "catalog_db.h"

#include <errno.h>
#include <stdarg.h>

#include "bundle/mem.h"

/* Every use of the catalog needs some room, also one that only reads it: for the log, and its index. */
static int is_disk_full(sqlite3 *db)
{
        int code = sqlite3_errcode(db), why = sqlite3_system_errno(db);

        return code == SQLITE_FULL || ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) &&
                                          (why == ENOSPC || why == EDQUOT));
}

int db_error(struct catalog *c, const char *what, struct err *e)
{
        if (c->db && is_disk_full(c->db))
                return err_set(e, ERR_FAILED,
                    "catalog: the disk of state/ is full; make room (dray gc, or move other files away) and "
                    "run this again");
        return err_set(e, ERR_FAILED, "catalog: %s: %s", what,
            c->db ? sqlite3_errmsg(c->db) : "out of memory");
}

sqlite3_stmt *db_prepare(struct catalog *c, enum statement which, struct err *e)
{
        sqlite3_stmt *q = NULL;

        if (sqlite3_prepare_v2(c->db, catalog_statements[which], -1, &q, NULL) != SQLITE_OK) {
                db_error(c, "prepare", e);
                return NULL;
        }
        return q;
}

static void bind(sqlite3_stmt *q, const char *format, va_list ap)
{
        int n = 1;

        for (; *format; format++, n++) {
                if (*format == 't') {
                        const char *text = va_arg(ap, const char *);

                        sqlite3_bind_text(q, n, text, -1, SQLITE_STATIC);
                } else if (*format == 'i') {
                        sqlite3_bind_int64(q, n, va_arg(ap, int64_t));
                } else {
                        const void *bytes = va_arg(ap, const void *);
                        int len = va_arg(ap, int);

                        sqlite3_bind_blob(q, n, bytes, len, SQLITE_STATIC);
                }
        }
}

static sqlite3_stmt *vquery(struct catalog *c, enum statement which, const char *format, va_list ap)
{
        sqlite3_stmt *q = c->statements[which];

        if (!q) {
                struct err e = ERR_INIT;

                q = c->statements[which] = db_prepare(c, which, &e);
                if (!q)
                        return NULL; /* db_step reports it */
        }
        sqlite3_reset(q);
        bind(q, format, ap);
        return q;
}

sqlite3_stmt *db_query(struct catalog *c, enum statement which, const char *format, ...)
{
        va_list ap;
        sqlite3_stmt *q;

        va_start(ap, format);
        q = vquery(c, which, format, ap);
        va_end(ap);
        return q;
}

int db_step(struct catalog *c, sqlite3_stmt *q, struct err *e)
{
        int r = q ? sqlite3_step(q) : SQLITE_ERROR;

        if (r == SQLITE_ROW)
                return 1;
        if (r == SQLITE_DONE)
                return 0;
        db_error(c, "query", e);
        if (q) /* NULL: it could not be prepared */
                db_done(q);
        return -1;
}

void db_done(sqlite3_stmt *q)
{
        if (!q)
                return; /* it could not be prepared */
        sqlite3_reset(q);
        sqlite3_clear_bindings(q);
}

int db_next(struct catalog *c, sqlite3_stmt *q, int *stop, struct err *e)
{
        int r = *stop ? 0 : db_step(c, q, e);

        if (r < 0)
                *stop = -1;
        if (r == 0)
                db_done(q);
        return r == 1;
}

int db_run(struct catalog *c, struct err *e, enum statement which, const char *format, ...)
{
        va_list ap;
        sqlite3_stmt *q;
        int r;

        va_start(ap, format);
        q = vquery(c, which, format, ap);
        va_end(ap);
        r = db_step(c, q, e);
        if (r >= 0)
                db_done(q);
        return r < 0 ? -1 : 0;
}

const char *db_text(sqlite3_stmt *q, int column)
{
        const unsigned char *text = sqlite3_column_text(q, column);

        return text ? (const char *)text : "";
}

void db_sha256(sqlite3_stmt *q, int column, unsigned char out[SHA256_SIZE])
{
        const void *bytes = sqlite3_column_blob(q, column);

        memset(out, 0, SHA256_SIZE);
        if (bytes && sqlite3_column_bytes(q, column) == SHA256_SIZE)
                memcpy(out, bytes, SHA256_SIZE);
}

int db_names(struct catalog *c, sqlite3_stmt *q, char ***names, size_t *count, struct err *e)
{
        size_t cap = 0;
        int stop = 0;

        *names = NULL;
        *count = 0;
        while (db_next(c, q, &stop, e)) {
                *names = xgrow(*names, *count, &cap, sizeof **names);
                (*names)[(*count)++] = xstrdup(db_text(q, 0));
        }
        if (stop) {
                catalog_names_free(*names, *count);
                *names = NULL;
                *count = 0;
        }
        return stop;
}
