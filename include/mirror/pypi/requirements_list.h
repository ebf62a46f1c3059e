/*
 * A list of texts: names and addresses that options of a requirements.txt add
 * up and take away.
 */
#ifndef MIRROR_PYPI_REQUIREMENTS_LIST_H
#define MIRROR_PYPI_REQUIREMENTS_LIST_H

#include <stddef.h>

struct requirements_list {
        char **list;
        size_t count, cap;
};

void requirements_list_add(struct requirements_list *l, const char *text); /* a copy, at the end */
void requirements_list_remove(struct requirements_list *l, const char *text); /* wherever it is */
void requirements_list_release(struct requirements_list *l);

/*
 * One --no-binary or --only-binary (the other is the list of the opposite
 * option), by pip's rule: ":all:" clears both and covers what follows it,
 * ":none:" clears this one, a project is taken off the other one. Names are
 * normalised.
 */
void requirements_list_add_format(
    struct requirements_list *l, struct requirements_list *other, const char *value);

#endif
