#include "mirror/fetch_host.h"

#include <limits.h>

#include "bundle/mem.h"
#include "mirror/retry.h"
#include "mirror/url.h"

static struct fetch_host **bucket_of(struct fetch_hosts *h, const char *origin)
{
        unsigned hash = 5381;

        for (const char *p = origin; *p; p++)
                hash = hash * 33 + (unsigned char)*p;
        return &h->bucket[hash % FETCH_HOST_BUCKETS];
}

static void host_free(struct fetch_host *host)
{
        free(host->origin);
        free(host);
}

void fetch_hosts_release(struct fetch_hosts *h)
{
        for (int i = 0; i < FETCH_HOST_BUCKETS; i++)
                while (h->bucket[i]) {
                        struct fetch_host *host = h->bucket[i];

                        h->bucket[i] = host->chain;
                        host_free(host);
                }
        *h = (struct fetch_hosts){0};
}

int host_enter(struct fetch_hosts *h, struct transfer *t, struct err *e)
{
        char *origin = url_origin(t->r.url, e);
        struct fetch_host **bucket, *host;

        if (!origin)
                return -1;
        bucket = bucket_of(h, origin);
        for (host = *bucket; host && strcmp(host->origin, origin) != 0; host = host->chain)
                ;
        if (host) {
                free(origin);
        } else {
                host = xcalloc(1, sizeof *host);
                host->origin = origin;
                host->ceiling = UINT_MAX;
                host->chain = *bucket;
                *bucket = host;
        }
        host->pending++;
        t->host = host;
        return 0;
}

/* Ring and queue */

static void ring_append(struct fetch_hosts *h, struct fetch_host *host)
{
        if (host->in_ring)
                return;
        host->in_ring = true;
        host->next = NULL;
        if (h->ring_last)
                h->ring_last->next = host;
        else
                h->ring = host;
        h->ring_last = host;
}

static void ring_remove(struct fetch_hosts *h, struct fetch_host *host)
{
        struct fetch_host **link = &h->ring, *before = NULL;

        if (!host->in_ring)
                return;
        while (*link != host) {
                before = *link;
                link = &before->next;
        }
        *link = host->next;
        if (h->ring_last == host)
                h->ring_last = before;
        host->in_ring = false;
}

void host_leave(struct fetch_hosts *h, struct transfer *t, uint64_t now)
{
        struct fetch_host *host = t->host, **link;

        t->host = NULL;
        if (--host->pending)
                return;
        /* Who asks again later deserves a new look. */
        host->failures = 0;
        host->lost = host->lost_for_good = false;
        if (host->not_before > now)
                return;
        ring_remove(h, host);
        for (link = bucket_of(h, host->origin); *link != host; link = &(*link)->chain)
                ;
        *link = host->chain;
        host_free(host);
}

void host_queue(struct fetch_hosts *h, struct transfer *t)
{
        struct fetch_host *host = t->host;

        t->next = NULL;
        if (host->last)
                host->last->next = t;
        else
                host->first = t;
        host->last = t;
        host->queued++;
        h->queued++;
        ring_append(h, host);
}

void host_queue_first(struct fetch_hosts *h, struct transfer *t)
{
        struct fetch_host *host = t->host;

        t->next = host->first;
        host->first = t;
        if (!host->last)
                host->last = t;
        host->queued++;
        h->queued++;
        ring_append(h, host);
}

static struct transfer *take(struct fetch_hosts *h, struct fetch_host *host)
{
        struct transfer *t = host->first;

        host->first = t->next;
        if (!host->first) {
                host->last = NULL;
                ring_remove(h, host);
        }
        t->next = NULL;
        host->queued--;
        h->queued--;
        return t;
}

static bool may_start(const struct fetch_hosts *h, const struct fetch_host *host)
{
        unsigned limit = host->multiplexed ? h->in_flight : h->per_host;

        if (host->failures)
                limit = 1;
        return host->in_flight < limit && host->in_flight < host->ceiling;
}

struct transfer *host_next(struct fetch_hosts *h, uint64_t now)
{
        for (struct fetch_host *host = h->ring; host; host = host->next) {
                struct transfer *t;

                if (host->not_before > now || !may_start(h, host))
                        continue;
                t = take(h, host);
                if (host->in_ring) { /* to the end, so that no host waits for a longer queue */
                        ring_remove(h, host);
                        ring_append(h, host);
                }
                host->in_flight++;
                return t;
        }
        return NULL;
}

uint64_t host_wake(const struct fetch_hosts *h, uint64_t now)
{
        uint64_t wake = UINT64_MAX;

        for (const struct fetch_host *host = h->ring; host; host = host->next)
                if (host->not_before > now && host->not_before < wake)
                        wake = host->not_before;
        return wake;
}

/* What tries tell */

void host_ended(struct fetch_host *host)
{
        host->in_flight--;
}

void host_answered(struct fetch_host *host, bool multiplexed)
{
        host->failures = 0;
        host->lost = host->lost_for_good = false;
        host->multiplexed = multiplexed;
        if (host->ceiling != UINT_MAX && ++host->answers >= host->ceiling) {
                host->ceiling++;
                host->answers = 0;
        }
}

static void leave_alone(struct fetch_host *host, uint64_t now, uint64_t wait_ms)
{
        if (host->not_before < now + wait_ms)
                host->not_before = now + wait_ms;
}

void host_refused(struct fetch_hosts *h, struct fetch_host *host, uint64_t started, uint64_t now,
    uint64_t wait_ms)
{
        unsigned borne = host->in_flight + 1; /* with the one that has just ended */

        leave_alone(host, now, wait_ms);
        host->failures = 0;
        /* Tries that began before the last cut were part of the same rush. */
        if (started < host->eased_at)
                return;
        if (borne > h->in_flight)
                borne = h->in_flight;
        host->ceiling = borne > 1 ? borne / 2 : 1;
        host->answers = 0;
        host->eased_at = now;
}

void host_unreached(struct fetch_hosts *h, struct fetch_host *host, uint64_t started, uint64_t now,
    const char *reason)
{
        if (host->failures && started < host->failed_at)
                return;
        host->failures++;
        host->failed_at = now;
        host->lost = host->failures >= h->tries;
        snprintf(host->reason, sizeof host->reason, "%s", reason);
        leave_alone(host, now,
            retry_backoff_ms(h->backoff_ms, h->backoff_max_ms, host->failures, retry_random()));
}

void host_hopeless(struct fetch_host *host, const char *reason)
{
        host->lost = host->lost_for_good = true;
        snprintf(host->reason, sizeof host->reason, "%s", reason);
}

struct transfer *host_next_lost(struct fetch_hosts *h)
{
        for (struct fetch_host *host = h->ring; host; host = host->next)
                if (host->lost)
                        return take(h, host);
        return NULL;
}

struct transfer *host_any(struct fetch_hosts *h)
{
        return h->ring ? take(h, h->ring) : NULL;
}

size_t host_cooling(const struct fetch_hosts *h, uint64_t now)
{
        size_t count = 0;

        for (const struct fetch_host *host = h->ring; host; host = host->next)
                if (host->not_before > now)
                        count += host->queued;
        return count;
}
