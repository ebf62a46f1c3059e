#include <stdbool.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "resolve_map.h"

struct map_slot {
        uint64_t key;
        uint32_t value;
        bool taken;
};

void map_release(struct map *m)
{
        free(m->slots);
        *m = (struct map){0};
}

/* The slot that holds the key, or the free one where it belongs. */
static struct map_slot *map_seek(const struct map *m, uint64_t key)
{
        /* Keys are pairs of small numbers: multiply, and take the well-mixed upper half. */
        size_t at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (m->size - 1);

        while (m->slots[at].taken && m->slots[at].key != key)
                at = (at + 1) & (m->size - 1);
        return &m->slots[at];
}

static void map_grow(struct map *m)
{
        struct map bigger = {.size = m->size ? m->size * 2 : 64, .used = m->used};

        bigger.slots = xcalloc(bigger.size, sizeof *bigger.slots);
        for (size_t i = 0; i < m->size; i++)
                if (m->slots[i].taken)
                        *map_seek(&bigger, m->slots[i].key) = m->slots[i];
        free(m->slots);
        *m = bigger;
}

int map_get(const struct map *m, uint64_t key, uint32_t *value)
{
        const struct map_slot *slot = m->size ? map_seek(m, key) : NULL;

        if (!slot || !slot->taken)
                return 0;
        *value = slot->value;
        return 1;
}

void map_put(struct map *m, uint64_t key, uint32_t value)
{
        struct map_slot *slot;

        if (m->used * 2 >= m->size)
                map_grow(m);
        slot = map_seek(m, key);
        m->used += !slot->taken;
        *slot = (struct map_slot){key, value, true};
}
