#include "mirror/fetch_engine.h"

static void show(struct fetch_progress_item *item, const struct attempt *a)
{
        const char *slash = strrchr(a->t->shown, '/');

        *item = (struct fetch_progress_item){
            .url = a->t->shown,
            .name = slash && slash[1] ? slash + 1 : a->t->shown,
            .bytes = a->t->have,
            .total = a->t->want,
            .rate = a->rate,
            .tries = a->t->tries,
        };
}

/* Keeps the list sorted by start, earliest first, and drops what does not fit. */
static void insert(const struct attempt *list[FETCH_PROGRESS_ITEMS], const struct attempt *a)
{
        for (size_t i = 0; a && i < FETCH_PROGRESS_ITEMS; i++)
                if (!list[i] || a->started < list[i]->started) {
                        const struct attempt *later = list[i];

                        list[i] = a;
                        a = later;
                }
}

void fetch_progress(struct fetch *f, struct fetch_progress *p)
{
        const struct attempt *list[FETCH_PROGRESS_ITEMS] = {NULL};
        uint64_t now = fetch_clock_ms(), wake = host_wake(&f->hosts, now);
        const struct transfer *first = fetch_wait_first(&f->waiting);

        *p = (struct fetch_progress){.received = f->received,
            .delivered = f->delivered,
            .done = f->done,
            .failed = f->failed,
            .in_flight = f->o.in_flight - f->idle_count};
        p->queued = f->busy - p->in_flight;
        p->waiting = f->waiting.count + host_cooling(&f->hosts, now);
        if (first && first->due_ms < wake)
                wake = first->due_ms;
        p->next_try_ms = p->waiting && wake > now ? wake - now : 0;
        for (unsigned i = 0; i < f->o.in_flight; i++) {
                const struct attempt *a = &f->slot[i];

                if (!a->t)
                        continue;
                insert(list, a);
                p->delivered += a->received;
                p->received += attempt_received(a);
        }
        for (; p->count < FETCH_PROGRESS_ITEMS && list[p->count]; p->count++)
                show(&p->item[p->count], list[p->count]);
}
