#include <assert.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "resolve_set.h"

static struct set *set_alloc(size_t range_count)
{
        struct set *s = xmalloc(sizeof *s + range_count * sizeof s->ranges[0]);

        s->refs = 1;
        s->count = 0;
        return s;
}

/* Ranges come in ascending order of `first`; those that touch are joined. */
static void set_append(struct set *s, uint32_t first, uint32_t last)
{
        struct resolve_range *end = s->count ? &s->ranges[s->count - 1] : NULL;

        if (end && first <= end->last + 1) {
                if (last > end->last)
                        end->last = last;
                return;
        }
        s->ranges[s->count++] = (struct resolve_range){first, last};
}

/* Results are made with room for the worst case; what lives long should not keep it. */
static struct set *set_trim(struct set *s, size_t room)
{
        if (s->count == room)
                return s;
        return xrealloc(s, set_bytes(s));
}

struct set *set_of_range(uint32_t first, uint32_t last)
{
        struct set *s = set_alloc(1);

        set_append(s, first, last);
        return s;
}

struct set *set_of_ranges(const struct resolve_range *ranges, uint32_t count)
{
        struct set *s = set_alloc(count);

        for (uint32_t i = 0; i < count; i++)
                set_append(s, ranges[i].first, ranges[i].last);
        return set_trim(s, count);
}

struct set *set_ref(struct set *s)
{
        s->refs++;
        return s;
}

void set_unref(struct set *s)
{
        if (s && --s->refs == 0)
                free(s);
}

struct set *set_union(const struct set *a, const struct set *b)
{
        size_t room = (size_t)a->count + b->count;
        struct set *s = set_alloc(room);
        uint32_t i = 0, j = 0;

        while (i < a->count || j < b->count) {
                bool from_a =
                    j == b->count || (i < a->count && a->ranges[i].first <= b->ranges[j].first);
                const struct resolve_range *next = from_a ? &a->ranges[i++] : &b->ranges[j++];

                set_append(s, next->first, next->last);
        }
        return set_trim(s, room);
}

struct set *set_intersection(const struct set *a, const struct set *b)
{
        size_t room = (size_t)a->count + b->count;
        struct set *s = set_alloc(room);
        uint32_t i = 0, j = 0;

        while (i < a->count && j < b->count) {
                struct resolve_range x = a->ranges[i], y = b->ranges[j];
                uint32_t first = x.first > y.first ? x.first : y.first;
                uint32_t last = x.last < y.last ? x.last : y.last;

                if (first <= last)
                        set_append(s, first, last);
                if (x.last < y.last)
                        i++;
                else
                        j++;
        }
        return set_trim(s, room);
}

struct set *set_difference(const struct set *a, const struct set *b)
{
        size_t room = (size_t)a->count + b->count;
        struct set *s = set_alloc(room);
        uint32_t j = 0;

        for (uint32_t i = 0; i < a->count; i++) {
                uint32_t first = a->ranges[i].first, last = a->ranges[i].last;

                while (j < b->count && b->ranges[j].last < first)
                        j++;
                for (uint32_t k = j; first <= last; k++) {
                        if (k == b->count || b->ranges[k].first > last) {
                                set_append(s, first, last);
                                break;
                        }
                        if (b->ranges[k].first > first)
                                set_append(s, first, b->ranges[k].first - 1);
                        first = b->ranges[k].last + 1;
                }
        }
        return set_trim(s, room);
}

struct set *set_complement(const struct set *a, uint32_t size)
{
        struct set *all = set_of_range(0, size - 1);
        struct set *s = set_difference(all, a);

        assert(size > 0);
        set_unref(all);
        return s;
}

/* The first range that ends at or after `number`; s->count when there is none. */
static uint32_t set_seek(const struct set *s, uint32_t number)
{
        uint32_t low = 0, high = s->count;

        while (low < high) {
                uint32_t middle = low + (high - low) / 2;

                if (s->ranges[middle].last < number)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

bool set_contains(const struct set *s, uint32_t number)
{
        uint32_t at = set_seek(s, number);

        return at < s->count && s->ranges[at].first <= number;
}

bool set_is_subset(const struct set *a, const struct set *b)
{
        uint32_t j = a->count ? set_seek(b, a->ranges[0].first) : 0;

        for (uint32_t i = 0; i < a->count; i++) {
                while (j < b->count && b->ranges[j].last < a->ranges[i].first)
                        j++;
                if (j == b->count || b->ranges[j].first > a->ranges[i].first ||
                    b->ranges[j].last < a->ranges[i].last)
                        return false;
        }
        return true;
}

bool set_is_disjoint(const struct set *a, const struct set *b)
{
        uint32_t i = b->count ? set_seek(a, b->ranges[0].first) : 0;
        uint32_t j = a->count ? set_seek(b, a->ranges[0].first) : 0;

        while (i < a->count && j < b->count) {
                if (a->ranges[i].last < b->ranges[j].first)
                        i++;
                else if (b->ranges[j].last < a->ranges[i].first)
                        j++;
                else
                        return false;
        }
        return true;
}

bool set_is_full(const struct set *s, uint32_t size)
{
        return s->count == 1 && s->ranges[0].first == 0 && s->ranges[0].last == size - 1;
}

size_t set_size(const struct set *s)
{
        size_t size = 0;

        for (uint32_t i = 0; i < s->count; i++)
                size += (size_t)s->ranges[i].last - s->ranges[i].first + 1;
        return size;
}
