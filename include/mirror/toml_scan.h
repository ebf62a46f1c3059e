/*
 * The scanner of the TOML reader: characters to tokens. It knows lines,
 * comments, keys, strings, numbers and dates, but nothing about tables. Only
 * toml*.c include this.
 *
 * Functions return 0 or -1 with *s->e set; a scan that has failed is over.
 */
#ifndef MIRROR_TOML_SCAN_H
#define MIRROR_TOML_SCAN_H

#include "bundle/buf.h"
#include "mirror/toml_node.h"

struct toml_scan {
        struct toml *doc;
        const char *text; /* the document */
        const char *p;    /* the next character */
        const char *end;
        const char *mark; /* places are counted from here, so that counting stays linear */
        uint32_t mark_line, mark_column;
        struct buf scratch; /* a string or number under construction */
        struct err *e;
};

/* Checks the encoding of the whole text. Release also after failure. */
int toml_scan_init(
    struct toml_scan *s, struct toml *doc, const char *text, size_t len, struct err *e);
void toml_scan_release(struct toml_scan *s);

/* The place of the text from `start` to `end`. Linear only if starts do not go back. */
void toml_scan_place(
    struct toml_scan *s, const char *start, const char *end, struct toml_place *place);

/* Sets the error "name:line:column: ..." for the character at `at`. Returns -1. */
int toml_scan_fail(struct toml_scan *s, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "wanted X, found Y" for whatever stands at s->p. Returns -1. */
int toml_scan_expected(struct toml_scan *s, const char *wanted);

void toml_scan_blank(struct toml_scan *s);   /* spaces and tabs */
int toml_scan_line_end(struct toml_scan *s); /* blanks, a comment, then a newline or the end */
int toml_scan_space(struct toml_scan *s);    /* blanks, comments and newlines, as in an array */
bool toml_scan_take(struct toml_scan *s, char c); /* passes over c if it is next */

/* One part of a key. The text lives until the next call. */
struct toml_part {
        const char *text;
        size_t len;
        const char *start, *end; /* in the document, quotes included */
};
int toml_scan_key(struct toml_scan *s, struct toml_part *part);

/* A scalar into *v: kind and content (not its place). */
int toml_scan_string(struct toml_scan *s, struct toml_value *v);
int toml_scan_word(struct toml_scan *s, struct toml_value *v); /* number, date, boolean */

/*
 * One date-time of any kind into *v, whole text only. Sets the kind, not the
 * text. 1 it is one, 0 it does not look like one, -1 it looks like one but is wrong.
 */
int toml_scan_datetime(struct toml_scan *s, const char *text, size_t len, struct toml_value *v);

#endif
