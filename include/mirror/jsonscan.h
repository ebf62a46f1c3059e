/*
 * A strict JSON reader that pulls one value after the other out of bytes in
 * memory and builds no tree: for index documents of tens of megabytes
 * (RFC 8259, UTF-8 only, one value, nothing behind it).
 *
 *     struct jsonscan j;
 *     struct json_text key;
 *
 *     jsonscan_init(&j, bytes, len);
 *     if (jsonscan_object(&j, e) < 0) ...
 *     while ((r = jsonscan_key(&j, &key, e)) == 1) {
 *             if (json_text_is(&key, "name"))
 *                     jsonscan_string(&j, &value, e)
 *             else
 *                     jsonscan_skip(&j, e)         every value is read or skipped
 *     }
 *     jsonscan_end(&j, e);
 *     jsonscan_release(&j);
 *
 * Errors name the line and column. A key that stands twice in an object is
 * handed out twice: whoever reads it refuses that where it matters. Escapes
 * that spell half of a surrogate pair become U+FFFD, and so do those of U+0000,
 * which would end a C string early: what holds one is no name or version of
 * anything, and the rest of the document is not spoilt by it.
 *
 * The document must stay in memory while it is read.
 */
#ifndef MIRROR_JSONSCAN_H
#define MIRROR_JSONSCAN_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/err.h"

enum json_kind {
        JSON_IS_OBJECT,
        JSON_IS_ARRAY,
        JSON_IS_STRING,
        JSON_IS_NUMBER,
        JSON_IS_TRUE,
        JSON_IS_FALSE,
        JSON_IS_NULL,
        JSON_IS_NOTHING, /* the document ends here, or no value can begin like this */
};

/* A string, decoded, without NUL. Points into the document, or into the reader until its next string. */
struct json_text {
        const char *data;
        size_t len;
};

struct jsonscan {
        const char *start, *at, *end;
        unsigned depth;
        int fresh;       /* a container was entered and nothing of it was read */
        struct buf text; /* the last string that held an escape */
};

void jsonscan_init(struct jsonscan *j, const char *bytes, size_t len);
void jsonscan_release(struct jsonscan *j);

/* The kind of the value that comes next, judged by its first character. */
enum json_kind jsonscan_peek(struct jsonscan *j);
const char *json_kind_name(enum json_kind kind); /* "a string", "an object", ... */

/* Each reads one value of its kind; another kind is an error. */
int jsonscan_string(struct jsonscan *j, struct json_text *out, struct err *e);
int jsonscan_integer(
    struct jsonscan *j, int64_t *out, struct err *e);   /* no fraction, no exponent */
int jsonscan_object(struct jsonscan *j, struct err *e); /* enters it */
int jsonscan_array(struct jsonscan *j, struct err *e);  /* enters it */

/* In an object: 1 the next key (its value comes next), 0 the object has ended, -1. */
int jsonscan_key(struct jsonscan *j, struct json_text *key, struct err *e);
/* In an array: 1 another value comes next, 0 the array has ended, -1. */
int jsonscan_element(struct jsonscan *j, struct err *e);

/* Passes over one value of any kind, and checks it all the same. */
int jsonscan_skip(struct jsonscan *j, struct err *e);

/* After the one value of the document: nothing but white space is left. */
int jsonscan_end(struct jsonscan *j, struct err *e);

int json_text_is(const struct json_text *t, const char *s); /* 1 equal, 0 not */

#endif
