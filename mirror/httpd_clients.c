#include "mirror/httpd_clients.h"

#include <linux/tcp.h> /* the C library's tcp_info lacks tcpi_bytes_acked */
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/clock.h"

#define EXPECT_REQUEST_MS 1000 /* a new connection usually asks at once */

enum state {
        NEW,
        READING,
        ANSWERING,
        IDLE,
        CUT, /* shut down to make room; the library has not removed it yet */
};

struct httpd_client {
        struct httpd_client *next;
        struct httpd_client *previous;
        int fd;
        atomic_int state;
        atomic_llong since;  /* when it came into that state, ms */
        atomic_uint answers; /* begun so far */

        /* Of the sweep alone: the span being measured. */
        unsigned measured_answer;
        int64_t span_start;
        uint64_t span_acked;
};

void httpd_clients_init(struct httpd_clients *c)
{
        *c = (struct httpd_clients){
            .header_seconds = LIMIT_HTTP_HEADER_SECONDS,
            .idle_seconds = LIMIT_HTTP_IDLE_SECONDS,
            .slow_seconds = LIMIT_HTTP_SLOW_SECONDS,
        };
        pthread_mutex_init(&c->lock, NULL);
}

void httpd_clients_release(struct httpd_clients *c)
{
        pthread_mutex_destroy(&c->lock);
}

static void enter(struct httpd_client *client, enum state state)
{
        atomic_store(&client->since, clock_ms());
        atomic_store(&client->state, (int)state);
}

void httpd_clients_expect(struct httpd_clients *c)
{
        atomic_fetch_add(&c->count, 1);
}

void httpd_clients_expect_no_more(struct httpd_clients *c)
{
        atomic_fetch_sub(&c->count, 1);
}

struct httpd_client *httpd_clients_add(struct httpd_clients *c, int fd)
{
        struct httpd_client *client = xcalloc(1, sizeof *client);

        client->fd = fd;
        enter(client, NEW);
        pthread_mutex_lock(&c->lock);
        client->next = c->first;
        if (c->first)
                c->first->previous = client;
        c->first = client;
        pthread_mutex_unlock(&c->lock);
        return client;
}

void httpd_clients_remove(struct httpd_clients *c, struct httpd_client *client)
{
        pthread_mutex_lock(&c->lock);
        if (client->next)
                client->next->previous = client->previous;
        if (client->previous)
                client->previous->next = client->next;
        else
                c->first = client->next;
        atomic_fetch_sub(&c->count, 1);
        pthread_mutex_unlock(&c->lock);
        free(client);
}

void httpd_client_reads(struct httpd_client *client)
{
        enter(client, READING);
}

void httpd_client_is_answered(struct httpd_client *client)
{
        atomic_fetch_add(&client->answers, 1);
        enter(client, ANSWERING);
}

void httpd_client_idles(struct httpd_client *client)
{
        enter(client, IDLE);
}

/* How much the client's machine has confirmed to have; UINT64_MAX where the kernel cannot say. */
static uint64_t bytes_acked(int fd)
{
        struct tcp_info info = {0};
        socklen_t len = sizeof info;

        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
            len < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked)
                return UINT64_MAX;
        return info.tcpi_bytes_acked;
}

static int too_slow(const struct httpd_clients *c, struct httpd_client *client, int64_t now)
{
        unsigned answer = atomic_load(&client->answers);
        uint64_t acked, least = (uint64_t)LIMIT_HTTP_SLOW_RATE * c->slow_seconds;
        int slow;

        if (answer == client->measured_answer &&
            now - client->span_start < c->slow_seconds * 1000LL)
                return 0;
        acked = bytes_acked(client->fd);
        slow = answer == client->measured_answer && acked - client->span_acked < least;
        client->measured_answer = answer;
        client->span_start = now;
        client->span_acked = acked;
        return slow && acked != UINT64_MAX;
}

/* Has it had the time to ask that nobody else has to wait for? */
static int had_its_turn(struct httpd_client *client, int64_t now)
{
        return now - atomic_load(&client->since) >= EXPECT_REQUEST_MS;
}

/* Its request will never be whole. Not at once: what it sent may still lie in the socket. */
static int closed_early(struct httpd_client *client, int64_t now)
{
        struct pollfd p = {.fd = client->fd, .events = POLLRDHUP};

        return had_its_turn(client, now) && poll(&p, 1, 0) == 1 && p.revents & POLLRDHUP;
}

static int out_of_time(const struct httpd_clients *c, struct httpd_client *client, int64_t now)
{
        unsigned patience = c->header_seconds;

        switch ((enum state)atomic_load(&client->state)) {
        case ANSWERING:
                return too_slow(c, client, now);
        case IDLE: /* the request that follows may be trickling in already */
                patience += c->idle_seconds;
                break;
        case NEW:
        case READING:
                if (closed_early(client, now))
                        return 1;
                break;
        case CUT:
                break;
        }
        return now - atomic_load(&client->since) > patience * 1000LL;
}

void httpd_clients_sweep(struct httpd_clients *c)
{
        int64_t now = clock_ms();

        pthread_mutex_lock(&c->lock);
        for (struct httpd_client *client = c->first; client; client = client->next)
                if (out_of_time(c, client, now))
                        shutdown(client->fd, SHUT_RDWR);
        pthread_mutex_unlock(&c->lock);
}

static int may_go(struct httpd_client *client, int64_t now)
{
        int state = atomic_load(&client->state);

        return state == IDLE || ((state == NEW || state == READING) && had_its_turn(client, now));
}

/* Idle before unasked, then by age. */
static int goes_before(struct httpd_client *a, struct httpd_client *b)
{
        int a_idle = atomic_load(&a->state) == IDLE, b_idle = atomic_load(&b->state) == IDLE;

        return a_idle != b_idle ? a_idle : atomic_load(&a->since) < atomic_load(&b->since);
}

/* One more, unless so many are leaving already. NULL: nobody else. Under the lock. */
static struct httpd_client *choose(const struct httpd_clients *c, unsigned most)
{
        struct httpd_client *chosen = NULL;
        int64_t now = clock_ms();
        unsigned leaving = 0;

        for (struct httpd_client *client = c->first; client; client = client->next) {
                if (atomic_load(&client->state) == CUT)
                        leaving++;
                else if (may_go(client, now) && (!chosen || goes_before(client, chosen)))
                        chosen = client;
        }
        return leaving < most ? chosen : NULL;
}

void httpd_clients_shed(struct httpd_clients *c, unsigned most)
{
        struct httpd_client *client;

        pthread_mutex_lock(&c->lock);
        while ((client = choose(c, most))) {
                shutdown(client->fd, SHUT_RDWR);
                enter(client, CUT);
        }
        pthread_mutex_unlock(&c->lock);
}

unsigned httpd_clients_busy(struct httpd_clients *c)
{
        int64_t now = clock_ms();
        unsigned busy = 0;

        pthread_mutex_lock(&c->lock);
        for (struct httpd_client *client = c->first; client; client = client->next) {
                int state = atomic_load(&client->state);

                if (state == READING || state == ANSWERING ||
                    (state == NEW && now - atomic_load(&client->since) < EXPECT_REQUEST_MS))
                        busy++;
        }
        pthread_mutex_unlock(&c->lock);
        return busy;
}
