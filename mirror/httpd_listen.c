#include "mirror/httpd_listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bundle/mem.h"

#define BACKLOG 1024
#define PORT_TRIES 16 /* for a port that is free on both loopbacks */

/* "ADDR:PORT" taken apart. */
struct place {
        char host[64]; /* without brackets; "" is every address */
        char port[6];
};

static int bad_address(const char *text, struct err *e)
{
        return err_set(e, ERR_USAGE,
            "'%.100s' is no address to listen on: write ADDR:PORT, such as 127.0.0.1:8080, "
            "[::1]:8080, localhost:8080, or :8080 for every address",
            text);
}

static int parse_place(struct place *p, const char *text, struct err *e)
{
        const char *colon = strrchr(text, ':');
        size_t len = colon ? (size_t)(colon - text) : 0, digits;

        if (!colon)
                return bad_address(text, e);
        digits = strspn(colon + 1, "0123456789");
        if (digits == 0 || digits > 5 || colon[1 + digits] || strtoul(colon + 1, NULL, 10) > 65535)
                return bad_address(text, e);
        if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
                text++;
                len -= 2;
        } else if (memchr(text, ':', len)) {
                return bad_address(text, e);
        } else if (len == 1 && text[0] == '*') {
                len = 0;
        }
        if (len >= sizeof p->host)
                return bad_address(text, e);
        memcpy(p->host, text, len);
        p->host[len] = '\0';
        snprintf(p->port, sizeof p->port, "%s", colon + 1);
        return 0;
}

static int cannot_listen(const struct place *p, struct err *e)
{
        const char *hint =
            errno == EADDRINUSE ? "; another program has this port, choose another"
            : errno == EACCES
                ? "; a port below 1024 needs CAP_NET_BIND_SERVICE, choose a higher one"
            : errno == EADDRNOTAVAIL ? "; this machine does not have that address"
                                     : "";

        err_sys(e, "cannot listen on %s port %s", *p->host ? p->host : "any address", p->port);
        return err_set(e, ERR_FAILED, "%s%s", e->msg, hint);
}

/* A listening socket, or -1 with errno. An IPv6 one takes IPv4 too when `both`. */
static int listen_at(const struct addrinfo *a, bool both)
{
        int yes = 1, only = both ? 0 : 1, saved;
        int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -1;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
            (a->ai_family != AF_INET6 ||
                setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) == 0) &&
            bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
                return fd;
        saved = errno;
        close(fd);
        errno = saved;
        return -1;
}

/* Takes the socket into the list and writes down where it listens. */
static void keep(struct httpd_listen *l, int fd)
{
        struct sockaddr_storage where;
        socklen_t len = sizeof where;
        char host[48] = "?", port[6] = "0";
        size_t i = l->count++;

        l->fd[i] = fd;
        if (getsockname(fd, (struct sockaddr *)&where, &len) == 0)
                getnameinfo((struct sockaddr *)&where, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
        l->port[i] = (unsigned)strtoul(port, NULL, 10);
        snprintf(l->address[i], sizeof l->address[i], strchr(host, ':') ? "[%s]:%s" : "%s:%s", host,
            port);
}

static void drop_last(struct httpd_listen *l)
{
        close(l->fd[--l->count]);
}

/* Opens one numeric address. 0; -1 with errno when the system refuses; -2 with *e when it is none.
 */
static int open_numeric(
    struct httpd_listen *l, const char *host, const char *port, bool both, struct err *e)
{
        struct addrinfo *found = NULL;
        const struct addrinfo hints = {
            .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
        int fd, saved;

        if (l->count == LIMIT_HTTP_LISTEN) {
                err_set(e, ERR_USAGE, "more than %d addresses to listen on", LIMIT_HTTP_LISTEN);
                return -2;
        }
        if (getaddrinfo(host, port, &hints, &found) != 0) {
                err_set(e, ERR_USAGE,
                    "'%s' is no numeric address: give one of this machine's, from `ip addr`", host);
                return -2;
        }
        fd = listen_at(found, both);
        saved = errno;
        freeaddrinfo(found);
        errno = saved;
        if (fd < 0)
                return -1;
        keep(l, fd);
        return 0;
}

static bool no_ipv6(int error)
{
        return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

/* Both loopbacks on one port. A machine without IPv6 has just the first. */
static int open_loopbacks(struct httpd_listen *l, const struct place *p, struct err *e)
{
        bool any_port = strtoul(p->port, NULL, 10) == 0;

        for (int try = 1;; try++) {
                char port[16];
                int got = open_numeric(l, "127.0.0.1", p->port, false, e);

                if (got < 0)
                        return got;
                snprintf(port, sizeof port, "%u", l->port[l->count - 1]);
                got = open_numeric(l, "::1", port, false, e);
                if (got == 0 || (got == -1 && no_ipv6(errno)))
                        return 0;
                if (got == -2 || !any_port || errno != EADDRINUSE || try == PORT_TRIES)
                        return got;
                drop_last(l);
        }
}

static int open_place(struct httpd_listen *l, const char *text, struct err *e)
{
        struct place p = {0};
        int got;

        if (parse_place(&p, text, e) < 0)
                return -1;
        if (strcmp(p.host, "localhost") == 0) {
                got = open_loopbacks(l, &p, e);
        } else if (!*p.host) {
                got = open_numeric(l, "::", p.port, true, e);
                if (got == -1 && no_ipv6(errno))
                        got = open_numeric(l, "0.0.0.0", p.port, false, e);
        } else {
                got = open_numeric(l, p.host, p.port, false, e);
        }
        if (got == -1)
                cannot_listen(&p, e);
        return got == 0 ? 0 : -1;
}

int httpd_listen_open(
    struct httpd_listen *l, const char *const *addresses, size_t count, struct err *e)
{
        *l = (struct httpd_listen){0};
        for (size_t i = 0; i < count; i++)
                if (open_place(l, addresses[i], e) < 0) {
                        httpd_listen_close(l);
                        return -1;
                }
        return 0;
}

void httpd_listen_close(struct httpd_listen *l)
{
        while (l->count)
                drop_last(l);
}
