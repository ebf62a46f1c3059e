#include "bundle/catalog.h"

#include <errno.h>
#include <unistd.h>

#include "bundle/mem.h"
#include "bundle/seen.h"
#include "catalog_db.h"

/* Pages of the write-ahead log: so many are written into the file by a commit, or, if all were light, on closing. */
#define LOG_LONG 1000
#define LOG_SHORT 64

static int execute(struct catalog *c, const char *sql, struct err *e)
{
        if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) != SQLITE_OK)
                return db_error(c, "execute", e);
        return 0;
}

static int user_version(struct catalog *c, int *version, struct err *e)
{
        sqlite3_stmt *q = NULL;
        int ret = -1;

        if (sqlite3_prepare_v2(c->db, "PRAGMA user_version", -1, &q, NULL) != SQLITE_OK ||
            sqlite3_step(q) != SQLITE_ROW) {
                db_error(c, "cannot read the schema version", e);
                goto out;
        }
        *version = sqlite3_column_int(q, 0);
        ret = 0;
out:
        sqlite3_finalize(q);
        return ret;
}

static int migrate(struct catalog *c, enum catalog_mode mode, struct err *e)
{
        int version, newest = catalog_migrations[catalog_migration_count - 1].version;

        if (user_version(c, &version, e) < 0)
                return -1;
        if (version > newest)
                return err_set(e, ERR_FAILED,
                    "catalog: schema %d was written by a newer dray; this one knows up to %d",
                    version, newest);
        if (version == 0 && mode != CATALOG_CREATE)
                return err_set(
                    e, ERR_FAILED, "catalog: empty; restore state/catalog.db from a backup");
        if (version < newest && mode == CATALOG_READ)
                return err_set(e, ERR_FAILED,
                    "catalog: schema %d is older than this dray's %d; any writing command updates it",
                    version, newest);
        for (int i = 0; i < catalog_migration_count; i++) {
                char pragma[48];

                if (catalog_migrations[i].version <= version)
                        continue;
                snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d",
                    catalog_migrations[i].version);
                if (catalog_begin(c, e) < 0 || execute(c, catalog_migrations[i].sql, e) < 0 ||
                    execute(c, pragma, e) < 0 || catalog_commit(c, e) < 0) {
                        catalog_rollback(c);
                        return err_prefix(e, "update to schema %d", catalog_migrations[i].version);
                }
        }
        return 0;
}

/*
 * SQLite's own doing without this hook, at the same size: the log is written
 * into the file when it has become long.
 */
static int after_commit(void *user, sqlite3 *db, const char *name, int pages)
{
        struct catalog *c = user;

        c->log_pages = pages;
        c->heavy |= !c->light;
        if (pages >= LOG_LONG)
                sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        return SQLITE_OK;
}

/* A state folder without its catalog is not an empty one. Keeps errno. */
static int was_here(const char *state_dir)
{
        char *path = xasprintf("%s/" SEEN_FILE, state_dir);
        int saved = errno, found = access(path, F_OK) == 0;

        errno = saved;
        free(path);
        return found;
}

