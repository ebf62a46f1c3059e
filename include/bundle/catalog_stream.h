/*
 * The catalog's memory of streams: what was bundled (connected side), what
 * was imported (isolated side), whom the importer trusts, and which generation
 * each tree of the site shows.
 */
#ifndef BUNDLE_CATALOG_STREAM_H
#define BUNDLE_CATALOG_STREAM_H

#include "bundle/catalog.h"

/* One bundle of a stream: built here, or imported here. */
struct bundle_row {
        char *stream;  /* owned, like the next three; bundle_row_release */
        char *file;    /* as built or as read; may be NULL */
        char *sources; /* as built: sorted, a newline between; else "" (put takes NULL for it) */
        char *holes;   /* as built: what it says is missing, like sources; NULL: not known */
        int64_t epoch, seq;
        int64_t base_seq;                    /* 0: full */
        unsigned char state[SHA256_SIZE];    /* of the stream after it */
        unsigned char manifest[SHA256_SIZE]; /* of manifest.jsonl.xz; zero until it is made */
        int64_t generation;                  /* here */
        int64_t issued;                      /* unix seconds */
        int64_t done;                        /* built or imported at; 0: begun, not finished */
};

void bundle_row_release(struct bundle_row *row);

/*
 * Number seq of the stream's last epoch; seq 0: the last one. 1 (release *out), 0 none, -1.
 * Numbers begin anew with an epoch; catalog_bundle_find() asks for any of them.
 */
int catalog_bundle_get(
    struct catalog *c, const char *stream, int64_t seq, struct bundle_row *out, struct err *e);
int catalog_bundle_find(struct catalog *c, const char *stream, int64_t epoch, int64_t seq,
    struct bundle_row *out, struct err *e);
/* The last one that is done. 1 (release *out), 0 none, -1. */
int catalog_bundle_last_done(
    struct catalog *c, const char *stream, struct bundle_row *out, struct err *e);
/* The latest `done` of any stream's, whichever came last; 0: none is done. */
int catalog_bundle_latest(struct catalog *c, int64_t *done, struct err *e);
/* What is done later than `now` was under a wrong clock, and counts as done now. */
int catalog_bundle_no_later(struct catalog *c, int64_t now, struct err *e);
/* Writes the row, over one of the same stream, epoch and seq. */
int catalog_bundle_put(struct catalog *c, const struct bundle_row *row, struct err *e);
/* stream NULL: of all streams. Ordered by stream, epoch and seq. */
int catalog_bundles(struct catalog *c, const char *stream,
    int (*each)(void *user, const struct bundle_row *row, struct err *e), void *user,
    struct err *e);

/* Every stream of which there are bundles; the caller frees with catalog_names_free. */
int catalog_bundle_streams(struct catalog *c, char ***names, size_t *count, struct err *e);

/* When its next bundle was to come, by the last one: 1 and *next_by, 0 not stated, -1. */
int catalog_stream_due(struct catalog *c, const char *stream, int64_t *next_by, struct err *e);
int catalog_stream_due_put(
    struct catalog *c, const char *stream, int64_t next_by, struct err *e); /* 0: not stated */

/*
 * Which sources a stream brought here (isolated side). A source belongs to one stream, until that
 * one releases it. check: 1 it is this stream's, 0 nobody's, -1: ERR_CHAIN (cause "source-taken"),
 * another's; put refuses likewise.
 */
int catalog_stream_source_check(
    struct catalog *c, const char *stream, const char *source, struct err *e);
int catalog_stream_source_put(
    struct catalog *c, const char *stream, const char *source, struct err *e);
/* That it is another's, or nobody's, is fine, and changes nothing. */
int catalog_stream_source_release(
    struct catalog *c, const char *stream, const char *source, struct err *e);
/* Did a stream bring this source here? 1/0/-1 */
int catalog_source_is_imported(struct catalog *c, const char *source, struct err *e);
int catalog_stream_sources(
    struct catalog *c, const char *stream, char ***names, size_t *count, struct err *e);

/* The trust list of a stream, as JSON text: 1 (caller frees), 0 none, -1. */
int catalog_trust_get(struct catalog *c, const char *stream, char **json, struct err *e);
int catalog_trust_put(struct catalog *c, const char *stream, const char *json, struct err *e);
int catalog_trust_streams(struct catalog *c, char ***names, size_t *count, struct err *e);

/* The generation that tree "a" or "b" shows: -1 in *generation while it is being changed or unknown. */
int catalog_tree_get(
    struct catalog *c, const char *tree, int64_t *generation, char **settings, struct err *e);
int catalog_tree_put(
    struct catalog *c, const char *tree, int64_t generation, const char *settings, struct err *e);

#endif
