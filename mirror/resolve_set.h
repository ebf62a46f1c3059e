/*
 * An immutable, counted set of small numbers, kept as ascending ranges that
 * never touch. Version requirements are nearly always one or two ranges, so a set
 * costs a few bytes whether the package has five candidates or five thousand.
 *
 * Every function that returns a set hands over one reference; set_unref() gives
 * it back.
 */
#ifndef MIRROR_RESOLVE_SET_H
#define MIRROR_RESOLVE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mirror/resolve.h"

struct set {
        uint32_t refs;
        uint32_t count; /* of ranges */
        struct resolve_range ranges[];
};

struct set *set_of_range(uint32_t first, uint32_t last); /* both included */
struct set *set_of_ranges(const struct resolve_range *ranges, uint32_t count);
struct set *set_ref(struct set *s);
void set_unref(struct set *s); /* accepts NULL */

struct set *set_union(const struct set *a, const struct set *b);
struct set *set_intersection(const struct set *a, const struct set *b);
struct set *set_difference(const struct set *a, const struct set *b);
struct set *set_complement(const struct set *a, uint32_t size); /* within 0 .. size-1 */

bool set_contains(const struct set *s, uint32_t number);
bool set_is_subset(const struct set *a, const struct set *b); /* a within b */
bool set_is_disjoint(const struct set *a, const struct set *b);
bool set_is_full(const struct set *s, uint32_t size); /* is it 0 .. size-1 */
size_t set_size(const struct set *s);                 /* how many numbers */

/* Bytes it takes. */
static inline size_t set_bytes(const struct set *s)
{
        return sizeof *s + s->count * sizeof s->ranges[0];
}

#endif
