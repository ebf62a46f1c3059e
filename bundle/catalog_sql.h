/*
 * All SQL text of dray. Private to catalog*.c, which alone may include
 * <sqlite3.h>.
 */
#ifndef BUNDLE_CATALOG_SQL_H
#define BUNDLE_CATALOG_SQL_H

struct migration {
        int version; /* PRAGMA user_version after it */
        const char *sql;
};

extern const struct migration catalog_migrations[];
extern const int catalog_migration_count;

/* Temporary tables of one connection: what a change is staged in. */
extern const char catalog_temp_sql[];

enum statement {
        SQL_SETTING_GET,
        SQL_SETTING_PUT,
        SQL_SOURCE_PUT,
        SQL_SOURCE_KIND,
        SQL_SOURCE_NAMES,
        SQL_BLOB_PUT,
        SQL_BLOB_GET,
        SQL_BLOB_DELETE,
        SQL_BLOB_ALL,
        SQL_BLOB_UNUSED,
        SQL_GENERATION_LAST,
        SQL_GENERATION_GET,
        SQL_GENERATION_PUT,
        SQL_KEEP_CLEAR,
        SQL_KEEP_PUT,
        SQL_KEEP_PACKAGE,
        SQL_KEEP_SOURCE,
        SQL_KEPT_OLD,
        SQL_KEEP_DROP,
        SQL_RECORD_ID,
        SQL_RECORD_PUT,
        SQL_SEEN_PUT,
        SQL_SEEN_GET,
        SQL_PACKAGE_COUNT,
        SQL_SPAN_OPEN,
        SQL_SPAN_PUT,
        SQL_SPAN_REOPEN,
        SQL_SPAN_REMOVE,
        SQL_SPAN_EMPTY,
        SQL_SPAN_SETTLE,
        SQL_CHANGE_COUNT,
        SQL_PRUNE_SPANS,
        SQL_PRUNE_RECORDS,
        SQL_PRUNE_GENERATIONS,
        SQL_RECORDS_PACKAGE,
        SQL_RECORDS_LINE,
        SQL_RECORDS_OF_PACKAGE,
        SQL_DIFFERENCE_PACKAGE,
        SQL_DIFFERENCE_LINE,
        SQL_TOTALS,
        SQL_SCOPE_CLEAR,
        SQL_SCOPE_PUT,
        SQL_STATE_LINES,
        SQL_BLOB_IN_SCOPE,
        SQL_BUNDLE_GET,
        SQL_BUNDLE_LAST,
        SQL_BUNDLE_LAST_DONE,
        SQL_BUNDLE_PUT,
        SQL_BUNDLE_ALL,
        SQL_BUNDLE_STREAMS,
        SQL_STREAM_SOURCE_OWNER,
        SQL_STREAM_SOURCE_PUT,
        SQL_STREAM_DUE_PUT,
        SQL_STREAM_DUE_GET,
        SQL_STREAM_SOURCES,
        SQL_TRUST_GET,
        SQL_TRUST_PUT,
        SQL_TRUST_LIST_GET,
        SQL_TRUST_LIST_PUT,
        SQL_TRUST_LIST_ALL,
        SQL_TRUST_STREAMS,
        SQL_TREE_GET,
        SQL_TREE_PUT,
        SQL_DATED_GET,
        SQL_DATED_PUT,
        SQL_PAGE_PUT,
        SQL_PAGES,
        SQL_PAGES_LAST,
        SQL_PAGES_FORGET,
        SQL_DOCUMENT_GET,
        SQL_DOCUMENT_PUT,
        SQL_DOCUMENT_ALL,
        SQL_DOCUMENT_USED_CLEAR,
        SQL_DOCUMENT_USE,
        SQL_DOCUMENT_SWEEP,
        SQL_ITEM_GET,
        SQL_ITEM_PUT,
        SQL_ITEM_DIGEST,
        SQL_ITEMS_OPEN,
        SQL_ITEM_USED_CLEAR,
        SQL_ITEM_USE,
        SQL_ITEM_SWEEP,
        SQL_HOLE_NEW_CLEAR,
        SQL_HOLE_NEW_PUT,
        SQL_HOLE_SWEEP,
        SQL_HOLE_ADD,
        SQL_HOLES,
        SQL_SELECTION_GET,
        SQL_SELECTION_PUT,
        SQL_SELECTION_DELETE,
        SQL_RESERVED_GET,
        SQL_RESERVED_PUT,
        SQL_RESERVED_DELETE,
        SQL_AUDIT_LAST,
        SQL_AUDIT_PUT,
        SQL_AUDIT_FROM,
        SQL_REVIEW_PUT,
        SQL_REVIEWS,
        SQL_FACT_GET,
        SQL_FACT_PUT,
        SQL_FACT_SWEEP,
        SQL_RUN_BEGIN,
        SQL_RUN_END,
        SQL_RUNS,
        SQL_STATEMENT_COUNT
};

extern const char *const catalog_statements[SQL_STATEMENT_COUNT];

#endif
