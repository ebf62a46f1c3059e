#include "bundle/catalog_site.h"

#include "catalog_db.h"

/* page.lingers of what is no page: a file that was a record's, and the row of a set itself */
#define LEFT 2
#define SET 3

int catalog_dated_get(struct catalog *c, const char *source, unsigned char state[SHA256_SIZE],
    int64_t *date, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_DATED_GET, "t", source);
        int r = db_step(c, q, e);

        if (r == 1) {
                db_sha256(q, 0, state);
                *date = sqlite3_column_int64(q, 1);
        }
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_dated_put(struct catalog *c, const char *source, const unsigned char state[SHA256_SIZE],
    int64_t date, struct err *e)
{
        return db_run(c, e, SQL_DATED_PUT, "tbi", source, state, SHA256_SIZE, date);
}

int catalog_page_set(struct catalog *c, const char *source, int64_t generation, struct err *e)
{
        char name[32];

        snprintf(name, sizeof name, "#%lld", (long long)generation);
        return db_run(c, e, SQL_PAGE_PUT, "ttii", source, name, (int64_t)SET, generation);
}

int catalog_page_put(struct catalog *c, const char *source, const char *path, int lingers,
    int64_t generation, struct err *e)
{
        return db_run(c, e, SQL_PAGE_PUT, "ttii", source, path, (int64_t)lingers, generation);
}

int catalog_page_left(
    struct catalog *c, const char *source, const char *path, int64_t generation, struct err *e)
{
        return db_run(c, e, SQL_PAGE_PUT, "ttii", source, path, (int64_t)LEFT, generation);
}

int catalog_page_back(struct catalog *c, const char *source, const char *path, struct err *e)
{
        return db_run(c, e, SQL_PAGE_BACK, "tti", source, path, (int64_t)LEFT);
}

int catalog_pages_back(struct catalog *c, const char *source, int64_t generation, struct err *e)
{
        return db_run(c, e, SQL_PAGES_BACK, "tii", source, generation, (int64_t)LEFT);
}

int catalog_pages(struct catalog *c, const char *source,
    int (*each)(void *user, const char *path, int lingers, int64_t age, struct err *e), void *user,
    struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_PAGES, "ti", source, (int64_t)SET);
        int stop = 0;

        while (db_next(c, q, &stop, e))
                stop = each(
                    user, db_text(q, 0), sqlite3_column_int(q, 1), sqlite3_column_int64(q, 2), e);
        return stop;
}

int catalog_pages_forget(struct catalog *c, const char *source, int64_t age, struct err *e)
{
        return db_run(c, e, SQL_PAGES_FORGET, "ti", source, age);
}

int catalog_pages_last(struct catalog *c, const char *source, int64_t *generation, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_PAGES_LAST, "t", source);

        if (db_step(c, q, e) < 0)
                return -1;
        *generation = sqlite3_column_int64(q, 0);
        db_done(q);
        return 0;
}
