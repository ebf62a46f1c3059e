/*
 * Canonical JSON, on jansson: keys sorted, no white space, integers only,
 * every key once. What is signed is written and read through these two.
 */
#ifndef BUNDLE_JSON_H
#define BUNDLE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/err.h"

/* Appends the canonical text of v. -1: it holds a float, or out is full. */
int json_canonical(const json_t *v, struct buf *out, struct err *e);

/*
 * Parses one object and checks that the text is the canonical one, to the
 * byte. NULL with ERR_REFUSED otherwise; `what` begins the message.
 */
json_t *json_parse_canonical(const char *what, const char *text, size_t len, struct err *e);

/*
 * Readers for strict objects: each takes the member out of `object`, so that
 * json_done() can tell what was not known. ERR_REFUSED names the key.
 * Strings are borrowed: they live until json_decref of the value in *keep,
 * an array that the caller makes and frees (see json_take).
 */
struct json_reader {
        json_t *object;   /* owned; members leave it as they are read */
        json_t *keep;     /* array: what was read */
        const char *what; /* begins every message */
};

void json_reader_init(struct json_reader *r, const char *what, json_t *object_take);
void json_reader_release(struct json_reader *r);
/* NULL and ERR_REFUSED if missing. */
json_t *json_take(struct json_reader *r, const char *key, json_type type, struct err *e);
const char *json_take_string(struct json_reader *r, const char *key, struct err *e);
int json_take_size(
    struct json_reader *r, const char *key, uint64_t max, uint64_t *out, struct err *e);
int json_take_sha256(struct json_reader *r, const char *key, unsigned char out[32], struct err *e);
/* 0 if every member was taken; else ERR_REFUSED names the first left. */
int json_done(struct json_reader *r, struct err *e);

#endif
