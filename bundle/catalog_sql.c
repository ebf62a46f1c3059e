#include "catalog_sql.h"
#include "bundle/err.h"

/* SQL is laid out by hand. */
/* clang-format off */

const struct migration catalog_migrations[] = {
    {1,
        "CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE source(name TEXT PRIMARY KEY, kind TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE blob(sha256 BLOB PRIMARY KEY CHECK(length(sha256) = 32),"
        "  size INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE generation(id INTEGER PRIMARY KEY, created INTEGER NOT NULL,"
        "  state BLOB NOT NULL) STRICT;"
        "CREATE TABLE record(id INTEGER PRIMARY KEY,"
        "  source TEXT NOT NULL REFERENCES source(name), package TEXT NOT NULL,"
        "  version TEXT NOT NULL, file TEXT NOT NULL,"
        "  sha256 BLOB NOT NULL REFERENCES blob(sha256), line TEXT NOT NULL,"
        "  line_sha256 BLOB NOT NULL UNIQUE) STRICT;"
        "CREATE INDEX record_by_name ON record(source, package, version, file);"
        "CREATE INDEX record_by_blob ON record(sha256);"
        /* A record is there from generation `added` up to, not including, `removed`. */
        "CREATE TABLE span(record INTEGER NOT NULL REFERENCES record(id),"
        "  added INTEGER NOT NULL, removed INTEGER, PRIMARY KEY(record, added))"
        "  STRICT, WITHOUT ROWID;"
        "CREATE INDEX span_by_added ON span(added);"
        "CREATE INDEX span_by_removed ON span(removed);"
        "CREATE TABLE bundle(stream TEXT NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL,"
        "  base_seq INTEGER NOT NULL, state BLOB NOT NULL, manifest BLOB NOT NULL,"
        "  generation INTEGER NOT NULL, issued INTEGER NOT NULL, done INTEGER NOT NULL,"
        "  file TEXT, PRIMARY KEY(stream, seq)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE stream_source(source TEXT PRIMARY KEY REFERENCES source(name),"
        "  stream TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE trust(stream TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE tree(name TEXT PRIMARY KEY, generation INTEGER NOT NULL,"
        "  settings TEXT NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE TABLE document(source TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL,"
        "  etag TEXT NOT NULL, last_modified TEXT NOT NULL, content_type TEXT NOT NULL,"
        "  sha256 BLOB REFERENCES blob(sha256), size INTEGER NOT NULL, start INTEGER NOT NULL,"
        "  total INTEGER NOT NULL, gone INTEGER NOT NULL, PRIMARY KEY(source, key))"
        "  STRICT, WITHOUT ROWID;"
        "CREATE INDEX document_by_blob ON document(sha256);"
        "CREATE TABLE item(source TEXT NOT NULL, package TEXT NOT NULL, version TEXT NOT NULL,"
        "  file TEXT NOT NULL, url TEXT NOT NULL, digest TEXT NOT NULL, sha256 BLOB,"
        "  size INTEGER NOT NULL, state INTEGER NOT NULL, tries INTEGER NOT NULL,"
        "  error TEXT NOT NULL, validator TEXT NOT NULL,"
        "  PRIMARY KEY(source, package, version, file)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX item_by_digest ON item(digest);"
        "CREATE INDEX item_by_blob ON item(sha256);"
        "CREATE TABLE hole(source TEXT NOT NULL, item TEXT NOT NULL, why TEXT NOT NULL,"
        "  since INTEGER NOT NULL, PRIMARY KEY(source, item)) STRICT, WITHOUT ROWID;"
        /* packages that were in-house once: never taken from an index by accident */
        "CREATE TABLE reserved(source TEXT NOT NULL, package TEXT NOT NULL,"
        "  PRIMARY KEY(source, package)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE selection(source TEXT PRIMARY KEY, inputs BLOB NOT NULL)"
        "  STRICT, WITHOUT ROWID;"
        "CREATE TABLE run(id INTEGER PRIMARY KEY, command TEXT NOT NULL, started INTEGER NOT NULL,"
        "  ended INTEGER NOT NULL, exit INTEGER NOT NULL, summary TEXT NOT NULL) STRICT;"},
    {2, "ALTER TABLE bundle ADD COLUMN sources TEXT NOT NULL DEFAULT ''"},
    {3,
        "CREATE TABLE audit(n INTEGER PRIMARY KEY, line TEXT NOT NULL,"
        "  hash BLOB NOT NULL CHECK(length(hash) = 32)) STRICT;"
        "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit"
        "  BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END;"
        "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit"
        "  BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END;"
        "CREATE TABLE review(manifest BLOB NOT NULL, uid INTEGER NOT NULL, person TEXT NOT NULL,"
        "  at INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(manifest, uid))"
        "  STRICT, WITHOUT ROWID;"},
    {4,
        /* what a source's pages were last dated, and for which state of it */
        "CREATE TABLE dated(source TEXT PRIMARY KEY REFERENCES source(name),"
        "  state BLOB NOT NULL, date INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        /* the pages of a whole source, and the last generation that was published with each */
        "CREATE TABLE page(source TEXT NOT NULL REFERENCES source(name), path TEXT NOT NULL,"
        "  lingers INTEGER NOT NULL, generation INTEGER NOT NULL, PRIMARY KEY(source, path))"
        "  STRICT, WITHOUT ROWID;"},
    {5,
        "CREATE TABLE fact(source TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
        "  PRIMARY KEY(source, name)) STRICT, WITHOUT ROWID"},
    /* numbers begin anew with each epoch; a trust list has a number, and keys a use */
    {6,
        "CREATE TABLE bundle_by_epoch(stream TEXT NOT NULL, epoch INTEGER NOT NULL,"
        "  seq INTEGER NOT NULL, base_seq INTEGER NOT NULL, state BLOB NOT NULL,"
        "  manifest BLOB NOT NULL, generation INTEGER NOT NULL, issued INTEGER NOT NULL,"
        "  done INTEGER NOT NULL, file TEXT, sources TEXT NOT NULL,"
        "  PRIMARY KEY(stream, epoch, seq)) STRICT, WITHOUT ROWID;"
        "INSERT INTO bundle_by_epoch SELECT stream, epoch, seq, base_seq, state, manifest,"
        "  generation, issued, done, file, sources FROM bundle;"
        "DROP TABLE bundle;"
        "ALTER TABLE bundle_by_epoch RENAME TO bundle;"
        /* the signed lists, as they came; trust holds what is in force here */
        "CREATE TABLE trust_list(stream TEXT NOT NULL, number INTEGER NOT NULL,"
        "  text TEXT NOT NULL, accepted INTEGER NOT NULL, PRIMARY KEY(stream, number))"
        "  STRICT, WITHOUT ROWID;"
        "UPDATE trust SET json = '{\"epoch\":1,\"issued\":null,\"keys\":[' ||"
        "  (SELECT group_concat(json_object('comment', value->>'comment', 'key', value->>'key',"
        "    'signs', 'both', 'valid_up_to_seq', value->>'valid_up_to_seq'), ',')"
        "    FROM json_each(trust.json, '$.keys')) || '],\"list_threshold\":' ||"
        "  (json->>'threshold') || ',\"number\":0,\"previous\":null,\"stream\":' ||"
        "  (json->'stream') || ',\"threshold\":' || (json->>'threshold') || '}'"},
    {7,
        /* every package that was ever here: one that was not is worth a second look */
        "CREATE TABLE package_seen(source TEXT NOT NULL, package TEXT NOT NULL,"
        "  PRIMARY KEY(source, package)) STRICT, WITHOUT ROWID;"
        "INSERT INTO package_seen SELECT DISTINCT source, package FROM record;"
        "CREATE TABLE stream_due(stream TEXT PRIMARY KEY, next_by INTEGER NOT NULL)"
        "  STRICT, WITHOUT ROWID;"},
    /* what a bundle said is missing: when that changes there is something to tell */
    {8, "ALTER TABLE bundle ADD COLUMN holes TEXT"},
    {9,
        /* what the operator has revoked here, apart from the lists, which may lose a key and get it again */
        "CREATE TABLE revoked(stream TEXT NOT NULL, key TEXT NOT NULL, epoch INTEGER NOT NULL,"
        "  valid_up_to_seq INTEGER NOT NULL, PRIMARY KEY(stream, key)) STRICT, WITHOUT ROWID;"
        "INSERT INTO revoked SELECT stream, value->>'key', trust.json->>'epoch', value->>'valid_up_to_seq'"
        "  FROM trust, json_each(trust.json, '$.keys') WHERE value->>'valid_up_to_seq' > 0"},
};
const int catalog_migration_count = sizeof catalog_migrations / sizeof *catalog_migrations;

