/* A table from 64-bit keys to 32-bit values: open addressing, never shrinks, no removal. */
#ifndef MIRROR_RESOLVE_MAP_H
#define MIRROR_RESOLVE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot;
struct map {
        struct map_slot *slots;
        size_t size; /* a power of two, or 0 */
        size_t used;
};

void map_release(struct map *m);                                 /* accepts a zeroed struct */
int map_get(const struct map *m, uint64_t key, uint32_t *value); /* 1 found / 0 none */
void map_put(struct map *m, uint64_t key, uint32_t value);       /* replaces */

#endif
