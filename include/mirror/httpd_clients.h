/*
 * The open connections of a server and the patience with each: libmicrohttpd
 * closes a connection that is silent, but not one that trickles a byte at a
 * time, and it does not make room when all places are taken by idle clients.
 *
 * A client is cut off by shutting its socket down; libmicrohttpd then notices
 * and closes it. All functions may be called from any thread.
 */
#ifndef MIRROR_HTTPD_CLIENTS_H
#define MIRROR_HTTPD_CLIENTS_H

#include <pthread.h>
#include <stdatomic.h>

struct httpd_client; /* one connection */

struct httpd_clients {
        pthread_mutex_t lock;
        struct httpd_client *first;
        atomic_uint count; /* of clients, and of those that are expected */

        /* Set before the first client comes. Seconds. */
        unsigned header_seconds; /* until a request's headers are complete */
        unsigned idle_seconds;   /* until the next request begins */
        unsigned slow_seconds;   /* the span over which an answer's rate is measured */
};

void httpd_clients_init(struct httpd_clients *c);
void httpd_clients_release(struct httpd_clients *c); /* all clients have been removed */

/*
 * A client is counted from the moment it is accepted, because the library takes
 * it over later, in another thread: expect it, then add it (or expect it no
 * more, if the library refuses it), then remove it.
 */
void httpd_clients_expect(struct httpd_clients *c);
void httpd_clients_expect_no_more(struct httpd_clients *c);

/* `fd` must stay open until the client is removed. Never NULL. */
struct httpd_client *httpd_clients_add(struct httpd_clients *c, int fd);
void httpd_clients_remove(struct httpd_clients *c, struct httpd_client *client);

/* A connection's course: new, then reading, answering, idle, reading, ... */
void httpd_client_reads(struct httpd_client *client);
void httpd_client_is_answered(struct httpd_client *client);
void httpd_client_idles(struct httpd_client *client);

/*
 * Cuts off those whose time is up, who take an answer too slowly, or who closed before their
 * request was whole. Call about once a second.
 */
void httpd_clients_sweep(struct httpd_clients *c);

/*
 * Makes room for others: cuts off clients until `most` of them are on their way out. First those
 * that have been idle longest; then those that had a second to ask and have not, the oldest first.
 * Who is being answered keeps its place.
 */
void httpd_clients_shed(struct httpd_clients *c, unsigned most);

/* How many have a request under way, or are so new that one must be expected. */
unsigned httpd_clients_busy(struct httpd_clients *c);

#endif