const char catalog_temp_sql[] =
    "CREATE TEMP TABLE keep(record INTEGER PRIMARY KEY, fresh INTEGER NOT NULL) STRICT;"
    "CREATE TEMP TABLE scope(name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;"
    "CREATE TEMP TABLE document_used(source TEXT, key TEXT, PRIMARY KEY(source, key)) STRICT, WITHOUT ROWID;"
    "CREATE TEMP TABLE item_used(source TEXT, package TEXT, version TEXT, file TEXT,"
    "  PRIMARY KEY(source, package, version, file)) STRICT, WITHOUT ROWID;"
    "CREATE TEMP TABLE hole_new(source TEXT, item TEXT, why TEXT, PRIMARY KEY(source, item))"
    "  STRICT, WITHOUT ROWID;";

#define ITEM_COLUMNS \
        "source, package, version, file, url, digest, sha256, size, state, tries, error, validator"
#define BUNDLE_COLUMNS \
        "stream, seq, epoch, base_seq, state, manifest, generation, issued, done, file, sources, holes"
#define DOCUMENT_COLUMNS \
        "key, source, url, etag, last_modified, content_type, sha256, size, start, total, gone"

/* Alive in generation `g`, on a span aliased s. */
#define ALIVE(g) "(s.added <= " g " AND (s.removed IS NULL OR s.removed > " g "))"
/* ?1 the generation, ?2 the source or NULL */
#define RECORDS \
        "SELECT r.line, 1 FROM record r JOIN span s ON s.record = r.id" \
        " WHERE " ALIVE("?1") " AND (?2 IS NULL OR r.source = ?2)"