int catalog_open(const char *state_dir, enum catalog_mode mode, struct catalog **out, struct err *e)
{
        struct catalog *c = xcalloc(1, sizeof *c);
        char *path = xasprintf("%s/catalog.db", state_dir);
        int flags = mode == CATALOG_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                    : mode == CATALOG_READ ? SQLITE_OPEN_READONLY
                                           : SQLITE_OPEN_READWRITE;
        int ret = -1;

        if (mode == CATALOG_CREATE && access(path, F_OK) == 0) {
                err_set(e, ERR_FAILED, "%s is there already", path);
                goto out;
        }
        if (mode != CATALOG_CREATE && access(path, R_OK) < 0) {
                if (errno == ENOENT && was_here(state_dir))
                        err_set(e, ERR_FAILED,
                            "%s is gone, and bundles were imported here: restore it from a backup; or begin "
                            "anew with `dray init --isolated`, `dray trust add`, `dray trust settle` and a full "
                            "bundle: %s/seen keeps older ones out",
                            path, state_dir);
                else if (errno == ENOENT)
                        err_set(e, ERR_USAGE,
                            "no mirror here (%s is missing); make one with `dray init`", path);
                else
                        err_sys(e, "%s", path);
                goto out;
        }
        if (sqlite3_open_v2(path, &c->db, flags, NULL) != SQLITE_OK) {
                db_error(c, path, e);
                goto out;
        }
        sqlite3_busy_timeout(c->db, 10000);
        /* SQLite's -wal and -shm stay, for readers who may not make them; the log is emptied on closing */
        sqlite3_file_control(c->db, NULL, SQLITE_FCNTL_PERSIST_WAL, &(int){1});
        sqlite3_wal_hook(c->db, after_commit, c);
        /* FULL, not NORMAL: what was committed must survive a power cut. */
        if (execute(c, mode == CATALOG_READ ? "" : "PRAGMA journal_mode = WAL", e) < 0 ||
            execute(c,
                "PRAGMA journal_size_limit = 0;"
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                "PRAGMA temp_store = FILE; PRAGMA cache_size = -16384",
                e) < 0 ||
            migrate(c, mode, e) < 0 || execute(c, catalog_temp_sql, e) < 0) {
                /* a reader shares memory with the writers through a file that it may have to make */
                if (mode == CATALOG_READ && access(state_dir, W_OK) < 0)
                        err_set(e, ERR_FAILED,
                            "this user may not write in %s, which reading the catalog needs as long as "
                            "catalog.db-wal and catalog.db-shm are not there: the owner's next command makes "
                            "them, as `dray status`",
                            state_dir);
                goto out;
        }
        *out = c;
        c = NULL;
        ret = 0;
out:
        catalog_close(c);
        free(path);
        return ret;
}

void catalog_close(struct catalog *c)
{
        if (!c)
                return;
        for (int i = 0; i < SQL_STATEMENT_COUNT; i++)
                sqlite3_finalize(c->statements[i]);
        /* what waited for no disk need not be waited for now */
        if (c->log_pages && c->log_pages < LOG_SHORT && !c->heavy)
                sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        sqlite3_close(c->db);
        free(c->document);
        free(c->item);
        free(c);
}

int catalog_begin(struct catalog *c, struct err *e)
{
        return execute(c, "BEGIN IMMEDIATE", e);
}

static int end_light(struct catalog *c, struct err *e)
{
        if (!c->light)
                return 0;
        c->light = 0;
        return execute(c, "PRAGMA synchronous = FULL", e);
}

int catalog_begin_light(struct catalog *c, struct err *e)
{
        struct err ignored = ERR_INIT;

        c->light = 1;
        if (execute(c, "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE", e) == 0)
                return 0;
        end_light(c, &ignored);
        return -1;
}

int catalog_read_begin(struct catalog *c, struct err *e)
{
        return execute(c, "BEGIN", e);
}

void catalog_read_end(struct catalog *c)
{
        struct err ignored = ERR_INIT;

        execute(c, "COMMIT", &ignored);
}

int catalog_commit(struct catalog *c, struct err *e)
{
        c->change = 0;
        return execute(c, "COMMIT", e) < 0 ? -1 : end_light(c, e);
}

void catalog_rollback(struct catalog *c)
{
        struct err ignored = ERR_INIT;

        c->change = 0;
        if (!sqlite3_get_autocommit(c->db))
                execute(c, "ROLLBACK", &ignored);
        end_light(c, &ignored);
}

/* A table or column that is gone is no damage to SQLite; every statement must find its own. */
static int check_schema(struct catalog *c, struct err *e)
{
        for (int i = 0; i < SQL_STATEMENT_COUNT; i++) {
                sqlite3_stmt *q = NULL;
                int r = sqlite3_prepare_v2(c->db, catalog_statements[i], -1, &q, NULL);

                sqlite3_finalize(q);
                if (r != SQLITE_OK) {
                        err_set(e, ERR_REFUSED, "catalog.db is damaged: %s", sqlite3_errmsg(c->db));
                        return 0;
                }
        }
        return 1;
}

