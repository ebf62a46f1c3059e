/*
 * A reader of TOML 1.0 (toml.io/en/v1.0.0): dray.toml, and the lock files that
 * are TOML (uv.lock, poetry.lock, pylock.toml, Cargo.lock).
 *
 *     struct toml *t = toml_parse("dray.toml", text, len, e);
 *     const struct toml_value *v, *packages;
 *     if (toml_get_array(toml_root(t), "package", TOML_TABLE, &packages, e) == 1)
 *             for (v = toml_first(packages); v; v = toml_next(v))
 *                     toml_get_string(v, "name", &name, e) ...
 *     toml_free(t);
 *
 * The whole document becomes a tree; tables and arrays are walked in the order
 * of the document. Every value and every key knows its place, and every error
 * starts with it ("dray.toml:12:5: ..."); its code is ERR_USAGE, since what
 * dray reads as TOML is a file that a person wrote or named.
 *
 * The text must be UTF-8 (one leading byte order mark is passed over) and obeys
 * LIMIT_TOML, LIMIT_TOML_VALUES and LIMIT_TOML_DEPTH. Integers are 64-bit. A
 * CR LF inside a multi-line string is read as LF. Years are 0000 to 9999;
 * second 60 (a leap second, RFC 3339) is allowed.
 *
 * All pointers that come from a document are valid until toml_free.
 */
#ifndef MIRROR_TOML_H
#define MIRROR_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/err.h"

enum toml_kind {
        TOML_STRING,
        TOML_INTEGER,
        TOML_FLOAT,
        TOML_BOOLEAN,
        TOML_DATETIME,       /* with an offset: a moment in time */
        TOML_LOCAL_DATETIME, /* 1979-05-27T07:32:00 */
        TOML_LOCAL_DATE,     /* 1979-05-27 */
        TOML_LOCAL_TIME,     /* 07:32:00 */
        TOML_ARRAY,
        TOML_TABLE,
};

/* Where something stands in the text. */
struct toml_place {
        uint32_t line;       /* from 1 */
        uint32_t column;     /* from 1, in characters, not bytes */
        uint32_t start, end; /* byte offsets; end is just past it */
};

struct toml;       /* a document */
struct toml_value; /* one value in it, tables and arrays included */

/* `name` is for messages only. NULL on error. The text is not needed afterwards. */
struct toml *toml_parse(const char *name, const char *text, size_t len, struct err *e);
void toml_free(struct toml *t); /* accepts NULL */

const struct toml_value *toml_root(const struct toml *t); /* the top-level table */

enum toml_kind toml_kind(const struct toml_value *v);
const char *toml_kind_name(enum toml_kind kind); /* with its article: "a string" */

/*
 * The place of a value. For a table that a [header] defines it is the header,
 * up to its closing bracket; for one made on the way ([a.b] makes a) its key.
 */
const struct toml_place *toml_place(const struct toml_value *v);

/* The key under which a value stands and the key's place; NULL for array elements and the root. */
const char *toml_key(const struct toml_value *v, size_t *len); /* len may be NULL */
const struct toml_place *toml_key_place(const struct toml_value *v);

/* Children of a table or array, in document order: for (c = toml_first(v); c; c = toml_next(c)). */
const struct toml_value *toml_first(const struct toml_value *v); /* NULL for a scalar, too */
const struct toml_value *toml_next(const struct toml_value *child);
size_t toml_count(const struct toml_value *v); /* 0 for a scalar */

/* The value of a key, or NULL. */
const struct toml_value *toml_get(const struct toml_value *table, const char *key);

/* True if the table was written as a [header] or [[header]], not inline, dotted, or implied. */
bool toml_has_header(const struct toml_value *table);

/* The content of a value that is known to be of that kind (checked by assert). */
const char *toml_string(
    const struct toml_value *v, size_t *len); /* may hold NUL; len may be NULL */
int64_t toml_integer(const struct toml_value *v);
double toml_float(const struct toml_value *v);
bool toml_boolean(const struct toml_value *v);
const char *toml_datetime(const struct toml_value *v); /* any of the four, as written */
int64_t toml_unix(const struct toml_value *v); /* TOML_DATETIME: seconds since 1970, rounded down */

/*
 * Typed look-ups: 1 found, 0 no such key, -1 it holds something else; *out
 * changes only on 1. Strings from here are free of NUL bytes.
 */
int toml_get_string(
    const struct toml_value *table, const char *key, const char **out, struct err *e);
int toml_get_integer(const struct toml_value *table, const char *key, int64_t *out, struct err *e);
int toml_get_boolean(const struct toml_value *table, const char *key, bool *out, struct err *e);
int toml_get_unix(const struct toml_value *table, const char *key, int64_t *out, struct err *e);
int toml_get_table(
    const struct toml_value *table, const char *key, const struct toml_value **out, struct err *e);
/* An array, every element of which is of the kind `of`. */
int toml_get_array(const struct toml_value *table, const char *key, enum toml_kind of,
    const struct toml_value **out, struct err *e);

/* Refuses with -1 a value that is not of the kind, or a string with a NUL byte in it. */
int toml_expect(const struct toml_value *v, enum toml_kind kind, struct err *e);

/* Sets *e (ERR_USAGE) to "name:line:column: ..." for the value, or for its key. Returns -1. */
int toml_err(struct err *e, const struct toml_value *v, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int toml_err_key(struct err *e, const struct toml_value *v, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
