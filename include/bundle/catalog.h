/*
 * The catalog: everything dray knows about a mirror, in one SQLite file
 * (WAL, foreign keys, STRICT tables; a newer schema is refused).
 *
 *     catalog_open("DIR/state", CATALOG_WRITE, &c, e);
 *     catalog_begin(c, e);
 *     ... changes ...
 *     catalog_commit(c, e);      or catalog_rollback(c)
 *     catalog_close(c);
 *
 * This header holds the blobs, the records and the generations; streams and
 * trees are in catalog_stream.h, what sync remembers is in catalog_work.h.
 * All SQL stands in catalog_sql.c.
 *
 * Generations. A generation is the full set of records after a change. The
 * catalog keeps for each record the spans of generations in which it is there,
 * so that the difference of any two generations is one query.
 *
 * Every text that a cursor hands out lives until its next call or close.
 */
#ifndef BUNDLE_CATALOG_H
#define BUNDLE_CATALOG_H

#include <stdint.h>

#include "bundle/err.h"
#include "bundle/record.h"

struct catalog;

enum catalog_mode {
        CATALOG_CREATE, /* must not exist yet */
        CATALOG_WRITE,
        CATALOG_READ, /* also for a user who may write nothing there */
};

int catalog_open(
    const char *state_dir, enum catalog_mode mode, struct catalog **out, struct err *e);
void catalog_close(struct catalog *c);
int catalog_begin(struct catalog *c, struct err *e);
/*
 * Begins a change that nobody misses after a power cut, such as a line of the log: it waits for no
 * disk. It survives this process as any other does, and the power once a later one is committed
 * that is not light.
 */
int catalog_begin_light(struct catalog *c, struct err *e);
int catalog_commit(struct catalog *c, struct err *e);
void catalog_rollback(struct catalog *c); /* nothing to do outside a transaction */

/*
 * Around many questions and no change: they are answered from one state of the catalog, and
 * none has to lock it for itself.
 */
int catalog_read_begin(struct catalog *c, struct err *e);
void catalog_read_end(struct catalog *c);

/* SQLite's own check of the file, and that all tables are there: 1 sound, 0 not (e says what), -1. */
int catalog_check(struct catalog *c, struct err *e);

/* -- mirror-wide settings: "role" is "connected" or "isolated", ... -- */
int catalog_setting_get(
    struct catalog *c, const char *key, char **value, struct err *e); /* 1/0/-1; caller frees */
int catalog_setting_put(struct catalog *c, const char *key, const char *value, struct err *e);

/* -- sources -- */
/* Makes the source known. ERR_CHAIN if it is known with another kind. */
int catalog_source_put(struct catalog *c, const char *name, const char *kind, struct err *e);
/* The kind of a source: 1 (caller frees *kind), 0 unknown, -1. */
int catalog_source_kind(struct catalog *c, const char *name, char **kind, struct err *e);
/* Names of all sources, sorted; the caller frees with catalog_names_free. */
int catalog_sources(struct catalog *c, char ***names, size_t *count, struct err *e);
void catalog_names_free(char **names, size_t count);

/* -- blobs: a row says that the bytes were checked and are durable -- */
int catalog_blob_put(
    struct catalog *c, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e);
int catalog_blob_has(struct catalog *c, const unsigned char sha256[SHA256_SIZE], uint64_t *size,
    struct err *e); /* 1/0/-1; size may be NULL */
int catalog_blob_forget(struct catalog *c, const unsigned char sha256[SHA256_SIZE], struct err *e);
/* Every blob row. each returns 0 to go on; its other values end the walk and are returned. */
int catalog_blobs(struct catalog *c,
    int (*each)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e),
    void *user, struct err *e);
/* Every blob row that no kept generation, document or work item needs. */
int catalog_blobs_unused(struct catalog *c,
    int (*each)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e),
    void *user, struct err *e);

/* -- generations -- */
struct generation {
        int64_t id;                       /* 0: the empty one, before the first */
        int64_t created;                  /* unix seconds */
        unsigned char state[SHA256_SIZE]; /* over all records */
};

int catalog_generation_last(
    struct catalog *c, struct generation *out, struct err *e); /* 1, 0 none, -1 */
