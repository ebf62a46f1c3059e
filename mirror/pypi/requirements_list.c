#include "mirror/pypi/requirements_list.h"

#include <stdbool.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/pypi/name.h"

void requirements_list_add(struct requirements_list *l, const char *text)
{
        l->list = xgrow(l->list, l->count, &l->cap, sizeof *l->list);
        l->list[l->count++] = xstrdup(text);
}

void requirements_list_remove(struct requirements_list *l, const char *text)
{
        size_t kept = 0;

        for (size_t i = 0; i < l->count; i++) {
                if (strcmp(l->list[i], text) == 0)
                        free(l->list[i]);
                else
                        l->list[kept++] = l->list[i];
        }
        l->count = kept;
}

void requirements_list_release(struct requirements_list *l)
{
        for (size_t i = 0; i < l->count; i++)
                free(l->list[i]);
        free(l->list);
        *l = (struct requirements_list){0};
}

/* Behind the first item of a list that is this one, or NULL. */
static const char *find_item(const char *list, const char *item)
{
        while (*list) {
                size_t len = strcspn(list, ",");
                bool found = len == strlen(item) && strncmp(list, item, len) == 0;

                list += len + (list[len] == ',');
                if (found)
                        return list;
        }
        return NULL;
}

void requirements_list_add_format(
    struct requirements_list *l, struct requirements_list *other, const char *value)
{
        for (const char *rest; (rest = find_item(value, ":all:")); value = rest) {
                requirements_list_release(l);
                requirements_list_release(other);
                requirements_list_add(l, ":all:");
                if (!find_item(rest, ":none:"))
                        return;
        }
        while (*value) {
                size_t len = strcspn(value, ",");
                char *name = name_normalize(value, len);

                if (strcmp(name, ":none:") == 0) {
                        requirements_list_release(l);
                } else if (len) {
                        requirements_list_remove(other, name);
                        requirements_list_remove(l, name);
                        requirements_list_add(l, name);
                }
                free(name);
                value += len + (value[len] == ',');
        }
}
