#include "mirror/fetch_wait.h"

#include "bundle/mem.h"

void fetch_wait_release(struct fetch_wait *w)
{
        free(w->list);
        *w = (struct fetch_wait){0};
}

void fetch_wait_put(struct fetch_wait *w, struct transfer *t)
{
        size_t i = w->count;

        w->list = xgrow(w->list, w->count, &w->cap, sizeof(struct transfer *));
        w->count++;
        for (; i && w->list[(i - 1) / 2]->due_ms > t->due_ms; i = (i - 1) / 2)
                w->list[i] = w->list[(i - 1) / 2];
        w->list[i] = t;
}

struct transfer *fetch_wait_first(const struct fetch_wait *w)
{
        return w->count ? w->list[0] : NULL;
}

struct transfer *fetch_wait_take(struct fetch_wait *w)
{
        struct transfer *first = fetch_wait_first(w), *moved;
        size_t i = 0, child;

        if (!first)
                return NULL;
        moved = w->list[--w->count];
        while ((child = 2 * i + 1) < w->count) {
                if (child + 1 < w->count && w->list[child + 1]->due_ms < w->list[child]->due_ms)
                        child++;
                if (w->list[child]->due_ms >= moved->due_ms)
                        break;
                w->list[i] = w->list[child];
                i = child;
        }
        w->list[i] = moved;
        return first;
}