int catalog_generation_get(struct catalog *c, int64_t id, struct generation *out, struct err *e);

/*
 * A change, inside a transaction: begin, then any number of add, remove,
 * keep and settle, then end, which makes the next generation if anything differs.
 */
int catalog_change_begin(struct catalog *c, struct err *e);
/* 1 added, 0 was there, -1. Its blob and its source must have a row. */
int catalog_record_add(struct catalog *c, const struct record *r, struct err *e);
/* 1 removed, 0 was not there, -1 */
int catalog_record_remove(struct catalog *c, const struct record *r, struct err *e);
/* Is it one of the last generation's, or of the change under way? 1/0/-1 */
int catalog_record_has(struct catalog *c, const struct record *r, struct err *e);
/* As catalog_record_add(); and it stays when its source is settled. */
int catalog_record_keep(struct catalog *c, const struct record *r, struct err *e);
/*
 * Keeps what is held of one package of a source, or (package NULL) of all of
 * it, but for records of files for which another one is kept by name.
 */
int catalog_keep_held(struct catalog *c, const char *source, const char *package, struct err *e);
/* Of what catalog_keep_held() kept, lets those records go whose blob is not `whole`: lost, or damaged. */
int catalog_keep_whole(struct catalog *c,
    int (*whole)(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size), void *user,
    struct err *e);
/* Removes every record of `source` that nothing above kept since catalog_change_begin(). */
int catalog_source_settle(struct catalog *c, const char *source, struct err *e);
/* 1: *out is the new generation; 0: nothing differed, *out is the last one; -1 */
int catalog_change_end(struct catalog *c, struct generation *out, struct err *e);
/* How many records a generation has that the one before had not, and the other way round. */
int catalog_change_count(
    struct catalog *c, int64_t generation, uint64_t *added, uint64_t *removed, struct err *e);

/*
 * The scope: the sources that the next two calls, and catalog_difference(),
 * speak of, until it is set again. Empty on opening.
 */
int catalog_scope(struct catalog *c, char *const *sources, size_t count, struct err *e);
/* The state id of a generation's records in scope. */
int catalog_state(
    struct catalog *c, int64_t generation, unsigned char state[SHA256_SIZE], struct err *e);
/* Does a record in scope of that generation name this blob? 1/0/-1 */
int catalog_blob_in_scope(
    struct catalog *c, int64_t generation, const unsigned char sha256[SHA256_SIZE], struct err *e);

/* Forgets the generations before `oldest`, and the records that only they held. */
int catalog_generations_prune(struct catalog *c, int64_t oldest, struct err *e);

/* Was a package of that name ever here, in any generation, also a forgotten one? 1/0/-1 */
int catalog_package_seen(struct catalog *c, const char *source, const char *package, struct err *e);
/* How many records a generation has of it. */
int catalog_package_count(struct catalog *c, int64_t generation, const char *source,
    const char *package, uint64_t *count, struct err *e);

/* -- reading records -- */
struct record_rows;

enum record_order {
        ORDER_PACKAGE, /* source, package, version, file; what is gone before what is new in a package */
        ORDER_LINE, /* bytes of the line */
};

/* All records of a generation; source and package NULL: of every one. */
int catalog_records(struct catalog *c, int64_t generation, const char *source, const char *package,
    enum record_order order, struct record_rows **out, struct err *e);
/*
 * The difference from generation a to b, in scope: what is in exactly one of
 * them. ORDER_LINE: first what is gone, then what is new, each by line.
 */
int catalog_difference(struct catalog *c, int64_t a, int64_t b, enum record_order order,
    struct record_rows **out, struct err *e);
/* 1, 0 at the end, -1. *added (may be NULL): 1 there in b, 0 there in a. *line: the record's line. */
int record_rows_next(
    struct record_rows *rows, struct record *out, const char **line, int *added, struct err *e);
void record_rows_close(struct record_rows *rows);

struct record_totals {
        uint64_t records, packages, bytes;
};
int catalog_totals(struct catalog *c, int64_t generation, const char *source,
    struct record_totals *out, struct err *e);

#endif
