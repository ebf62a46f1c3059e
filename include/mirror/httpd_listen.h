/*
 * The sockets a server listens on.
 *
 * An address is "ADDR:PORT": "0.0.0.0:8080", "[::1]:8080" (IPv6 in brackets),
 * ":8080" or "*:8080" for every address of the machine, both protocols, and
 * "localhost:8080" for both loopbacks. Port 0 takes a free one, the same for
 * both loopbacks. Host names are not looked up.
 */
#ifndef MIRROR_HTTPD_LISTEN_H
#define MIRROR_HTTPD_LISTEN_H

#include <stddef.h>

#include "bundle/err.h"
#include "bundle/limit.h"

struct httpd_listen {
        size_t count;
        int fd[LIMIT_HTTP_LISTEN]; /* non-blocking */
        char address[LIMIT_HTTP_LISTEN][72];
        unsigned port[LIMIT_HTTP_LISTEN];
};

/* Opens all of them or none. 0, or -1. */
int httpd_listen_open(
    struct httpd_listen *l, const char *const *addresses, size_t count, struct err *e);

/* Accepts the zero value. */
void httpd_listen_close(struct httpd_listen *l);

#endif
