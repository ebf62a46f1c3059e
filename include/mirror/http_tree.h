/*
 * The tree of files that is served, and the only way to open one of them.
 *
 *     struct http_tree t;
 *     http_tree_open(&t, "/srv/mirror/site", e)   "site" may be a symbolic link
 *     root = http_tree_root(&t);                  where it leads at this moment
 *     fd = http_tree_file(&t, root, "a/b", O_RDONLY);
 *     close(fd), close(root);
 *     http_tree_close(&t);
 *
 * The link is resolved anew by every http_tree_root(), so that it may be
 * switched at any time by rename: what is opened under one root is all of one
 * generation. Below the root no symbolic link is followed and nothing outside
 * is reached, by openat2() where the kernel has it and name by name elsewhere.
 *
 * Safe to use from several threads at once.
 */
#ifndef MIRROR_HTTP_TREE_H
#define MIRROR_HTTP_TREE_H

#include <stdbool.h>

#include "bundle/err.h"

struct http_tree {
        int parent; /* the directory in which the link stands */
        char *name; /* of the link in it */
        bool walk;  /* there is no openat2(): go name by name. Tests set it. */
};

/* The directory that holds `site` must exist; `site` itself may come later. 0, or -1. */
int http_tree_open(struct http_tree *t, const char *site, struct err *e);

/* Accepts a struct that a failed http_tree_open() left, or a closed one. */
void http_tree_close(struct http_tree *t);

/* An O_PATH descriptor of the tree's root, which the caller closes; or -1 with errno. */
int http_tree_root(const struct http_tree *t);

/*
 * Opens `path` ("a/b", no slash at either end, "" is the root itself) with the
 * open() flags given (O_PATH only together with O_DIRECTORY); O_CLOEXEC is
 * added. The caller closes it. -1 with errno: ELOOP or ENOTDIR for a symbolic
 * link, EXDEV or EINVAL for a path that leads outside.
 */
int http_tree_file(const struct http_tree *t, int root, const char *path, int flags);

#endif