/*
 * ?1 from, ?2 to, for the sources in scope. A record may have several spans, so
 * each side is asked for as a whole; the indexes on added and removed make it
 * cost what the difference costs, not what the mirror does.
 */
#define DIFFERENCE \
        "SELECT r.line, d.there FROM (" \
        " SELECT record, 1 AS there FROM span s WHERE added > min(?1, ?2) AND added <= max(?1, ?2)" \
        "  AND " ALIVE("?2") \
        "  AND NOT EXISTS(SELECT 1 FROM span x WHERE x.record = s.record AND x.added <= ?1" \
        "   AND (x.removed IS NULL OR x.removed > ?1))" \
        " UNION SELECT record, 1 FROM span s WHERE removed > min(?1, ?2) AND removed <= max(?1, ?2)" \
        "  AND " ALIVE("?2") \
        "  AND NOT EXISTS(SELECT 1 FROM span x WHERE x.record = s.record AND x.added <= ?1" \
        "   AND (x.removed IS NULL OR x.removed > ?1))" \
        " UNION SELECT record, 0 FROM span s WHERE removed > min(?1, ?2) AND removed <= max(?1, ?2)" \
        "  AND " ALIVE("?1") \
        "  AND NOT EXISTS(SELECT 1 FROM span x WHERE x.record = s.record AND x.added <= ?2" \
        "   AND (x.removed IS NULL OR x.removed > ?2))" \
        " UNION SELECT record, 0 FROM span s WHERE added > min(?1, ?2) AND added <= max(?1, ?2)" \
        "  AND " ALIVE("?1") \
        "  AND NOT EXISTS(SELECT 1 FROM span x WHERE x.record = s.record AND x.added <= ?2" \
        "   AND (x.removed IS NULL OR x.removed > ?2))" \
        ") d JOIN record r ON r.id = d.record WHERE r.source IN (SELECT name FROM scope)"

