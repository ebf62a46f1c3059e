#include "yaml_tree.h"

int yaml_tree_parse(struct yaml_tree *t, const char *text, size_t len, struct err *e)
{
        yaml_parser_t parser;
        int ret = -1;

        if (!yaml_parser_initialize(&parser))
                abort(); /* no memory */
        yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
        if (yaml_parser_load(&parser, &t->document))
                ret = 0;
        else
                err_set(e, ERR_USAGE, "line %zu: %s", parser.problem_mark.line + 1,
                    parser.problem ? parser.problem : "not YAML");
        yaml_parser_delete(&parser);
        return ret;
}

void yaml_tree_release(struct yaml_tree *t)
{
        yaml_document_delete(&t->document);
}

yaml_node_t *yaml_tree_root(struct yaml_tree *t)
{
        return yaml_document_get_root_node(&t->document);
}

size_t yaml_tree_count(const yaml_node_t *mapping)
{
        if (!mapping || mapping->type != YAML_MAPPING_NODE)
                return 0;
        return (size_t)(mapping->data.mapping.pairs.top - mapping->data.mapping.pairs.start);
}

void yaml_tree_member(struct yaml_tree *t, const yaml_node_t *mapping, size_t i, const char **key,
    yaml_node_t **value)
{
        const yaml_node_pair_t *pair = &mapping->data.mapping.pairs.start[i];

        *key = yaml_tree_text(yaml_document_get_node(&t->document, pair->key));
        *value = yaml_document_get_node(&t->document, pair->value);
}

yaml_node_t *yaml_tree_get(struct yaml_tree *t, const yaml_node_t *mapping, const char *key)
{
        for (size_t i = 0; i < yaml_tree_count(mapping); i++) {
                const char *name;
                yaml_node_t *value;

                yaml_tree_member(t, mapping, i, &name, &value);
                if (name && strcmp(name, key) == 0)
                        return value;
        }
        return NULL;
}

const char *yaml_tree_text(const yaml_node_t *node)
{
        if (!node || node->type != YAML_SCALAR_NODE)
                return NULL;
        return (const char *)node->data.scalar.value;
}

const char *yaml_tree_get_text(struct yaml_tree *t, const yaml_node_t *mapping, const char *key)
{
        return yaml_tree_text(yaml_tree_get(t, mapping, key));
}

unsigned long yaml_tree_line(const yaml_node_t *node)
{
        return (unsigned long)node->start_mark.line + 1;
}
