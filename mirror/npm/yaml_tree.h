/* YAML as a tree, on libyaml: as much as lock files need of it. Private to the npm adapter. */
#ifndef MIRROR_NPM_YAML_TREE_H
#define MIRROR_NPM_YAML_TREE_H

#include <stddef.h>
#include <yaml.h>

#include "bundle/err.h"

struct yaml_tree {
        yaml_document_t document;
};

/* ERR_USAGE with the line. *t need not be released then. */
int yaml_tree_parse(struct yaml_tree *t, const char *text, size_t len, struct err *e);
void yaml_tree_release(struct yaml_tree *t);

yaml_node_t *yaml_tree_root(struct yaml_tree *t); /* NULL: an empty document */

/* Members of a mapping, in its order; 0 and no members for anything else. */
size_t yaml_tree_count(const yaml_node_t *mapping);
void yaml_tree_member(struct yaml_tree *t, const yaml_node_t *mapping, size_t i, const char **key,
    yaml_node_t **value);

/* NULL: no mapping, no such key. */
yaml_node_t *yaml_tree_get(struct yaml_tree *t, const yaml_node_t *mapping, const char *key);
/* The text of a scalar; NULL: it is none. */
const char *yaml_tree_text(const yaml_node_t *node);
/* The text of the scalar below a key, or NULL. */
const char *yaml_tree_get_text(struct yaml_tree *t, const yaml_node_t *mapping, const char *key);

/* The line that it begins in, from 1. */
unsigned long yaml_tree_line(const yaml_node_t *node);

#endif