const char *const catalog_statements[SQL_STATEMENT_COUNT] = {
    [SQL_SETTING_GET] = "SELECT value FROM setting WHERE key = ?1",
    [SQL_SETTING_PUT] = "INSERT INTO setting VALUES(?1, ?2)"
                        " ON CONFLICT DO UPDATE SET value = ?2 WHERE value <> ?2",
    [SQL_SOURCE_PUT] = "INSERT INTO source VALUES(?1, ?2) ON CONFLICT DO NOTHING",
    [SQL_SOURCE_KIND] = "SELECT kind FROM source WHERE name = ?1",
    [SQL_SOURCE_NAMES] = "SELECT name FROM source ORDER BY name",
    [SQL_BLOB_PUT] = "INSERT INTO blob VALUES(?1, ?2) ON CONFLICT DO NOTHING",
    [SQL_BLOB_GET] = "SELECT size FROM blob WHERE sha256 = ?1",
    [SQL_BLOB_DELETE] = "DELETE FROM blob WHERE sha256 = ?1",
    [SQL_BLOB_ALL] = "SELECT sha256, size FROM blob ORDER BY sha256",
    [SQL_BLOB_UNUSED] = "SELECT sha256, size FROM blob b WHERE"
                        " NOT EXISTS(SELECT 1 FROM record r WHERE r.sha256 = b.sha256)"
                        " AND NOT EXISTS(SELECT 1 FROM document d WHERE d.sha256 = b.sha256)"
                        " AND NOT EXISTS(SELECT 1 FROM item i WHERE i.sha256 = b.sha256)"
                        " ORDER BY sha256",
    [SQL_GENERATION_LAST] = "SELECT id, created, state FROM generation ORDER BY id DESC LIMIT 1",
    [SQL_GENERATION_GET] = "SELECT id, created, state FROM generation WHERE id = ?1",
    [SQL_GENERATION_PUT] = "INSERT INTO generation VALUES(?1, ?2, ?3)",
    [SQL_KEEP_CLEAR] = "DELETE FROM keep",
    [SQL_KEEP_PUT] = "INSERT INTO keep VALUES(?1, 1) ON CONFLICT DO UPDATE SET fresh = 1",
    [SQL_KEEP_PACKAGE] = "INSERT OR IGNORE INTO keep SELECT r.id, 0 FROM record r"
                         " JOIN span s ON s.record = r.id"
                         " WHERE s.removed IS NULL AND r.source = ?1 AND r.package = ?2",
    [SQL_KEEP_SOURCE] = "INSERT OR IGNORE INTO keep SELECT r.id, 0 FROM record r"
                        " JOIN span s ON s.record = r.id"
                        " WHERE s.removed IS NULL AND r.source = ?1",
    [SQL_KEPT_OLD] = "SELECT k.record, r.sha256, b.size FROM keep k JOIN record r ON r.id = k.record"
                     " JOIN blob b USING(sha256) WHERE k.fresh = 0",
    [SQL_KEEP_DROP] = "DELETE FROM keep WHERE record = ?1",
    [SQL_RECORD_ID] = "SELECT id FROM record WHERE line_sha256 = ?1",
    [SQL_RECORD_PUT] = "INSERT INTO record(source, package, version, file, sha256, line,"
                       " line_sha256) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_SEEN_PUT] = "INSERT OR IGNORE INTO package_seen VALUES(?1, ?2)",
    [SQL_SEEN_GET] = "SELECT 1 FROM package_seen WHERE source = ?1 AND package = ?2",
    [SQL_PACKAGE_COUNT] = "SELECT count(*) FROM record r JOIN span s ON s.record = r.id"
                          " WHERE r.source = ?2 AND r.package = ?3 AND " ALIVE("?1"),
    [SQL_SPAN_OPEN] = "SELECT added FROM span WHERE record = ?1 AND removed IS NULL",
    [SQL_SPAN_PUT] = "INSERT INTO span VALUES(?1, ?2, NULL)",
    [SQL_SPAN_REOPEN] = "UPDATE span SET removed = NULL WHERE record = ?1 AND removed = ?2",
    [SQL_SPAN_REMOVE] = "UPDATE span SET removed = ?2 WHERE record = ?1 AND removed IS NULL",
    [SQL_SPAN_EMPTY] = "DELETE FROM span WHERE added = ?1 AND removed = ?1",
    [SQL_SPAN_SETTLE] = "UPDATE span SET removed = ?2 WHERE removed IS NULL"
                        " AND record IN (SELECT id FROM record WHERE source = ?1)"
                        " AND (record NOT IN (SELECT record FROM keep)"
                        /* held before, and there is a new record of the same file */
                        "  OR record IN (SELECT o.record FROM keep o JOIN record r ON r.id = o.record"
                        "   WHERE o.fresh = 0 AND EXISTS(SELECT 1 FROM record n JOIN keep k"
                        "    ON k.record = n.id WHERE k.fresh = 1 AND n.id <> r.id"
                        "    AND n.source = r.source AND n.package = r.package"
                        "    AND n.file = r.file)))",
    [SQL_CHANGE_COUNT] = "SELECT (SELECT count(*) FROM span WHERE added = ?1),"
                         " (SELECT count(*) FROM span WHERE removed = ?1)",
    [SQL_PRUNE_SPANS] = "DELETE FROM span WHERE removed IS NOT NULL AND removed <= ?1",
    [SQL_PRUNE_RECORDS] = "DELETE FROM record WHERE NOT EXISTS"
                          "(SELECT 1 FROM span WHERE span.record = record.id)",
    [SQL_PRUNE_GENERATIONS] = "DELETE FROM generation WHERE id < ?1",
    [SQL_RECORDS_PACKAGE] = RECORDS " ORDER BY r.source, r.package, r.version, r.file, r.line",
    [SQL_RECORDS_LINE] = RECORDS " ORDER BY r.line",
    [SQL_RECORDS_OF_PACKAGE] = "SELECT r.line, 1 FROM record r JOIN span s ON s.record = r.id"
                               " WHERE r.source = ?2 AND r.package = ?3 AND " ALIVE("?1")
                               " ORDER BY r.version, r.file, r.line",
    [SQL_DIFFERENCE_PACKAGE] = DIFFERENCE
    " ORDER BY r.source, r.package, d.there, r.version, r.file, r.line",
    [SQL_DIFFERENCE_LINE] = DIFFERENCE " ORDER BY d.there, r.line",
    [SQL_TOTALS] = "SELECT count(*), count(DISTINCT r.source || '/' || r.package),"
                   " coalesce(sum(b.size), 0) FROM record r JOIN span s ON s.record = r.id"
                   " JOIN blob b ON b.sha256 = r.sha256"
                   " WHERE " ALIVE("?1") " AND (?2 IS NULL OR r.source = ?2)",
    [SQL_SCOPE_CLEAR] = "DELETE FROM scope",
    [SQL_SCOPE_PUT] = "INSERT OR IGNORE INTO scope VALUES(?1)",
    [SQL_STATE_LINES] = "SELECT r.line FROM record r JOIN span s ON s.record = r.id"
                        " WHERE " ALIVE("?1")
                        " AND (?2 OR r.source IN (SELECT name FROM scope)) ORDER BY r.line",
    [SQL_BLOB_IN_SCOPE] = "SELECT 1 FROM record r JOIN span s ON s.record = r.id"
                          " WHERE r.sha256 = ?2 AND " ALIVE("?1")
                          " AND r.source IN (SELECT name FROM scope) LIMIT 1",
    [SQL_BUNDLE_GET] = "SELECT " BUNDLE_COLUMNS " FROM bundle WHERE stream = ?1 AND seq = ?2"
                       " AND epoch = ?3",
    [SQL_BUNDLE_LAST] = "SELECT " BUNDLE_COLUMNS " FROM bundle WHERE stream = ?1"
                        " ORDER BY epoch DESC, seq DESC LIMIT 1",
    [SQL_BUNDLE_LAST_DONE] = "SELECT " BUNDLE_COLUMNS " FROM bundle WHERE stream = ?1"
                             " AND done <> 0 ORDER BY epoch DESC, seq DESC LIMIT 1",
    [SQL_BUNDLE_LATEST] = "SELECT max(done) FROM bundle",
    [SQL_BUNDLE_NO_LATER] = "UPDATE bundle SET done = ?1 WHERE done > ?1",
    [SQL_BUNDLE_PUT] = "INSERT OR REPLACE INTO bundle(" BUNDLE_COLUMNS ")"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [SQL_BUNDLE_ALL] = "SELECT " BUNDLE_COLUMNS " FROM bundle WHERE ?1 IS NULL OR stream = ?1"
                       " ORDER BY stream, epoch, seq",
    [SQL_BUNDLE_STREAMS] = "SELECT DISTINCT stream FROM bundle ORDER BY stream",
    [SQL_STREAM_SOURCE_OWNER] = "SELECT stream FROM stream_source WHERE source = ?1",
    [SQL_STREAM_SOURCE_PUT] = "INSERT INTO stream_source VALUES(?1, ?2) ON CONFLICT DO NOTHING",
    [SQL_STREAM_SOURCE_DELETE] = "DELETE FROM stream_source WHERE source = ?1 AND stream = ?2",
    [SQL_STREAM_DUE_PUT] = "INSERT OR REPLACE INTO stream_due VALUES(?1, ?2)",
    [SQL_STREAM_DUE_GET] = "SELECT next_by FROM stream_due WHERE stream = ?1",
    [SQL_STREAM_SOURCES] = "SELECT source FROM stream_source WHERE stream = ?1 ORDER BY source",
    [SQL_TRUST_GET] = "SELECT json FROM trust WHERE stream = ?1",
    [SQL_TRUST_PUT] = "INSERT OR REPLACE INTO trust VALUES(?1, ?2)",
    [SQL_TRUST_DELETE] = "DELETE FROM trust WHERE stream = ?1",
    [SQL_TRUST_LIST_GET] = "SELECT text FROM trust_list WHERE stream = ?1 AND number = ?2",
    [SQL_TRUST_LIST_PUT] = "INSERT OR REPLACE INTO trust_list VALUES(?1, ?2, ?3, ?4)",
    [SQL_TRUST_LIST_ALL] = "SELECT number, text FROM trust_list WHERE stream = ?1 ORDER BY number",
    [SQL_REVOKED_ALL] = "SELECT key, epoch, valid_up_to_seq FROM revoked WHERE stream = ?1 ORDER BY key",
    [SQL_REVOKED_PUT] = "INSERT INTO revoked VALUES(?1, ?2, ?3, ?4)",
    [SQL_REVOKED_CLEAR] = "DELETE FROM revoked WHERE stream = ?1",
    [SQL_TRUST_STREAMS] = "SELECT stream FROM trust ORDER BY stream",
    [SQL_TREE_GET] = "SELECT generation, settings FROM tree WHERE name = ?1",
    [SQL_TREE_PUT] = "INSERT OR REPLACE INTO tree VALUES(?1, ?2, ?3)",
    [SQL_DATED_GET] = "SELECT state, date FROM dated WHERE source = ?1",
    [SQL_DATED_PUT] = "INSERT OR REPLACE INTO dated VALUES(?1, ?2, ?3)",
    [SQL_PAGE_PUT] = "INSERT OR REPLACE INTO page VALUES(?1, ?2, ?3, ?4)",
    [SQL_PAGE_BACK] = "DELETE FROM page WHERE source = ?1 AND path = ?2 AND lingers = ?3",
    [SQL_PAGES_BACK] = "DELETE FROM page WHERE source = ?1 AND generation = ?2 AND lingers = ?3",
    /* age: how many later sets of pages there have been */
    [SQL_PAGES] = "SELECT path, lingers, (SELECT count(DISTINCT generation) FROM page n"
                  " WHERE n.source = p.source AND n.generation > p.generation)"
                  " FROM page p WHERE source = ?1 AND lingers <> ?2 ORDER BY path",
    [SQL_PAGES_LAST] = "SELECT coalesce(max(generation), 0) FROM page WHERE source = ?1",
    [SQL_PAGES_FORGET] = "DELETE FROM page WHERE source = ?1 AND (SELECT count(DISTINCT generation)"
                         " FROM page n WHERE n.source = ?1 AND n.generation > page.generation) >= ?2",
    [SQL_DOCUMENT_GET] = "SELECT " DOCUMENT_COLUMNS " FROM document"
                         " WHERE source = ?1 AND key = ?2",
    [SQL_DOCUMENT_PUT] = "INSERT OR REPLACE INTO document(" DOCUMENT_COLUMNS ")"
                         " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [SQL_DOCUMENT_DELETE] = "DELETE FROM document WHERE source = ?1 AND key = ?2",
    [SQL_DOCUMENT_ALL] = "SELECT " DOCUMENT_COLUMNS " FROM document"
                         " WHERE source = ?1 AND total = 0 ORDER BY key",
    [SQL_DOCUMENT_USED_CLEAR] = "DELETE FROM document_used",
    [SQL_DOCUMENT_USE] = "INSERT OR IGNORE INTO document_used VALUES(?1, ?2)",
    [SQL_DOCUMENT_SWEEP] = "DELETE FROM document WHERE source = ?1"
                           " AND key NOT IN (SELECT key FROM document_used WHERE source = ?1)",
    [SQL_ITEM_GET] = "SELECT " ITEM_COLUMNS " FROM item"
                     " WHERE source = ?1 AND package = ?2 AND version = ?3 AND file = ?4",
    [SQL_ITEM_PUT] = "INSERT OR REPLACE INTO item(" ITEM_COLUMNS ")"
                     " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [SQL_ITEM_DIGEST] = "SELECT i.sha256, b.size FROM item i JOIN blob b ON b.sha256 = i.sha256"
                        " WHERE i.digest = ?1 AND i.state = ?2 LIMIT 1",
    [SQL_ITEMS_OPEN] = "SELECT " ITEM_COLUMNS " FROM item WHERE source = ?1 AND state <> ?2"
                       " ORDER BY package, version, file",
    [SQL_ITEM_USED_CLEAR] = "DELETE FROM item_used",
    [SQL_ITEM_USE] = "INSERT OR IGNORE INTO item_used VALUES(?1, ?2, ?3, ?4)",
    [SQL_ITEM_SWEEP] = "DELETE FROM item WHERE source = ?1 AND NOT EXISTS"
                       "(SELECT 1 FROM item_used u WHERE u.source = item.source"
                       " AND u.package = item.package AND u.version = item.version"
                       " AND u.file = item.file)",
    [SQL_HOLE_NEW_CLEAR] = "DELETE FROM hole_new",
    [SQL_HOLE_NEW_PUT] = "INSERT OR IGNORE INTO hole_new VALUES(?1, ?2, ?3)",
    [SQL_HOLE_SWEEP] = "DELETE FROM hole WHERE source = ?1 AND item NOT IN"
                       " (SELECT item FROM hole_new WHERE source = ?1)",
    [SQL_HOLE_ADD] = "INSERT INTO hole SELECT source, item, why, ?2 FROM hole_new WHERE source = ?1"
                     " ON CONFLICT DO UPDATE SET why = excluded.why WHERE why <> excluded.why",
    [SQL_HOLES] = "SELECT source, item, why, since FROM hole WHERE ?1 IS NULL OR source = ?1"
                  " ORDER BY source, item",
    [SQL_SELECTION_GET] = "SELECT inputs FROM selection WHERE source = ?1",
    [SQL_SELECTION_PUT] = "INSERT OR REPLACE INTO selection VALUES(?1, ?2)",
    [SQL_SELECTION_DELETE] = "DELETE FROM selection WHERE source = ?1",
    [SQL_RESERVED_GET] = "SELECT 1 FROM reserved WHERE source = ?1 AND package = ?2",
    [SQL_RESERVED_PUT] = "INSERT OR IGNORE INTO reserved VALUES(?1, ?2)",
    [SQL_RESERVED_DELETE] = "DELETE FROM reserved WHERE package = ?1",
    [SQL_AUDIT_LAST] = "SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1",
    [SQL_AUDIT_PUT] = "INSERT INTO audit VALUES(?1, ?2, ?3)",
    [SQL_AUDIT_FROM] = "SELECT n, line, hash FROM audit WHERE n >= ?1 ORDER BY n",
    [SQL_REVIEW_PUT] = "INSERT OR REPLACE INTO review VALUES(?1, ?2, ?3, ?4, ?5)",
    [SQL_REVIEWS] = "SELECT uid, person, at, reason FROM review WHERE manifest = ?1 ORDER BY at, uid",
    [SQL_FACT_GET] = "SELECT value FROM fact WHERE source = ?1 AND name = ?2",
    [SQL_FACT_PUT] = "INSERT OR REPLACE INTO fact VALUES(?1, ?2, ?3)",
    [SQL_FACT_SWEEP] = "DELETE FROM fact WHERE source = ?1",
    [SQL_RUN_BEGIN] = "INSERT INTO run(command, started, ended, exit, summary)"
                      " VALUES(?1, ?2, 0, -1, '')",
    [SQL_RUN_END] = "UPDATE run SET ended = ?2, exit = ?3, summary = ?4 WHERE id = ?1",
    [SQL_RUNS] = "SELECT id, started, ended, command, summary, exit FROM run"
                 " ORDER BY id DESC LIMIT ?1",
};
