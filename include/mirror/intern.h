/* Texts to small numbers, given out from 0 up. */
#ifndef MIRROR_INTERN_H
#define MIRROR_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct intern {
        char **texts; /* by number */
        size_t count, cap;
        uint32_t *table; /* number + 1, open addressing */
        size_t table_size;
};

/* The number of the text, a new one if it is new: then it equals the old count. */
uint32_t intern_put(struct intern *t, const char *text);
/* 1 and its number, or 0. */
int intern_find(const struct intern *t, const char *text, uint32_t *number);
void intern_release(struct intern *t); /* accepts the zero value */

#endif
