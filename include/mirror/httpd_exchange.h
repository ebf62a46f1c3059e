/*
 * One request and its answer, as libmicrohttpd's callbacks see it: the bridge
 * from the library's events to httpd_answer, httpd_clients and the access log.
 */
#ifndef MIRROR_HTTPD_EXCHANGE_H
#define MIRROR_HTTPD_EXCHANGE_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "mirror/http_tree.h"
#include "mirror/httpd.h"
#include "mirror/httpd_clients.h"

/* What all requests share; outlives the daemon. */
struct httpd_service {
        struct http_tree tree;
        struct httpd_clients clients;
        atomic_bool closing;       /* answers say "Connection: close" from now on */
        atomic_llong last_problem; /* second in which the last one was told */
        void (*access)(void *user, const struct httpd_access *a);
        void (*problem)(void *user, const char *line);
        void *user;
};

/* Tells the operator, at most once a second: a full disk must not fill the log too. */
void httpd_service_problem(struct httpd_service *s, const struct err *e);

/* The callbacks; `service` is a struct httpd_service. Types are libmicrohttpd's. */
void *httpd_exchange_begin(void *service, const char *target, struct MHD_Connection *c);
enum MHD_Result httpd_exchange_handle(void *service, struct MHD_Connection *c, const char *target,
    const char *method, const char *version, const char *body, size_t *body_size, void **exchange);
void httpd_exchange_end(
    void *service, struct MHD_Connection *c, void **exchange, enum MHD_RequestTerminationCode how);
void httpd_exchange_connection(void *service, struct MHD_Connection *c, void **client,
    enum MHD_ConnectionNotificationCode what);

/* Leaves the target as the client sent it: httpd_answer decodes it, and %00 must not end it. */
size_t httpd_exchange_keep_escapes(void *service, struct MHD_Connection *c, char *text);

#endif
