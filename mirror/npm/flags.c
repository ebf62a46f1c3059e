#include "mirror/npm/flags.h"

void tree_collect(struct node *root, struct node_set *out)
{
        node_set_add(out, root);
        for (size_t i = 0; i < root->children.size; i++)
                if (root->children.slots[i])
                        tree_collect(root->children.slots[i], out);
}

void tree_flag_optional(struct node *root)
{
        struct node_set all = {0}, queue = {0};

        tree_collect(root, &all);
        for (size_t i = 0; i < all.count; i++)
                all.items[i]->optional = true;
        root->optional = false;
        node_set_add(&queue, root);
        for (size_t i = 0; i < queue.count; i++) {
                const struct node *n = queue.items[i];

                for (size_t k = 0; k < n->edge_count; k++) {
                        struct node *to = n->edges[k]->to;

                        if (!to || edge_is_optional(n->edges[k]))
                                continue;
                        to->optional = false;
                        node_set_add(&queue, to);
                }
        }
        node_set_release(&all);
        node_set_release(&queue);
}

void tree_optional_set(struct node *n, struct node_set *out)
{
        struct node_set up = {0}, set = {0};
        struct edge_filter filter = {.not_to_any = &up, .not_from_any = out};

        node_set_add(&up, n);
        for (size_t i = 0; i < up.count; i++)
                for (size_t k = 0; k < up.items[i]->in.count; k++)
                        if (!edge_is_optional(up.items[i]->in.items[k]))
                                node_set_add(&up, up.items[i]->in.items[k]->from);
        for (size_t i = 0; i < up.count; i++)
                node_set_add(&set, up.items[i]);
        node_set_gather(&set, &filter);
        for (size_t i = 0; i < set.count; i++)
                if (set.items[i])
                        node_set_add(out, set.items[i]);
        node_set_release(&up);
        node_set_release(&set);
}
