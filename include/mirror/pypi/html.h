/*
 * The tags of an HTML page, one after the other: as much of the HTML
 * tokenizer as an index page needs. Lax as browsers are (any case, any
 * quoting, unknown tags, unclosed elements), and it never fails: whatever is
 * no tag is text. Comments, and tags inside <script>, <style>, <title> and
 * the like, are not seen as tags.
 *
 *     struct html h;
 *     html_init(&h, bytes, len);
 *     while (html_next(&h))
 *             if (!h.closing && strcmp(h.name, "a") == 0)
 *                     html_attribute(&h, "href", &value);
 *
 * The page must stay in memory. Nothing needs to be released.
 */
#ifndef MIRROR_PYPI_HTML_H
#define MIRROR_PYPI_HTML_H

#include <stddef.h>

#include "bundle/buf.h"

#define HTML_MAX_ATTRIBUTES 64 /* of one tag; more are not looked at */
#define HTML_MAX_NAME 16

struct html_attribute {
        const char *name, *value; /* as they stand in the page */
        size_t name_len, value_len;
};

struct html {
        const char *at, *end;
        /* Of the tag that html_next has found: */
        char name[HTML_MAX_NAME]; /* lower case; "" for one that is longer */
        int closing;              /* </name> */
        struct html_attribute attributes[HTML_MAX_ATTRIBUTES];
        size_t attribute_count;
        const char *text; /* what stood between the tag before and this one */
        size_t text_len;
};

void html_init(struct html *h, const char *bytes, size_t len);

/* 1: another tag; 0: the page has ended. */
int html_next(struct html *h);

/*
 * Replaces *out (which is initialised) by the attribute's value, decoded and
 * made UTF-8; the first counts when there are several. 1: present; 0: absent.
 */
int html_attribute(const struct html *h, const char *name, struct buf *out);

/* Appends text with its entities decoded, made UTF-8. 0, or -1: over the maximum of *out. */
int html_decode(struct buf *out, const char *text, size_t len);

#endif