int catalog_check(struct catalog *c, struct err *e)
{
        sqlite3_stmt *q = NULL;
        int ret = -1;

        if (sqlite3_prepare_v2(c->db, "PRAGMA integrity_check(1)", -1, &q, NULL) != SQLITE_OK ||
            sqlite3_step(q) != SQLITE_ROW) {
                db_error(c, "integrity check", e);
                goto out;
        }
        if (strcmp(db_text(q, 0), "ok") != 0) {
                err_set(e, ERR_REFUSED, "catalog.db is damaged: %s", db_text(q, 0));
                ret = 0;
                goto out;
        }
        ret = check_schema(c, e);
out:
        sqlite3_finalize(q);
        return ret;
}

int catalog_setting_get(struct catalog *c, const char *key, char **value, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_SETTING_GET, "t", key);
        int r = db_step(c, q, e);

        if (r == 1)
                *value = xstrdup(db_text(q, 0));
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_setting_put(struct catalog *c, const char *key, const char *value, struct err *e)
{
        return db_run(c, e, SQL_SETTING_PUT, "tt", key, value);
}

int catalog_source_put(struct catalog *c, const char *name, const char *kind, struct err *e)
{
        char *known = NULL;
        int r = catalog_source_kind(c, name, &known, e);

        if (r != 1)
                return r < 0 ? -1 : db_run(c, e, SQL_SOURCE_PUT, "tt", name, kind);
        r = strcmp(known, kind);
        free(known);
        if (r)
                return err_set(e, ERR_CHAIN,
                    "source %s has another kind here than %s; give the source another name", name,
                    kind);
        return 0;
}

int catalog_source_kind(struct catalog *c, const char *name, char **kind, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_SOURCE_KIND, "t", name);
        int r = db_step(c, q, e);

        if (r == 1)
                *kind = xstrdup(db_text(q, 0));
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_sources(struct catalog *c, char ***names, size_t *count, struct err *e)
{
        return db_names(c, db_query(c, SQL_SOURCE_NAMES, ""), names, count, e);
}

void catalog_names_free(char **names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(names[i]);
        free(names);
}

int catalog_blob_put(
    struct catalog *c, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e)
{
        return db_run(c, e, SQL_BLOB_PUT, "bi", sha256, SHA256_SIZE, (int64_t)size);
}

int catalog_blob_has(
    struct catalog *c, const unsigned char sha256[SHA256_SIZE], uint64_t *size, struct err *e)
{
        sqlite3_stmt *q = db_query(c, SQL_BLOB_GET, "b", sha256, SHA256_SIZE);
        int r = db_step(c, q, e);

        if (r == 1 && size)
                *size = (uint64_t)sqlite3_column_int64(q, 0);
        if (r >= 0)
                db_done(q);
        return r;
}

int catalog_blob_forget(struct catalog *c, const unsigned char sha256[SHA256_SIZE], struct err *e)
{
        return db_run(c, e, SQL_BLOB_DELETE, "b", sha256, SHA256_SIZE);
}

static int walk_blobs(struct catalog *c, enum statement which,
    int (*each)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e),
    void *user, struct err *e)
{
        sqlite3_stmt *q = db_prepare(c, which, e);
        unsigned char sha[SHA256_SIZE];
        int r = q ? 0 : -1;

        while (r == 0 && (r = db_step(c, q, e)) == 1) {
                db_sha256(q, 0, sha);
                r = each(user, sha, (uint64_t)sqlite3_column_int64(q, 1), e);
                if (r)
                        goto out;
        }
out:
        sqlite3_finalize(q);
        return r;
}

int catalog_blobs(struct catalog *c,
    int (*each)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e),
    void *user, struct err *e)
{
        return walk_blobs(c, SQL_BLOB_ALL, each, user, e);
}

int catalog_blobs_unused(struct catalog *c,
    int (*each)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e),
    void *user, struct err *e)
{
        return walk_blobs(c, SQL_BLOB_UNUSED, each, user, e);
}
