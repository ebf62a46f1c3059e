/*
 * Memory for many small strings that live and die together.
 *
 *     struct arena a = {0};
 *     const char *name = arena_text(&a, bytes, len);    never moves
 *     arena_release(&a);                                all at once
 *
 * The zero value is an empty arena. What is put in is bounded by the limit on
 * the document that it comes from.
 */
#ifndef MIRROR_ARENA_H
#define MIRROR_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
        struct arena_block *blocks; /* the newest first */
        char *at;                   /* free room of the newest */
        size_t left;
};

/* `size` bytes aligned for any object, not zeroed. Valid until arena_release. */
void *arena_alloc(struct arena *a, size_t size);

/* A copy of `len` bytes with a NUL behind. Valid until arena_release. */
const char *arena_text(struct arena *a, const char *bytes, size_t len);

void arena_release(struct arena *a); /* leaves it zeroed */

#endif
