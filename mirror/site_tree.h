/*
 * A tree of the site that is being brought from one generation to another.
 * Private to site*.c. Paths are below the tree: "pypi/simple/index.html".
 */
#ifndef MIRROR_SITE_TREE_H
#define MIRROR_SITE_TREE_H

#include "bundle/limit.h"
#include "mirror/mirror.h"
#include "mirror/registry.h"
#include "mirror/site.h"

struct site_key; /* mirror/site_key.h */

struct site_tree {
        struct mirror *mirror;
        struct site_result *result;
        int fd;           /* the tree's descriptor */
        int other;        /* that of the other tree; -1: there is none */
        int64_t from, to; /* generations; from 0: it is empty */
        int64_t shown;    /* the generation that the other tree shows; 0 or less: none */
        const char *base_url;
        const char *settings; /* what else the pages depend on */
        struct site_key *key; /* opened when the first source needs it */
};

/* Writes a page, in place of what is there. */
int site_tree_put(
    struct site_tree *t, const char *path, const void *bytes, size_t len, struct err *e);
/* Removes a file, and the folders that it leaves empty. That it is not there is fine. */
int site_tree_take(struct site_tree *t, const char *path, struct err *e);

/* Where a record's file is served: "source/...", validated. Appended to out. */
int site_record_path(
    const struct registry *registry, const struct record *r, struct buf *out, struct err *e);

/* The xz form of a page that gets this path below the source: a tree's, if one has it; else made. NULL on error. */
struct page *site_tree_xz(const struct site_tree *t, const char *source, const struct page *page,
    const char *path, struct err *e);

/* "source/path" into out; ERR_FAILED if it is too long. */
int site_page_path(char out[LIMIT_PATH], const char *source, const char *path, struct err *e);

#endif
