/*
 * What sync remembers between runs: index documents with their validators,
 * the work list with a state for each item, holes, what the last complete
 * selection was made from, facts, and the log of runs.
 */
#ifndef BUNDLE_CATALOG_WORK_H
#define BUNDLE_CATALOG_WORK_H

#include "bundle/catalog.h"

/* A document as it was last received. Its bytes are a blob. */
struct document_row {
        const char *key;    /* url, accept and range: what makes it another document */
        const char *source; /* the source that asked for it */
        const char *url;    /* after redirects */
        const char *etag, *last_modified, *content_type; /* "" when not sent */
        unsigned char sha256[SHA256_SIZE];               /* the bytes */
        uint64_t size;
        uint64_t offset, total; /* a range: where it lies; the whole file's size */
        int gone;               /* 404 or 410: there are no bytes */
};

/* 1 (strings live until the next call on this catalog's documents), 0, -1 */
int catalog_document_get(struct catalog *c, const char *source, const char *key,
    struct document_row *out, struct err *e);
int catalog_document_put(struct catalog *c, const struct document_row *row, struct err *e);
int catalog_document_delete(struct catalog *c, const char *source, const char *key, struct err *e);
/*
 * Forgetting what is not asked for any more: begin, use for every document
 * that was asked for, sweep. Writes only when something is forgotten.
 */
int catalog_documents_begin(struct catalog *c, struct err *e);
int catalog_document_use(struct catalog *c, const char *source, const char *key, struct err *e);
int catalog_documents_sweep(struct catalog *c, const char *source, struct err *e);
/* Every index document of a source (not ranges, not gone ones), in key order. */
int catalog_documents(struct catalog *c, const char *source,
    int (*each)(void *user, const struct document_row *row, struct err *e), void *user,
    struct err *e);

enum item_state {          /* in the catalog as these numbers: never another one for the same */
        ITEM_WANTED = 0,   /* not tried yet, or to be tried again */
        ITEM_VERIFIED = 1, /* held, digest compared */
        ITEM_FAILED = 2,   /* tried; `error` says why */
        ITEM_GONE = 3,     /* 404 or 410 upstream */
};

struct item_row {
        const char *source, *package, *version, *file;
        const char *url;
        const char *digest;                /* "sha256:<hex>" as the index states it */
        unsigned char sha256[SHA256_SIZE]; /* of the bytes, once verified */
        uint64_t size;                     /* stated, or once verified known; 0 unknown */
        enum item_state state;
        int64_t tries;
        const char *error;     /* of the last failure, or "" */
        const char *validator; /* strong ETag or date of a partial download, or "" */
};

/* Identity: source, package, version, file. 1 (strings as above), 0, -1 */
int catalog_item_get(struct catalog *c, const char *source, const char *package,
    const char *version, const char *file, struct item_row *out, struct err *e);
int catalog_item_put(struct catalog *c, const struct item_row *row, struct err *e);
/* The blob that a file of this digest gave: 1, 0, -1. */
int catalog_item_digest(struct catalog *c, const char *digest, unsigned char sha256[SHA256_SIZE],
    uint64_t *size, struct err *e);
/* Items of a source that are not verified. */
int catalog_items_open(struct catalog *c, const char *source,
    int (*each)(void *user, const struct item_row *row, struct err *e), void *user, struct err *e);
/* As for documents: begin, use for every file that is wanted, sweep. */
int catalog_items_begin(struct catalog *c, struct err *e);
int catalog_item_use(struct catalog *c, const struct item_row *row, struct err *e);
int catalog_items_sweep(struct catalog *c, const char *source, struct err *e);

struct hole_row {
        const char *source, *item, *why; /* item: one line that can be shown (text_clean) */
        int64_t since;                   /* unix seconds */
};
/* Replaces the holes of a source: begin, put, end. `since` of one that stays is kept. */
int catalog_holes_begin(struct catalog *c, struct err *e);
int catalog_hole_put(
    struct catalog *c, const char *source, const char *item, const char *why, struct err *e);
int catalog_holes_end(struct catalog *c, const char *source, struct err *e);
/* source NULL: of all. */
int catalog_holes(struct catalog *c, const char *source,
    int (*each)(void *user, const struct hole_row *row, struct err *e), void *user, struct err *e);

/*
 * What the last complete selection of a source was made from: a digest of the
 * configuration and of every document. The same digest: the same selection.
 */
int catalog_selection_get(struct catalog *c, const char *source, unsigned char inputs[SHA256_SIZE],
    struct err *e); /* 1/0/-1 */
int catalog_selection_put(
    struct catalog *c, const char *source, const unsigned char inputs[SHA256_SIZE], struct err *e);
int catalog_selection_forget(struct catalog *c, const char *source, struct err *e);

/*
 * Names of packages that were in-house once. Should their local files vanish,
 * they are not taken from an index unless somebody says so.
 */
int catalog_reserved(
    struct catalog *c, const char *source, const char *package, struct err *e); /* 1/0/-1 */
int catalog_reserve(struct catalog *c, const char *source, const char *package, struct err *e);
int catalog_unreserve(struct catalog *c, const char *package, struct err *e); /* in every source */

/* Small facts of a source that its adapter wants to find again: name to text. */
int catalog_fact_get(struct catalog *c, const char *source, const char *name, char **value,
    struct err *e); /* 1 (caller frees), 0, -1 */
int catalog_fact_put(
    struct catalog *c, const char *source, const char *name, const char *value, struct err *e);
int catalog_facts_sweep(struct catalog *c, const char *source, struct err *e); /* all of them */

struct run_row {
        int64_t id, started, ended;
        const char *command, *summary; /* "" while it runs */
        int64_t exit;                  /* exit status; -1 while it runs, or if it was killed */
};
int catalog_run_begin(struct catalog *c, const char *command, int64_t *id, struct err *e);
int catalog_run_end(struct catalog *c, int64_t id, int exit, const char *summary, struct err *e);
/* Newest first. */
int catalog_runs(struct catalog *c, int limit,
    int (*each)(void *user, const struct run_row *row, struct err *e), void *user, struct err *e);

#endif
