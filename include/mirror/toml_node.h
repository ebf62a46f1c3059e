/*
 * The tree behind mirror/toml.h: how a TOML document is held in memory. Only
 * the reader (toml.c, toml_scan.c, toml_number.c) includes this.
 *
 * Values and text live in an arena that goes with the document. A table finds
 * its keys by a walk while it is small and by a keyed hash when it is not, so
 * that no choice of keys makes it slow.
 */
#ifndef MIRROR_TOML_NODE_H
#define MIRROR_TOML_NODE_H

#include "mirror/toml.h"

/* How a table or array came to be, which decides what may still be added to it. */
enum toml_origin {
        TOML_INLINE,  /* { } or [ ]: complete as it stands */
        TOML_IMPLIED, /* on the way to a header: [a.b] implies a */
        TOML_HEADER,  /* [a], or one element of [[a]], or the array [[a]] itself */
        TOML_DOTTED,  /* a.b = 1 makes a; may grow by more of those */
};

struct toml_value {
        struct toml *doc;
        struct toml_value *next;
        const char *key; /* NULL in an array */
        uint32_t key_len;
        struct toml_place key_place;
        struct toml_place place;
        uint8_t kind;   /* enum toml_kind */
        uint8_t origin; /* enum toml_origin */
        uint8_t depth;  /* the root is 0 */
        union {
                struct {
                        const char *text;
                        size_t len;
                        int64_t unix_time;
                } text; /* strings and date-times */
                int64_t integer;
                double real;
                bool boolean;
                struct {
                        struct toml_value *first, *last;
                        struct toml_value **slots; /* NULL while the table is small */
                        uint32_t count, slot_count;
                } list;
        } as;
};

struct toml {
        char *name;
        struct toml_value *root;
        struct toml_chunk *chunks;
        size_t values;
        unsigned char hash_key[16];
};

struct toml *toml_new(const char *name);

/* A zeroed value (an empty table, for the kind TOML_TABLE). */
struct toml_value *toml_value_new(struct toml *t, enum toml_kind kind);

/* A copy of the text that lives as long as the document, with a NUL added. */
const char *toml_keep(struct toml *t, const char *text, size_t len);

/* The child of a table by its key, or NULL. */
struct toml_value *toml_find(const struct toml_value *table, const char *key, size_t len);

/* Adds a child, which for a table has its key set and is not there yet. */
void toml_append(struct toml_value *list, struct toml_value *child);

#endif
