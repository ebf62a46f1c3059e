#include "mirror/arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/mem.h"

#define BLOCK ((size_t)64 * 1024)

struct arena_block {
        struct arena_block *next;
        alignas(max_align_t) char bytes[];
};

static void *take(struct arena *a, size_t size)
{
        char *p;

        if (size > a->left || !a->blocks) {
                size_t room = size > BLOCK ? size : BLOCK;
                struct arena_block *b = xmalloc(sizeof *b + room);

                b->next = a->blocks;
                a->blocks = b;
                a->at = b->bytes;
                a->left = room;
        }
        p = a->at;
        a->at += size;
        a->left -= size;
        return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
        size_t over = (uintptr_t)a->at % alignof(max_align_t);
        size_t pad = over ? alignof(max_align_t) - over : 0;

        if (a->left < pad) /* the next block is aligned */
                a->left = pad = 0;
        a->at = pad ? a->at + pad : a->at;
        a->left -= pad;
        return take(a, size);
}

const char *arena_text(struct arena *a, const char *bytes, size_t len)
{
        char *p = take(a, len + 1);

        if (len)
                memcpy(p, bytes, len);
        p[len] = '\0';
        return p;
}

void arena_release(struct arena *a)
{
        struct arena_block *b = a->blocks;

        while (b) {
                struct arena_block *next = b->next;

                free(b);
                b = next;
        }
        *a = (struct arena){0};
}
