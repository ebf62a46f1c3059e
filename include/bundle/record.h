/*
 * A record: one served file, and the registry metadata that its index line
 * needs. The unit of the catalog, the bundle and the site.
 *
 * A record's line is its canonical JSON text: an object with the keys file,
 * meta, package, sha256, size, source, version, sorted, without white space,
 * integers only. Two records are the same if and only if their lines are.
 * The state id of a set of records is SHA-256 over its lines, in byte order,
 * each followed by a newline.
 */
#ifndef BUNDLE_RECORD_H
#define BUNDLE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/digest.h"
#include "bundle/err.h"

struct record {
        const char *source;  /* the source's name: see source_name_wrong() */
        const char *package; /* as the registry normalises it */
        const char *version;
        const char *file; /* file name: one path component */
        unsigned char sha256[SHA256_SIZE];
        uint64_t size;    /* bytes */
        const char *meta; /* canonical JSON object, "{}" when there is nothing to say */
};

/*
 * Appends the line of *r without newline. ERR_REFUSED: record_parse() would not read it back, a
 * name is unfit or meta no canonical object; ERR_FAILED: out is full.
 */
int record_format(const struct record *r, struct buf *out, struct err *e);

/* A record that owns its text. */
struct record_parsed {
        struct record record;
        char *text; /* all strings */
};

/*
 * Reads one line, strictly: every key once, nothing else, canonical to the
 * byte, names within LIMIT_NAME and free of control characters, '/' and '\'.
 * Source and file names are also held against what hurts a host. Fails with
 * ERR_REFUSED.
 */
int record_parse(const char *line, size_t len, struct record_parsed *out, struct err *e);
void record_parsed_release(struct record_parsed *p);

/* 0 when the name is fit to be one path component on any host; else -1 with the reason. */
int name_check(const char *what, const char *name, struct err *e);

/*
 * What keeps it from being the name of a source, as in "the name `x` ..."; NULL: nothing. One has
 * 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit; it is a folder of the site, on any host.
 */
const char *source_name_wrong(const char *name);

/* 0, or -1 with that. */
int source_name_check(const char *what, const char *name, struct err *e);

#endif
