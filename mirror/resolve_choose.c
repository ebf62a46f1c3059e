/*
 * Which package is decided next. A heap of all that are needed, undecided packages, by what the
 * header promises. Entries are not taken out when their package changes: it gets a new one, and
 * an old one is recognized by its key when it comes up.
 */
#include "bundle/err.h"
#include "bundle/mem.h"
#include "resolve_state.h"

/* The parts of a key, from the weightiest; a larger value comes later. */
static uint64_t key_part(uint64_t key, unsigned bits, uint64_t value)
{
        uint64_t most = (UINT64_C(1) << bits) - 1;

        return key << bits | (value < most ? value : most);
}

static uint64_t choose_key(const struct resolve *r, uint32_t package)
{
        const struct package *p = &r->packages[package];
        const uint32_t most_conflicts = (1 << 20) - 1;
        size_t left = set_size(trail_domain(r, package));
        uint64_t key = 0;

        key = key_part(key, 1, !p->urgent);
        key = key_part(key, 1, left != 1);
        key = key_part(key, 1, p->late && !p->urgent);
        key = key_part(key, 20,
            most_conflicts - (p->conflicts < most_conflicts ? p->conflicts : most_conflicts));
        key = key_part(key, 16, p->depth);
        key = key_part(key, 23, p->order);
        return key_part(key, 1, left == p->count);
}

static bool choose_before(const struct resolve *r, const struct turn *a, const struct turn *b)
{
        int names;

        if (a->key != b->key)
                return a->key < b->key;
        names = strcmp(r->packages[a->package].name, r->packages[b->package].name);
        return names ? names < 0 : a->package < b->package;
}

static void heap_sink(struct resolve *r, size_t at)
{
        struct turn moving = r->turns[at];

        for (;;) {
                size_t child = 2 * at + 1;

                if (child + 1 < r->turn_count &&
                    choose_before(r, &r->turns[child + 1], &r->turns[child]))
                        child++;
                if (child >= r->turn_count || !choose_before(r, &r->turns[child], &moving))
                        break;
                r->turns[at] = r->turns[child];
                at = child;
        }
        r->turns[at] = moving;
}

static void heap_raise(struct resolve *r, size_t at)
{
        struct turn moving = r->turns[at];

        while (at && choose_before(r, &moving, &r->turns[(at - 1) / 2])) {
                r->turns[at] = r->turns[(at - 1) / 2];
                at = (at - 1) / 2;
        }
        r->turns[at] = moving;
}

/* Drops the old entries when they are most of the heap. */
static void heap_sweep(struct resolve *r)
{
        if (r->turn_count < 1024 || r->turn_count < 4 * r->known_count)
                return;
        r->turn_count = 0;
        for (size_t i = 0; i < r->known_count; i++)
                if (trail_is_open(r, r->known[i]))
                        r->turns[r->turn_count++] =
                            (struct turn){choose_key(r, r->known[i]), r->known[i]};
        for (size_t i = r->turn_count / 2; i-- > 0;)
                heap_sink(r, i);
}

void choose_touch(struct resolve *r, uint32_t package)
{
        if (!trail_is_open(r, package))
                return;
        heap_sweep(r);
        r->turns = xgrow(r->turns, r->turn_count, &r->turn_cap, sizeof *r->turns);
        r->turns[r->turn_count++] = (struct turn){choose_key(r, package), package};
        heap_raise(r, r->turn_count - 1);
}

uint32_t choose_package(struct resolve *r)
{
        while (r->turn_count) {
                struct turn top = r->turns[0];

                if (trail_is_open(r, top.package) && choose_key(r, top.package) == top.key)
                        return top.package;
                r->turns[0] = r->turns[--r->turn_count];
                if (r->turn_count)
                        heap_sink(r, 0);
        }
        return RESOLVE_NONE;
}
